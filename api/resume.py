"""Nothing typed is lost: a form that comes after the session ended is kept in the page that answers it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from fastapi import Request, Response
from starlette.exceptions import HTTPException

from api import body_limit, csrf, identity, rendering
from matcher.errors import MatcherError, NotAllowed, NotSignedIn

Fields = list[tuple[str, str]]

_MAX_BYTES: Final = 1 << 20
_FORM: Final = "application/x-www-form-urlencoded"
_SEPARATOR: Final = "="
_SHOWN: Final = ("title", "text", "reason", "about")
_FOR_STRANGERS: Final = ("/tell/", "/join")
"""Forms of people without an account; the others that strangers send hold passwords."""


async def answer(request: Request, error: MatcherError) -> Response | None:
    """Return a page that holds what was typed, or None where nothing is to be kept.

    Somebody who is signed out gets the form to sign in with; somebody who signed in again meanwhile, whose
    page is therefore too old, gets a button that sends it anew, and so does who needs no account for a form.
    What another site sent is never kept.
    """
    if isinstance(error, NotSignedIn) and _may_keep(request):
        fields = await _read(request)
        return show_sign_in(request, fields, status=error.status) if fields else None
    stale: Fields | None = getattr(request.state, "stale_form", None)
    if isinstance(error, NotAllowed) and stale and _may_keep(request):
        if identity.caller_of(request) is None and not request.url.path.startswith(_FOR_STRANGERS):
            return None
        return show_continue(request, request.url.path, stale)
    return None


def show_sign_in(request: Request, fields: Fields, *, status: int) -> Response:
    """Show the form to sign in with, what was typed kept in it."""
    context = {
        "next": "/",
        "email": "",
        "failure": None,
        "has_provider": request.app.state.provider is not None,
        "kept": fields,
        "kept_action": request.url.path,
    }
    return rendering.page(request, "login.html", context, status_code=status)


def show_continue(request: Request, action: str, fields: Fields) -> Response:
    """Show what was typed, with a button that sends it anew."""
    shown = [(name, value) for name, value in fields if name in _SHOWN and value.strip()]
    context = {"action": rendering.safe_next(action), "fields": fields, "shown": shown}
    return rendering.page(request, "resume.html", context)


def unpack(kept: Iterable[str]) -> Fields:
    """Return the fields that a page kept as ``name=value``."""
    pairs = (each.partition(_SEPARATOR) for each in kept)
    return [(name, value) for name, _, value in pairs if name]


def _may_keep(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    length = request.headers.get("content-length", "")
    is_short = length.isdecimal() and int(length) <= _MAX_BYTES
    if request.method != "POST" or media_type != _FORM or not is_short or request.url.path == "/login":
        return False
    try:
        csrf.check_origin(request)
    except NotAllowed:
        return False
    return True


async def _read(request: Request) -> Fields:
    try:
        async with body_limit.limited(request, _MAX_BYTES).form() as form:
            return csrf.texts_of(form)
    except HTTPException:
        return []
