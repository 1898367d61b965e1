"""Reasons and entries in words, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from matcher.types import Direction, Reason, ReasonKind

if TYPE_CHECKING:
    from matcher.services.entries import EntryView

SHOWN_TERMS: Final = 6
SHOWN_CHARS: Final = 110
DIRECTIONS: Final[Mapping[Direction, str]] = {
    Direction.NEED_TO_OFFERING: "Offerings for needs",
    Direction.IDEA_TO_NEED: "Needs for ideas",
    Direction.SIMILAR: "Alike",
}
_AGAINST: Final[Mapping[ReasonKind, str]] = {
    ReasonKind.MEANING: "They mean different things",
    ReasonKind.WORDING: "They are worded differently",
    ReasonKind.SHARED_TERMS: "They share few words",
    ReasonKind.CPV: "Their CPV codes differ",
    ReasonKind.REGION: "The region is another",
    ReasonKind.TIME: "They hold at different times",
    ReasonKind.NEIGHBOURS: "Others of the same kind do not fit",
    ReasonKind.VALUE: "Their values differ widely",
    ReasonKind.VERDICTS: "Pairs like it were rejected",
}
_FOR: Final[Mapping[ReasonKind, str]] = {
    ReasonKind.WORDING: "They are worded alike",
    ReasonKind.TIME: "They hold at the same time",
    ReasonKind.NEIGHBOURS: "Others of the same kind fit, too",
    ReasonKind.VALUE: "Their values are of the same size",
    ReasonKind.VERDICTS: "Pairs like it were accepted",
}


def sentence(reason: Reason) -> str:
    """Say one reason in words, with what it rests on."""
    if reason.contribution < 0 and reason.kind in _AGAINST:
        return _AGAINST[reason.kind]
    detail = reason.detail
    if reason.kind is ReasonKind.MEANING:
        return _meaning(detail)
    if reason.kind is ReasonKind.SHARED_TERMS:
        return f"Both mention {', '.join(_terms(detail)[:SHOWN_TERMS])}"
    if reason.kind is ReasonKind.CPV:
        return f"Their CPV codes share {detail.get('code', 'their beginning')}"
    if reason.kind is ReasonKind.REGION:
        return f"The region fits: {', '.join(_places(detail))}"
    return _FOR[reason.kind]


def _places(detail: Mapping[str, Any]) -> list[str]:
    from matcher.procurement.places import place_name

    return [place_name(code) or code for code in _strings(detail.get("places"))]


def headline(entry: EntryView) -> str:
    """Return an entry's title, or the beginning of its text, on one line."""
    return shortened(entry.title or entry.text)


def shortened(text: str) -> str:
    """Return a text on one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= SHOWN_CHARS:
        return line
    return line[:SHOWN_CHARS].rsplit(" ", 1)[0] + " …"


def percent(value: float) -> str:
    """Return a probability as a whole percentage, never 0 or 100: nothing is certain."""
    return f"{min(max(round(100 * value), 1), 99)} %"


def _meaning(detail: Mapping[str, Any]) -> str:
    query, target = _quoted(detail.get("query")), _quoted(detail.get("target"))
    if not query or not target:
        return "They mean much the same"
    return f"They mean much the same: {query} and {target}"


def _quoted(sentence: object) -> str:
    """Return the text of a sentence that comes with its place, in quotation marks."""
    if not isinstance(sentence, Sequence) or not sentence:
        return ""
    return f"“{shortened(str(sentence[-1]))}”"


def _terms(detail: Mapping[str, Any]) -> list[str]:
    found = detail.get("terms")
    if not isinstance(found, Sequence):
        return []
    return [str(each["term"]) if isinstance(each, Mapping) else str(each) for each in found]


def _strings(values: object) -> list[str]:
    return [str(value) for value in values] if isinstance(values, list | tuple) else []
