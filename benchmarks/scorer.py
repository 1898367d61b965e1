"""Learns the scorer that ships, on topics of our own that the encoder was not trained on, and measures it.

``python -m benchmarks.scorer [--encoder NAME] [--write] [--json]``. Topics are those that the training of the
encoder holds out (``models/encoder/domain``; one in ten by the hash of its id). Their needs are matched with
all their offerings and confusable ones, in worlds of some eighty topics, the size of a region's register;
what the topic says fits, fits. Figures are of held-out topics: the weights were learnt without them (five
folds). ``--write`` replaces the file in ``matcher/scoring/data``.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matcher.encoders import Encoder, load_encoder
from matcher.evaluation.reliability import calibration_error
from matcher.pipeline import Matcher
from matcher.recipe import FusionWeights, Recipe
from matcher.scoring import (
    PairScorer,
    StoredScorer,
    balanced_threshold,
    cross_fitted,
    logits_of,
    probabilities,
    save_scorer,
    shipped_folder,
)
from matcher.settings import load_settings
from matcher.text import identify_language
from matcher.types import Direction, Entry, EntryKind
from models.encoder.training.topics import FOLDER, Topic, load_topics

FloatArray = NDArray[np.float64]
Mask = NDArray[np.bool_]

DIRECTION = Direction.NEED_TO_OFFERING
N_CANDIDATES = 50
WORLD = 80
"""Topics that are matched with each other."""
N_SHOWN = 10
STRENGTH = 5.0
SHARES = (0.0, 0.15, 0.3, 0.5)
"""Shares of the target's side in what is usual, of which the best is taken."""
SILENT, FOUND = 2 / 3, 0.85
SEED = 20260101


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidates:
    """Candidates of all queries, one row a pair: evidence, whether they fit, whose and of which topic."""

    features: FloatArray
    fits: FloatArray
    owners: NDArray[np.intp]
    topics: tuple[str, ...]
    confusable: Mask
    n_right: NDArray[np.intp]
    offset: FloatArray


class Remembering:
    """An encoder that encodes each text once."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder, self._known = encoder, dict[str, NDArray[np.float32]]()
        self.name, self.digest, self.n_dims = encoder.name, encoder.digest, encoder.n_dims
        self.languages, self.role_matters = encoder.languages, encoder.role_matters

    def encode(self, texts: Sequence[str], **how: Any) -> NDArray[np.float32]:  # noqa: ANN401 -- passed on
        """Encode texts, shape ``(n_texts, n_dims)``."""
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if missing:
            self._known.update(zip(missing, self._encoder.encode(missing), strict=True))
        if not texts:
            return np.empty((0, self.n_dims), dtype=np.float32)
        return np.stack([self._known[text] for text in texts])


def entries_of(topics: Sequence[Topic]) -> list[Entry]:
    """Make entries of topics; ids begin with the topic's and tell the role (n, o, x)."""
    made = []
    for topic in topics:
        for i, (text, language) in enumerate(zip(topic.needs, topic.languages, strict=True)):
            made.append(Entry(id=f"{topic.id}/n{i}", kind=EntryKind.NEED, text=text, language=language))
        roles = [*((f"o{i}", text) for i, text in enumerate(topic.offerings)), ("x", topic.confusable)]
        for role, text in roles:
            title, _, body = text.partition(". ")
            made.append(
                Entry(
                    id=f"{topic.id}/{role}",
                    kind=EntryKind.OFFERING,
                    title=title,
                    text=body or title,
                    language=identify_language(text).code,
                )
            )
    return made


def worlds(topics: Sequence[Topic]) -> list[list[Topic]]:
    """Part topics into worlds of equal size, by the hash of their ids."""
    ordered = sorted(topics, key=lambda topic: _hash(topic.id))
    n = max(1, round(len(ordered) / WORLD))
    return [ordered[i::n] for i in range(n)]


