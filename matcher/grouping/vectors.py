"""Products of many vectors with many others, in blocks of bounded size and in the fastest safe arithmetic."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

FloatArray = NDArray[np.float32]
IntArray = NDArray[np.int64]

ROUNDING = 0.01
"""More than a product of two vectors of length 1 can be off in bfloat16: 2 x 2**-9 for the factors, 2**-9 for
the result, the sum being kept in float32."""
_PROBE_ROWS = 1024


def unit_rows(vectors: NDArray[Any]) -> FloatArray:
    """Return the rows at length 1, float32; rows of zeros stay zeros."""
    rows = np.ascontiguousarray(vectors, dtype=np.float32)
    norms = np.linalg.norm(rows, axis=1, keepdims=True)
    if np.allclose(norms, 1.0, atol=1e-6):
        return rows
    scaled = np.divide(rows, norms, out=np.zeros_like(rows), where=norms > 0)
    return np.asarray(scaled, dtype=np.float32)


@cache
def coarse_dtype() -> Any:  # noqa: ANN401 -- torch.dtype, without importing torch for its name
    """Return bfloat16 where the processor is faster with it, else float32; measured once, in milliseconds."""
    import torch

    seconds = {}
    for dtype in (torch.float32, torch.bfloat16):
        left = torch.ones((_PROBE_ROWS, 128), dtype=dtype)
        _ = left @ left.T
        began = time.perf_counter()
        _ = left @ left.T
        seconds[dtype] = time.perf_counter() - began
    return min(seconds, key=seconds.__getitem__)


def as_tensor(rows: NDArray[Any], dtype: Any = None) -> Tensor:  # noqa: ANN401 -- torch.dtype
    """Return rows as a tensor, without a copy where the type allows it; read-only rows are copied."""
    import torch

    tensor = torch.from_numpy(rows if rows.flags.writeable else rows.copy())
    return tensor if dtype is None else tensor.to(dtype)


def cosines(vectors: FloatArray, left: IntArray, right: IntArray, *, chunk: int = 32_768) -> FloatArray:
    """Products of the rows at equal places, ``(n_pairs,)``, with little memory."""
    values = np.empty(len(left), dtype=np.float32)
    for start in range(0, len(left), chunk):
        part = slice(start, start + chunk)
        values[part] = np.einsum("ij,ij->i", vectors[left[part]], vectors[right[part]])
    return values
