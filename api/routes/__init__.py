"""The API for programs, under ``/api/v1``."""

from typing import Final

from fastapi import APIRouter

from api.routes import health

API: Final[tuple[APIRouter, ...]] = (health.router,)
"""The routers of the whole API; a new resource is added here."""
UPLOADS: Final[tuple[APIRouter, ...]] = ()
"""Those of them that take in files, which may be larger than other requests."""
