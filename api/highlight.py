"""Marks in a text what the reasons rest on: the sentences that match best and the shared terms."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from itertools import pairwise
from typing import Final

from markupsafe import Markup, escape

from matcher.text import analyse

Span = tuple[int, int]
_WORD: Final = re.compile(r"[^\W_][\w-]*")
_SHORTEST_STEM: Final = 2


def stems_of(terms: Iterable[str], language: str) -> frozenset[str]:
    """Return the stems of terms in the language of the text that they were taken from."""
    return frozenset(stem for term in terms for stem in analyse(term, language))


def highlighted(
    text: str, *, sentences: Iterable[str] = (), stems: Collection[str] = (), language: str = ""
) -> Markup:
    """Return the text as HTML: matching sentences in ``mark``, shared terms in ``strong``; all else escaped.

    Parameters
    ----------
    text
        The text that is shown.
    sentences
        Sentences of it, as they stand in it; others are ignored.
    stems
        Stems of shared terms; every word of the text with one of them is emphasised.
    language
        ISO 639-1 code of the text, by which its words are stemmed.
    """
    strong = _merged(_find_words(text, frozenset(stems), language))
    parts, at = [], 0
    for start, end in _merged(_find_sentences(text, sentences)):
        parts.append(_emphasised(text, strong, at, start))
        parts.append(Markup("<mark>{}</mark>").format(_emphasised(text, strong, start, end)))
        at = end
    return Markup("").join([*parts, _emphasised(text, strong, at, len(text))])


def _emphasised(text: str, strong: Sequence[Span], start: int, end: int) -> Markup:
    """Return a part of a text, what lies in one of the spans emphasised."""
    inside = [(max(a, start), min(b, end)) for a, b in strong if a < end and b > start]
    edges = sorted({start, end, *(edge for span in inside for edge in span)})
    return Markup("").join(
        Markup("<strong>{}</strong>").format(text[a:b]) if _covers(inside, a) else escape(text[a:b])
        for a, b in pairwise(edges)
    )


def _find_sentences(text: str, sentences: Iterable[str]) -> list[Span]:
    found = ((text.find(sentence), len(sentence)) for sentence in sentences if sentence)
    return [(start, start + length) for start, length in found if start >= 0]


def _find_words(text: str, stems: frozenset[str], language: str) -> list[Span]:
    wanted = {stem for stem in stems if len(stem) >= _SHORTEST_STEM}
    if not wanted:
        return []
    known: dict[str, bool] = {}
    for word in {match.group().lower() for match in _WORD.finditer(text)}:
        known[word] = not wanted.isdisjoint(analyse(word, language))
    return [match.span() for match in _WORD.finditer(text) if known[match.group().lower()]]


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _covers(spans: Sequence[Span], position: int) -> bool:
    return any(start <= position < end for start, end in spans)
