"""How alike in meaning: cosines of vectors, and of needs with each other also what would meet them.

A need's profile is a row ``(1 + n_taken,)``: by what its own vector counts, and what stands beside it. The
likeness of two needs is the product of their vectors times both first numbers, plus that of the others.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]


def no_profiles(n: int, n_numbers: int) -> FloatArray:
    """Return profiles that change nothing, ``(n, n_numbers)``."""
    made = np.zeros((n, n_numbers), dtype=np.float32)
    made[:, :1] = 1.0
    return made


def lengthened(vectors: FloatArray, profiles: FloatArray) -> FloatArray:
    """Return vectors whose products are likenesses, ``(n, n_dims + n_taken)``."""
    return np.concatenate([profiles[:, :1] * vectors, profiles[:, 1:]], axis=1)


def add_profiles(products: FloatArray, queries: FloatArray, targets: FloatArray) -> None:
    """Make likenesses of the products of queries with all targets, ``(n_queries, n_targets)``, in place."""
    products *= queries[:, :1]
    products *= targets[:, 0]
    products += queries[:, 1:] @ targets[:, 1:].T


def likeness(
    left: FloatArray, right: FloatArray, left_profiles: FloatArray | None, right_profiles: FloatArray | None
) -> FloatArray:
    """Return the likeness of rows at equal places, ``(..., n_dims)`` and profiles; shape ``(...)``."""
    products = np.einsum("...d,...d->...", left, right)
    if left_profiles is not None and right_profiles is not None:
        products *= left_profiles[..., 0] * right_profiles[..., 0]
        products += np.einsum("...d,...d->...", left_profiles[..., 1:], right_profiles[..., 1:])
    return np.asarray(products, dtype=np.float32)
