"""Everything that the reader may see, to take along; the files are those of the API."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from api import rendering
from api.access import ADMINISTRATORS, EVERY_ROLE, GuardedRoute, allows
from api.dependencies import Acting
from api.routes.exports import Streaming, export
from api.schemas.work import ExportFormat, ExportTable

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_FOR_ADMINISTRATORS: Final = frozenset({ExportTable.AUDIT})


@router.get("/exports")
@allows(EVERY_ROLE)
def show_exports(request: Request, actor: Acting) -> Response:
    """Show what can be taken along."""
    is_administrator = actor.may(ADMINISTRATORS, organisation_id=actor.organisation_id)
    tables = [each for each in ExportTable if is_administrator or each not in _FOR_ADMINISTRATORS]
    return rendering.page(request, "exports.html", {"tables": tables, "formats": list(ExportFormat)})


@router.get("/exports/{table}")
@allows(EVERY_ROLE)
def download(
    table: ExportTable, session: Streaming, actor: Acting, format: ExportFormat = ExportFormat.CSV
) -> StreamingResponse:
    """Return a table with everything in it that the reader may see."""
    return export(table, session, actor, format)
