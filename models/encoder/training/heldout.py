"""Measures on what is held out of training: the figures that training stops and chooses by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np
from numpy.typing import NDArray

from models.encoder.training.corpus import Aligned, Corpus, Prose
from models.encoder.training.students import Student, encode
from models.encoder.training.topics import Topic

Scores = NDArray[np.float32]
ROWS_PER_LANGUAGE = 250
N_PROSE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Figures between 0 and 1.

    Attributes
    ----------
    links
        nDCG@10 of a held-out topic's offerings, among those of all topics, for its needs.
    hard
        Share of needs for which the confusable offering stands above every right one (lower is better).
    needs
        Reciprocal rank of the first other telling of a need.
    bitext
        Mean over languages of the share of texts whose nearest English text is their own.
    prose
        Reciprocal rank of the right side of a pair.
    """

    links: float
    hard: float
    needs: float
    bitext: float
    prose: float

    @property
    def total(self) -> float:
        """What training is chosen by: the product's own task counts twice."""
        return 2 * self.links + 2 * self.needs - self.hard + 2 * self.bitext + self.prose

    def __str__(self) -> str:
        return (
            " ".join(f"{name}={value:.3f}" for name, value in asdict(self).items())
            + f" total={self.total:.3f}"
        )


def measure(student: Student, corpus: Corpus, trained: Sequence[Topic], held_out: Sequence[Topic]) -> HeldOut:
    """Measure on held-out rows, pairs and topics; the trained topics serve as distractors."""
    links, hard, needs = _topics(student, trained, held_out)
    return HeldOut(
        links=links,
        hard=hard,
        needs=needs,
        bitext=_bitext(student, corpus.held_out_aligned),
        prose=_prose(student, corpus.held_out_prose),
    )


def _topics(
    student: Student, trained: Sequence[Topic], held_out: Sequence[Topic]
) -> tuple[float, float, float]:
    if not held_out:
        return 0.0, 0.0, 0.0
    every = [*held_out, *trained]
    queries = encode(student, [need for t in held_out for need in t.needs])
    owners = np.array([i for i, t in enumerate(held_out) for _ in t.needs])
    offered = [(i, text) for i, t in enumerate(every) for text in t.offerings]
    confusing = [(-1 - i, t.confusable) for i, t in enumerate(every)]
    targets = np.array([i for i, _ in offered + confusing])
    scores = queries @ encode(student, [text for _, text in offered + confusing]).T
    others = encode(student, [need for t in trained for need in t.needs])
    links = [_ndcg(row, targets == owner) for row, owner in zip(scores, owners, strict=True)]
    hard = [
        row[targets == -1 - owner].max() > row[targets == owner].max()
        for row, owner in zip(scores, owners, strict=True)
    ]
    return float(np.mean(links)), float(np.mean(hard)), _same_need(queries, owners, others)


def _ndcg(scores: Scores, right: NDArray[np.bool_], k: int = 10) -> float:
    gains = right[np.argsort(-scores)[:k]] / np.log2(np.arange(2, k + 2))[: len(scores)]
    return float(gains.sum() / (1 / np.log2(np.arange(2, min(int(right.sum()), k) + 2))).sum())


def _same_need(queries: Scores, owners: NDArray[np.int64], others: Scores) -> float:
    among = queries @ np.concatenate([queries, others]).T
    found = []
    for position, owner in enumerate(owners):
        same = np.flatnonzero(owners == owner)
        best = among[position, same[same != position]].max()
        among[position, position] = -np.inf
        found.append(1 / (1 + int((among[position] > best).sum())))
    return float(np.mean(found))


def _bitext(student: Student, rows: Sequence[Aligned]) -> float:
    by_language: dict[str, dict[str, str]] = {}
    for row in rows:
        if len(row.text) >= 20:
            by_language.setdefault(row.language, {})[row.english] = row.text
    if not by_language:
        return 0.0
    pool = list(dict.fromkeys(row.english for row in rows if len(row.text) >= 20))
    place, english = {text: i for i, text in enumerate(pool)}, encode(student, pool)
    shares = []
    for pairs in by_language.values():
        chosen = list(pairs.items())[:ROWS_PER_LANGUAGE]
        nearest = (encode(student, [text for _, text in chosen]) @ english.T).argmax(1)
        shares.append(np.mean(nearest == np.array([place[key] for key, _ in chosen])))
    return float(np.mean(shares))


def _prose(student: Student, pairs: Sequence[Prose]) -> float:
    chosen = list({pair.right: pair.left for pair in pairs}.items())
    chosen = chosen[:: max(1, len(chosen) // N_PROSE)][:N_PROSE]
    if not chosen:
        return 0.0
    scores = encode(student, [left for _, left in chosen]) @ encode(student, [right for right, _ in chosen]).T
    above = (scores > np.diag(scores)[:, None]).sum(1)
    return float((1 / (1 + above)).mean())
