"""Files of many rows: look at their columns, try them out, take them in, and see what was wrong."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response, UploadFile
from pydantic import Field
from sqlalchemy.orm import Session

from api import cursor, rendering, uploads
from api.access import EVERY_ROLE, STAFF, GuardedRoute, allows, takes_files
from api.dependencies import Acting, Assets, ReaderTexts, Reading, Work
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of, with_query
from api.resources import Resources
from matcher.errors import InvalidInput
from matcher.intake import FIELDS, IGNORE, FileForm, Options, sniff
from matcher.services import importing
from matcher.services.actor import Actor
from matcher.services.csv_tables import csv_table
from matcher.services.importing import ImportReport
from matcher.types import EntryKind

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 20
_FAULTS_PER_PAGE: Final = 100
_MAX_COLUMNS: Final = 300


class ImportFields(Fields):
    """How a file is to be read. ``column`` and ``field`` go together, one a column of the file."""

    kind: str = ""
    source: str = ""
    saved: str = ""
    save_as: str = ""
    then: str = "try"
    column: list[str] = Field(default_factory=list)
    field: list[str] = Field(default_factory=list)


@router.get("/imports")
@allows(EVERY_ROLE)
def show_imports(request: Request, session: Reading, actor: Acting, after: str = "") -> Response:
    """Show the form, and what was imported before."""
    return _page(request, session, actor, ImportFields(), after=after)


@router.post("/imports")
@allows(EVERY_ROLE)
@takes_files
def import_file(
    request: Request,
    file: UploadFile,
    sent: Annotated[ImportFields, Form()],
    assets: Assets,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
) -> Response:
    """Look at a file, try it out, or take it in."""
    try:
        options = _options(work, assets, file, sent, actor)
        if sent.then == "look":
            with uploads.kept(file) as path:
                return _page(request, work, actor, sent, form=sniff(path, options))
        if sent.then != "take":
            return _page(
                request,
                work,
                actor,
                sent,
                report=uploads.try_out(assets, file, options=options, actor=actor),
            )
        report = uploads.take_in(work, file, options=options, actor=actor)
        _keep_mapping(work, sent, actor)
    except InvalidInput as error:
        faults, names = faults_of(error, texts), getattr(error, "columns", ())
        return _page(request, work, actor, sent, names=names, faults=faults, status=error.status)
    rendering.notify(request, "imports.taken")
    return rendering.redirect(f"/imports/{report.id}")


@router.get("/imports/{import_id}")
@allows(EVERY_ROLE)
def show_import(
    request: Request, import_id: str, session: Reading, actor: Acting, after: str = ""
) -> Response:
    """Show what became of a file, and a page of what was wrong with it."""
    report = importing.get_import(session, import_id, actor=actor)
    position = cursor.decode(after) if after else None
    faults = importing.list_faults(session, import_id, actor=actor, limit=_FAULTS_PER_PAGE, after=position)
    address = f"/imports/{import_id}"
    more = faults.next_after and with_query(address, {"after": cursor.encode(faults.next_after)})
    context = {"report": report, "shown_faults": faults.items, "more": more}
    return rendering.page(request, "import_report.html", context)


@router.get("/imports/{import_id}/faults.csv")
@allows(EVERY_ROLE)
def download_faults(import_id: str, texts: ReaderTexts, session: Reading, actor: Acting) -> Response:
    """Return everything that was wrong with a file, as a table to work through."""
    rows: list[list[object]] = [[texts(f"imports.{name}") for name in ("row", "field", "fault", "mend")]]
    position: list[Any] | None = None
    while True:
        page = importing.list_faults(session, import_id, actor=actor, limit=1000, after=position)
        rows += [
            [fault.row, fault.field, texts.message(fault.message), texts.message(fault.remedy)]
            for fault in page.items
        ]
        position = page.next_after
        if position is None:
            break
    return Response(
        csv_table(rows),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="faults.csv"'},
    )


def _options(
    session: Session, assets: Resources, file: UploadFile, sent: ImportFields, actor: Actor
) -> Options:
    columns = _columns(sent)
    mapping = uploads.read_mapping(
        session,
        sent=json.dumps({"columns": columns}) if columns else "",
        saved="" if columns else sent.saved,
        actor=actor,
    )
    kind = EntryKind(sent.kind) if sent.kind in set(EntryKind) else None
    return uploads.read_options(assets, file, mapping=mapping, kind=kind, source=sent.source)


def _columns(sent: ImportFields) -> dict[str, str]:
    """Return which column is which field, as chosen on the page; those left alone are found by name."""
    chosen = zip(sent.column[:_MAX_COLUMNS], sent.field[:_MAX_COLUMNS], strict=False)
    return {column: field for column, field in chosen if field}


def _keep_mapping(session: Session, sent: ImportFields, actor: Actor) -> None:
    columns = _columns(sent)
    if sent.save_as and columns and actor.roles & STAFF:
        importing.save_mapping(session, sent.save_as, columns, actor=actor)


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    sent: ImportFields,
    *,
    after: str = "",
    form: FileForm | None = None,
    names: Sequence[str] = (),
    report: ImportReport | None = None,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    position = cursor.decode(after) if after else None
    latest = importing.list_imports(session, actor=actor, limit=_PER_PAGE, after=position)
    chosen = _columns(sent)
    context = {
        "values": sent.model_dump(),
        "kinds": list(EntryKind),
        "fields": [*FIELDS, IGNORE],
        "columns": _shown_columns(form, names, chosen),
        "form": form,
        "report": report,
        "faults": faults or {},
        "mappings": importing.list_mappings(session, actor=actor),
        "may_keep": bool(actor.roles & STAFF),
        "latest": latest.items,
        "more": latest.next_after and with_query("/imports", {"after": cursor.encode(latest.next_after)}),
    }
    return rendering.page(request, "imports.html", context, status_code=status)


def _shown_columns(
    form: FileForm | None, names: Sequence[str], chosen: dict[str, str]
) -> list[tuple[str, str]]:
    """Return the columns to choose fields for: of a file that was looked at, else those chosen before."""
    if form is not None:
        return [(column.name, chosen.get(column.name, column.field or "")) for column in form.columns]
    return [(name, chosen.get(name, "")) for name in names] or list(chosen.items())
