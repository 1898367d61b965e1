"""Whether the service lives, and whether it is ready for work."""

from __future__ import annotations

from fastapi import APIRouter, Response
from pydantic import BaseModel

from api.access import GuardedRoute, allows_everybody
from api.dependencies import Assets

router = APIRouter(route_class=GuardedRoute, tags=["service"])


class Health(BaseModel):
    """The process answers."""

    status: str = "ok"


class Readiness(BaseModel):
    """What the service needs for work, each true when it is there."""

    database: bool
    search: bool


@router.get("/health")
@allows_everybody
def health() -> Health:
    """Tell that the process answers; touches neither the database nor the encoder."""
    return Health()


@router.get("/ready", responses={503: {"model": Readiness, "description": "Not ready yet."}})
@allows_everybody
def ready(assets: Assets, response: Response) -> Readiness:
    """Tell whether the database is current and the search is loaded; 503 until both are."""
    answer = Readiness(database=assets.schema_is_current(), search=assets.live.ready)
    if not (answer.database and answer.search):
        response.status_code = 503
        response.headers["Retry-After"] = "5"
    return answer
