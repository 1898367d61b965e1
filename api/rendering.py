"""Pages: one environment of templates, and what every page needs (texts, the caller, the form token)."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import jinja2
from fastapi import Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse
from markupsafe import Markup

from api import csrf, formatting, identity
from api.formatting import amount, day, moment, percent, score_word
from api.texts import LANGUAGES, Texts, choose_language

__all__ = [
    "STATIC",
    "THEMES",
    "THEME_COOKIE",
    "amount",
    "day",
    "moment",
    "notify",
    "page",
    "part",
    "percent",
    "redirect",
    "safe_next",
    "score_word",
    "sign_in_address",
    "static_address",
]

HERE: Final = Path(__file__).parent
STATIC: Final = HERE / "static"
THEMES: Final = ("auto", "light", "dark")
THEME_COOKIE: Final = "theme"


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
    return response


def part(request: Request, name: str, context: Mapping[str, Any]) -> Response:
    """Return a rendered part of a page, which a script puts into the one that is shown."""
    texts = Texts(choose_language(request))
    shown = {
        "t": texts,
        "language": texts.language,
        "caller": identity.caller_of(request),
        "csrf_field": csrf.FIELD,
        "csrf_token": csrf.token(request),
        **context,
    }
    return HTMLResponse(_environment().get_template(name).render(shown))


def redirect(address: str) -> Response:
    """Send the browser on after a form was taken in, so that loading again repeats nothing."""
    return RedirectResponse(address, status_code=303)


def notify(request: Request, key: str, **values: object) -> None:
    """Show a text of the catalogue on the next page that this person sees: something was done."""
    request.session["notice"] = [key, values, "good"]


def warn(request: Request, key: str, **values: object) -> None:
    """Show a text of the catalogue on the next page that this person sees: something was not done."""
    request.session["notice"] = [key, values, "doubt"]


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
    key, values, tone = notice if notice and len(notice) == 3 else ("", {}, "")
    texts = Texts(language)
    colours = request.cookies.get(THEME_COOKIE)
    return {
        "request": request,
        "t": texts,
        "language": language,
        "offered_languages": LANGUAGES,
        "chosen_colours": colours if colours in THEMES else THEMES[0],
        "offered_colours": THEMES,
        "here": _here(request),
        "caller": identity.caller_of(request),
        "csrf_field": csrf.FIELD,
        "csrf_token": csrf.token(request) if "session" in request.scope else "",
        "notice": texts(key, **values) if key else None,
        "notice_key": key or None,
        "notice_tone": tone,
        "path": request.url.path,
        "takes_partners": _takes_partners(request),
        "codes": getattr(getattr(request.app.state, "resources", None), "codes", None),
    }


def _takes_partners(request: Request) -> bool:
    settings = getattr(request.app.state, "settings", None)
    return settings is not None and settings.partner_requests == "open"


def _here(request: Request) -> str:
    """Return the address to come back to after language or theme were chosen."""
    if request.method != "GET":
        return "/"
    return str(request.url.remove_query_params("lang").replace(scheme="", netloc=""))


def _mailto(address: str) -> str:
    """Return the link to write to an address: what stands in it must not add readers or texts."""
    return f"mailto:{quote(address, safe='@')}"


@cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(static=static_address, integrity=integrity, symbol=_symbol)
    environment.filters.update(
        score_word=score_word,
        place=_place,
        amount=_in_language_with_currency,
        decimal=_decimal,
        mailto=_mailto,
        **{
            name: _in_language(getattr(formatting, name))
            for name in ("percent", "probability", "number", "signed", "day", "moment")
        },
    )
    return environment


def _in_language(write: Callable[..., str]) -> Callable[..., str]:
    """Make a filter that writes in the language of the page."""

    @jinja2.pass_context
    def filtered(context: jinja2.runtime.Context, value: Any) -> str:  # noqa: ANN401  any number or day
        return write(value, context["language"])

    return filtered


@jinja2.pass_context
def _in_language_with_currency(
    context: jinja2.runtime.Context, value: Decimal | int | float, currency: str | None = None
) -> str:
    return amount(value, currency, context["language"])


@jinja2.pass_context
def _place(context: jinja2.runtime.Context, code: str) -> str:
    return Texts(context["language"]).place(code)


@jinja2.pass_context
def _decimal(context: jinja2.runtime.Context, value: float, decimals: int = 1) -> str:
    return formatting.number(value, context["language"], decimals=decimals)


@cache
def static_address(name: str) -> str:
    """Return the address of a static file, with its digest so that a new version is fetched at once."""
    return f"/static/{name}?v={hashlib.sha256(_content(name)).hexdigest()[:12]}"


@cache
def integrity(name: str) -> str:
    """Return the digest by which a browser checks a static file (Subresource Integrity)."""
    return f"sha384-{base64.b64encode(hashlib.sha384(_content(name)).digest()).decode('ascii')}"


@cache
def _symbol(name: str) -> Markup:
    """Return one of our own drawings, to stand within a page."""
    return Markup(_content(name).decode("utf-8"))


def _content(name: str) -> bytes:
    return (STATIC / name).read_bytes()
