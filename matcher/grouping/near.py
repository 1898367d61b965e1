"""Near-duplicates: every pair of vectors above a cosine, exactly, in bounded memory.

Vectors are turned so that their first numbers hold most of their length. For a pair, the product of these
first ``m`` numbers plus the product of the lengths of what is left out is never below the cosine
(Cauchy-Schwarz), and it is one product of ``m + 1`` numbers. What stays below the threshold so is left out
unseen; the few that remain are compared in full. The bound for sparse vectors is that of Bayardo, Ma and
Srikant, "Scaling up all pairs similarity search", WWW 2007.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np

from matcher.errors import InvalidInput
from matcher.grouping.vectors import (
    ROUNDING,
    FloatArray,
    IntArray,
    as_tensor,
    coarse_dtype,
    cosines,
    unit_rows,
)

if TYPE_CHECKING:
    from torch import Tensor

MAX_PAIRS: Final = 4_000_000
LOWEST: Final = 0.05
_ROWS: Final = 4096
_COLUMNS: Final = 4096
_CHUNK: Final = 64
_SAMPLE: Final = 1024
_WIDTHS: Final = (32, 48, 64, 96, 128, 192, 256)
# What reading one product and comparing one pair in full cost, in products of one number.
_SCAN_COST: Final = 60.0
_CHECK_COST: Final = 40.0
_MANY: Final = 0.05


@dataclass(frozen=True, slots=True)
class NearPairs:
    """Pairs ``left < right`` with their cosine (or product, where that was asked for), the closest first.

    ``threshold`` is the one asked for, or a higher one where more pairs than ``max_pairs`` lie above that.
    """

    left: IntArray
    right: IntArray
    cosine: FloatArray
    threshold: float

    def __len__(self) -> int:
        return len(self.left)


def find_near_pairs(
    vectors: FloatArray,
    *,
    threshold: float,
    max_pairs: int = MAX_PAIRS,
    as_they_are: bool = False,
    progress: Callable[[int], None] | None = None,
) -> NearPairs:
    """Find every pair of rows whose cosine is at or above the threshold.

    Equal rows are joined to the first of them alone, so that ``n`` equal ones give ``n - 1`` pairs and not
    ``n**2 / 2``; the others of a row's pairs are those of the first. Rows of zeros have none.

    Parameters
    ----------
    vectors
        Shape ``(n, n_dims)``.
    threshold
        Lowest cosine, from 0.05 to 1.
    max_pairs
        Pairs that are kept at most: the closest ones.
    as_they_are
        Compare rows, none longer than 1, by their products instead. Equal rows are as near as can be.
    progress
        Called with the number of rows that were compared since the last call.

    Raises
    ------
    InvalidInput
        If the threshold is no such number.
    """
    if not LOWEST <= threshold <= 1.0:
        raise InvalidInput(f"A cosine threshold is a number from {LOWEST} to 1.", field="threshold")
    rows = np.ascontiguousarray(vectors, dtype=np.float32) if as_they_are else unit_rows(vectors)
    firsts, copies, of = distinct(rows)
    kept = _Kept(threshold, max_pairs)
    for left, right, cosine in _pairs(rows[firsts], kept, progress):
        kept.add(firsts[left], firsts[right], cosine)
    kept.add(of, copies, np.ones(len(copies), dtype=np.float32))
    return kept.result()


class _Kept:
    """The closest pairs so far; the threshold rises where they would be too many."""

    def __init__(self, threshold: float, max_pairs: int) -> None:
        self.threshold = threshold
        self._max_pairs = max_pairs
        self._parts: list[tuple[IntArray, IntArray, FloatArray]] = []
        self._n = 0

    def add(self, left: IntArray, right: IntArray, cosine: FloatArray) -> None:
        above = cosine >= self.threshold
        if not above.any():
            return
        left, right = left[above], right[above]
        self._parts.append((np.minimum(left, right), np.maximum(left, right), cosine[above]))
        self._n += int(above.sum())
        if self._n > 2 * self._max_pairs:
            self._cut()

    def result(self) -> NearPairs:
        self._cut()
        left, right, cosine = self._joined()
        order = np.lexsort((right, left, -cosine))
        return NearPairs(left[order], right[order], cosine[order], self.threshold)

    def _joined(self) -> tuple[IntArray, IntArray, FloatArray]:
        if not self._parts:
            none = np.empty(0, dtype=np.int64)
            return none, none, np.empty(0, dtype=np.float32)
        left, right, cosine = (np.concatenate(column) for column in zip(*self._parts, strict=True))
        return left, right, cosine

    def _cut(self) -> None:
        left, right, cosine = self._joined()
        if len(cosine) > self._max_pairs:
            best = np.argpartition(-cosine, self._max_pairs - 1)[: self._max_pairs]
            left, right, cosine = left[best], right[best], cosine[best]
            self.threshold = float(cosine.min())
        self._parts, self._n = [(left, right, cosine)], len(cosine)


def distinct(rows: FloatArray) -> tuple[IntArray, IntArray, IntArray]:
    """Return the first of each row that is no zeros, the rows equal to an earlier one, and to which one."""
    multipliers = np.random.default_rng(0).integers(1, 2**63, rows.shape[1], dtype=np.uint64) | np.uint64(1)
    digests = np.empty(len(rows), dtype=np.uint64)
    for start in range(0, len(rows), _ROWS):
        bits = rows[start : start + _ROWS].view(np.uint32).astype(np.uint64)
        digests[start : start + _ROWS] = (bits * multipliers).sum(axis=1, dtype=np.uint64)
    places = np.flatnonzero(rows.any(axis=1)) if len(rows) else np.empty(0, dtype=np.int64)
    _, first, inverse = np.unique(digests[places], return_index=True, return_inverse=True)
    of = places[first][inverse]
    is_copy = of != places
    # Two rows with one digest that differ after all are taken as they are.
    is_copy[is_copy] = [
        bool(np.array_equal(rows[a], rows[b])) for a, b in zip(of[is_copy], places[is_copy], strict=True)
    ]
    return places[~is_copy], places[is_copy], of[is_copy]


def _pairs(
    rows: FloatArray, kept: _Kept, progress: Callable[[int], None] | None
) -> Iterator[tuple[IntArray, IntArray, FloatArray]]:
    if len(rows) < 2:
        return
    scan = _Scan(_coarse(rows, kept.threshold))
    for start in range(0, len(rows), _ROWS):
        for column in range(start, len(rows), _COLUMNS):
            left, right = scan.candidates(start, column, kept.threshold - ROUNDING)
            if len(left) > _MANY * _ROWS * _COLUMNS:
                yield _in_full(rows, start, column, kept.threshold)
            elif len(left):
                yield left, right, cosines(rows, left, right)
        if progress is not None:
            progress(min(_ROWS, len(rows) - start))


class _Scan:
    """Looks through blocks of bounds. One buffer serves all: to get new memory would take longer."""

    def __init__(self, coarse: Tensor) -> None:
        import torch

        self._coarse = coarse
        self._bounds = torch.empty(_ROWS * _COLUMNS, dtype=coarse.dtype)
        # Numbers above 0 are ordered as the integers of the same bits, which are read several times faster.
        self._bits = torch.int16 if coarse.dtype.itemsize == 2 else torch.int32

    def candidates(self, start: int, column: int, floor: float) -> tuple[IntArray, IntArray]:
        """Pairs of a block whose bound reaches the floor."""
        import torch

        ours, theirs = self._coarse[start : start + _ROWS], self._coarse[column : column + _COLUMNS]
        shape = (len(ours), len(theirs))
        bounds = self._bounds[: shape[0] * shape[1]].view(shape)
        torch.mm(ours, theirs.T, out=bounds)
        values = bounds.view(self._bits)
        least = torch.tensor(floor, dtype=bounds.dtype).view(self._bits)
        whole = shape[1] // _CHUNK * _CHUNK
        chunks = values[:, :whole].reshape(shape[0], whole // _CHUNK, _CHUNK)
        # Most of a block is empty: the largest of each few tells where to look.
        row, chunk = (chunks.amax(dim=2) >= least).nonzero(as_tuple=True)
        inside, place = (chunks[row, chunk] >= least).nonzero(as_tuple=True)
        rest_row, rest_place = (values[:, whole:] >= least).nonzero(as_tuple=True)
        left = torch.cat([row[inside], rest_row]).numpy() + start
        right = torch.cat([chunk[inside] * _CHUNK + place, rest_place + whole]).numpy() + column
        ahead = left < right
        return left[ahead], right[ahead]


def _in_full(
    rows: FloatArray, start: int, column: int, threshold: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """Compare a block that is full of near pairs at once."""
    values = rows[start : start + _ROWS] @ rows[column : column + _COLUMNS].T
    left, right = np.nonzero(values >= threshold)
    ahead = left + start < right + column
    left, right = left[ahead], right[ahead]
    return left + start, right + column, values[left, right]


def _coarse(rows: FloatArray, threshold: float) -> Tensor:
    """Turn the rows and keep what the bound needs, as many numbers as cost least."""
    import torch

    n_dims = rows.shape[1]
    sample = rows[:: max(1, len(rows) // _SAMPLE)][:_SAMPLE]
    _, turned = np.linalg.eigh(sample.astype(np.float64).T @ sample)
    turn = np.ascontiguousarray(turned[:, ::-1], dtype=np.float32)
    width = _width(sample @ turn, threshold)
    dtype = coarse_dtype()
    if width == n_dims:
        return as_tensor(rows, dtype)
    made = torch.empty((len(rows), width + 1), dtype=dtype)
    for start in range(0, len(rows), _ROWS):
        part = rows[start : start + _ROWS] @ turn[:, :width]
        left_out = _left_out(rows[start : start + _ROWS], part)
        made[start : start + _ROWS] = torch.from_numpy(np.column_stack([part, left_out])).to(dtype)
    return made


def _left_out(rows: FloatArray, part: FloatArray) -> FloatArray:
    """Lengths of what a part of the numbers leaves out of each row."""
    squares = np.einsum("ij,ij->i", rows, rows) - np.einsum("ij,ij->i", part, part)
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)), dtype=np.float32)


def _width(turned: FloatArray, threshold: float) -> int:
    """How many numbers make the bound cheapest, told from pairs of a sample."""
    n, n_dims = turned.shape
    costs: dict[int, float] = {int(n_dims): n_dims + _SCAN_COST}
    others = ~np.eye(n, dtype=bool)
    for width in _WIDTHS:
        if width < n_dims:
            part = turned[:, :width]
            left_out = _left_out(turned, part)
            bounds = part @ part.T + np.outer(left_out, left_out)
            share = float(np.mean(bounds[others] >= threshold - ROUNDING)) if n > 1 else 0.0
            costs[width] = width + _SCAN_COST + share * _CHECK_COST * n_dims
    return min(costs, key=lambda width: costs[width])
