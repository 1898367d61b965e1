"""Imports, mappings and runs, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from api.schemas.common import Intake, Shape, with_example
from matcher.types import EntryKind, RunKind


class FaultShown(Shape):
    """What is wrong with one field of one row, and how to mend it."""

    row: int
    field: str
    message: str
    remedy: str


class ImportShown(Shape):
    """What became of a file's rows. A trial kept nothing and has no id."""

    id: str | None
    file_name: str
    dry_run: bool
    status: str = Field(examples=["done"])
    read: int
    created: int
    updated: int
    unchanged: int
    failed: int
    n_faults: int
    created_at: datetime
    finished_at: datetime | None


class ImportReported(ImportShown):
    """What became of a file's rows, with the first 1 000 faults."""

    faults: list[FaultShown]


class FileShown(Shape):
    """What a look at the beginning of a file tells: how it is written, and which column is which field."""

    format: str = Field(examples=["csv"])
    encoding: str | None
    delimiter: str | None
    sheet: str | None
    kind: EntryKind | None
    source: str
    mapping: dict[str, str] = Field(description="Field by the name of the column that fills it.")
    unused: list[str] = Field(description="Columns that fill no field.")
    warnings: list[FaultShown]


class MappingSave(Intake):
    """Which column of an odd file is which field."""

    model_config = with_example({"columns": {"Beskrivning av behov": "text", "Kommunkod": "municipality"}})

    columns: dict[str, str] = Field(min_length=1, max_length=500)


class MappingShown(Shape):
    """A mapping that is kept under a name."""

    id: str
    name: str
    columns: dict[str, str]
    version: int


class RunShown(Shape):
    """How a full match or a search for groups stands, and what came out."""

    id: str
    kind: RunKind
    state: str = Field(examples=["running"], description="queued, running, done, failed or cancelled.")
    done: int
    total: int = Field(description="How many queries; for a search 100, so that `done` is per cent.")
    counts: dict[str, int] = Field(
        description="What came out: of themes, say, how many there are, are new, were split, merged, ended.",
        examples=[{"themes": 41, "new": 3, "split": 1, "merged": 0, "ended": 2}],
    )
    recipe_digest: str = Field(description="Of a full match; empty for a search.")
    error: str | None = Field(description="The code of the error that ended it.")
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    updated_at: datetime


class ExportFormat(StrEnum):
    """How a table is written."""

    CSV = "csv"
    JSON_LINES = "jsonl"


class ExportTable(StrEnum):
    """What can be exported; the audit log for administrators alone."""

    ORGANISATIONS = "organisations"
    ENTRIES = "entries"
    VERSIONS = "versions"
    PROPOSALS = "proposals"
    VERDICTS = "verdicts"
    AUDIT = "audit"
