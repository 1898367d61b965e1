"""What a reader chooses for itself: language and colours; and what the service says about itself."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from api import rendering
from api.access import GuardedRoute, allows_everybody
from api.rendering import THEME_COOKIE, THEMES
from api.texts import LANGUAGE_COOKIE, LANGUAGES, PREPARED

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_YEAR_SECONDS = 365 * 24 * 3600


@router.get("/preferences")
@allows_everybody
def choose(request: Request, language: str = "", theme: str = "", next: str = "/") -> Response:
    """Remember a language or a theme, and go back."""
    response = rendering.redirect(rendering.safe_next(next))
    is_secure = request.url.scheme == "https"
    chosen = ((LANGUAGE_COOKIE, language, (*LANGUAGES, *PREPARED)), (THEME_COOKIE, theme, THEMES))
    for name, value, known in chosen:
        if value in known:
            response.set_cookie(
                name, value, max_age=_YEAR_SECONDS, httponly=True, samesite="lax", secure=is_secure
            )
    return response


@router.get("/accessibility")
@allows_everybody
def show_accessibility(request: Request) -> Response:
    """Show the accessibility statement."""
    return rendering.page(request, "accessibility.html")
