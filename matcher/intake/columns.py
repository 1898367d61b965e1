"""Which column is which field, by its name in Swedish, English, Finnish, Norwegian or Danish."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cache, lru_cache
from typing import Final

from matcher.intake.column_names import COLUMN_NAMES, KIND_WORDS
from matcher.intake.mapping import IGNORE, ColumnMapping
from matcher.intake.options import Column
from matcher.types import EntryKind, Fault

_UNITS: Final = re.compile(
    r"\b(tkr|ksek|tsek|mkr|mnkr|msek|kr|kronor|kroner|sek|nok|dkk|eur|euro|isk|meur)\b|€"
)
_SAFE: Final = re.compile(r"[\w .,:;/()&%?!*+'\"#-]{1,40}")
_LIKE_DATA: Final = re.compile(r"\d{5}|@")
_MAX_KIND_CHARS: Final = 200
MAX_COLUMNS: Final = 2_000


def fold(name: str) -> str:
    """Fold a name to small letters and digits without accents, spaces and punctuation."""
    plain = name.casefold().replace("ø", "o").replace("æ", "ae")
    decomposed = unicodedata.normalize("NFKD", plain)
    return "".join(char for char in decomposed if char.isalnum())


def safe_name(name: str, index: int) -> str:
    """Return a column's name as it may be shown: one that is long or looks like data is counted instead."""
    tidy = " ".join(name.split())
    if _SAFE.fullmatch(tidy) and not _LIKE_DATA.search(tidy) and len(tidy.split()) <= 6:
        return tidy
    return f"column {index + 1}"


def recognise(names: Sequence[str], mapping: ColumnMapping) -> tuple[Column, ...]:
    """Say which field each column fills; what the mapping says goes before what its name says."""
    told = {fold(name): field for name, field in mapping.columns.items()}
    folded = [_fold_header(name) for name in names]
    fields: list[str | None] = [told.get(fold(name)) for name in names]
    free = {at for at, field in enumerate(fields) if field is None and folded[at]}
    for field, ranks in _ranks().items():
        if field not in fields:
            best = min(
                (at for at in free if folded[at] in ranks), key=lambda at: ranks[folded[at]], default=None
            )
            if best is not None:
                fields[best] = field
                free.discard(best)
    return tuple(
        Column(safe_name(name, at), None if fields[at] == IGNORE else fields[at], _unit(name))
        for at, name in enumerate(names)
    )


def left_out(names: Sequence[str], columns: Sequence[Column], mapping: ColumnMapping) -> Iterable[Fault]:
    """Yield a warning for each column that is not used, and each that the mapping names in vain."""
    ignored = {fold(name) for name, field in mapping.columns.items() if field == IGNORE}
    present = {fold(name) for name in names}
    for name, column in zip(names, columns, strict=True):
        if column.field is None and name.strip() and fold(name) not in ignored:
            like = suggestion(name)
            yield Fault(
                row=0,
                field=column.name,
                message="This column is not known and is left out."
                + (f' Did you mean "{like}"?' if like else ""),
                remedy="Rename it, or say in a mapping which field it is, if it is to come in.",
            )
    for name in mapping.columns:
        if fold(name) not in present:
            yield Fault(
                row=0,
                field=safe_name(name, 0),
                message="The mapping names this column, but the file has no such column.",
                remedy="Correct the name in the mapping, or choose the mapping that belongs to the file.",
            )


def suggestion(name: str, fields: Iterable[str] | None = None) -> str | None:
    """Return the known column name that is most like this one, if any is."""
    known = {fold(word): word for field in fields or COLUMN_NAMES for word in _words(field)}
    near = get_close_matches(_fold_header(name)[:60], known, n=1, cutoff=0.82)
    return known[near[0]] if near else None


def kind_in(name: str) -> EntryKind | None:
    """Tell the kind that a cell, a column or a file speaks of, if it speaks of just one."""
    return _kind_in(name[:_MAX_KIND_CHARS])


@lru_cache(1024)
def _kind_in(name: str) -> EntryKind | None:
    known = _kind_of_word()
    kinds = {known[word] for word in map(fold, re.split(r"[\W_\d]+", name)) if word in known}
    return kinds.pop() if len(kinds) == 1 else None


def _fold_header(name: str) -> str:
    """Fold a name without what stands in brackets, units and the star of a mandatory field."""
    bare = re.sub(r"\(.*?\)|\[.*?\]", " ", name)
    return fold(_UNITS.sub(" ", bare.casefold()).rstrip().removesuffix(" i")) or fold(name)


def _unit(name: str) -> str:
    found = _UNITS.search(name.casefold())
    return found[0] if found else ""


@cache
def _kind_of_word() -> dict[str, EntryKind]:
    return {fold(word): kind for kind, words in KIND_WORDS.items() for word in words.split()}


@cache
def _words(field: str) -> tuple[str, ...]:
    return tuple(" ".join(word.split()) for word in COLUMN_NAMES[field].split(";"))


@cache
def _ranks() -> dict[str, dict[str, int]]:
    """Rank of each folded name, by field; a name that stands twice keeps its better rank."""
    ranks: dict[str, dict[str, int]] = {}
    for field in COLUMN_NAMES:
        words = _words(field)
        ranks[field] = {fold(words[at]): at for at in reversed(range(len(words)))}
        ranks[field].setdefault(fold(field), 0)
    return ranks
