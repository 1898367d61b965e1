"""The API for programs, under ``/api/v1``."""

from typing import Final

from fastapi import APIRouter

from api.routes import (
    entries,
    exports,
    health,
    imports,
    keeping,
    learning,
    me,
    members,
    organisations,
    proposals,
    runs,
    search,
)

API: Final[tuple[APIRouter, ...]] = (
    entries.router,
    keeping.router,
    search.router,
    proposals.router,
    learning.router,
    runs.router,
    imports.router,
    exports.router,
    organisations.router,
    members.router,
    me.router,
    health.router,
)
"""The routers of the whole API; a new resource is added here."""
