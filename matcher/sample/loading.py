"""Loads the sample the way that real data come in: organisations are registered, entries imported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any, Final

import orjson
from sqlalchemy.orm import Session, sessionmaker

from matcher.errors import MatcherError, OrganisationNotFound
from matcher.intake import Options, digest_file, read_rows
from matcher.procurement import CodeBook
from matcher.services import importing, organisations
from matcher.services.actor import SYSTEM
from matcher.services.importing import ImportReport
from matcher.services.organisations import OrganisationDraft
from matcher.types import IntakeRow, OrganisationKind, OrganisationSize
from models.database import translate_errors

SOURCE: Final = "sample"
"""Source of every sample entry; with it they can be told from real ones."""
FILES: Final = ("needs.jsonl", "offerings.jsonl")

Progress = Callable[[int], None]
"""Called with the number of entries done since the last call."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """What became of the sample. ``organisations`` maps the sample's ids to those of the database."""

    organisations: Mapping[str, str]
    created: int
    updated: int
    unchanged: int

    @property
    def is_changed(self) -> bool:
        """Whether anything came in that was not there."""
        return self.created + self.updated > 0


def sample_size() -> int:
    """Return how many entries the sample has."""
    folder = files("matcher.sample") / "data"
    return sum(len((folder / name).read_bytes().splitlines()) for name in FILES)


def load_sample(sessions: sessionmaker[Session], *, progress: Progress | None = None) -> Loaded:
    """Bring the sample into a database; what is there already stays as it is.

    Raises
    ------
    MatcherError
        If the sample's files are not those that came with the program, or the database refuses the work.
    """
    with as_file(files("matcher.sample") / "data") as folder:
        with translate_errors(), sessions.begin() as session:
            known = _register(session, folder / "organisations.jsonl")
        reports = [_load(sessions, folder / name, known, progress) for name in FILES]
    if any(report.failed for report in reports):
        raise MatcherError("The sample's files are damaged.", remedy="Install the program again.")
    return Loaded(
        organisations=known,
        created=sum(report.created for report in reports),
        updated=sum(report.updated for report in reports),
        unchanged=sum(report.unchanged for report in reports),
    )


def _register(session: Session, path: Path) -> dict[str, str]:
    return {
        row["id"]: _organisation(session, row) for row in map(orjson.loads, path.read_bytes().splitlines())
    }


def _organisation(session: Session, row: Mapping[str, Any]) -> str:
    try:
        return organisations.find(session, row["name"], actor=SYSTEM).id
    except OrganisationNotFound:
        draft = OrganisationDraft(
            name=row["name"],
            kind=OrganisationKind(row["kind"]),
            size=OrganisationSize(row["size"]) if "size" in row else None,
            municipality=row.get("municipality"),
            place=row.get("place"),
            languages=tuple(row.get("languages", ())),
        )
        return organisations.create(session, draft, actor=SYSTEM).id


def _load(
    sessions: sessionmaker[Session], path: Path, known: Mapping[str, str], progress: Progress | None
) -> ImportReport:
    options = Options(source=SOURCE, codes=CodeBook())
    with translate_errors(), sessions() as session:
        report = importing.import_rows(
            session,
            _owned(read_rows(path, options), known),
            file_name=path.name,
            file_digest=digest_file(path),
            options=options.as_json(),
            actor=SYSTEM,
            checkpoint=session.commit,
            progress=progress,
        )
        session.commit()
    return report


def _owned(rows: Iterator[IntakeRow], known: Mapping[str, str]) -> Iterator[IntakeRow]:
    """Name the organisations of rows by the ids that the database gave them."""
    for row in rows:
        if row.draft is None or row.draft.organisation is None:
            yield row
        else:
            owner = known.get(row.draft.organisation, row.draft.organisation)
            yield replace(row, draft=replace(row.draft, organisation=owner))
