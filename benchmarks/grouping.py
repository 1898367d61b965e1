"""Near-duplicates and themes, beside what a user would take instead, with the same vectors in the same run.

``python -m benchmarks.grouping near [--n 200000] [--compare 20000] [--vectors FILE]`` finds all
near-duplicate pairs, and runs sentence-transformers' ``paraphrase_mining`` on the first ``--compare`` of the
same vectors; what it would take for all of them is told by the square of the number.
``python -m benchmarks.grouping themes --data FOLDER [--n 20000] [--encoder NAME]`` groups the short opinions
of ``FOLDER/polis`` by theme and compares with BERTopic where it is installed (the extra ``compare``). More
than there are opinions are made by adding a little noise to their vectors. Each way has a process of its own,
so that memory is its own, and what it compiles at first use is not counted. Seconds are by the clock; ``cpu``
are those of all processors together, the fairer measure if other programs run, with one thread
(``--threads``), since several wait for each other busily.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from matcher.evaluation.datasets import read_tsv
from matcher.evaluation.groups import v_measure
from matcher.grouping.near import find_near_pairs
from matcher.grouping.themes import OUTSIDE, ThemeRecipe, find_themes

FloatArray = NDArray[np.float32]
Labels = NDArray[np.int64]
Way = Callable[[FloatArray, Sequence[str], int], Labels]
SEED: Final = 20260101
N_DIMS: Final = 384
THRESHOLD: Final = 0.9
KEPT: Final = 0.9
N_WARMING: Final = 500


def made_vectors(n: int, given: FloatArray | None) -> FloatArray:
    """Draw vectors around others (given ones, or seeded centres whose numbers matter less and less).

    One in twenty has a near-duplicate.
    """
    rng = np.random.default_rng(SEED)
    if given is None:
        scale = (np.arange(N_DIMS) + 4.0) ** -0.5
        given = (rng.standard_normal((n // 4 + 1, N_DIMS)) * scale).astype(np.float32)
        given /= np.linalg.norm(given, axis=1, keepdims=True)
    rows = np.empty((n, given.shape[1]), dtype=np.float32)
    for start in range(0, n, 20_000):
        size = min(20_000, n - start)
        noise = rng.standard_normal((size, given.shape[1])).astype(np.float32) / np.sqrt(given.shape[1])
        rows[start : start + size] = given[rng.integers(0, len(given), size)] + 0.8 * noise
    copies = rng.choice(n, n // 20, replace=False)
    noise = rng.standard_normal((len(copies), given.shape[1])).astype(np.float32) / np.sqrt(given.shape[1])
    rows[copies] = rows[rng.integers(0, n, len(copies))] + 0.2 * noise
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return rows


def near(n: int, n_compared: int, given: FloatArray | None) -> dict[str, Any]:
    """Time the join of all vectors, and ``paraphrase_mining`` on some of them."""
    vectors = made_vectors(n, given)
    before = peak_mib()
    spent, found = timed(lambda: find_near_pairs(vectors, threshold=THRESHOLD))
    result: dict[str, Any] = {
        "n": n,
        "threshold": THRESHOLD,
        "pairs": len(found),
        "seconds": spent.told(),
        "peak_mib": round(peak_mib()),
        "peak_mib_before": round(before),
    }
    if n_compared:
        some = vectors[:n_compared]
        ours, own = timed(lambda: find_near_pairs(some, threshold=THRESHOLD))
        theirs, mined = timed(lambda: mine(some))
        result |= {
            "n_compared": n_compared,
            "seconds_compared": ours.told(),
            "paraphrase_mining_seconds": theirs.told(),
            "ratio_compared": ratio(theirs, ours),
            "paraphrase_mining_seconds_for_all": theirs.told((n / n_compared) ** 2),
            "ratio_for_all": ratio(theirs, spent, (n / n_compared) ** 2),
            "pairs_compared": len(own),
            "pairs_mined": len(mined),
        }
    return result


def mine(vectors: FloatArray) -> list[tuple[int, int]]:
    """Find pairs above the threshold with sentence-transformers, as its documentation shows."""
    import torch
    from sentence_transformers.util import paraphrase_mining_embeddings

    found = paraphrase_mining_embeddings(torch.from_numpy(vectors), max_pairs=1_000_000)
    return [(min(a, b), max(a, b)) for score, a, b in found if score >= THRESHOLD]


def themes(data: Path, n: int | None, encoder: str, *, n_threads: int, once: bool) -> dict[str, Any]:
    """Compare themes with BERTopic: agreement with the conversations, time, outliers, stability."""
    from matcher.encoders import load_encoder
    from matcher.settings import Settings

    rows = read_tsv(data / "polis" / "comments.tsv")
    texts = [row["text"] for row in rows]
    truth = [row["conversation"] for row in rows]
    vectors = load_encoder(Settings.model_validate({"encoder": encoder})).encode(texts)
    if n is not None:
        chosen = np.random.default_rng(SEED).integers(0, len(texts), n)
        texts, truth = [texts[i] for i in chosen], [truth[i] for i in chosen]
        noise = np.random.default_rng(SEED).standard_normal((n, vectors.shape[1])).astype(np.float32)
        vectors = vectors[chosen] + 0.3 * noise / np.sqrt(vectors.shape[1])
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    result: dict[str, Any] = {"n": len(texts), "conversations": len(set(truth)), "encoder": encoder}
    ways: list[Way] = [ours, ours_in_levels]
    if importlib.util.find_spec("bertopic") is None:
        result["bertopic"] = "not installed: pip install -c constraints.txt -e .[compare]"
    else:
        ways.append(bertopic)
    for way in ways:
        with ProcessPoolExecutor(1, get_context("spawn"), use_threads, (n_threads,)) as alone:
            result[way.__name__] = alone.submit(
                described, way, vectors, texts, truth, once or way is ours_in_levels
            ).result()
    return result


def described(
    group: Way,
    vectors: FloatArray,
    texts: Sequence[str],
    truth: Sequence[str],
    once: bool = False,
) -> dict[str, Any]:
    """Measure one way of grouping; ``once``: without grouping again to tell how stable it is."""
    group(vectors[:N_WARMING], texts[:N_WARMING], 1)
    before = peak_mib()
    spent, labels = timed(lambda: group(vectors, texts, 1))
    peak = peak_mib()
    inside = labels != OUTSIDE
    agreed = v_measure(truth, labels.tolist())
    as_one = v_measure(truth, np.where(inside, labels, labels.max() + 1).tolist())
    within = v_measure([t for t, i in zip(truth, inside, strict=True) if i], labels[inside].tolist())
    told = {
        "seconds": spent.told(),
        "peak_mib": round(peak),
        "peak_mib_before": round(before),
        "groups": len(set(labels[inside].tolist())),
        "outlier_share": round(1 - float(inside.mean()), 3),
        "v_measure": [round(value, 3) for value in (agreed.value, agreed.low, agreed.high)],
        "v_measure_outliers_as_one_group": round(as_one.value, 3),
        "v_measure_without_outliers": round(within.value, 3),
    }
    return told if once else told | stability(group, vectors, texts, labels)


def stability(group: Way, vectors: FloatArray, texts: Sequence[str], labels: Labels) -> dict[str, float]:
    """Tell how alike the groups are with another seed, and with a tenth of the entries left out."""
    from sklearn.metrics import adjusted_rand_score

    kept = np.sort(np.random.default_rng(SEED).choice(len(texts), int(KEPT * len(texts)), replace=False))
    reseeded, of_kept = group(vectors, texts, 2), group(vectors[kept], [texts[i] for i in kept], 1)
    return {
        "adjusted_rand_other_seed": round(float(adjusted_rand_score(labels, reseeded)), 3),
        "adjusted_rand_tenth_left_out": round(float(adjusted_rand_score(labels[kept], of_kept)), 3),
    }


def ours(vectors: FloatArray, texts: Sequence[str], seed: int) -> Labels:
    """Find themes of one level, as BERTopic does."""
    return find_themes(vectors, ThemeRecipe(seed=seed, n_levels=1)).labels()


def ours_in_levels(vectors: FloatArray, texts: Sequence[str], seed: int) -> Labels:
    """Find themes and their parts; the first level is that of ``ours``."""
    return find_themes(vectors, ThemeRecipe(seed=seed)).labels()


def bertopic(vectors: FloatArray, texts: Sequence[str], seed: int) -> Labels:
    """Find topics with BERTopic's defaults, seeded."""
    from bertopic import BERTopic
    from umap import UMAP

    reducer = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=seed)
    labels, _ = BERTopic(umap_model=reducer).fit_transform(list(texts), vectors)
    return np.asarray(labels, dtype=np.int64)