def candidates(matcher: Matcher, *, first_owner: int = 0) -> Candidates:
    """Find the best candidates of every need and measure the evidence.

    What is right but not among the best is left out: taken in, it would teach that the best are rarely right.
    """
    ids, queries = matcher.ids(EntryKind.OFFERING), matcher.ids(EntryKind.NEED)
    features, pairs, n_right = [], [], []
    scores = matcher.score_matrix(queries, EntryKind.OFFERING, direction=DIRECTION)
    for query, row in zip(queries, scores, strict=True):
        best = [ids[i] for i in np.argsort(-row, kind="stable")[:N_CANDIDATES]]
        features.append(matcher.evidence(query, best, DIRECTION))
        pairs += [(query, one) for one in best]
        n_right.append(sum(_fits(query, one) for one in ids))
    number = {query: first_owner + i for i, query in enumerate(queries)}
    return Candidates(
        features=np.concatenate(features),
        fits=np.array([float(_fits(*pair)) for pair in pairs]),
        owners=np.array([number[query] for query, _ in pairs], dtype=np.intp),
        topics=tuple(_topic(query) for query, _ in pairs),
        confusable=np.array([one == f"{_topic(query)}/x" for query, one in pairs], dtype=bool),
        n_right=np.array(n_right, dtype=np.intp),
        offset=np.full(len(pairs), matcher.engine.shift(EntryKind.OFFERING)),
    )


def together(parts: Sequence[Candidates]) -> Candidates:
    """Put the candidates of several worlds together."""
    return Candidates(
        topics=tuple(topic for part in parts for topic in part.topics),
        **{
            name: np.concatenate([getattr(part, name) for part in parts])
            for name in ("features", "fits", "owners", "confusable", "n_right", "offset")
        },
    )


def _topic(entry_id: str) -> str:
    return entry_id.split("/")[0]


def _fits(query: str, target: str) -> bool:
    return _topic(query) == _topic(target) and not target.endswith("/x")


def held_out_logits(found: Candidates, prior: FusionWeights) -> FloatArray:
    """Log-odds of each pair by weights that were learnt without its topic."""

    def fit(chosen: Mask) -> Callable[[Mask], FloatArray]:
        scorer = PairScorer(prior, strength=STRENGTH).fit(
            found.features[chosen], found.fits[chosen], offset=found.offset[chosen]
        )
        return lambda others: logits_of(scorer.weights_, found.features[others], offset=found.offset[others])

    return cross_fitted(fit, found.topics, seed=SEED)


def measures(logits: FloatArray, found: Candidates) -> dict[str, float]:
    """Order and calibration of held-out log-odds."""
    gains, fooled, shown = [], [], np.zeros(len(logits), dtype=bool)
    for owner, n_right in enumerate(found.n_right):
        own = np.flatnonzero(found.owners == owner)
        ranked = own[np.argsort(-logits[own], kind="stable")]
        shown[ranked[:N_SHOWN]] = True
        if n_right:
            gains.append(_ndcg(found.fits[ranked[:N_SHOWN]], n_right))
            fooled.append(_is_fooled(found.fits[ranked], found.confusable[ranked]))
    p = probabilities(logits)
    loss = -np.mean(found.fits * np.log(p + 1e-12) + (1 - found.fits) * np.log(1 - p + 1e-12))
    return {
        "ndcg10": round(float(np.mean(gains)), 4),
        "hard_negatives": round(float(np.mean(fooled)), 4),
        "ece_of_first_10": round(calibration_error(p[shown], found.fits[shown]), 4),
        "log_loss": round(float(loss), 5),
    }


def _ndcg(fits: FloatArray, n_right: int) -> float:
    discount = 1 / np.log2(np.arange(2, N_SHOWN + 2))
    return float(fits @ discount[: len(fits)] / discount[: min(n_right, N_SHOWN)].sum())


def _is_fooled(fits: FloatArray, confusable: Mask) -> float:
    """Whether the confusable one stands above everything that is right."""
    first, wrong = np.flatnonzero(fits > 0.5), np.flatnonzero(confusable)
    return float(len(wrong) > 0 and (not len(first) or wrong[0] < first[0]))


