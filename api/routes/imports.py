"""Imports: files of many rows, with a report of everything that is wrong; and saved mappings."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Path, Response, UploadFile

from api import uploads
from api.access import EVERY_ROLE, STAFF, GuardedRoute, allows, takes_files
from api.dependencies import Acting, Assets, Reading, Work
from api.schemas.common import AnyPage, Id, Listing, listing
from api.schemas.work import (
    FaultShown,
    FileShown,
    ImportReported,
    ImportShown,
    MappingSave,
    MappingShown,
)
from matcher.intake import ColumnMapping, sniff
from matcher.services import importing
from matcher.types import EntryKind

router = APIRouter(route_class=GuardedRoute, tags=["imports"])

MappingText = Annotated[
    str,
    Form(
        max_length=100_000,
        description="Which column is which field, as JSON.",
        examples=['{"columns": {"Beskrivning": "text"}, "defaults": {"kind": "need"}}'],
    ),
]
MappingName = Annotated[str, Form(max_length=200, description="Name of a saved mapping.")]
Kind = Annotated[EntryKind | None, Form(description="Kind of rows that do not say theirs.")]
Source = Annotated[
    str, Form(max_length=200, description="Within it ids are unique; by default the file's name.")
]
Name = Annotated[str, Path(max_length=200, description="The mapping's name.")]


@router.post("/imports", status_code=201)
@allows(EVERY_ROLE)
@takes_files
def import_file(
    file: UploadFile,
    response: Response,
    assets: Assets,
    work: Work,
    actor: Acting,
    mapping: MappingText = "",
    saved_mapping: MappingName = "",
    kind: Kind = None,
    source: Source = "",
    awards: Annotated[bool, Form(description="Take awards in notices as track records.")] = True,
    dry_run: Annotated[bool, Form(description="Only tell what would happen.")] = False,
) -> ImportReported:
    """Take in a CSV, XLSX, JSON Lines or JSON file; good rows come in, wrong ones are reported.

    The same file can be sent again: known rows stay as they are, changed ones become versions, and one that
    was interrupted carries on. A trial (`dry_run`) answers 200 and keeps nothing.
    """
    with assets.reading_sessions() as session:
        columns = uploads.read_mapping(session, sent=mapping, saved=saved_mapping, actor=actor)
    options = uploads.read_options(
        assets, file, mapping=columns, kind=kind, source=source, takes_awards=awards
    )
    if dry_run:
        response.status_code = 200
        return ImportReported.model_validate(uploads.try_out(assets, file, options=options, actor=actor))
    report = uploads.take_in(work, file, options=options, actor=actor)
    response.headers["Location"] = f"/api/v1/imports/{report.id}"
    return ImportReported.model_validate(report)


@router.post("/imports/look")
@allows(EVERY_ROLE)
@takes_files
def look_at_file(
    file: UploadFile,
    assets: Assets,
    session: Reading,
    actor: Acting,
    mapping: MappingText = "",
    saved_mapping: MappingName = "",
    kind: Kind = None,
) -> FileShown:
    """Tell how a file is written and which column would be which field, before it is imported."""
    columns = uploads.read_mapping(session, sent=mapping, saved=saved_mapping, actor=actor)
    options = uploads.read_options(assets, file, mapping=columns, kind=kind)
    with uploads.kept(file) as path:
        form = sniff(path, options)
    return FileShown(
        format=form.format.value,
        encoding=form.encoding,
        delimiter=form.delimiter,
        sheet=form.sheet,
        kind=form.kind,
        source=form.source,
        mapping=form.mapping,
        unused=[column.name for column in form.columns if column.field is None],
        warnings=[FaultShown.model_validate(each) for each in form.warnings],
    )


@router.get("/imports")
@allows(EVERY_ROLE)
def list_imports(query: AnyPage, session: Reading, actor: Acting) -> Listing[ImportShown]:
    """List the imports into the caller's organisation, newest first."""
    page = importing.list_imports(session, actor=actor, limit=query.limit, after=query.after)
    return listing(map(ImportShown.model_validate, page.items), page.next_after)


@router.get("/imports/{import_id}")
@allows(EVERY_ROLE)
def get_import(import_id: Id, session: Reading, actor: Acting) -> ImportReported:
    """Return what became of a file, with the first 1 000 faults."""
    return ImportReported.model_validate(importing.get_import(session, import_id, actor=actor))


@router.get("/imports/{import_id}/faults")
@allows(EVERY_ROLE)
def list_faults(import_id: Id, query: AnyPage, session: Reading, actor: Acting) -> Listing[FaultShown]:
    """List everything that was wrong with a file, in its order."""
    page = importing.list_faults(session, import_id, actor=actor, limit=query.limit, after=query.after)
    return listing(map(FaultShown.model_validate, page.items), page.next_after)


@router.get("/mappings")
@allows(EVERY_ROLE)
def list_mappings(session: Reading, actor: Acting) -> Listing[MappingShown]:
    """List the mappings that the caller's organisation keeps, by name."""
    return listing(map(MappingShown.model_validate, importing.list_mappings(session, actor=actor)), None)


@router.get("/mappings/{name}")
@allows(EVERY_ROLE)
def get_mapping(name: Name, session: Reading, actor: Acting) -> MappingShown:
    """Return the mapping that is kept under a name."""
    return MappingShown.model_validate(importing.get_mapping(session, name, actor=actor))


@router.put("/mappings/{name}")
@allows(STAFF)
def save_mapping(name: Name, body: MappingSave, work: Work, actor: Acting) -> MappingShown:
    """Keep a mapping under a name, in place of what was kept there."""
    columns = ColumnMapping(columns=body.columns).columns
    return MappingShown.model_validate(importing.save_mapping(work, name, columns, actor=actor))


@router.delete("/mappings/{name}", status_code=204)
@allows(STAFF)
def remove_mapping(name: Name, work: Work, actor: Acting) -> None:
    """Remove a mapping."""
    importing.remove_mapping(work, name, actor=actor)
