"""Proof that a write came from our own page: a token in the session, and the browser's Origin.

Only what is authenticated by a cookie needs it: an API key is never sent by a browser on its own.
"""

from __future__ import annotations

import secrets
from urllib.parse import urlsplit

from fastapi import Request
from starlette.datastructures import FormData

from api import identity
from api.resources import resources
from matcher.errors import NotAllowed

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
_REMEDY = "Load the page again and repeat; allow cookies for this address if it happens again."


def token(request: Request) -> str:
    """Return the session's token; it is made when it is first asked for."""
    known = request.session.get(FIELD)
    if not known:
        known = request.session[FIELD] = secrets.token_urlsafe(32)
    return str(known)


async def check(request: Request) -> None:
    """Refuse a write that rests on a cookie but does not come from a page of ours.

    Raises
    ------
    NotAllowed
        If the Origin is another one, or the token is missing or wrong.
    """
    if request.method in SAFE_METHODS or request.headers.get("authorization"):
        return
    check_origin(request)
    if request.url.path.startswith("/api/") and identity.caller_of(request) is None:
        return  # what anybody may call there rests on no cookie
    expected, sent = request.session.get(FIELD), request.headers.get(HEADER)
    if sent is None and _is_form(request):
        form = await request.form()
        field = form.get(FIELD)
        sent = field if isinstance(field, str) else None
        # If the token is too old, what was typed goes into the page that says so.
        request.state.stale_form = [
            (k, v) for k, v in form.multi_items() if isinstance(v, str) and k != FIELD
        ]
    if expected and sent and secrets.compare_digest(str(expected).encode(), sent.encode()):
        request.state.stale_form = None
    else:
        raise NotAllowed("The form is too old, or was not sent from this service's pages.", remedy=_REMEDY)


def texts_of(form: FormData) -> list[tuple[str, str]]:
    """Return the texts of a form without its token."""
    return [(name, value) for name, value in form.multi_items() if isinstance(value, str) and name != FIELD]


def check_origin(request: Request) -> None:
    """Refuse what the browser says comes from another site.

    Raises
    ------
    NotAllowed
        If it does.
    """
    if request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
        raise NotAllowed("The request came from another site.", remedy=_REMEDY)
    origin = request.headers.get("origin")
    if origin is None:
        return
    ours = {request.headers.get("host", ""), urlsplit(resources(request).settings.public_url).netloc}
    if _host_of(origin) not in ours - {""}:
        raise NotAllowed("The request came from another site.", remedy=_REMEDY)


def _host_of(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:  # no browser writes such a one
        return ""


def _is_form(request: Request) -> bool:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return media_type in ("application/x-www-form-urlencoded", "multipart/form-data")
