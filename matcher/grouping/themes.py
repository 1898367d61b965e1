"""Themes: what entries are about, in two or three levels, with those left outside that fit nowhere.

Entries are joined to their nearest others, and communities are found in that graph by Louvain's method
(Blondel et al., "Fast unfolding of communities in large networks", 2008) as scikit-network has it. One run
depends on the order of the entries; so several runs vote on which neighbours belong together, and the
communities of the votes are taken (Lancichinetti and Fortunato, "Consensus clustering in complex networks",
2012). A hundredth more or less of the entries then changes little.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from matcher.grouping.near import distinct
from matcher.grouping.neighbours import Neighbours, nearest
from matcher.grouping.progress import Progress, counted, ignore, within
from matcher.grouping.usual import Usual
from matcher.grouping.vectors import FloatArray, IntArray, unit_rows

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

LOWEST_COSINE: Final = 0.2
HIGHEST_COSINE: Final = 0.9
_COMPARING: Final = 0.25
"""Share of the time that goes into finding each entry's nearest, roughly."""
OUTSIDE: Final = -1
"""Label of an entry that is in no theme."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ThemeRecipe:
    """How themes are found.

    Attributes
    ----------
    n_neighbours
        Others that each entry is joined to.
    sharpness
        Power to which cosines are taken as weights of the graph.
    n_votes
        Runs that vote.
    min_size
        Entries that make a theme at least; smaller groups stay outside.
    max_size
        A theme with more entries is parted again, on the next level.
    n_levels
        Levels at most.
    min_standard
        Standard deviations above the usual cosine of unrelated entries that an entry must come near to others
        of its theme.
    min_share
        Share of an entry's weight that must lie within its theme.
    seed
        Seed of the order of the entries.
    """

    n_neighbours: int = 15
    sharpness: float = 4.0
    n_votes: int = 10
    min_size: int = 3
    max_size: int = 30
    n_levels: int = 3
    min_standard: float = 2.0
    min_share: float = 0.4
    seed: int = 20260101


@dataclass(frozen=True, slots=True)
class ThemeNode:
    """A theme: its entries, the most central first, and the themes that it is parted into."""

    members: tuple[int, ...]
    level: int
    parts: tuple[ThemeNode, ...] = ()


@dataclass(frozen=True, slots=True)
class Themes:
    """The themes of the first level, the largest first, and the entries that are in none."""

    nodes: tuple[ThemeNode, ...]
    outside: tuple[int, ...]
    n: int = field(default=0)

    @property
    def outside_share(self) -> float:
        """Share of the entries that are in no theme."""
        return len(self.outside) / self.n if self.n else 0.0

    def labels(self, level: int = 0) -> IntArray:
        """Return the theme of each entry at a level (or the finest above it), ``(n,)``; -1 outside."""
        labels = np.full(self.n, OUTSIDE, dtype=np.int64)
        for label, node in enumerate(_cut_at(self.nodes, level)):
            labels[list(node.members)] = label
        return labels


def find_themes(
    vectors: FloatArray, recipe: ThemeRecipe | None = None, *, progress: Progress = ignore
) -> Themes:
    """Find themes among entries.

    Parameters
    ----------
    vectors
        Shape ``(n, n_dims)``; a row of zeros is in no theme.
    recipe
        How they are found.
    progress
        Told which share of it is done.
    """
    rows = unit_rows(vectors)
    firsts, copies, of = distinct(rows)
    equal: dict[int, list[int]] = {int(first): [int(first)] for first in firsts}
    for copy, first in zip(copies.tolist(), of.tolist(), strict=True):
        equal[first].append(copy)
    finder = _Finder(rows[firsts], [equal[int(first)] for first in firsts], recipe or ThemeRecipe(), progress)
    nodes = finder.nodes()
    inside = {member for node in nodes for member in node.members}
    return Themes(nodes, tuple(i for i in range(len(rows)) if i not in inside), len(rows))


class ThemePlacer:
    """Places new entries in themes that are there, without finding them anew.

    Parameters
    ----------
    recipe
        As the themes were found.

    Attributes
    ----------
    usual_
        Cosines of unrelated entries.
    """

    def __init__(self, recipe: ThemeRecipe | None = None) -> None:
        self.recipe = recipe

    def fit(self, vectors: FloatArray, labels: IntArray) -> ThemePlacer:
        """Take in the entries that were placed, ``(n, n_dims)``, and their themes, ``(n,)``; -1 outside."""
        self._recipe = self.recipe or ThemeRecipe()
        self._rows, self._labels = unit_rows(vectors), labels
        self.usual_ = Usual.unrelated(self._rows, seed=self._recipe.seed)
        return self

    def predict(self, vectors: FloatArray) -> IntArray:
        """Return the theme of each new entry, ``(n_new,)``; -1 where it fits none.

        It is that of most of its nearest, if it is near enough to them.
        """
        near = nearest(self._rows, k=self._recipe.n_neighbours, queries=vectors)
        placed = np.full(len(vectors), OUTSIDE, dtype=np.int64)
        if not near.k:
            return placed
        theirs = self._labels[near.rows]
        weights = np.maximum(near.cosines, 0.0) ** self._recipe.sharpness
        for i in range(len(placed)):
            placed[i] = _voted(theirs[i], weights[i])
        placed[~fits(near, placed, self.usual_, self._recipe, theirs=theirs)] = OUTSIDE
        return placed


def weights_of(near: Neighbours, recipe: ThemeRecipe) -> csr_matrix:
    """Return the graph of nearest others: an edge where either names the other."""
    n, k = near.rows.shape
    weights = np.maximum(near.cosines.ravel().astype(np.float64), 1e-6) ** recipe.sharpness
    graph = _csr(weights, np.repeat(np.arange(n), k), near.rows.ravel(), n)
    return graph.maximum(graph.T).tocsr()


def _csr(weights: NDArray[np.float64], rows: IntArray, columns: IntArray, n: int) -> csr_matrix:
    from scipy.sparse import csr_matrix

    return csr_matrix((weights, (rows, columns)), shape=(n, n))


def fits(
    near: Neighbours,
    labels: IntArray,
    usual: Usual,
    recipe: ThemeRecipe,
    *,
    theirs: IntArray | None = None,
) -> NDArray[np.bool_]:
    """Whether each entry belongs to its theme: near enough to it, and not more to others."""
    others = labels[near.rows] if theirs is None else theirs
    same = (others == labels[:, None]) & (labels != OUTSIDE)[:, None]
    weights = np.maximum(near.cosines, 0.0) ** recipe.sharpness
    share = np.where(same, weights, 0.0).sum(axis=1) / np.maximum(weights.sum(axis=1), 1e-12)
    # The second nearest of the theme: one near-duplicate makes no theme.
    ranked = np.sort(np.where(same, near.cosines, -1.0), axis=1)
    closest = ranked[:, -min(2, near.k)]
    lowest = min(max(usual.mean + recipe.min_standard * usual.spread, LOWEST_COSINE), HIGHEST_COSINE)
    return np.asarray((share >= recipe.min_share) & (closest >= lowest))


def _voted(labels: IntArray, weights: FloatArray) -> int:
    votes: dict[int, float] = {}
    for label, weight in zip(labels.tolist(), weights.tolist(), strict=True):
        if label != OUTSIDE:
            votes[label] = votes.get(label, 0.0) + weight
    return max(sorted(votes), key=lambda label: votes[label], default=OUTSIDE)


def _communities(
    graph: csr_matrix, blocks: IntArray, recipe: ThemeRecipe, voted: Callable[[int], None]
) -> IntArray:
    """Find communities by vote within each block of the graph, ``(n,)``; no edge leaves a block."""
    edges = graph.tocoo()
    votes = np.zeros(len(edges.data))
    for turn in range(recipe.n_votes):
        labels = _louvain(graph, blocks, seed=recipe.seed + turn)
        votes += labels[edges.row] == labels[edges.col]
        voted(1)
    agreed = votes > 0
    joined = _csr((votes * edges.data)[agreed], edges.row[agreed], edges.col[agreed], graph.shape[0])
    return _louvain(joined, blocks, seed=recipe.seed) if joined.nnz else np.arange(graph.shape[0])


def _louvain(graph: csr_matrix, blocks: IntArray, *, seed: int) -> IntArray:
    """Run Louvain's method on all blocks at once.

    Modularity holds a community's weight against the square of it over the graph's. Where each block weighs
    as much as any other, and the resolution is the number of blocks, that is the block's own modularity.
    """
    from scipy.sparse import csr_matrix
    from sknetwork.clustering import Louvain

    rows = blocks[np.repeat(np.arange(graph.shape[0]), np.diff(graph.indptr))]
    totals = np.bincount(rows, weights=graph.data)
    even = csr_matrix((graph.data / totals[rows], graph.indices, graph.indptr), shape=graph.shape)
    method = Louvain(resolution=int((totals > 0).sum()), shuffle_nodes=True, random_state=seed)
    return np.asarray(method.fit_predict(even), dtype=np.int64)


class _Finder:
    """Finds themes among distinct rows; ``equal`` are the entries that have each of them."""

    def __init__(
        self, rows: FloatArray, equal: Sequence[Sequence[int]], recipe: ThemeRecipe, progress: Progress
    ) -> None:
        self._compared = counted(within(progress, 0.0, _COMPARING), len(rows))
        # The first level takes about two thirds of the time of all.
        self._voted = counted(within(progress, _COMPARING, 1.0), recipe.n_votes * 3 // 2)
        self._rows = rows
        self._equal = equal
        self._sizes = np.array([len(entries) for entries in equal], dtype=np.int64)
        self._recipe = recipe

    def nodes(self) -> tuple[ThemeNode, ...]:
        """Return the themes of the first level."""
        n = len(self._rows)
        labels = np.arange(n)
        near = nearest(self._rows, k=self._recipe.n_neighbours, progress=self._compared)
        self._graph = weights_of(near, self._recipe)
        if near.k:
            labels = _communities(self._graph, np.zeros(n, dtype=np.int64), self._recipe, self._voted)
            lonely = ~fits(near, labels, Usual.unrelated(self._rows, seed=self._recipe.seed), self._recipe)
            # One text that several sent is about something, though nothing else is.
            labels[lonely] = np.where(
                self._sizes[lonely] >= self._recipe.min_size, len(labels) + np.flatnonzero(lonely), OUTSIDE
            )
        return _largest_first(self._tree(self._groups(np.arange(n), labels), 0))

    def _groups(self, places: IntArray, labels: IntArray) -> list[IntArray]:
        """Rows of each label that has enough entries."""
        found = [places[labels == label] for label in np.unique(labels[labels != OUTSIDE])]
        return [members for members in found if self._sizes[members].sum() >= self._recipe.min_size]

    def _tree(self, groups: Sequence[IntArray], level: int) -> list[ThemeNode]:
        """Make a theme of each group; what is large is parted again within itself, all of a level at once."""
        large = [i for i, members in enumerate(groups) if self._is_large(members)]
        parts: dict[int, list[ThemeNode]] = {}
        if large and level + 1 < self._recipe.n_levels:
            parted = dict(zip(large, self._parted([groups[i] for i in large]), strict=True))
            parted = {i: own for i, own in parted.items() if len(own) > 1}
            nodes = iter(self._tree(list(chain.from_iterable(parted.values())), level + 1))
            parts = {i: list(islice(nodes, len(own))) for i, own in parted.items()}
        return [
            ThemeNode(self._by_centrality(members), level, _largest_first(parts.get(i, ())))
            for i, members in enumerate(groups)
        ]

    def _is_large(self, members: IntArray) -> bool:
        return len(members) > 1 and bool(self._sizes[members].sum() > self._recipe.max_size)

    def _parted(self, groups: Sequence[IntArray]) -> list[list[IntArray]]:
        """Part each group by the edges within it."""
        places = np.concatenate(groups)
        blocks = np.repeat(np.arange(len(groups)), [len(members) for members in groups])
        edges = self._graph[places][:, places].tocoo()
        inside = blocks[edges.row] == blocks[edges.col]
        graph = _csr(edges.data[inside], edges.row[inside], edges.col[inside], len(places))
        labels = _communities(graph, blocks, self._recipe, self._voted)
        return [self._groups(members, labels[blocks == i]) for i, members in enumerate(groups)]

    def _by_centrality(self, members: IntArray) -> tuple[int, ...]:
        centre = (self._rows[members] * self._sizes[members, None]).sum(axis=0)
        nearness = np.round(self._rows[members] @ centre, 5)
        return tuple(entry for i in np.lexsort((members, -nearness)) for entry in self._equal[members[i]])


def _largest_first(nodes: Iterable[ThemeNode]) -> tuple[ThemeNode, ...]:
    return tuple(sorted(nodes, key=lambda node: (-len(node.members), node.members)))


def _cut_at(nodes: tuple[ThemeNode, ...], level: int) -> list[ThemeNode]:
    found: list[ThemeNode] = []
    for node in nodes:
        found += _cut_at(node.parts, level) if node.parts and node.level < level else [node]
    return found
