"""Pages for people: rendered here, over the same services as the API."""

from typing import Final

from fastapi import APIRouter

from api.pages import (
    entries,
    entry_form,
    home,
    imports,
    oidc,
    preferences,
    reference,
    review,
    search,
    signin,
    verdicts,
)

PAGES: Final[tuple[APIRouter, ...]] = (
    home.router,
    entry_form.router,
    entries.router,
    search.router,
    imports.router,
    verdicts.router,
    review.router,
    signin.router,
    oidc.router,
    preferences.router,
    reference.router,
)
"""The routers of all pages; a new group of pages is added here."""
