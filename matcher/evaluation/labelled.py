"""Labelled sets: what a municipality can make itself to see how good the matches are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from matcher.errors import InvalidInput
from matcher.evaluation.files import Row, read_jsonl, read_tsv
from matcher.types import UNKNOWN_LANGUAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledEntry:
    """One line of a labelled set's ``needs.jsonl`` or ``offerings.jsonl``."""

    id: str
    text: str
    title: str = ""
    language: str = UNKNOWN_LANGUAGE
    organisation: str | None = None
    municipality: str | None = None
    cpv: tuple[str, ...] = ()

    @property
    def whole_text(self) -> str:
        """Title and text with a space between, as the floor is defined."""
        return f"{self.title} {self.text}".strip()


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledSet:
    """A labelled set: what a municipality can make itself to see how good the matches are."""

    name: str
    needs: list[LabelledEntry]
    offerings: list[LabelledEntry]
    links: list[tuple[str, str, float]] = field(default_factory=list)
    duplicates: list[tuple[str, str]] = field(default_factory=list)
    hard_negatives: list[tuple[str, str]] = field(default_factory=list)


def _entry(row: Row, path: Path, number: int) -> LabelledEntry:
    for name in ("id", "text"):
        if not row.get(name):
            raise InvalidInput(
                f"{path.name}, entry {number}: {name} is missing.",
                field=name,
                remedy='Each line needs at least "id" and "text".',
            )
    cpv = row.get("cpv") or ()
    return LabelledEntry(
        id=str(row["id"]),
        text=str(row["text"]),
        title=str(row.get("title") or ""),
        language=str(row.get("language") or UNKNOWN_LANGUAGE),
        organisation=row.get("organisation"),
        municipality=row.get("municipality"),
        cpv=(cpv,) if isinstance(cpv, str) else tuple(cpv),
    )


def load_labelled(folder: Path) -> LabelledSet:
    """Read a labelled set.

    Raises
    ------
    InvalidInput
        If a line lacks what it needs, an id stands twice, or a label names an entry that is not there.
    """
    entries = {
        name: [
            _entry(r, folder / f"{name}.jsonl", i)
            for i, r in enumerate(read_jsonl(folder / f"{name}.jsonl"), 1)
        ]
        for name in ("needs", "offerings")
    }
    ids = {name: _unique_ids(found, name) for name, found in entries.items()}
    needs, offerings = ids["needs"], ids["offerings"]
    return LabelledSet(
        name=folder.resolve().name,
        needs=entries["needs"],
        offerings=entries["offerings"],
        links=[
            (need, offering, _grade(grade, folder))
            for need, offering, grade in _labels(
                folder / "links.tsv", ("need", "offering", "grade"), (needs, offerings, None)
            )
        ],
        duplicates=[(g, n) for g, n in _labels(folder / "duplicates.tsv", ("group", "need"), (None, needs))],
        hard_negatives=[
            (n, o)
            for n, o in _labels(folder / "hard_negatives.tsv", ("need", "offering"), (needs, offerings))
        ],
    )


def _unique_ids(entries: list[LabelledEntry], name: str) -> frozenset[str]:
    ids: set[str] = set()
    for entry in entries:
        if entry.id in ids:
            raise InvalidInput(
                f"{name}.jsonl: the id {entry.id} stands twice.",
                field="id",
                remedy="Give each entry its own id.",
            )
        ids.add(entry.id)
    return frozenset(ids)


def _grade(text: str, folder: Path) -> float:
    try:
        return float(text or 2)
    except ValueError as error:
        raise InvalidInput(
            f"{folder.name}/links.tsv: {text!r} is no grade.",
            field="grade",
            remedy="2: does it, 1: helps in part.",
        ) from error


def _labels(
    path: Path, columns: tuple[str, ...], allowed: tuple[frozenset[str] | None, ...]
) -> Iterator[tuple[str, ...]]:
    """Rows of an optional label file, each id checked against the entries."""
    if not path.is_file():
        return
    for number, row in enumerate(read_tsv(path), 2):
        for column, ids in zip(columns, allowed, strict=True):
            if ids is not None and row.get(column) not in ids:
                raise InvalidInput(
                    f"{path.name}, line {number}: {column} {row.get(column)!r} is not in the set.",
                    field=column,
                    remedy="Name entries of needs.jsonl and offerings.jsonl only, and keep the header line.",
                )
        yield tuple(row.get(column) or "" for column in columns)
