"""How weights are packed: matrices as int8 with a scale a row, the rest as float16, in one ``.npz``."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Arrays = dict[str, NDArray[np.float32]]


def pack_arrays(arrays: Mapping[str, NDArray[np.float32]], path: Path) -> None:
    """Write float arrays; those with two axes are rounded to 255 steps a row.

    The error of a packed value is at most half a step: a 254th of the largest magnitude in its row.
    """
    packed: dict[str, NDArray[np.generic]] = {}
    for name, array in arrays.items():
        if array.ndim == 2 and array.shape[1] > 1:
            scales = np.maximum(np.abs(array).max(axis=1, keepdims=True), 1e-8) / 127
            packed[f"{name}.q"] = np.rint(array / scales).clip(-127, 127).astype(np.int8)
            packed[f"{name}.s"] = scales.astype(np.float32)
        else:
            packed[name] = array.astype(np.float16)
    np.savez(path, **packed)  # type: ignore[arg-type]


def unpack_arrays(path: Path) -> Arrays:
    """Read what `pack_arrays` wrote, as float32."""
    with np.load(path) as packed:
        arrays: Arrays = {}
        for name in packed.files:
            if name.endswith(".q"):
                base = name.removesuffix(".q")
                arrays[base] = packed[name].astype(np.float32) * packed[f"{base}.s"].astype(np.float32)
            elif not name.endswith(".s"):
                arrays[name] = packed[name].astype(np.float32)
    return arrays
