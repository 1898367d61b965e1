"""Everything that the caller may see, as CSV or JSON Lines; the audit log for administrators, too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Annotated, Final

from fastapi import APIRouter, Depends
from fastapi.responses import StreamingResponse
from sqlalchemy.orm import Session

from api.access import EVERY_ROLE, GuardedRoute, allows
from api.dependencies import Acting, reading
from api.schemas.work import ExportFormat, ExportTable
from matcher.services import exporting

router = APIRouter(route_class=GuardedRoute, tags=["exports"])

_MEDIA_TYPES: Final = {
    ExportFormat.CSV: "text/csv; charset=utf-8",
    ExportFormat.JSON_LINES: "application/jsonl; charset=utf-8",
}
_CHUNK_BYTES: Final = 1 << 16
# The session stays open until the last row is sent.
Streaming = Annotated[Session, Depends(reading, scope="request")]


@router.get(
    "/exports/{table}",
    response_class=StreamingResponse,
    responses={200: {"description": "The table.", "content": {"text/csv": {}, "application/jsonl": {}}}},
)
@allows(EVERY_ROLE)
def export(
    table: ExportTable, session: Streaming, actor: Acting, format: ExportFormat = ExportFormat.CSV
) -> StreamingResponse:
    """Return a table with everything in it that the caller may see."""
    name = table.value
    lines: Iterator[bytes]
    if format is ExportFormat.CSV:
        lines = (line.encode("utf-8") for line in exporting.csv_lines(session, name, actor=actor))
    else:
        lines = exporting.json_lines(session, name, actor=actor)
    return StreamingResponse(
        _in_chunks(lines),
        media_type=_MEDIA_TYPES[format],
        headers={"Content-Disposition": f'attachment; filename="{name}.{format.value}"'},
    )


def _in_chunks(lines: Iterable[bytes]) -> Iterator[bytes]:
    """Join lines, since each part that is sent costs a change of threads."""
    waiting = bytearray()
    for line in lines:
        waiting += line
        if len(waiting) >= _CHUNK_BYTES:
            yield bytes(waiting)
            waiting.clear()
    yield bytes(waiting)
