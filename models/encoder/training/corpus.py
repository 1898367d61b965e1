"""Reads the training text: aligned rows, prose pairs and library titles, and says how often each is drawn."""

from __future__ import annotations

import gzip
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UnreadableFile
from models.encoder.training.nearness import normalise

HELD_OUT_ONE_IN = 400

# How often a row of a source is drawn, against 1 for the others. The text of business systems and programs is
# plenty but narrow; what municipalities and residents write is scarce.
SOURCE_WEIGHTS = {
    "debian-mo": 0.3, "libreoffice-ui": 0.3, "iso-codes": 0.3, "wesnoth": 0.3, "kde-docs": 0.6, "ms-": 0.5,
    "tatoeba": 3.0, "finna-titles": 2.0, "mysociety": 3.0, "cpv": 2.0, "eforms": 1.5, "yso-labels": 0.7,
    "lupapiste": 2.0, "openehr-ckm": 1.0, "koski-koodisto": 1.5, "evaka": 3.0, "digg": 3.0, "alaveteli": 3.0,
    "fixmystreet": 3.0, "digitransit": 2.0, "altinn": 2.0, "helsinki": 3.0, "ptv": 3.0, "nav": 3.0,
    "dpl-cms": 2.0, "osm-id": 1.5, "itk-naevnssekretariatet": 3.0, "digdir": 1.5,
}  # fmt: skip
# The share of the aligned draws that each language gets, whatever the number of its rows.
LANGUAGE_SHARES = {"sv": 0.36, "fi": 0.26, "nb": 0.16, "da": 0.16, "nn": 0.06}
KIND_WEIGHTS = {
    "neighbours": 0.4, "translation": 1.0, "question-body": 3.0, "title-body": 1.0, "bridge": 20.0,
}  # fmt: skip
LEGAL_WORDS = ("finlex", "law", "legal", "Lovdata")
LEGAL_WEIGHT = 0.35


@dataclass(frozen=True, slots=True)
class Aligned:
    """A text and its English counterpart."""

    source: str
    language: str
    text: str
    english: str


