"""How good lists are by what people decided about the pairs in them.

Pairs that nobody decided about are left out of a list before it is measured (condensed lists: Sakai,
"Alternatives to bpref", SIGIR 2007), so that a measure does not punish what was never looked at.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from matcher.evaluation.measures import Interval, mean_interval, ndcg, ratio_interval, reciprocal_rank

FloatArray = NDArray[np.float64]
BoolArray = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedLists:
    """Decided pairs of several entries; all with one row a pair.

    Attributes
    ----------
    queries
        Whose list a pair stands in.
    fits
        Whether it fits, ``(n_pairs,)``.
    """

    queries: tuple[str, ...]
    fits: BoolArray

    def of(self, chosen: BoolArray) -> JudgedLists:
        """Return some of the pairs."""
        queries = tuple(query for query, is_in in zip(self.queries, chosen, strict=True) if is_in)
        return JudgedLists(queries=queries, fits=self.fits[chosen])

    def rows(self) -> list[NDArray[np.intp]]:
        """Return the rows of each entry's pairs."""
        _, owners = np.unique(np.asarray(self.queries), return_inverse=True)
        return [np.flatnonzero(owners == owner) for owner in range(owners.max(initial=-1) + 1)]


def order_measures(lists: JudgedLists, scores: FloatArray) -> dict[str, Interval]:
    """nDCG@10 and MRR of an order, over the entries of which something fits.

    Parameters
    ----------
    lists
        What was decided.
    scores
        What the order goes by, the larger the better, ``(n_pairs,)``.
    """
    ranked = [(scores[own], np.flatnonzero(lists.fits[own]).tolist()) for own in lists.rows()]
    ranked = [(row, right) for row, right in ranked if right]
    if not ranked:
        return {}
    return {
        "ndcg10": mean_interval([ndcg(row, right, [1.0] * len(right)) for row, right in ranked]),
        "mrr": mean_interval([reciprocal_rank(row, right) for row, right in ranked]),
    }


def choice_measures(lists: JudgedLists, proposed: BoolArray) -> dict[str, Interval]:
    """Precision of what is proposed, and recall of what fits, with intervals over entries.

    Parameters
    ----------
    lists
        What was decided.
    proposed
        Whether a pair's score reaches what is proposed, ``(n_pairs,)``.
    """
    rows = lists.rows()
    hits = np.asarray([np.sum(lists.fits[own] & proposed[own]) for own in rows], dtype=np.float64)
    shown = np.asarray([np.sum(proposed[own]) for own in rows], dtype=np.float64)
    right = np.asarray([np.sum(lists.fits[own]) for own in rows], dtype=np.float64)
    found = {"precision": (hits, shown), "recall": (hits, right)}
    return {name: ratio_interval(*parts) for name, parts in found.items() if parts[1].sum() > 0}
