"""Draws what each step learns from: by the seed and the step alone, so that a run can be resumed."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.errors import UnreadableFile
from models.encoder.training.corpus import Corpus, aligned_weights, prose_weights
from models.encoder.training.noise import spoil
from models.encoder.training.topics import Topic

N_BUCKETS = 24
CHARS_PER_TOKEN = 4.0
ENGLISH_SHARE = 0.2
SPOILT_SHARE = 0.12
SPOILT_NEEDS_SHARE = 0.3
ALIKE_SHARE = 0.5

Vectors = NDArray[np.float16]


class Targets:
    """The teacher's vectors of English texts, projected where the student is smaller.

    Parameters
    ----------
    folder
        Holds ``en.txt`` (a text a line) and ``en.npy`` (float16, shape (n_texts, 384), normalised).
    n_dims
        The student's size; the projection is the one that keeps most of the vectors' length (SVD).
    """

    def __init__(self, folder: Path, *, n_dims: int) -> None:
        try:
            texts = (folder / "en.txt").read_text(encoding="utf-8").split("\n")
            self._vectors: Vectors = np.load(folder / "en.npy", mmap_mode="r")
        except OSError as error:
            raise UnreadableFile(
                folder, "lacks the teacher's vectors", remedy="Run the stage `teacher`."
            ) from error
        self._row = {text: row for row, text in enumerate(texts)}
        self.projection: NDArray[np.float32] | None = None
        if n_dims < self._vectors.shape[1]:
            sample = self._vectors[:: max(1, len(self._vectors) // 20_000)].astype(np.float32)
            self.projection = np.linalg.svd(sample, full_matrices=False)[2][:n_dims].T.copy()

    def __contains__(self, text: str) -> bool:
        return text in self._row

    def turn_towards(self, encode: Callable[[list[str]], NDArray[np.float32]]) -> None:
        """Project into the space of a smaller student that has learnt already: the nearest turn (Procrustes).

        Another set of texts has other main directions; a student that goes on with them would begin anew.
        """
        if self.projection is None:
            return
        texts = list(self._row)[:: max(1, len(self._row) // 20_000)]
        sample = self._vectors[[self._row[text] for text in texts]].astype(np.float32)
        left, _, right = np.linalg.svd(sample.T @ encode(texts), full_matrices=False)
        self.projection = np.asarray(left @ right, dtype=np.float32)

    def __call__(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (n_texts, n_dims), normalised."""
        found = self._vectors[[self._row[text] for text in texts]].astype(np.float32)
        if self.projection is not None:
            found = found @ self.projection
        return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), dtype=np.float32)


@dataclass(frozen=True, slots=True)
class AlignedBatch:
    """Texts, and the English texts whose vectors they should get."""

    texts: list[str]
    english: list[str]