def learnt(encoder: Encoder, topics: Sequence[Topic]) -> tuple[FusionWeights, dict[str, dict[str, float]]]:
    """Learn weights; the share of the target's side by held-out log loss."""
    tried = []
    for share in SHARES:
        prior = replace(Recipe().weights_for(DIRECTION), target_share=share)
        found = together(list(_worlds_of_candidates(encoder, topics, prior)))
        by_hand = logits_of(prior, found.features, offset=found.offset)
        figures = {
            "by hand": measures(by_hand, found),
            "learnt": measures(held_out_logits(found, prior), found),
        }
        scorer = PairScorer(prior, strength=STRENGTH).fit(found.features, found.fits, offset=found.offset)
        tried.append((figures["learnt"]["log_loss"], share, scorer.weights_, figures))
    _, _, weights, figures = min(tried, key=lambda each: each[:2])
    return weights, figures


def _worlds_of_candidates(
    encoder: Encoder, topics: Sequence[Topic], weights: FusionWeights
) -> Iterator[Candidates]:
    n = 0
    for world in worlds(topics):
        matcher = Matcher(encoder, with_weights(weights)).fit(entries_of(world))
        found = candidates(matcher, first_owner=n)
        n += len(found.n_right)
        yield found


def threshold(
    encoder: Encoder, topics: Sequence[Topic], weights: FusionWeights
) -> tuple[float, dict[str, float]]:
    """Choose the threshold in worlds where one topic in three has lost its offerings."""
    unmet: list[float] = []
    met: list[tuple[FloatArray, FloatArray]] = []
    for world in worlds(topics):
        lost = {topic.id for topic in world[::3]}
        matcher = Matcher(encoder, with_weights(weights)).fit(
            [entry for entry in entries_of(world) if not (_topic(entry.id) in lost and "/o" in entry.id)]
        )
        queries, ids = matcher.ids(EntryKind.NEED), matcher.ids(EntryKind.OFFERING)
        scores = probabilities(matcher.score_matrix(queries, EntryKind.OFFERING, direction=DIRECTION))
        for query, row in zip(queries, scores, strict=True):
            first = np.argsort(-row, kind="stable")[:N_SHOWN]
            if _topic(query) in lost:
                unmet.append(float(row[first[0]]))
            else:
                met.append((row[first], np.array([float(_fits(query, ids[i])) for i in first])))
    chosen = balanced_threshold(np.array(unmet), met, silent=SILENT, found=FOUND)
    found = [max(p[y > 0.5], default=0.0) >= chosen for p, y in met]
    silent = float(np.mean(np.array(unmet) < chosen))
    return chosen, {"silent": round(silent, 3), "found": round(float(np.mean(found)), 3)}


def with_weights(weights: FusionWeights) -> Recipe:
    """Return the recipe by hand with other weights from needs to offerings."""
    start = Recipe()
    return replace(start, weights=tuple((d, weights if d is DIRECTION else old) for d, old in start.weights))


def train(encoder: Encoder, topics: Sequence[Topic]) -> StoredScorer:
    """Learn the direction from needs to offerings.

    Needs alike are told by weights by hand: tellings of a topic were written to share no words, as people who
    report the same thing seldom do.
    """
    encoder = Remembering(encoder)
    weights, figures = learnt(encoder, topics)
    least, balance = threshold(encoder, topics, weights)
    return StoredScorer(
        encoder=encoder.digest,
        weights={DIRECTION: weights},
        thresholds={DIRECTION: round(least, 3)},
        recipe={
            "program": "python -m benchmarks.scorer",
            "topics": len(topics),
            "data": _hash("\n".join(sorted(text for topic in topics for text in topic.texts))),
            "strength": STRENGTH,
            "seed": SEED,
        },
        measures={**figures, "proposed": balance},
    )


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def main() -> None:
    """Read the command line, learn, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", default="joint", help="name of the encoder, as in MATCHER_ENCODER")
    parser.add_argument("--topics", type=Path, default=FOLDER, help="folder of the topics")
    parser.add_argument("--write", action="store_true", help="replace the scorer that ships")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    topics = [topic for topic in load_topics(asked.topics) if topic.is_held_out]
    scorer = train(load_encoder(load_settings().model_copy(update={"encoder": asked.encoder})), topics)
    if asked.write:
        save_scorer(scorer, shipped_folder() / f"{asked.encoder}.json")
    content = scorer.content()
    shown = content if asked.json else {name: content[name] for name in ("recipe", "thresholds", "measures")}
    sys.stdout.write(json.dumps(shown, indent=None if asked.json else 1) + "\n")


if __name__ == "__main__":
    main()
