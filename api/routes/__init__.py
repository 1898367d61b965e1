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
    proposals,
    runs,
    search,
    themes,
)

API: Final[tuple[APIRouter, ...]] = (
    entries.router,
    keeping.router,
    search.router,
    proposals.router,
    learning.router,
    duplicates.router,
    merges.router,
    themes.router,
    joint_needs.router,
    cases.router,
    notices.router,
    runs.router,
    imports.router,
    exports.router,
    organisations.router,
    members.router,
    me.router,
    health.router,
)
"""The routers of the whole API; a new resource is added here."""