class Sampler:
    """Draws aligned rows, prose pairs and topics.

    Parameters
    ----------
    corpus
        Training text; aligned rows without a teacher's vector are left out.
    targets
        The teacher's vectors.
    topics
        Domain topics to train on.
    products
        What each CPV code is called, in several languages; another code goes by its topic's label.
    prose_chars
        A longer right side of a pair is cut there.
    """

    def __init__(
        self,
        corpus: Corpus,
        targets: Targets,
        topics: Sequence[Topic],
        *,
        products: Mapping[str, Sequence[str]] | None = None,
        prose_chars: int = 450,
    ) -> None:
        self._products, self._prose_chars = products or {}, prose_chars
        self._rows = [row for row in corpus.aligned if row.english in targets]
        self._prose = corpus.prose
        self.topics = list(topics)
        self.neighbours: NDArray[np.int64] = np.zeros((len(topics), 0), np.int64)
        self._buckets = self._cut_by_length() if self._rows else []
        self._prose_weights = prose_weights(self._prose) if self._prose else np.zeros(0)
        self._alike = _places_by([(pair.source, pair.kind, pair.language) for pair in self._prose])

    def _cut_by_length(self) -> list[tuple[NDArray[np.int64], NDArray[np.float64]]]:
        """Rows of like length, equally likely each: (positions, running sums of weights)."""
        weights = aligned_weights(self._rows)
        order = np.argsort([len(row.text) for row in self._rows], kind="stable")
        cuts = np.searchsorted(np.cumsum(weights[order]), np.arange(1, N_BUCKETS) / N_BUCKETS)
        parts = [part for part in np.split(order, cuts) if len(part)]
        return [(part, np.cumsum(weights[part])) for part in parts]

    def aligned(self, rng: np.random.Generator, n_tokens: int, *, most: int = 384) -> AlignedBatch:
        """Draw rows of like length, at most ``most``, of about ``n_tokens``; some English, some spoilt."""
        part, sums = self._buckets[int(rng.integers(len(self._buckets)))]
        length = len(self._rows[int(part[len(part) // 2])].text) / CHARS_PER_TOKEN + 2
        size = int(np.clip(n_tokens / length, 64, most))
        drawn = part[np.minimum(np.searchsorted(sums, rng.random(size) * sums[-1]), len(part) - 1)]
        rows = [self._rows[i] for i in np.unique(drawn).tolist()]
        texts = [row.english if rng.random() < ENGLISH_SHARE else row.text for row in rows]
        return AlignedBatch(
            [_maybe_spoil(t, SPOILT_SHARE, rng) for t in texts], [row.english for row in rows]
        )

    def prose(self, rng: np.random.Generator, n_pairs: int) -> tuple[list[str], list[str]]:
        """Pairs without repeated sides: (left texts, right texts).

        Every other time all are from one source and of one kind: harder to tell apart than news from law.
        """
        places = np.arange(len(self._prose))
        if rng.random() < ALIKE_SHARE:
            first = self._prose[int(_drawn(self._prose_weights, 1, rng)[0])]
            places = self._alike[first.source, first.kind, first.language]
        drawn = places[_drawn(self._prose_weights[places], n_pairs, rng)]
        pairs = {self._prose[i].left: self._prose[i].right for i in drawn.tolist()}
        unique = {right: left for left, right in pairs.items()}
        return [_maybe_spoil(t, SPOILT_SHARE, rng) for t in unique.values()], [
            r[: self._prose_chars] for r in unique
        ]

    def topic_texts(self, rng: np.random.Generator, n_topics: int) -> tuple[list[int], list[list[str]]]:
        """Positions of topics; their needs, other tellings, offerings, confusables, labels and products."""
        drawn = self._draw_topics(rng, min(n_topics, len(self.topics)))
        parts: list[list[str]] = [[] for _ in range(6)]
        for topic in (self.topics[i] for i in drawn):
            first, second = rng.permutation(len(topic.needs))[:2]
            offering = topic.offerings[int(rng.integers(len(topic.offerings)))]
            names = self._products.get(topic.cpv) or (topic.label,)
            product = names[int(rng.integers(len(names)))]
            found = (
                topic.needs[first],
                topic.needs[second],
                offering,
                topic.confusable,
                topic.label,
                product,
            )
            for kind, text in enumerate(found):
                share = SPOILT_NEEDS_SHARE if kind < 2 else SPOILT_SHARE if kind == 2 else 0.0
                parts[kind].append(_maybe_spoil(text, share, rng))
        return drawn, parts

    def _draw_topics(self, rng: np.random.Generator, size: int) -> list[int]:
        """Half drawn freely, half beside them from their nearest neighbours: what is hard to tell apart."""
        order: list[int] = rng.permutation(len(self.topics)).tolist()
        if not self.neighbours.shape[1]:
            return order[:size]
        chosen: dict[int, None] = {}
        for seed in order:
            if len(chosen) >= size:
                break
            chosen[seed] = None
            if rng.random() < 0.5:
                beside = rng.permutation(self.neighbours[seed])[:2]
                chosen.update(dict.fromkeys(beside.tolist()))
        return list(chosen)[:size]


def _places_by(keys: Sequence[Hashable]) -> dict[Hashable, NDArray[np.int64]]:
    """Positions at which each key stands."""
    places: dict[Hashable, list[int]] = {}
    for place, key in enumerate(keys):
        places.setdefault(key, []).append(place)
    return {key: np.array(own) for key, own in places.items()}


def _drawn(weights: NDArray[np.float64], size: int, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw positions by their weights, with repetition."""
    sums = np.cumsum(weights)
    return np.asarray(np.minimum(np.searchsorted(sums, rng.random(size) * sums[-1]), len(sums) - 1))


def _maybe_spoil(text: str, share: float, rng: np.random.Generator) -> str:
    return spoil(text, rng) or text if rng.random() < share else text
