"""Pages for people: rendered here, over the same services as the API."""

from typing import Final

from fastapi import APIRouter

from api.pages import (
    account,
    audit,
    duplicates,
    entries,
    entry_form,
    exports,
    home,
    imports,
    members,
    oidc,
    organisation,
    overview,
    preferences,
    public_form,
    reference,
    register,
    review,
    runs,
    scorers,
    search,
    service,
    signin,
    themes,
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
    register.router,
    duplicates.router,
    themes.router,
    overview.router,
    exports.router,
    runs.router,
    scorers.router,
    organisation.router,
    members.router,
    audit.router,
    service.router,
    account.router,
    public_form.router,
    signin.router,
    oidc.router,
    preferences.router,
    reference.router,
)
"""The routers of all pages; a new group of pages is added here."""
