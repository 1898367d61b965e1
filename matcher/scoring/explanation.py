"""Finds what a reader can check: the sentences that match best, and the words that two texts share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from matcher.scoring.reasons import score_of, wording_reasons
from matcher.types import Entry, Passage, Reason, ReasonKind, Score

FloatArray = NDArray[np.float32]
Encode = Callable[[Sequence[str]], FloatArray]
WORD = re.compile(r"[^\W\d_][\w-]*")
MAX_SENTENCES = 40


class Explainer:
    """Fills reasons with what they rest on: sentences for the meaning, terms for the wording.

    Parameters
    ----------
    encode
        Gives vectors of length one for sentences.
    split
        Splits a text into sentences.
    analyse
        Gives the stems of a text in a language, stop words left out.
    shares
        Gives for two entries and their shared words the share of their lexical similarity that each
        carries, and all together.
    """

    def __init__(
        self,
        *,
        encode: Encode,
        split: Callable[[str], Sequence[Passage]],
        analyse: Callable[[str, str], Sequence[str]],
        shares: Callable[[Entry, Entry, Sequence[tuple[str, str]]], tuple[list[float], float]],
    ) -> None:
        self.encode, self.split, self.analyse, self.shares = encode, split, analyse, shares

    def explain(self, scored: Sequence[tuple[Entry, Entry, Score]]) -> list[Score]:
        """Return the scores of queries and targets with details; values and sums stay as they are."""
        sentences = best_sentences([(q, t) for q, t, _ in scored], encode=self.encode, split=self.split)
        return [
            score_of(score.base, list(self._detailed(query, target, score, pair)))
            for (query, target, score), pair in zip(scored, sentences, strict=True)
        ]

    def _detailed(
        self, query: Entry, target: Entry, score: Score, sentences: dict[str, object]
    ) -> Iterator[Reason]:
        for reason in score.reasons:
            if reason.kind is ReasonKind.MEANING:
                yield replace(reason, detail=sentences)
            elif reason.kind is ReasonKind.WORDING:
                pairs = shared_terms(query, target, analyse=self.analyse)
                each, share = self.shares(query, target, pairs)
                terms = {surface: part for (surface, _), part in zip(pairs, each, strict=True)}
                yield from wording_reasons(reason.contribution, terms, share=share)
            else:
                yield reason


def best_sentences(
    pairs: Sequence[tuple[Entry, Entry]],
    *,
    encode: Encode,
    split: Callable[[str], Sequence[Passage]],
) -> list[dict[str, object]]:
    """Find for each pair of entries the sentences on both sides that are nearest to each other.

    Parameters
    ----------
    pairs
        Query and target; each entry's sentences are encoded once, however many pairs it is in.
    encode
        Gives vectors of length one.
    split
        Splits a text into sentences.

    Returns
    -------
    For each pair ``{"query": [start, end, text], "target": [...], "similarity": cosine}`` with offsets
    into ``Entry.whole_text``; empty if a side has no sentence.
    """
    entries = {entry.whole_text: None for pair in pairs for entry in pair}
    sentences = {text: _sentences(text, split) for text in entries}
    distinct = list(dict.fromkeys(p.text for found in sentences.values() for p in found))
    if not distinct:
        return [{} for _ in pairs]
    vector = dict(zip(distinct, encode(distinct), strict=True))
    return [_best(sentences[q.whole_text], sentences[t.whole_text], vector) for q, t in pairs]


def _sentences(text: str, split: Callable[[str], Sequence[Passage]]) -> list[Passage]:
    """Sentences with a word in them; of a very long text the first ones."""
    return [p for p in split(text) if WORD.search(p.text)][:MAX_SENTENCES]


def _best(
    ours: Sequence[Passage], theirs: Sequence[Passage], vector: Mapping[str, FloatArray]
) -> dict[str, object]:
    if not ours or not theirs:
        return {}
    similar = np.stack([vector[p.text] for p in ours]) @ np.stack([vector[p.text] for p in theirs]).T
    row, column = np.unravel_index(int(np.argmax(similar)), similar.shape)
    query, target = ours[int(row)], theirs[int(column)]
    return {
        "query": [query.start, query.end, query.text],
        "target": [target.start, target.end, target.text],
        "similarity": round(float(similar[row, column]), 3),
    }


def shared_terms(
    query: Entry, target: Entry, *, analyse: Callable[[str, str], Sequence[str]]
) -> list[tuple[str, str]]:
    """Words that two entries share up to inflection, each as it is written in the query and the target.

    ``analyse`` gives the stems of a text in a language, stop words left out. Words are stemmed in the
    language of their own entry, so that across languages only words that look alike are shared.
    """
    ours, theirs = _surfaces(query, analyse), _surfaces(target, analyse)
    return [(surface, theirs[stem]) for stem, surface in ours.items() if stem in theirs]


def _surfaces(entry: Entry, analyse: Callable[[str, str], Sequence[str]]) -> dict[str, str]:
    """Find the first form in which each stem is written."""
    surfaces: dict[str, str] = {}
    for word in dict.fromkeys(w.lower() for w in WORD.findall(entry.whole_text)):
        for stem in analyse(word, entry.language):
            surfaces.setdefault(stem, word)
    return surfaces
