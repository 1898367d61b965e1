"""What notices and releases share: texts of several parts, and awards that show what a firm has done."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from matcher.errors import InvalidInput
from matcher.intake.options import Options
from matcher.types import Fault

TRACK_RECORD: Final = "track-record"
"""Tag of an offering that is told by an award: the firm has done such a thing before."""

_MAX_TITLE_CHARS: Final = 500


def part(value: object, key: str) -> Any:  # noqa: ANN401
    """Return a member of an object; None where there is no object or no such member."""
    return value.get(key) if isinstance(value, Mapping) else None


def plain(value: object) -> str:
    """Return a text without the white space around it; empty for what is no text."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    # A zero is no sign of any text, and not every database can keep it.
    return value.replace("\x00", "").strip() if isinstance(value, str) else ""


def objects(value: object) -> list[Mapping[str, Any]]:
    """Return the objects of a list; none for what is no list."""
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def joined(texts: Iterable[str], *, longest: int) -> str:
    """Join paragraphs, each once, as long as they fit; one that another holds is left out."""
    kept: list[str] = []
    room = longest
    for text in texts:
        if text and not any(text in other for other in kept):
            if len(text) + 2 > room:
                break
            kept.append(text)
            room -= len(text) + 2
    return "\n\n".join(kept)


def headline(title: str, text: str) -> tuple[str, str]:
    """Return title and text; a title that is too long moves to the text, and so does one without a text."""
    if len(title) > _MAX_TITLE_CHARS:
        return "", title if title in text else f"{title}\n\n{text}".strip()
    return title, text or title


def award_id(whole: str, winner: str) -> str:
    """Return the id of what an award tells of a winner; stable, and short whatever the winner's name."""
    return f"{whole}#{hashlib.sha256(winner.encode('utf-8', 'replace')).hexdigest()[:16]}"


def read_codes(number: int, raw: Sequence[Any], options: Options) -> tuple[tuple[str, ...], list[Fault]]:
    """Return the CPV codes of a record, and what is wrong with them."""
    codes: dict[str, None] = {}
    faults: list[Fault] = []
    for code in filter(None, map(plain, raw)):
        try:
            codes[options.codes.cpv(code)] = None
        except InvalidInput as error:
            faults.append(Fault(row=number, field="cpv", message=str(error), remedy=error.remedy))
    return tuple(codes), faults


def read_regions(raw: Iterable[Any], options: Options) -> tuple[str, ...]:
    """Return the regions that are known; notices name places outside Europe, too."""
    known: dict[str, None] = {}
    for region in filter(None, map(plain, raw)):
        try:
            known[options.codes.region(region)] = None
        except InvalidInput:
            continue
    return tuple(known)
