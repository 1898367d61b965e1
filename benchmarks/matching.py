"""Speed of matching: a full match against the bare matrix products in it, and one new entry among many.

``python -m benchmarks.matching [--json] [--data FOLDER]``. Encoding is left aside: vectors are drawn around
seeded cluster centres, one cluster a pair of texts. A match contains two products, of the vectors and of the
n-gram rows: each is timed alone beside it, in blocks, with nothing chosen or kept. Texts are real prose where
``--data`` holds ``pairs/pairs.tsv.gz``, else words drawn from a seeded vocabulary with natural frequencies.
"""

from __future__ import annotations

import argparse
import gzip
import json
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.encoders.protocol import Progress, Role
from matcher.pipeline import Matcher
from matcher.recipe import Recipe
from matcher.retrieval.growing import Sparse
from matcher.types import Direction, Entry, EntryKind

FloatArray = NDArray[np.float32]
SEED = 20260101
N_DIMS = 384
BLOCK = 256
N_CHECKED = 256
LANGUAGES = frozenset({"sv", "fi", "nb", "da", "en"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What was measured; times in seconds unless said otherwise."""

    texts: str
    n_needs: int
    n_offerings: int
    fit: float
    full_match: float
    bare_product: float
    bare_lexical_product: float
    ratio: float
    ratio_to_both: float
    recall_of_fused_top10: float
    n_stored: int
    add_ms_p95: float
    new_entry_ms_p50: float
    new_entry_ms_p95: float
    peak_memory_mib: float | None


class GivenVectors:
    """An encoder whose vectors are given, so that encoding costs nothing."""

    name, digest, n_dims, languages, role_matters = "given", "given", N_DIMS, LANGUAGES, False

    def __init__(self, vectors: dict[str, FloatArray]) -> None:
        self.vectors = vectors

    def encode(
        self, texts: Sequence[str], *, role: Role = "passage", progress: Progress | None = None
    ) -> FloatArray:
        """Look the vectors up."""
        return np.stack([self.vectors[text] for text in texts]).astype(np.float32)


def prose(data: Path, n: int) -> list[tuple[str, str, str]]:
    """Take ``n`` pairs of texts with their language, evenly from the whole file, cut at 600 characters."""
    with gzip.open(data / "pairs" / "pairs.tsv.gz", "rt", encoding="utf-8") as lines:
        next(lines)
        rows = [line.rstrip("\n").split("\t") for line in lines]
    kept = [(row[0][:2], row[2][:600], row[3][:600]) for row in rows if min(len(row[2]), len(row[3])) > 30]
    distinct = list({a: (language, a, b) for language, a, b in kept}.values())
    distinct = list({b: (language, a, b) for language, a, b in distinct}.values())
    return distinct[:: max(1, len(distinct) // n)][:n]


def synthetic(n: int) -> list[tuple[str, str, str]]:
    """Draw ``n`` pairs of texts from a seeded vocabulary in which few words are frequent (Zipf)."""
    rng = np.random.default_rng(SEED)
    letters = np.array(list("aaaeeeeiioourrnnttssllddkkmgvfphbåäöyjc"))
    words = np.array(["".join(rng.choice(letters, size)) for size in rng.integers(3, 14, 60_000)])
    weights = 1 / np.arange(1, len(words) + 1)
    weights /= weights.sum()

    def text() -> str:
        return " ".join(rng.choice(words, rng.integers(15, 90), p=weights))

    return [("sv", text(), text()) for _ in range(n)]


def entries_and_encoder(
    pairs: Sequence[tuple[str, str, str]],
) -> tuple[list[Entry], list[Entry], GivenVectors]:
    """Make a need of each first and an offering of each second text, with vectors around a common centre."""
    rng = np.random.default_rng(SEED)
    centres = rng.standard_normal((len(pairs) // 20 + 1, N_DIMS), dtype=np.float32)
    needs, offerings, vectors = [], [], {}
    for i, (language, a, b) in enumerate(pairs):
        topic = centres[i % len(centres)] + rng.standard_normal(N_DIMS, dtype=np.float32)
        needs.append(Entry(id=f"n{i}", kind=EntryKind.NEED, text=a, language=language))
        offerings.append(Entry(id=f"o{i}", kind=EntryKind.OFFERING, text=b, language=language))
        for text in (a, b):
            vector = topic + rng.standard_normal(N_DIMS, dtype=np.float32)
            vectors[text] = vector / np.linalg.norm(vector)
    return needs, offerings, GivenVectors(vectors)


def bare_product(queries: FloatArray, targets: FloatArray) -> float:
    """Seconds of the blocked float32 product alone, nothing chosen or kept."""
    start = time.perf_counter()
    for first in range(0, len(queries), BLOCK):
        queries[first : first + BLOCK] @ targets.T
    return time.perf_counter() - start


def bare_lexical_product(queries: Sparse, targets: Sparse) -> float:
    """Seconds of the blocked sparse product of n-gram rows alone."""
    start = time.perf_counter()
    turned = targets.T.tocsr()
    for first in range(0, queries.shape[0], BLOCK):
        queries[first : first + BLOCK] @ turned
    return time.perf_counter() - start


def recall(matcher: Matcher, needs: Sequence[Entry]) -> float:
    """Share of the ten best of all pairs that the quick way finds."""
    direction, kind = Direction.NEED_TO_OFFERING, EntryKind.OFFERING
    ids = matcher.ids(kind)
    exact = matcher.score_matrix(needs, kind, direction=direction)
    wanted = {
        (need.id, ids[i])
        for need, row in zip(needs, exact, strict=True)
        for i in np.argsort(-row, kind="stable")[:10]
    }
    found = matcher.propose(needs, direction, k=10, with_reasons=False)
    return len(wanted & {(p.query_id, p.target_id) for p in found}) / len(wanted)


def latencies(matcher: Matcher, needs: Sequence[Entry]) -> Iterator[tuple[float, float]]:
    """Milliseconds to take a new entry in and to propose for it."""
    for need in needs:
        start = time.perf_counter()
        matcher.add(need)
        added = time.perf_counter()
        matcher.propose([need.id], Direction.NEED_TO_OFFERING, with_reasons=False)
        yield 1e3 * (added - start), 1e3 * (time.perf_counter() - added)


def peak_memory_mib() -> float | None:
    """Peak memory of this process; ``None`` where the system does not tell."""
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def measure(data: Path | None, *, n: int, n_stored: int) -> Result:
    """Run everything once."""
    real = data is not None and (data / "pairs" / "pairs.tsv.gz").is_file()
    pairs = prose(data, n_stored) if data is not None and real else synthetic(n_stored)
    needs, offerings, encoder = entries_and_encoder(pairs)
    start = time.perf_counter()
    # No threshold: every list is full, which is the most work.
    recipe = Recipe(thresholds=tuple((direction, 0.0) for direction in Direction))
    matcher = Matcher(encoder, recipe).fit([*needs[:n], *offerings[:n]])
    fit = time.perf_counter() - start
    vectors = encoder.encode([e.text for e in needs[:n]]), encoder.encode([e.text for e in offerings[:n]])
    bare = min(bare_product(*vectors) for _ in range(3))
    bare_lexical = bare_lexical_product(
        *(matcher.engine.index(kind).lexical() for kind in (EntryKind.NEED, EntryKind.OFFERING))
    )
    start = time.perf_counter()
    batches = matcher.propose_batches(
        [e.id for e in needs[:n]], Direction.NEED_TO_OFFERING, with_reasons=False, block=BLOCK
    )
    for _ in batches:
        pass
    full = time.perf_counter() - start
    found = recall(matcher, needs[: min(n, N_CHECKED)])
    del matcher
    matcher = Matcher(encoder, recipe).fit(offerings)
    times = np.array(list(islice(latencies(matcher, needs), 300)))[20:]
    return Result(
        texts="prose" if real else "synthetic",
        n_needs=min(n, len(needs)),
        n_offerings=min(n, len(offerings)),
        fit=round(fit, 2),
        full_match=round(full, 2),
        bare_product=round(bare, 2),
        bare_lexical_product=round(bare_lexical, 2),
        ratio=round(full / bare, 2),
        ratio_to_both=round(full / (bare + bare_lexical), 2),
        recall_of_fused_top10=round(found, 4),
        n_stored=len(offerings),
        add_ms_p95=round(float(np.quantile(times[:, 0], 0.95)), 2),
        new_entry_ms_p50=round(float(np.median(times[:, 1])), 2),
        new_entry_ms_p95=round(float(np.quantile(times[:, 1], 0.95)), 2),
        peak_memory_mib=peak_memory_mib(),
    )


def main() -> None:
    """Read the command line, measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with pairs/")
    parser.add_argument("--n", type=int, default=20_000, help="needs and offerings of the full match")
    parser.add_argument("--stored", type=int, default=100_000, help="offerings stored for the new entries")
    asked = parser.parse_args()
    result = asdict(measure(asked.data, n=asked.n, n_stored=max(asked.stored, asked.n)))
    lines = [json.dumps(result)] if asked.json else [f"{name:24} {value}" for name, value in result.items()]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
