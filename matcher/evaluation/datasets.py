"""Finds the data sets and labelled sets below a folder, by the folders' names and the files' shape.

No split, size or path is known here: a folder named ``swefaq`` with JSON Lines that hold questions and
candidate answers is SweFAQ, whichever part of it that is. Files named ``train...`` are for learning and are
passed over where the folder holds others of the same shape.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import orjson

from matcher.errors import InvalidInput, UnreadableFile
from matcher.evaluation.files import Row, read_jsonl, read_tsv
from matcher.evaluation.labelled import LabelledEntry, LabelledSet, load_labelled

__all__ = [
    "KNOWN",
    "Folders",
    "IdeaSet",
    "LabelledEntry",
    "LabelledSet",
    "NoticeSet",
    "OpinionSet",
    "PairSet",
    "SearchSet",
    "find_folders",
    "load_bitext",
    "load_cpv",
    "load_labelled",
    "load_norquad",
    "load_notices",
    "load_omastadi",
    "load_polis",
    "load_sbir",
    "load_swefaq",
    "load_sweparaphrase",
    "load_turku",
    "read_jsonl",
    "read_tsv",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchSet:
    """Queries against targets: ``right[q]`` holds (position of the target, gain)."""

    queries: list[str]
    targets: list[str]
    right: list[list[tuple[int, float]]]
    query_languages: list[str]
    target_languages: list[str]
    fit_texts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class PairSet:
    """Sentence pairs with a human grade."""

    left: list[str]
    right: list[str]
    grades: list[float]
    language: str


def _header(path: Path) -> frozenset[str]:
    """Column names or keys of the first row, empty if there is none."""
    with path.open("rb") as lines:
        first = lines.readline().decode("utf-8-sig", errors="replace").rstrip("\r\n")
    if path.suffix == ".tsv":
        return frozenset(first.split("\t"))
    try:
        row = orjson.loads(first)
    except orjson.JSONDecodeError:
        return frozenset()
    return frozenset(row) if isinstance(row, dict) else frozenset()


def _files(folder: Path, *needed: str) -> list[Path]:
    """Files of a folder that hold the columns; training parts only where there is nothing else."""
    found = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix in {".jsonl", ".tsv"} and set(needed) <= _header(path)
    ]
    return [path for path in found if not path.stem.startswith("train")] or found


def _rows(folder: Path, *needed: str) -> list[Row]:
    return [
        row
        for path in _files(folder, *needed)
        for row in (read_tsv(path) if path.suffix == ".tsv" else read_jsonl(path))
    ]


@dataclass(frozen=True, slots=True)
class Folders:
    """The folders below a root that hold something known."""

    known: dict[str, Path]
    labelled: dict[str, Path]


KNOWN = ("swefaq", "sweparaphrase", "omastadi", "sbir", "ted", "norquad", "turku", "bitext", "cpv", "polis")


def find_folders(root: Path) -> Folders:
    """Find the known data sets and the labelled sets in ``root`` and below.

    Raises
    ------
    UnreadableFile
        If the folder does not exist.
    InvalidInput
        If two folders have one name, since their measures would too.
    """
    if not root.is_dir():
        raise UnreadableFile(
            root, "there is no such folder.", remedy="Give a folder that holds a labelled set or data sets."
        )
    known: dict[str, Path] = {}
    labelled: dict[str, Path] = {}
    for folder in [root, *sorted(path for path in root.rglob("*") if path.is_dir())]:
        if folder.name in KNOWN:
            _claim(known, folder)
        if (folder / "needs.jsonl").is_file() and (folder / "offerings.jsonl").is_file():
            _claim(labelled, folder)
    return Folders(known, labelled)


def _claim(places: dict[str, Path], folder: Path) -> None:
    name = folder.resolve().name
    if name in places:
        raise InvalidInput(
            f"Two folders are named {name}: {places[name]} and {folder}.",
            field="folder",
            remedy="Rename one of them: the folder's name is the name of its measures.",
        )
    places[name] = folder


def _single(
    queries: list[str], keys: list[str], languages: str, *, fit_on_targets: bool = False
) -> SearchSet:
    """Make a set in which each query has one right target; equal targets are one."""
    position = {text: i for i, text in enumerate(dict.fromkeys(keys))}
    targets = list(position)
    return SearchSet(
        queries=queries,
        targets=targets,
        right=[[(position[key], 1.0)] for key in keys],
        query_languages=[languages] * len(queries),
        target_languages=[languages] * len(targets),
        fit_texts=targets if fit_on_targets else [*targets, *queries],
    )


def load_swefaq(folder: Path) -> SearchSet:
    """Questions against all answers of the file together."""
    rows = _rows(folder, "question", "candidate_answers", "label")
    right = [row["candidate_answers"][row["label"]] for row in rows]
    position = {
        a: i for i, a in enumerate(dict.fromkeys(a for row in rows for a in row["candidate_answers"]))
    }
    answers = list(position)
    return SearchSet(
        queries=[row["question"] for row in rows],
        targets=answers,
        right=[[(position[answer], 1.0)] for answer in right],
        query_languages=["sv"] * len(rows),
        target_languages=["sv"] * len(answers),
        fit_texts=answers,
    )


def load_norquad(folder: Path) -> SearchSet:
    """Questions against all paragraphs."""
    rows = _rows(folder, "question", "paragraph")
    return _single([row["question"] for row in rows], [row["paragraph"] for row in rows], "nb")


SBIR_MAX_CHARS = 2000


def load_sbir(folder: Path) -> SearchSet:
    """Agencies' needs, each once, against the awarded companies' abstracts; both cut at 2 000 characters."""
    rows = _rows(folder, "need", "offering", "topic_title")
    position = {
        text: i for i, text in enumerate(dict.fromkeys(row["offering"][:SBIR_MAX_CHARS] for row in rows))
    }
    right: dict[str, dict[int, float]] = {}
    for row in rows:
        found = right.setdefault(row["need"][:SBIR_MAX_CHARS], {})
        found[position[row["offering"][:SBIR_MAX_CHARS]]] = 1.0
    queries = list(right)
    return SearchSet(
        queries=queries,
        targets=list(position),
        right=[list(found.items()) for found in right.values()],
        query_languages=["en"] * len(queries),
        target_languages=["en"] * len(position),
        fit_texts=[*queries, *position],
    )


def load_sweparaphrase(folder: Path) -> PairSet:
    """Swedish sentence pairs graded 0 to 5."""
    return _pairs(folder, ("sentence1", "sentence2", "score"), "sv")


def load_turku(folder: Path) -> PairSet:
    """Finnish sentence pairs graded 1 to 4."""
    return _pairs(folder, ("txt1", "txt2", "label"), "fi")


def _pairs(folder: Path, columns: tuple[str, str, str], language: str) -> PairSet:
    """Sentence pairs with the grade that the third column starts with (Turku's ``4>s`` is a 4)."""
    left, right, grades = [], [], []
    for row in _rows(folder, *columns):
        if grade := re.match(r"\d+(\.\d+)?", str(row[columns[2]]).strip()):
            left.append(row[columns[0]])
            right.append(row[columns[1]])
            grades.append(float(grade[0]))
    return PairSet(left=left, right=right, grades=grades, language=language)


@dataclass(frozen=True, slots=True, kw_only=True)
class IdeaSet:
    """Ideas with the plans they were merged into, within a round and within an area of a round."""

    texts: list[str]
    plans: list[frozenset[str]]
    rounds: list[str]
    areas: list[tuple[str, str]]

    def groups(self, *, by_area: bool) -> Iterator[list[int]]:
        """Positions of the ideas of each round, or of each area of a round."""
        keys = self.areas if by_area else [(r, "") for r in self.rounds]
        members: dict[tuple[str, str], list[int]] = {}
        for position, key in enumerate(keys):
            members.setdefault(key, []).append(position)
        yield from members.values()


@dataclass(frozen=True, slots=True, kw_only=True)
class OpinionSet:
    """Short opinions with the conversation that each stood in."""

    texts: list[str]
    languages: list[str]
    conversations: list[str]


def load_polis(folder: Path) -> OpinionSet:
    """Opinions of public conversations, a coarse label of what each is about."""
    from matcher.text import identify_language

    rows = [row for row in _rows(folder, "conversation", "text") if row["text"].strip()]
    return OpinionSet(
        texts=[row["text"].strip() for row in rows],
        languages=[identify_language(row["text"]).code for row in rows],
        conversations=[row["conversation"] for row in rows],
    )


def load_omastadi(folder: Path) -> IdeaSet:
    """Residents' ideas; those that share a plan are human "same need" links."""
    rows = _rows(folder, "id", "round", "plans", "text")
    return IdeaSet(
        texts=[f"{row.get('title') or ''} {row['text'] or ''}".strip() for row in rows],
        plans=[frozenset(row["plans"]) for row in rows],
        rounds=[str(row["round"]) for row in rows],
        areas=[(str(row["round"]), str(row.get("area"))) for row in rows],
    )


BITEXT_LANGUAGES = {
    "eng": "en", "swe": "sv", "fin": "fi", "nob": "nb", "nno": "nn", "dan": "da", "isl": "is",
}  # fmt: skip


def load_bitext(folder: Path) -> Iterator[tuple[str, str, SearchSet]]:
    """Yield (file, language column, set) for each column beside ``eng``."""
    for path in sorted(folder.glob("*.tsv")):
        rows = read_tsv(path)
        if not rows or "eng" not in rows[0]:
            continue
        english = [row["eng"] for row in rows]
        for column in rows[0]:
            if column and column != "eng":
                yield path.stem, column, _aligned([row[column] for row in rows], english, column)


def _aligned(lines: list[str], english: list[str], column: str) -> SearchSet:
    language = BITEXT_LANGUAGES.get(column, column[:2])
    return SearchSet(
        queries=lines,
        targets=english,
        right=[[(i, 1.0)] for i in range(len(lines))],
        query_languages=[language] * len(lines),
        target_languages=["en"] * len(english),
        fit_texts=[*lines, *english],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSet:
    """Tender notices with the code their buyers gave, for finding codes by title."""

    titles: list[str]
    languages: list[str]
    codes: list[str]
    buyers: list[str]
    descriptions: list[str]


def load_notices(folder: Path) -> NoticeSet:
    """Tender notices that have a title and a main code."""
    rows = [r for r in _rows(folder, "title", "cpv_main", "lang") if r["title"] and r["cpv_main"]]
    return NoticeSet(
        titles=[row["title"] for row in rows],
        languages=[str(row["lang"]).lower() for row in rows],
        codes=[str(row["cpv_main"]) for row in rows],
        buyers=[str(row.get("buyer") or row["id"]) for row in rows],
        descriptions=[str(row.get("description") or "") for row in rows],
    )


def load_cpv(folder: Path) -> dict[str, dict[str, str]]:
    """Labels by language and code from a folder with the official list."""
    labels: dict[str, dict[str, str]] = {}
    for row in _rows(folder, "code", "en"):
        for language, label in row.items():
            if language != "code" and label:
                labels.setdefault(language, {})[row["code"]] = label
    return labels
