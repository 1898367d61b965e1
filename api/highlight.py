"""Marks in a text what the reasons rest on: the sentences that match best and the shared terms."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from markupsafe import Markup, escape

Span = tuple[int, int]
_SHORTEST_TERM = 3


def highlighted(text: str, *, sentences: Iterable[str] = (), terms: Iterable[str] = ()) -> Markup:
    """Return the text as HTML: matching sentences in ``mark``, shared terms in ``strong``; all else escaped.

    Parameters
    ----------
    text
        The text that is shown.
    sentences
        Sentences of it, as they stand in it; others are ignored.
    terms
        Beginnings of words (stems); every word that begins so is emphasised.
    """
    marked = _merged(_find_sentences(text, sentences))
    strong = _merged(_find_terms(text, terms))
    edges = sorted({0, len(text), *(edge for span in (*marked, *strong) for edge in span)})
    parts = [
        _dressed(text[start:end], is_marked=_covers(marked, start), is_strong=_covers(strong, start))
        for start, end in pairwise(edges)
    ]
    return Markup("").join(parts)


def _dressed(text: str, *, is_marked: bool, is_strong: bool) -> Markup:
    dressed = escape(text)
    if is_strong:
        dressed = Markup("<strong>{}</strong>").format(dressed)
    return Markup("<mark>{}</mark>").format(dressed) if is_marked else dressed


def _find_sentences(text: str, sentences: Iterable[str]) -> list[Span]:
    found = ((text.find(sentence), len(sentence)) for sentence in sentences if sentence)
    return [(start, start + length) for start, length in found if start >= 0]


def _find_terms(text: str, terms: Iterable[str]) -> list[Span]:
    wanted = [re.escape(term) for term in terms if len(term) >= _SHORTEST_TERM]
    if not wanted:
        return []
    pattern = re.compile(rf"\b(?:{'|'.join(wanted)})\w*", re.IGNORECASE)
    return [match.span() for match in pattern.finditer(text)]


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
