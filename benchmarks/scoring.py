"""Speed of scoring: all evidence of 200 candidates of one entry, and the proposals for it.

``python -m benchmarks.scoring [--json] [--stored N] [--candidates N]``. Texts are drawn from a seeded
vocabulary and vectors around seeded centres; encoding is left aside. Every entry has codes, a place, a window
and a value, and 500 pairs were judged, so that no evidence is missing. 200 candidates may take 20 ms.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

import numpy as np

from benchmarks.matching import SEED, entries_and_encoder, synthetic
from matcher.pipeline import Matcher
from matcher.procurement import MUNICIPALITIES
from matcher.recipe import Recipe
from matcher.scoring import logits_of
from matcher.types import Direction, Entry, JudgedPair, TimeWindow

DIRECTION = Direction.NEED_TO_OFFERING
BOUND_MS = 20.0
N_JUDGED = 500
N_ASKED = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Milliseconds an entry: median and 95th percentile."""

    n_stored: int
    n_candidates: int
    n_judged: int
    evidence_ms_p50: float
    evidence_ms_p95: float
    proposals_ms_p50: float
    proposals_ms_p95: float
    bound_ms: float
    is_within_bound: bool


def with_circumstances(entries: Sequence[Entry], *, seed: int) -> list[Entry]:
    """Give entries codes, places, windows and values."""
    rng = np.random.default_rng(seed)
    places, codes = sorted(MUNICIPALITIES), ("90620000", "55524000", "60130000", "72000000", "45233141")
    return [
        replace(
            entry,
            cpv=(str(rng.choice(codes)),),
            municipality=str(rng.choice(places)),
            window=TimeWindow(starts_on=date(2026, 1, 1) + timedelta(days=int(rng.integers(0, 600)))),
            estimated_value=Decimal(int(rng.integers(10_000, 5_000_000))),
            currency="SEK",
        )
        for entry in entries
    ]


def timed(work: Callable[[Entry], object], entries: Sequence[Entry]) -> tuple[float, float]:
    """Milliseconds that the work takes for an entry, median and 95th percentile; the first few warm up."""
    times = []
    for entry in entries:
        start = time.perf_counter()
        work(entry)
        times.append(1e3 * (time.perf_counter() - start))
    kept = times[5:]
    return round(float(np.median(kept)), 2), round(float(np.quantile(kept, 0.95)), 2)


def measure(*, n_stored: int, n_candidates: int) -> Result:
    """Run everything once."""
    needs, offerings, encoder = entries_and_encoder(synthetic(n_stored))
    needs, offerings = with_circumstances(needs, seed=SEED), with_circumstances(offerings, seed=SEED + 1)
    matcher = Matcher(encoder, Recipe()).fit([*needs, *offerings])
    matcher.remember(
        [
            JudgedPair(query_id=need.id, target_id=offering.id, direction=DIRECTION, fits=float(i % 3 == 0))
            for i, (need, offering) in enumerate(zip(needs, offerings, strict=True))
        ][:N_JUDGED]
    )
    chosen = np.random.default_rng(SEED).choice(len(offerings), n_candidates, replace=False)
    ids = [offerings[i].id for i in chosen]
    weights = matcher.recipe.weights_for(DIRECTION)

    def score(need: Entry) -> object:
        return logits_of(weights, matcher.evidence(need, ids, DIRECTION))

    def propose(need: Entry) -> object:
        return matcher.propose([need.id], DIRECTION, with_reasons=False)

    asked = needs[:N_ASKED]
    evidence, proposals = timed(score, asked), timed(propose, asked)
    return Result(
        n_stored=len(offerings),
        n_candidates=n_candidates,
        n_judged=min(N_JUDGED, len(needs)),
        evidence_ms_p50=evidence[0],
        evidence_ms_p95=evidence[1],
        proposals_ms_p50=proposals[0],
        proposals_ms_p95=proposals[1],
        bound_ms=BOUND_MS,
        is_within_bound=evidence[0] < BOUND_MS,
    )


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--stored", type=int, default=3000, help="needs and offerings that are stored")
    parser.add_argument("--candidates", type=int, default=200, help="candidates that are scored")
    asked = parser.parse_args()
    stored = max(asked.stored, asked.candidates)
    result = asdict(measure(n_stored=stored, n_candidates=asked.candidates))
    lines = [json.dumps(result)] if asked.json else [f"{name:20} {value}" for name, value in result.items()]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