class Spent(NamedTuple):
    """Seconds by the clock and of all processors together."""

    clock: float
    cpu: float

    def told(self, factor: float = 1.0) -> dict[str, float]:
        """Return them rounded, ``factor`` times as many."""
        return {"clock": round(self.clock * factor, 2), "cpu": round(self.cpu * factor, 2)}


def ratio(theirs: Spent, ours: Spent, factor: float = 1.0) -> dict[str, float]:
    """Return how many times longer theirs took."""
    return {
        "clock": round(theirs.clock * factor / ours.clock, 1),
        "cpu": round(theirs.cpu * factor / ours.cpu, 1),
    }


def timed(work: Callable[[], Any]) -> tuple[Spent, Any]:
    """Return what something took, and its result."""
    began, began_cpu = time.perf_counter(), time.process_time()
    result = work()
    return Spent(time.perf_counter() - began, time.process_time() - began_cpu), result


def peak_mib() -> float:
    """Most memory that this process held so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / 2**20 if sys.platform == "darwin" else peak / 2**10


def use_threads(n: int) -> None:
    """Let whatever multiplies matrices use so many threads."""
    import torch
    from threadpoolctl import threadpool_limits

    torch.set_num_threads(n)
    threadpool_limits(n)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line asks for and print it as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("near", "themes"))
    parser.add_argument("--n", type=int)
    parser.add_argument("--compare", type=int, default=20_000)
    parser.add_argument("--vectors", type=Path)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--encoder", default="deep")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--once", action="store_true", help="leave out how stable themes are")
    chosen = parser.parse_args(arguments)
    use_threads(chosen.threads)
    if chosen.what == "near":
        given = None if chosen.vectors is None else np.load(chosen.vectors).astype(np.float32)
        result = near(chosen.n or 200_000, chosen.compare, given)
    elif chosen.data is None:
        parser.error("themes need --data, a folder that holds polis/comments.tsv")
    else:
        result = themes(chosen.data, chosen.n, chosen.encoder, n_threads=chosen.threads, once=chosen.once)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
