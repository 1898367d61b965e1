"""Reasons as sentences in the reader's language, and as the way from the base rate to the probability."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from api.texts import Texts
from matcher.types import Reason, ReasonKind, Score

_SHOWN_TERMS: Final = 6
_SHOWN_CHARS: Final = 160
_MARGIN: Final = 0.04
_THINNEST: Final = 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One row of the way to a probability, with its bar in a drawing that is 100 wide.

    ``weight`` is in log-odds, None for the first and last row; ``running`` is the probability so far;
    ``axis`` is where a probability of one half lies; ``look``: base, for or against.
    """

    label: str
    weight: float | None
    running: float
    x: float
    width: float
    axis: float
    look: str
    is_total: bool = False


def waterfall(score: Score, texts: Texts) -> list[Step]:
    """Return the steps from how often any pair fits, reason by reason, to a score's probability."""
    sums = [score.base]
    for reason in score.reasons:
        sums.append(sums[-1] + reason.contribution)
    scale = _Scale.of(sums)
    first = Step(
        label=texts("reasons.base"),
        weight=None,
        running=_probability(score.base),
        look="base",
        **scale.bar(score.base, score.base),
    )
    between = [
        Step(
            label=_label(reason, texts),
            weight=reason.contribution,
            running=_probability(after),
            look="for" if reason.contribution >= 0 else "against",
            **scale.bar(before, after),
        )
        for reason, before, after in zip(score.reasons, sums, sums[1:], strict=False)
    ]
    last = Step(
        label=texts("reasons.total"),
        weight=None,
        running=score.value,
        look="for" if sums[-1] >= score.base else "against",
        is_total=True,
        **scale.bar(score.base, sums[-1]),
    )
    return [first, *between, last]


def _label(reason: Reason, texts: Texts) -> str:
    """Say a reason in few words: the passages stand marked in the texts beside it."""
    is_meaning = reason.kind is ReasonKind.MEANING and reason.contribution >= 0
    return texts("reason.meaning.plain") if is_meaning else sentence(reason, texts)


def sentence(reason: Reason, texts: Texts) -> str:
    """Say one reason in words, with the terms, codes or sentences that it rests on."""
    key, detail = f"reason.{reason.kind.value}", reason.detail
    if reason.contribution < 0:
        return texts(f"{key}.against")
    if reason.kind is ReasonKind.MEANING:
        return _meaning(detail, texts)
    if reason.kind is ReasonKind.SHARED_TERMS and terms_of(reason):
        return texts(key, terms=", ".join(terms_of(reason)[:_SHOWN_TERMS]))
    if reason.kind is ReasonKind.CPV and detail.get("code"):
        return texts(key, code=detail["code"])
    if reason.kind is ReasonKind.REGION and (places := _places(detail, texts)):
        return texts(key, places=", ".join(places))
    return texts(f"{key}.plain" if texts.has(f"{key}.plain") else key)


def terms_of(reason: Reason) -> list[str]:
    """Return the shared terms that a reason names, the strongest first."""
    terms = reason.detail.get("terms")
    if not isinstance(terms, list | tuple):
        return []
    return [str(each["term"]) if isinstance(each, Mapping) else str(each) for each in terms]


def shared_terms(reasons: Iterable[Reason]) -> list[str]:
    """Return the shared terms that any of the reasons names."""
    return [term for reason in reasons for term in terms_of(reason)]


def best_passages(reasons: Iterable[Reason]) -> tuple[list[str], list[str]]:
    """Return the sentences of the query and of the target that are nearest to each other."""
    details = [reason.detail for reason in reasons if reason.kind is ReasonKind.MEANING]
    return (
        [text for detail in details if (text := _passage(detail.get("query")))],
        [text for detail in details if (text := _passage(detail.get("target")))],
    )


@dataclass(frozen=True, slots=True)
class _Scale:
    """Places log-odds in a drawing that is 100 wide."""

    low: float
    high: float

    @classmethod
    def of(cls, sums: Sequence[float]) -> _Scale:
        low, high = min(*sums, 0.0), max(*sums, 0.0)
        margin = _MARGIN * max(high - low, 1.0)
        return cls(low - margin, high + margin)

    def bar(self, start: float, end: float) -> dict[str, Any]:
        left, right = sorted((self._at(start), self._at(end)))
        width = max(right - left, _THINNEST)
        return {"x": round(left, 2), "width": round(width, 2), "axis": round(self._at(0.0), 2)}

    def _at(self, value: float) -> float:
        return 100 * (value - self.low) / (self.high - self.low)


def _probability(log_odds: float) -> float:
    return 1 / (1 + math.exp(-max(min(log_odds, 60.0), -60.0)))


def _meaning(detail: Mapping[str, Any], texts: Texts) -> str:
    query, target = _passage(detail.get("query")), _passage(detail.get("target"))
    if not query or not target:
        return texts("reason.meaning.plain")
    return texts("reason.meaning", query=_shortened(query), target=_shortened(target))


def _passage(value: object) -> str:
    """Return the text of a sentence that comes with its place: ``[start, end, text]``."""
    is_placed = isinstance(value, list | tuple) and len(value) == 3
    return str(value[2]) if is_placed else ""  # type: ignore[index]


def _places(detail: Mapping[str, Any], texts: Texts) -> list[str]:
    """Return the names of places, written as NUTS codes with the municipality after a slash."""
    places = detail.get("places")
    codes = [str(each).rpartition("/")[2] for each in places] if isinstance(places, list | tuple) else []
    return [texts.place(code) for code in codes]


def _shortened(text: str) -> str:
    if len(text) <= _SHOWN_CHARS:
        return text
    return text[:_SHOWN_CHARS].rsplit(" ", 1)[0] + " …"
