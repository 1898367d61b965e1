"""The API for programs, under ``/api/v1``."""

from typing import Final

from fastapi import APIRouter

from api.routes import (
    cases,
    duplicates,
    entries,
    exports,
    health,
    imports,
    joint_needs,
    keeping,
    learning,
    me,
    members,
    merges,
    notices,
    organisations,
    overview,
    proposals,
    public_form,
    review,
    runs,
    search,
    search_words,
    second_readings,
    shortlists,
    theme_map,
    themes,
    voices,
)

API: Final[tuple[APIRouter, ...]] = (
    entries.router,
    keeping.router,
    search.router,
    search_words.router,
    proposals.router,
    review.router,
    second_readings.router,
    shortlists.router,
    voices.router,
    learning.router,
    duplicates.router,
    merges.router,
    theme_map.router,
    themes.router,
    joint_needs.router,
    cases.router,
    notices.router,
    runs.router,
    imports.router,
    exports.router,
    overview.router,
    organisations.router,
    public_form.router,
    members.router,
    me.router,
    health.router,
)
"""The routers of the whole API; a new resource is added here."""
