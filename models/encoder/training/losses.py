"""What is minimised: distance to the teacher, and likeness of what does not belong together."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

SCALE = 20.0  # inverse temperature of the contrastive losses
SAME = 0.93  # targets nearer than this count as one, not as each other's negatives


def _cut(vectors: Tensor, n_dims: int) -> Tensor:
    return functional.normalize(vectors[:, :n_dims], dim=-1)


def contrast(
    queries: Tensor, targets: Tensor, dims: Sequence[int], *, hidden: Tensor | None = None
) -> Tensor:
    """InfoNCE (van den Oord et al., 2018), the mean over nested sizes (Matryoshka; Kusupati et al., 2022).

    Parameters
    ----------
    queries
        Shape (n, n_dims); the right target of row i is target i.
    targets
        Shape (m, n_dims) with m >= n.
    dims
        The sizes that must serve by themselves; the largest counts twice.
    hidden
        Shape (n, m), True where a target is neither right nor wrong.
    """
    right = torch.arange(len(queries), device=queries.device)
    losses = []
    for position, n_dims in enumerate(sorted(dims, reverse=True)):
        scores = _cut(queries, n_dims) @ _cut(targets, n_dims).T * SCALE
        if hidden is not None:
            scores = scores.masked_fill(hidden, -1e4)
        losses.append(functional.cross_entropy(scores, right) * (2 if position == 0 else 1))
    return torch.stack(losses).sum() / (len(dims) + 1)


def to_teacher(vectors: Tensor, targets: Tensor, dims: Sequence[int], *, share: float = 0.25) -> Tensor:
    """4 (1 - cosine) to the teacher's vectors plus ``share`` of the contrast among them."""
    alike = targets @ targets.T > SAME
    alike.fill_diagonal_(False)
    distance = 1 - (functional.normalize(vectors, dim=-1) * targets).sum(1)
    return 4 * distance.mean() + share * contrast(vectors, targets, dims, hidden=alike)


def both_ways(left: Tensor, right: Tensor, dims: Sequence[int]) -> Tensor:
    """Return the contrast of pairs, in both directions."""
    return (contrast(left, right, dims) + contrast(right, left, dims)) / 2


def topics(
    parts: Sequence[Tensor],
    dims: Sequence[int],
    *,
    others: tuple[Tensor, Tensor] | None = None,
    same_product: Tensor | None = None,
) -> Tensor:
    """Contrast needs with offerings and confusables, offerings with needs, needs with needs and labels.

    Parameters
    ----------
    parts
        Needs, other tellings, offerings, confusables, labels and the names of what is bought, each of shape
        (n_topics, n_dims); row i of each is of the same topic.
    dims
        As in `contrast`.
    others
        Needs and offerings of other topics, wrong for all of these: more to tell apart than a batch holds.
    same_product
        Shape (n_topics, n_topics), True where two topics buy the same and so are not told apart by its name.
    """
    needs, tellings, offerings, confusables, labels, products = parts
    more_needs, more_offerings = others or (needs[:0], needs[:0])
    second = _second(needs, more_needs)
    return (
        contrast(needs, torch.cat([offerings, confusables, more_offerings]), dims)
        + 0.5 * contrast(offerings, torch.cat([needs, tellings, more_needs]), dims, hidden=second)
        + 0.5 * contrast(needs, torch.cat([tellings, more_needs]), dims)
        + 0.25 * contrast(needs, labels, dims)
        + 0.25 * contrast(needs, products, dims, hidden=same_product)
        + 0.25 * contrast(offerings, products, dims, hidden=same_product)
    )


def _second(needs: Tensor, more: Tensor) -> Tensor:
    """Hide the other telling of an offering's own need: it is right too."""
    n = len(needs)
    hidden = torch.zeros(n, 2 * n + len(more), dtype=torch.bool, device=needs.device)
    hidden[:, n : 2 * n] = torch.eye(n, dtype=torch.bool, device=needs.device)
    return hidden
