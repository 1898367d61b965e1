"""Pages: one environment of templates, and what every page needs (texts, the caller, the form token)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

import jinja2
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from api import csrf, identity
from api.texts import LANGUAGE_COOKIE, LANGUAGES, Texts, choose_language

HERE = Path(__file__).parent
STATIC = HERE / "static"
NO_BREAK_SPACE = "\u00a0"
_YEAR_SECONDS = 365 * 24 * 3600
_SCORE_WORDS = ((0.75, "very_likely"), (0.5, "likely"), (0.25, "possible"))


def page(
    request: Request, name: str, context: Mapping[str, Any] | None = None, *, status_code: int = 200
) -> Response:
    """Return a rendered template as an answer.

    Parameters
    ----------
    request
        The request that is answered; it decides language, member and form token.
    name
        File name of the template.
    context
        What this page alone needs.
    status_code
        HTTP status of the answer.
    """
    language = choose_language(request)
    html = _environment().get_template(name).render({**_common(request, language), **(context or {})})
    response = HTMLResponse(html, status_code)
    response.headers["Content-Language"] = language
    response.headers["Vary"] = "Accept-Language, Cookie"
    if request.query_params.get("lang") == language:
        response.set_cookie(LANGUAGE_COOKIE, language, max_age=_YEAR_SECONDS, httponly=True, samesite="lax")
    return response


def redirect(address: str) -> Response:
    """Send the browser on after a form was taken in, so that loading again repeats nothing."""
    return RedirectResponse(address, status_code=303)


def notify(request: Request, key: str, **values: object) -> None:
    """Show a text of the catalogue on the next page that this person sees."""
    request.session["notice"] = [key, values]


def sign_in_address(request: Request) -> str:
    """Return where to sign in, remembering where one wanted to go."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    return "/login" if wanted == "/" else f"/login?next={quote(wanted, safe='')}"


def safe_next(address: str | None) -> str:
    """Return an address inside this service, or the start page: never a way out to another site."""
    if not address or not address.startswith("/") or address.startswith(("//", "/\\")) or "\n" in address:
        return "/"
    return address


def _common(request: Request, language: str) -> dict[str, Any]:
    session = request.scope.get("session", {})
    notice = session.pop("notice", None) if "notice" in session else None
    texts = Texts(language)
    return {
        "request": request,
        "t": texts,
        "language": language,
        "other_languages": [(code, _in_language(request, code)) for code in LANGUAGES if code != language],
        "caller": identity.caller_of(request),
        "csrf_field": csrf.FIELD,
        "csrf_token": csrf.token(request) if "session" in request.scope else "",
        "notice": texts(notice[0], **notice[1]) if notice else None,
        "path": request.url.path,
    }


def _in_language(request: Request, code: str) -> str:
    if request.method != "GET":
        return f"/?lang={code}"
    return str(request.url.include_query_params(lang=code).replace(scheme="", netloc=""))


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["static"] = static_address
    environment.filters.update(percent=percent, amount=amount, day=day, moment=moment, score_word=score_word)
    return environment


@cache
def static_address(name: str) -> str:
    """Return the address of a static file, with its digest so that a new version is fetched at once."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


def percent(value: float) -> str:
    """Write a share in [0, 1] as whole per cent."""
    return f"{round(value * 100)}{NO_BREAK_SPACE}%"


def score_word(value: float) -> str:
    """Return the word for a probability: ``very_likely``, ``likely``, ``possible`` or ``unlikely``."""
    return next((word for lowest, word in _SCORE_WORDS if value >= lowest), "unlikely")


def amount(value: Decimal | int | float, currency: str | None = None) -> str:
    """Write a number with thin groups of three, and its currency if there is one."""
    grouped = f"{value:,.0f}".replace(",", NO_BREAK_SPACE)
    return f"{grouped}{NO_BREAK_SPACE}{currency}" if currency else grouped


def day(value: date | datetime | None) -> str:
    """Write a date as ISO 8601, which both Swedish and English readers take unambiguously."""
    if value is None:
        return ""
    return value.date().isoformat() if isinstance(value, datetime) else value.isoformat()


def moment(value: datetime) -> str:
    """Write a time as date, hour and minute in UTC."""
    return f"{value:%Y-%m-%d %H:%M} UTC"
