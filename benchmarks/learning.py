"""How fast verdicts teach: a simulated reviewer on a labelled set, and what held-out needs gain.

``python -m benchmarks.learning [--set FOLDER] [--encoder NAME] [--verdicts N] [--seeds N] [--noise P]``. Half
of the needs (whole groups of duplicates) are judged, the others are measured on. The reviewer judges
proposals of the first half in batches: it accepts what the labels link, and errs with the given chance. After
each batch a scorer is learnt from all verdicts so far; as in the service, it serves from then on if it is
surely better on verdicts that it was not learnt from (``always``: in any case). ``unsupervised`` gives
meaning and wording equal weight and knows nothing of labels, ``shipped`` starts from the scorer that ships;
the reviewer sees the likeliest first, or what teaches most.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import product
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.encoders import load_encoder
from matcher.errors import TooFewVerdicts
from matcher.evaluation.datasets import LabelledSet, load_labelled
from matcher.evaluation.measures import ndcg
from matcher.evaluation.reliability import calibration_error
from matcher.evaluation.tasks import labelled_entry
from matcher.pipeline import Matcher
from matcher.recipe import NEED_TO_OFFERING, Evidence, FusionWeights
from matcher.scoring import (
    PairScorer,
    compare,
    cross_fitted,
    likeliest,
    logits_of,
    most_teaching,
    probabilities,
)
from matcher.settings import Settings
from matcher.types import Direction, EntryKind

FloatArray = NDArray[np.float64]

DIRECTION = Direction.NEED_TO_OFFERING
BATCH = 20
N_SHOWN = 10
_EQUAL = Evidence(lexical=1.0, dense=1.0, base=-6.0, slope=1.6)
UNSUPERVISED = replace(
    NEED_TO_OFFERING,
    known=_EQUAL,
    cross=_EQUAL,
    unknown=_EQUAL,
    cross_unknown=_EQUAL,
    target_share=0.0,
    neighbour=0.0,
)
"""Fusion of standardised similarities with equal weights, as one would begin without any label."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """What held-out needs get after so many verdicts, the mean over seeds."""

    start: str
    order: str
    serves: str
    n_verdicts: int
    ndcg10: float
    ece_of_first_10: float


@dataclass(frozen=True, slots=True)
class World:
    """Evidence of all pairs ``(n_needs, n_offerings, n_features)``, gains of all, and each need's group."""

    features: FloatArray
    gains: FloatArray
    groups: tuple[str, ...]
    offset: float


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What the reviewer said: pairs ``(n, 2)`` of a need and an offering, and whether they fit ``(n,)``."""

    world: World
    pairs: NDArray[np.intp]
    fits: FloatArray

    def learnt(self, start: FusionWeights, chosen: slice | NDArray[np.bool_] = slice(None)) -> PairScorer:
        """Learn a scorer from the chosen ones."""
        return PairScorer(start).fit(self._features(chosen), self.fits[chosen], offset=self.world.offset)

    def teach_surely(self, start: FusionWeights, *, serving: FusionWeights) -> bool:
        """Whether a scorer that is learnt from them is surely better than the one that serves."""
        needs = [str(need) for need in self.pairs[:, 0]]
        old = logits_of(serving, self._features(slice(None)), offset=self.world.offset)
        try:
            new = cross_fitted(self._fitted_on(start), needs)
            return compare(new, old, self.fits, weight=np.ones(len(needs)), groups=needs).is_better
        except TooFewVerdicts:
            return False

    def _fitted_on(
        self, start: FusionWeights
    ) -> Callable[[NDArray[np.bool_]], Callable[[NDArray[np.bool_]], FloatArray]]:
        def fit(chosen: NDArray[np.bool_]) -> Callable[[NDArray[np.bool_]], FloatArray]:
            scorer = self.learnt(start, chosen)
            return lambda others: scorer.decision_function(self._features(others))

        return fit

    def _features(self, chosen: slice | NDArray[np.bool_]) -> FloatArray:
        needs, offerings = self.pairs[chosen].T
        return np.asarray(self.world.features[needs, offerings])


def world_of(found: LabelledSet, encoder_name: str) -> tuple[World, FusionWeights]:
    """Measure all pairs of a labelled set; also return the weights that ship for the encoder."""
    needs = [labelled_entry(entry, EntryKind.NEED) for entry in found.needs]
    offerings = [labelled_entry(entry, EntryKind.OFFERING) for entry in found.offerings]
    matcher = Matcher(load_encoder(Settings.model_validate({"encoder": encoder_name}))).fit(
        [*needs, *offerings]
    )
    shipped = matcher.recipe.weights_for(DIRECTION)
    gains = np.zeros((len(needs), len(offerings)))
    place = {entry.id: i for i, entry in enumerate(offerings)}
    row = {entry.id: i for i, entry in enumerate(needs)}
    for need, offering, grade in found.links:
        gains[row[need], place[offering]] = grade
    group = {need: name for name, need in found.duplicates}
    ids = [offering.id for offering in offerings]
    linked = np.flatnonzero(gains.max(axis=1) > 0)
    return World(
        features=np.stack([matcher.evidence(needs[i], ids, DIRECTION) for i in linked]),
        gains=gains[linked],
        groups=tuple(group.get(needs[i].id, needs[i].id) for i in linked),
        offset=matcher.engine.shift(EntryKind.OFFERING),
    ), shipped


def halves(groups: Sequence[str], rng: np.random.Generator) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Part needs into those that are judged and those that are measured on, whole groups together."""
    distinct = sorted(set(groups))
    judged = set(rng.permutation(distinct)[: len(distinct) // 2].tolist())
    is_judged = np.array([group in judged for group in groups])
    return np.flatnonzero(is_judged), np.flatnonzero(~is_judged)


def curve(
    world: World,
    start: FusionWeights,
    *,
    order: str,
    is_gated: bool,
    n_verdicts: int,
    noise: float,
    seed: int,
) -> list[tuple[float, float]]:
    """Let a reviewer judge batch by batch; nDCG and calibration error of held-out needs after each.

    ``is_gated``: what was learnt serves only if it is surely better on verdicts it was not learnt from.
    """
    rng = np.random.default_rng(seed)
    judged, held_out = halves(world.groups, rng)
    weights, points = start, [_measured(world, start, held_out)]
    seen: list[tuple[int, int]] = []
    fits: list[float] = []
    for _ in range(n_verdicts // BATCH):
        for need, offering in _next(world, weights, judged, set(seen), order=order):
            right = float(world.gains[need, offering] > 0)
            seen.append((need, offering))
            fits.append(1 - right if rng.random() < noise else right)
        if 0 < sum(fits) < len(fits):
            verdicts = Verdicts(world, np.array(seen), np.array(fits))
            if not is_gated or verdicts.teach_surely(start, serving=weights):
                weights = verdicts.learnt(start).weights_
        points.append(_measured(world, weights, held_out))
    return points


def _next(
    world: World, weights: FusionWeights, judged: NDArray[np.intp], seen: set[tuple[int, int]], *, order: str
) -> list[tuple[int, int]]:
    """Next pairs to judge: among the first proposals of the judged needs."""
    pairs: list[tuple[int, int]] = []
    for need in judged:
        logits = logits_of(weights, world.features[need], offset=world.offset)
        first = np.argsort(-logits, kind="stable")[:N_SHOWN]
        pairs += [(int(need), int(i)) for i in first if (int(need), int(i)) not in seen]
    rows = np.array(pairs)
    features = world.features[rows[:, 0], rows[:, 1]]
    scores = probabilities(logits_of(weights, features, offset=world.offset)).tolist()
    chosen = likeliest(scores, k=BATCH) if order == "likely" else most_teaching(scores, features, k=BATCH)
    return [pairs[i] for i in chosen]


def _measured(world: World, weights: FusionWeights, needs: NDArray[np.intp]) -> tuple[float, float]:
    gains, said, right = [], [], []
    for need in needs:
        logits = logits_of(weights, world.features[need], offset=world.offset)
        links = np.flatnonzero(world.gains[need])
        gains.append(ndcg(logits, links.tolist(), world.gains[need, links].tolist()))
        first = np.argsort(-logits, kind="stable")[:N_SHOWN]
        said.append(probabilities(logits[first]))
        right.append((world.gains[need, first] > 0).astype(float))
    return float(np.mean(gains)), calibration_error(np.concatenate(said), np.concatenate(right))


def measure(
    found: LabelledSet, encoder_name: str, *, n_verdicts: int, n_seeds: int, noise: float
) -> list[Point]:
    """Draw the curves of all starts and orders."""
    world, shipped = world_of(found, encoder_name)
    points = []
    for name, start in (("unsupervised", UNSUPERVISED), ("shipped", shipped)):
        for order, serves in product(("likely", "teaching"), ("better", "always")):
            runs = np.array(
                [
                    curve(
                        world,
                        start,
                        order=order,
                        is_gated=serves == "better",
                        n_verdicts=n_verdicts,
                        noise=noise,
                        seed=seed,
                    )
                    for seed in range(n_seeds)
                ]
            ).mean(axis=0)
            points += [
                Point(
                    start=name,
                    order=order,
                    serves=serves,
                    n_verdicts=i * BATCH,
                    ndcg10=round(float(gain), 4),
                    ece_of_first_10=round(float(ece), 4),
                )
                for i, (gain, ece) in enumerate(runs)
            ]
    return points


def main() -> None:
    """Read the command line, simulate and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", type=Path, default=Path("../shared/data/domain/dev"), help="labelled set")
    parser.add_argument("--encoder", default="joint", help="name of the encoder, as in MATCHER_ENCODER")
    parser.add_argument("--verdicts", type=int, default=200, help="verdicts of one reviewer")
    parser.add_argument("--seeds", type=int, default=5, help="reviewers and partitions")
    parser.add_argument("--noise", type=float, default=0.05, help="chance that a verdict is wrong")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    asked = parser.parse_args()
    points = measure(
        load_labelled(asked.set),
        asked.encoder,
        n_verdicts=asked.verdicts,
        n_seeds=asked.seeds,
        noise=asked.noise,
    )
    for point in points:
        told = asdict(point)
        line = (
            json.dumps(told) if asked.json else "  ".join(f"{name} {value}" for name, value in told.items())
        )
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
