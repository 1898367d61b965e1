"""``matcher export``: everything, as CSV and JSON Lines, all at one moment and whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from matcher.cli.console import out, print_json, progress_bar, table
from matcher.cli.doors import Database, open_database
from matcher.errors import StorageFull

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

_UNFINISHED: Final = ".unfinished"


def export(
    folder: Annotated[Path, typer.Argument(help="Folder for the files; made if needed.", show_default=False)],
    as_json: Annotated[bool, typer.Option("--json", help="Print the files as JSON.")] = False,
) -> None:
    """Write everything into a folder: each table as CSV for spreadsheets and as JSON Lines for programs.

    The files hold original texts with personal data: keep them where only those may look who may see that.
    An erasure removes them, too.
    """
    with open_database() as database:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            files = _export(database, folder)
        except OSError as error:
            raise StorageFull(f"{folder} cannot be written: {error.strerror}.") from error
        finally:
            with suppress(OSError):
                _clean_up(folder)
    if as_json:
        print_json([{"file": str(path), "rows": n_rows} for path, n_rows in files.items()])
        return
    shown = table(f"Exported to {folder}", "rows", "file")
    for path, n_rows in files.items():
        shown.add_row(str(n_rows), path.name)
    out.print(shown)


def _export(database: Database, folder: Path) -> dict[Path, int]:
    """Write the files beside the running service; if entries change meanwhile, again while nothing can."""
    from matcher.services import matching

    with database.reading() as session:
        seq = matching.current_seq(session)
        files = _write(session, folder)
    try:
        with database.sessions.begin() as session:
            if matching.current_seq(session) != seq:
                files = _write(session, folder)
            _put_in_place(session, files)
    except BaseException:
        # A file that the database does not know would be missed by an erasure.
        for path in files:
            path.unlink(missing_ok=True)
        raise
    return files


def _write(session: Session, folder: Path) -> dict[Path, int]:
    from matcher.services import exporting
    from matcher.services.actor import SYSTEM

    files: dict[Path, int] = {}
    with progress_bar("Exporting", 2 * len(exporting.TABLES)) as bar:
        for name in exporting.TABLES:
            lines = (line.encode("utf-8") for line in exporting.csv_lines(session, name, actor=SYSTEM))
            # The first line of a CSV file names the columns.
            files[folder / f"{name}.csv"] = _write_lines(folder / f"{name}.csv", lines) - 1
            bar.advance()
            records = exporting.json_lines(session, name, actor=SYSTEM)
            files[folder / f"{name}.jsonl"] = _write_lines(folder / f"{name}.jsonl", records)
            bar.advance()
    return files


def _write_lines(path: Path, lines: Iterable[bytes]) -> int:
    n_lines = 0
    with open(_unfinished(path), "wb", opener=_for_owner_alone) as file:
        for line in lines:
            file.write(line)
            n_lines += 1
        file.flush()
        os.fsync(file.fileno())
    return n_lines


def _put_in_place(session: Session, files: Iterable[Path]) -> None:
    """Let the files appear under their names, and an erasure know of them."""
    from matcher.services import exporting
    from matcher.services.actor import SYSTEM

    for path in files:
        exporting.register_file(session, path, actor=SYSTEM)
        _unfinished(path).replace(path)


def _unfinished(path: Path) -> Path:
    return path.with_name(path.name + _UNFINISHED)


def _clean_up(folder: Path) -> None:
    from matcher.services import exporting

    for name in exporting.TABLES:
        for ending in ("csv", "jsonl"):
            _unfinished(folder / f"{name}.{ending}").unlink(missing_ok=True)


def _for_owner_alone(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
