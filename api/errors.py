"""Every error, mapped once: RFC 9457 problem details for programs, a readable page for people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, RedirectResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException

from api import rendering, resume
from api.body_limit import TOO_LARGE
from api.pages.forms import worded
from api.texts import Texts, choose_language
from matcher.errors import (
    FileTooLarge,
    InvalidInput,
    MatcherError,
    NotSignedIn,
    PageNotFound,
)
from models.database import translate

PROBLEM_JSON = "application/problem+json"


class MethodNotAllowed(MatcherError):
    """The address exists, but not for this method."""

    status = 405
    title = "Method not allowed"
    remedy = "See the list of operations under /docs."


class BadRequest(MatcherError):
    """The request could not be understood at all."""

    status = 400
    title = "Bad request"
    remedy = "See the description of the operation under /docs."


class InvalidFields(InvalidInput):
    """One or more fields cannot be used; ``faults`` names each of them, without its value.

    ``kinds`` are the kinds of the faults with their limits, in the same order, for the reader's own words.
    """

    def __init__(self, faults: list[dict[str, str]], kinds: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        named = ", ".join(dict.fromkeys(fault["field"] for fault in faults))
        super().__init__(f"These fields cannot be used: {named}.", field=faults[0]["field"])
        self.faults = faults
        self.kinds = kinds


def add_error_handlers(app: FastAPI) -> None:
    """Answer every error of ours and of the framework in one form."""
    app.add_exception_handler(MatcherError, _answer_ours)
    app.add_exception_handler(RequestValidationError, _answer_validation)
    app.add_exception_handler(HTTPException, _answer_http)
    app.add_exception_handler(SQLAlchemyError, _answer_database)


def wants_page(request: Request) -> bool:
    """Whether a person's browser asks: not under /api, and HTML is accepted."""
    if request.url.path.startswith("/api/"):
        return False
    return "text/html" in request.headers.get("accept", "")


def respond(request: Request, error: MatcherError) -> Response:
    """Return the answer to an error, as problem details or as a page."""
    if not wants_page(request):
        return _problem(request, error)
    if isinstance(error, NotSignedIn) and request.method == "GET":
        return RedirectResponse(rendering.sign_in_address(request), status_code=303)
    return rendering.page(
        request,
        "error.html",
        {"error": error, "faults": _worded_faults(request, error)},
        status_code=error.status,
    )


def _worded_faults(request: Request, error: MatcherError) -> list[dict[str, str]]:
    """Return the faults of fields in the reader's language; none where the error is about no field."""
    if not isinstance(error, InvalidFields):
        return []
    texts = Texts(choose_language(request))
    return [
        {"field": fault["field"], "message": worded(kind, limits, texts)}
        for fault, (kind, limits) in zip(error.faults, error.kinds, strict=True)
    ]


def _problem(request: Request, error: MatcherError) -> Response:
    body: dict[str, Any] = {
        "type": f"/docs#{error.code}",
        "title": error.title,
        "status": error.status,
        "detail": str(error),
        "code": error.code,
        "remedy": error.remedy,
        "instance": request.url.path,
    }
    if isinstance(error, InvalidFields):
        body["errors"] = error.faults
    elif isinstance(error, InvalidInput) and error.field:
        body["errors"] = [{"field": error.field, "message": str(error)}]
    headers = {"WWW-Authenticate": "Bearer"} if error.status == HTTPStatus.UNAUTHORIZED else None
    if error.status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers = {"Retry-After": "30" if error.status == HTTPStatus.SERVICE_UNAVAILABLE else "300"}
    return JSONResponse(body, error.status, headers=headers, media_type=PROBLEM_JSON)


async def _answer_ours(request: Request, error: Exception) -> Response:
    assert isinstance(error, MatcherError)
    kept = await resume.answer(request, error) if wants_page(request) else None
    return kept or respond(request, error)


def _answer_validation(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # The rejected value is left out on purpose: it may be a resident's text.
    faults = [{"field": _field_name(fault["loc"]), "message": str(fault["msg"])} for fault in error.errors()]
    kinds = [(str(fault["type"]), fault.get("ctx", {})) for fault in error.errors()]
    return respond(request, InvalidFields(faults, kinds))


def _field_name(location: tuple[int | str, ...]) -> str:
    inner = [str(part) for part in location if part not in ("body", "query", "path", "header", "form")]
    return ".".join(inner) or "body"


def _translate_http(request: Request, error: HTTPException) -> MatcherError:
    """Return the framework's own refusal in our words."""
    if error.status_code == HTTPStatus.NOT_FOUND:
        return PageNotFound(request.url.path)
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        return MethodNotAllowed("This address does not know that method.")
    if error.status_code == TOO_LARGE:
        too_large = FileTooLarge(
            "The request", "it is larger than is taken in.", remedy="Send less at a time, or split the file."
        )
        too_large.field = "body"
        return too_large
    return BadRequest("The request could not be read.")


def _answer_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return respond(request, _translate_http(request, error))


def _answer_database(request: Request, error: Exception) -> Response:
    assert isinstance(error, SQLAlchemyError)
    return respond(request, translate(error))
