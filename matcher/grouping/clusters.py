"""Groups of entries about one thing: near neighbours that hold together, never a chain."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float32]
Links = Sequence[tuple[int, int, float]]
MAX_TOGETHER = 1500


def find_groups(
    n: int,
    links: Links,
    *,
    similarity: Callable[[Sequence[int]], FloatArray],
    threshold: float,
) -> list[tuple[list[int], float]]:
    """Group entries by average linkage within the connected parts of their mutual neighbours.

    A chain of neighbours is one connected part, but no group: within each part, groups are joined only
    while the *average* similarity between them stays at the threshold or above (UPGMA; Sokal and
    Michener, 1958).

    Parameters
    ----------
    n
        Number of entries.
    links
        ``(entry, neighbour, similarity)``; only those named from both sides count.
    similarity
        Gives the similarities of some entries with each other, ``(n_chosen, n_chosen)``, in [0, 1].
    threshold
        Lowest average similarity within a group.

    Returns
    -------
    Groups of two or more with their cohesion (mean similarity of their pairs), largest first; members
    most central first. Entries that fit nowhere are in none.
    """
    groups = [
        group
        for part in _connected(n, _mutual(links, threshold))
        for group in _average_linkage(part, similarity(part), threshold)
    ]
    return sorted(groups, key=lambda group: (-len(group[0]), -group[1], group[0]))


def _mutual(links: Links, threshold: float) -> list[tuple[int, int, float]]:
    named = {(a, b) for a, b, value in links if value >= threshold}
    return [(a, b, value) for a, b, value in links if a < b and (a, b) in named and (b, a) in named]


def _connected(n: int, links: Links) -> list[list[int]]:
    """Find connected parts of two or more; one that is too large falls apart at its weakest links."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if not links:
        return []
    rows, columns, _ = (np.asarray(column) for column in zip(*links, strict=True))
    graph = coo_matrix((np.ones(len(rows)), (rows, columns)), shape=(n, n))
    _, labels = connected_components(graph, directed=False)
    members: dict[int, list[int]] = {}
    for entry in np.unique(np.concatenate([rows, columns])):
        members.setdefault(int(labels[entry]), []).append(int(entry))
    parts: list[list[int]] = []
    for part in members.values():
        inside = [link for link in links if labels[link[0]] == labels[part[0]]]
        parts += [part] if len(part) <= MAX_TOGETHER else _split(n, inside)
    return parts


def _split(n: int, links: Links) -> list[list[int]]:
    """Leave out the weaker half of the links and look again."""
    ordered = sorted(links, key=lambda link: (-link[2], link[0], link[1]))
    return _connected(n, ordered[: len(ordered) // 2])


def _average_linkage(
    members: list[int], similar: FloatArray, threshold: float
) -> list[tuple[list[int], float]]:
    from scipy.cluster.hierarchy import fcluster, linkage
    from scipy.spatial.distance import squareform

    alike = (similar + similar.T).astype(np.float64) / 2
    distance = np.clip(1.0 - alike, 0.0, None)
    np.fill_diagonal(distance, 0.0)
    tree = linkage(squareform(distance, checks=False), method="average")
    labels = fcluster(tree, 1.0 - threshold, criterion="distance")
    groups = []
    for label in np.unique(labels):
        places = np.flatnonzero(labels == label)
        if len(places) > 1:
            groups.append(_described([members[i] for i in places], alike[np.ix_(places, places)]))
    return groups


def _described(members: list[int], alike: NDArray[np.float64]) -> tuple[list[int], float]:
    """Order members by their mean similarity to the others, and take the mean over all pairs."""
    n = len(members)
    centrality = (alike.sum(axis=1) - np.diag(alike)) / (n - 1)
    order = sorted(range(n), key=lambda i: (-round(float(centrality[i]), 9), members[i]))
    return [members[i] for i in order], float(centrality.mean())
