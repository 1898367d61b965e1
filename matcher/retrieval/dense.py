"""The dense product: exact, or in bfloat16 where the processor multiplies that faster."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
MIN_BLOCK = 16


class DenseProduct:
    """Multiplies blocks of queries with one growing matrix of targets, quickly.

    Results lie in memory that is used again: fresh pages cost as much as the product itself.
    """

    def __init__(self) -> None:
        self._small: Any = None
        self._product: Any = None
        self._result = np.empty(0, dtype=np.float32)

    def __call__(self, queries: FloatArray, targets: FloatArray) -> FloatArray:
        """Products of shape ``(n_queries, n_targets)``, good to three digits: enough to choose candidates.

        In bfloat16 where that is faster here, else in float32. Valid until the next call.
        """
        shape = len(queries), len(targets)
        if self._result.size < shape[0] * shape[1]:
            self._result = np.empty(shape[0] * shape[1], dtype=np.float32)
        result = self._result[: shape[0] * shape[1]].reshape(shape)
        if len(queries) < MIN_BLOCK or not bfloat16_is_faster():
            return np.matmul(queries, targets.T, out=result)
        import torch

        if self._small is None or len(self._small) != len(targets):
            self._small = torch.from_numpy(targets).bfloat16()
        if self._product is None or self._product.numel() < result.size:
            self._product = torch.empty(result.size, dtype=torch.bfloat16)
        product = self._product[: result.size].view(shape)
        torch.mm(torch.from_numpy(np.ascontiguousarray(queries)).bfloat16(), self._small.T, out=product)
        torch.from_numpy(result).copy_(product)
        return result


@cache
def bfloat16_is_faster() -> bool:
    """Try whether torch, if it is loaded anyway, multiplies bfloat16 faster than numpy float32."""
    if "torch" not in sys.modules:
        return False
    import torch

    left = np.random.default_rng(0).standard_normal((512, 384), dtype=np.float32)
    small = torch.from_numpy(left).bfloat16()

    def fastest(multiply: Callable[[], object]) -> float:
        times = []
        for _ in range(5):
            start = time.perf_counter()
            multiply()
            times.append(time.perf_counter() - start)
        return min(times)

    return 1.5 * fastest(lambda: small @ small.T) < fastest(lambda: left @ left.T)
