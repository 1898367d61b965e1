"""OpenVINO as another way to compute an encoder: compiled once, with its pooling inside.

Where the package ``openvino`` is installed, the encoder is exported once into the cache folder and measured
there beside torch, on this machine; it computes with OpenVINO from then on if that is faster and the vectors
are equal.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import numpy as np

from matcher.encoders.protocol import FloatArray

MODEL: Final = "model.xml"
MIN_COSINE: Final = 0.999
"""Vectors are equal if none is further from its own in torch than this."""
MIN_GAIN: Final = 1.05
"""How many times as fast as torch it must be to be worth another way."""
_ROUNDS: Final = 3
_SENTENCES: Final = (
    "Äldre vågar inte gå ut när det är is på gångvägen.",
    "Vi behöver ett system för att boka lokaler, där föreningar ser vad som är ledigt och själva kan avboka.",
    "Kirjaston varausjärjestelmä verkossa.",
    "Matsvinnet i skolköken borde vägas varje dag, så att beställningarna kan bli mindre.",
    "Nabolaget mangler belysning langs skoleveien, og om vinteren er det mørkt både når barna går og kommer.",
    "Borgerne kan ikke finde den rigtige blanket på hjemmesiden.",
    "We keep footpaths free of ice for the elderly.",
    "Halt.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """Texts a second of both ways on this machine, and the lowest cosine between their vectors."""

    torch: float
    openvino: float
    cosine: float

    @property
    def is_chosen(self) -> bool:
        """Whether OpenVINO is faster at equal vectors."""
        return self.cosine >= MIN_COSINE and self.openvino >= MIN_GAIN * self.torch


def installed_version() -> str | None:
    """Return the version of the package ``openvino``; ``None`` if it is not installed."""
    try:
        return version("openvino")
    except PackageNotFoundError:
        return None


def package() -> ModuleType:
    """Return the package ``openvino``, imported so that it reports nothing.

    Left to itself it tells its makers over the network, unasked, that and how it is used.
    """
    sys.modules["openvino_telemetry"] = None  # type: ignore[assignment]  # the way to say: not installed
    import openvino

    return openvino  # type: ignore[no-any-return]


def folder_for(cache_dir: Path, encoder_digest: str, *, n_threads: int) -> Path:
    """Return where an exported encoder lies; another one for other weights, versions and machines."""
    import torch

    able = sorted(name for name, value in torch.cpu.get_capabilities().items() if value)
    told = (encoder_digest, installed_version() or "", version("torch"), f"{n_threads}", *able)
    return cache_dir / f"openvino-{hashlib.sha256(chr(10).join(told).encode()).hexdigest()[:16]}"


def read_measured(folder: Path) -> Measured | None:
    """Return what was measured of an exported encoder; ``None`` if nothing was, or it cannot be read."""
    try:
        told = json.loads(_beside(folder).read_text(encoding="utf-8"))
        return Measured(**{name: float(told[name]) for name in ("torch", "openvino", "cosine")})
    except (OSError, ValueError, KeyError, TypeError):
        return None


def keep_measured(folder: Path, measured: Measured) -> None:
    """Keep what was measured; where that cannot be written it is measured again the next time."""
    path = _beside(folder)
    own = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        own.write_text(json.dumps(asdict(measured)), encoding="utf-8")
        own.replace(path)
    except OSError:
        own.unlink(missing_ok=True)


def _beside(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.json")


class CompiledEncoder:
    """An exported encoder, compiled for this processor; threads may share it.

    Parameters
    ----------
    folder
        What ``exported`` returned.
    n_threads
        How many batches run side by side, each on a thread of its own.
    has_bfloat16
        Whether the processor computes with bfloat16.
    """

    def __init__(self, folder: Path, *, n_threads: int, has_bfloat16: bool) -> None:
        self._compiled = (
            package()
            .Core()
            .compile_model(
                str(folder / MODEL),
                "CPU",
                {
                    "INFERENCE_PRECISION_HINT": "bf16" if has_bfloat16 else "f32",
                    "INFERENCE_NUM_THREADS": n_threads,
                    "NUM_STREAMS": n_threads,
                    # A thread that may not move waits for whatever else runs on its core.
                    "ENABLE_CPU_PINNING": False,
                },
            )
        )
        self._own = threading.local()

    def __call__(self, features: Mapping[str, Any]) -> FloatArray:
        """Return the vectors of a tokenized batch, shape ``(n_texts, n_dims)``."""
        request = getattr(self._own, "request", None)
        if request is None:
            request = self._own.request = self._compiled.create_infer_request()
        request.infer(
            [np.asarray(features[name], dtype=np.int64) for name in ("input_ids", "attention_mask")]
        )
        return np.array(request.get_output_tensor(0).data, dtype=np.float32)


def measure(
    torch: Callable[[Sequence[str]], FloatArray], openvino: Callable[[Sequence[str]], FloatArray]
) -> Measured:
    """Time both ways in turn on texts as people write them, and compare their vectors."""
    texts = [f"{sentence} {i}" for i in range(12) for sentence in _SENTENCES]
    compared = np.sum(torch(texts) * openvino(texts), axis=1)  # the first round warms both up
    times: dict[str, list[float]] = {"torch": [], "openvino": []}
    for _ in range(_ROUNDS):
        for name, encode in (("torch", torch), ("openvino", openvino)):
            began = time.perf_counter()
            encode(texts)
            times[name].append(time.perf_counter() - began)
    return Measured(
        torch=len(texts) / min(times["torch"]),
        openvino=len(texts) / min(times["openvino"]),
        cosine=float(compared.min()),
    )
