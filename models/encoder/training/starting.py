"""Where a student starts from: new rows from what is near them, or every piece encoded by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.encoder.training.students import DeepStudent, StaticStudent

RARE = 1e-3  # a of a / (a + p) (Arora et al., 2017): pieces more frequent than this weigh less
LEAST_SEEN = 3
N_NEAREST = 6
SHARPNESS = 15.0


def count_pieces(tokenizer: Tokenizer, texts: Iterable[str], *, block: int = 5000) -> NDArray[np.int64]:
    """Shape (n_pieces,): how often each piece stands in the texts."""
    counts = np.zeros(tokenizer.get_vocab_size(), np.int64)
    remaining = iter(texts)
    while part := list(islice(remaining, block)):
        for encoded in tokenizer.encode_batch(part, add_special_tokens=False):
            np.add.at(counts, encoded.ids, 1)
    return counts


def start_static(
    student: StaticStudent,
    encode_pieces: Callable[[Sequence[str]], NDArray[np.float32]],
    *,
    projection: NDArray[np.float32] | None,
    counts: NDArray[np.int64],
) -> None:
    """Give each row what another encoder says of the piece alone, each weight the inverse of frequency."""
    pieces = student.tokenizer.get_vocab()
    texts = [piece.removeprefix("##") for piece in sorted(pieces, key=pieces.__getitem__)]
    rows = encode_pieces(texts)
    rows = rows - rows.mean(axis=0)
    if projection is not None:
        rows = rows @ projection
    frequency = counts / max(int(counts.sum()), 1)
    with torch.no_grad():
        student.rows.weight.copy_(torch.from_numpy(rows))
        student.weights.weight[:, 0] = torch.from_numpy(np.log(RARE / (RARE + frequency))).float()


def start_deep(
    student: DeepStudent,
    base: dict[str, NDArray[np.float32]],
    *,
    table: NDArray[np.float32],
    counts: NDArray[np.int64],
    split: Sequence[Sequence[int]],
) -> None:
    """Take a smaller-vocabulary body, and make rows for the new pieces.

    A new piece's row is the mean of the rows of the old pieces whose static vectors are nearest, the more the
    nearer they are, mixed with the mean of the old pieces that spell it (only that where it was not seen).

    Parameters
    ----------
    student
        Its first ``n_old`` pieces are those of ``base``.
    base
        The body's weights by BERT's names.
    table
        Static vectors of all pieces, shape (n_pieces, n_static_dims).
    counts
        How often each piece was seen, shape (n_pieces,).
    split
        For each new piece, the old pieces that spell it.
    """
    name = "embeddings.word_embeddings.weight"
    old = torch.from_numpy(base[name])
    spelt = torch.stack([old[list(ids)].mean(0) for ids in split])
    nearest, likeness = _nearest(table, counts, n_old=len(old))
    weights = torch.softmax(likeness * SHARPNESS, 1)
    share = likeness[:, :1].clamp(0, 1) * torch.from_numpy(counts[len(old) :, None] >= LEAST_SEEN)
    rows = share * (old[nearest] * weights[:, :, None]).sum(1) + (1 - share) * spelt
    rows *= old[1000:].norm(dim=1).mean() / rows.norm(dim=1, keepdim=True).clamp_min(1e-3)
    student.take(base | {name: torch.cat([old, rows]).numpy()})


def _nearest(
    table: NDArray[np.float32], counts: NDArray[np.int64], *, n_old: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Old pieces nearest to each new one and their cosines, both of shape (n_new, N_NEAREST)."""
    unit = torch.nn.functional.normalize(torch.from_numpy(table), dim=-1)
    candidates = torch.from_numpy(np.flatnonzero(counts[:n_old] >= LEAST_SEEN))
    found = [(block @ unit[candidates].T).topk(N_NEAREST, 1) for block in torch.split(unit[n_old:], 2000)]
    return candidates[torch.cat([f.indices for f in found])], torch.cat([f.values for f in found])