@dataclass(frozen=True, slots=True)
class Prose:
    """Two texts that belong together: title and body, question and answer, or a translation."""

    source: str
    kind: str
    language: str
    left: str
    right: str


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is trained on and, apart, what is only measured on."""

    aligned: list[Aligned]
    prose: list[Prose]
    held_out_aligned: list[Aligned]
    held_out_prose: list[Prose]


def read_rows(path: Path, *columns: str) -> Iterator[list[str]]:
    """Yield the named columns of a (gzipped) tab-separated file; rows of another width are passed over.

    Raises
    ------
    UnreadableFile
        If the file is not there or lacks a column.
    """
    try:
        raw = gzip.open(path) if path.suffix == ".gz" else path.open("rb")
    except OSError as error:
        raise UnreadableFile(path, "cannot be opened", remedy="Name the folder that holds it.") from error
    with io.TextIOWrapper(raw, encoding="utf-8", newline="\n") as lines:
        header = next(lines, "").rstrip("\n").split("\t")
        if missing := [c for c in columns if c not in header]:
            raise UnreadableFile(path, f"has no column {missing[0]}", remedy="Keep the header line.")
        wanted = [header.index(column) for column in columns]
        for line in lines:
            row = line.rstrip("\n").split("\t")  # quotes and carriage returns are ordinary characters here
            if len(row) == len(header):
                yield [row[i] for i in wanted]


def read_aligned(path: Path) -> Iterator[Aligned]:
    """Rows of a file with the columns source, lang, text, en."""
    for source, language, text, english in read_rows(path, "source", "lang", "text", "en"):
        if text.strip() and english.strip():
            yield Aligned(source, "nb" if language == "no" else language, text, english)


def read_prose(path: Path) -> Iterator[Prose]:
    """Rows of a file with the columns lang, kind, a, b, source."""
    for language, kind, left, right, source in read_rows(path, "lang", "kind", "a", "b", "source"):
        if left.strip() and right.strip():
            yield Prose(source, kind, language, left, right)


def read_titles(path: Path) -> Iterator[Prose]:
    """Library titles beside their English subject terms."""
    language = path.name.removeprefix("titles_")[:2]
    for title, subjects in read_rows(path, "title", "subjects_en"):
        terms = ", ".join(dict.fromkeys(subjects.split("|")))
        if len(title) > 12 and terms:
            yield Prose("finna", "title-subjects", language, title, terms)


def read_bridges(folder: Path) -> Iterator[Prose]:
    """Needs beside the offering that meets each; those of one CPV division count as one source."""
    for path in sorted(folder.glob("*.tsv")):
        for code, need, offering in read_rows(path, "cpv", "need", "offering"):
            yield Prose(f"bridges-{code[:2]}", "bridge", "", need, offering)


def read_products(path: Path) -> dict[str, tuple[str, ...]]:
    """Names of each code of the procurement vocabulary, in Swedish, English, Finnish and Danish."""
    if not path.is_file():
        return {}
    rows = read_rows(path, "code", "sv", "en", "fi", "da")
    return {code: tuple(filter(None, names)) for code, *names in rows}


def is_held_out(text: str, *, one_in: int = HELD_OUT_ONE_IN) -> bool:
    """Say by the hash of a text, and so for good, whether it is kept for measuring."""
    return int(hashlib.sha256(normalise(text).encode()).hexdigest()[:12], 16) % one_in == 0


def load_corpus(
    folder: Path, *, accept: Callable[[str], bool], title_part: int = 4, bridges: Path | None = None
) -> Corpus:
    """Read all of ``folder`` (``parallel/``, ``pairs/``); ``accept`` says no to texts that are refused.

    Parameters
    ----------
    folder
        The folder of the data as its README describes it.
    accept
        False for a text that stands in an evaluation set.
    title_part
        One library title in so many is kept: there are more of them than they teach.
    bridges
        A folder of needs beside offerings of our own.
    """
    aligned = [
        row
        for name in ("parallel", "parallel2")
        for row in read_aligned(folder / "parallel" / f"{name}.tsv.gz")
        if accept(row.text) and accept(row.english)
    ]
    pairs = [
        row
        for name in ("pairs", "nordic")
        for row in read_prose(folder / "pairs" / f"{name}.tsv.gz")
        if accept(row.left) and accept(row.right)
    ]
    titles = [
        row
        for language in ("sv", "fi")
        for row in read_titles(folder / "parallel" / f"titles_{language}.tsv.gz")
        if is_held_out(row.left[::-1], one_in=title_part) and accept(row.left)
    ]
    own = [] if bridges is None else [p for p in read_bridges(bridges) if accept(p.left) and accept(p.right)]
    return split(aligned, pairs + titles + own)


def split(aligned: Iterable[Aligned], prose: Iterable[Prose]) -> Corpus:
    """Part the rows by the hash of their English or left side: no such side of a held-out row is trained."""
    corpus = Corpus([], [], [], [])
    for row in aligned:
        (corpus.held_out_aligned if is_held_out(row.english) else corpus.aligned).append(row)
    for pair in prose:
        (corpus.held_out_prose if is_held_out(pair.left) else corpus.prose).append(pair)
    return corpus


def _source_weight(source: str) -> float:
    return next((w for name, w in SOURCE_WEIGHTS.items() if source.startswith(name)), 1.0)


def aligned_weights(rows: Sequence[Aligned]) -> NDArray[np.float64]:
    """Shape (n,): how often each row is drawn; short rows seldom, each language its share."""
    weights = np.array([_source_weight(row.source) for row in rows])
    lengths = np.array([len(row.text) for row in rows])
    weights *= np.where(lengths < 20, 0.35, np.where(lengths > 60, 1.6, 1.0))
    languages = np.array([row.language for row in rows])
    for language in np.unique(languages):
        of_it = languages == language
        weights[of_it] *= LANGUAGE_SHARES.get(str(language), 0.02) / weights[of_it].sum()
    return np.asarray(weights / weights.sum())


def draw_aligned(rows: Sequence[Aligned], n_rows: int, *, seed: int) -> list[Aligned]:
    """Draw that many different rows by their weights; all of them if there are no more, or for 0."""
    if not 0 < n_rows < len(rows):
        return list(rows)
    rng = np.random.default_rng(seed)
    chosen = rng.choice(len(rows), size=n_rows, replace=False, p=aligned_weights(rows))
    return [rows[i] for i in np.sort(chosen).tolist()]


def prose_weights(rows: Sequence[Prose]) -> NDArray[np.float64]:
    """Shape (n,): how often each pair is drawn; legal text, half of it all, seldom."""
    kinds = np.array([KIND_WEIGHTS.get(row.kind, 1.0) for row in rows])
    legal = np.array([any(word in row.source for word in LEGAL_WORDS) for row in rows])
    system = np.array([row.source.startswith("ms-") for row in rows])
    weights = kinds * np.where(legal, LEGAL_WEIGHT, 1.0) * np.where(system, 0.3, 1.0)
    return np.asarray(weights / weights.sum())
