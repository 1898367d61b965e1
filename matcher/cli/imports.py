"""``matcher import``: a file's rows become entries, and whatever is wrong with them is told."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from matcher.cli.console import ExitCode, Interrupted, err, out, print_json, progress_bar, table
from matcher.cli.doors import Database, open_database, organisation_named
from matcher.types import EntryKind, Fault

if TYPE_CHECKING:
    from matcher.intake import ColumnMapping, FileForm, Options
    from matcher.services.actor import Actor
    from matcher.services.importing import ImportReport

SHOWN_FAULTS: Final = 20
LISTED_FAULTS: Final = 10_000
"""Faults that ``--json`` lists; their number is told in any case."""


def import_file(
    file: Annotated[
        Path, typer.Argument(help="CSV, XLSX, JSON Lines, OCDS release or TED notices.", show_default=False)
    ],
    kind: Annotated[
        EntryKind | None, typer.Option(help="What rows are that do not say it themselves.")
    ] = None,
    source: Annotated[
        str | None, typer.Option(help="Where the entries come from; by default the file's name.")
    ] = None,
    organisation: Annotated[
        str | None, typer.Option(help="Owner of rows that name none: id, organisation number or name.")
    ] = None,
    mapping: Annotated[
        str | None, typer.Option(help="Which column is which field: a saved mapping's name, or its file.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only tell what would happen.")] = False,
    create_organisations: Annotated[
        bool, typer.Option("--create-organisations", help="Register organisations that nobody knows.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Take in a file. Run it again at any time: what is there already stays, what changed becomes a version.

    Right rows come in even if others are wrong; the exit code is then 3.
    """
    from matcher.intake import sniff

    with open_database() as database:
        actor = _actor(database, organisation)
        options = _options(database, actor, kind=kind, source=source, mapping=mapping)
        form = sniff(file, options)
        _warn(form)
        report, faults = _import(
            database, file, form, options, actor, dry_run=dry_run, create_organisations=create_organisations
        )
    if as_json:
        print_json(_as_json(report, faults))
    else:
        _print(report, faults, form)
    if report.failed:
        raise typer.Exit(ExitCode.SOME_ROWS_WRONG)


def _actor(database: Database, organisation: str | None) -> Actor:
    """Return the program itself, acting for an organisation if one is named."""
    from matcher.services.actor import SYSTEM, Actor

    if organisation is None:
        return SYSTEM
    with database.reading() as session:
        return Actor(organisation_id=organisation_named(session, organisation).id, is_system=True)


def _options(
    database: Database, actor: Actor, *, kind: EntryKind | None, source: str | None, mapping: str | None
) -> Options:
    from matcher.intake import ColumnMapping, Limits, Options
    from matcher.procurement import CodeBook

    settings = database.settings
    return Options(
        kind=kind,
        source=source,
        mapping=ColumnMapping() if mapping is None else _mapping(database, actor, mapping),
        codes=CodeBook.load(settings.cpv_file),
        limits=Limits(max_file_bytes=settings.max_upload_bytes, max_field_chars=settings.max_field_chars),
    )


def _mapping(database: Database, actor: Actor, name: str) -> ColumnMapping:
    from matcher.errors import InvalidInput, NotFound
    from matcher.intake import ColumnMapping
    from matcher.services import importing

    if Path(name).suffix == ".json" or Path(name).is_file():
        return ColumnMapping.load(Path(name))
    try:
        with database.reading() as session:
            return ColumnMapping(columns=importing.get_mapping(session, name, actor=actor).columns)
    except NotFound as error:
        raise InvalidInput(
            f"No mapping named {name} is kept here, and there is no such file.",
            field="mapping",
            remedy="Name a JSON file, or a mapping that was saved with the organisation of --organisation.",
        ) from error


def _import(
    database: Database,
    file: Path,
    form: FileForm,
    options: Options,
    actor: Actor,
    *,
    dry_run: bool,
    create_organisations: bool,
) -> tuple[ImportReport, list[Fault]]:
    """Take the rows in; return the report and what is wrong, as much of it as is listed."""
    faults: list[Fault] = []
    n_kept = 0

    def count(n: int) -> None:
        nonlocal n_kept
        n_kept += n

    try:
        with progress_bar(f"Reading {file.name}", form.n_bytes, counts_bytes=True) as bar:
            report = _take_in(
                database,
                file,
                options,
                dry_run=dry_run,
                show=lambda rows, n_bytes: bar.set(n_bytes),
                actor=actor,
                create_organisations=create_organisations,
                progress=count,
                on_fault=_kept_up_to(faults, LISTED_FAULTS),
            )
    except KeyboardInterrupt:
        kept = "Nothing was to be kept." if dry_run else f"{n_kept} rows of {file.name} are kept."
        raise Interrupted(f"{kept} Run the same command again: it carries on from there.") from None
    # Of an import that carried on, the report knows what was wrong before, too.
    return report, max(faults, list(report.faults), key=len)


def _take_in(
    database: Database,
    file: Path,
    options: Options,
    *,
    dry_run: bool,
    show: Callable[[int, int], None],
    **how: Any,  # noqa: ANN401 -- handed on to import_rows
) -> ImportReport:
    from matcher.intake import digest_file, read_rows
    from matcher.services import importing

    with (database.reading if dry_run else database.sessions)() as session:
        report = importing.import_rows(
            session,
            read_rows(file, options, progress=show),
            file_name=file.name,
            file_digest=digest_file(file),
            options=options.as_json(),
            dry_run=dry_run,
            checkpoint=None if dry_run else session.commit,
            **how,
        )
        if not dry_run:
            session.commit()
    return report


def _kept_up_to(faults: list[Fault], limit: int) -> Callable[[Fault], None]:
    def keep(fault: Fault) -> None:
        if len(faults) < limit:
            faults.append(fault)

    return keep


def _warn(form: FileForm) -> None:
    for warning in form.warnings:
        err.print(f"{warning.field}: {warning.message} {warning.remedy}".lstrip(": "), markup=False)


def _print(report: ImportReport, faults: list[Fault], form: FileForm) -> None:
    verb = "would be" if report.dry_run else "were"
    out.print(
        f"{report.file_name}: {report.read} rows read; {report.created} {verb} new, {report.updated} {verb}"
        f" changed, {report.unchanged} are as before, {report.failed} are wrong."
    )
    if report.dry_run:
        _print_columns(form)
    if faults:
        _print_faults(report, faults)
    elif not report.dry_run and report.created + report.updated:
        out.print("Next: `matcher match` proposes what belongs together.")


def _print_columns(form: FileForm) -> None:
    if not form.columns:
        return
    shown = table("Columns", "column", "field")
    for column in form.columns:
        shown.add_row(column.name, column.field or "(left out)")
    out.print(shown)


def _print_faults(report: ImportReport, faults: list[Fault]) -> None:
    shown = table("Wrong rows", "row", "field", "what", "remedy")
    for fault in faults[:SHOWN_FAULTS]:
        shown.add_row(str(fault.row), fault.field, fault.message, fault.remedy)
    out.print(shown)
    if report.n_faults > SHOWN_FAULTS:
        out.print(f"... and {report.n_faults - SHOWN_FAULTS} more; --json lists them.")


def _as_json(report: ImportReport, faults: list[Fault]) -> dict[str, Any]:
    return {**asdict(report), "faults": [asdict(fault) for fault in faults]}
