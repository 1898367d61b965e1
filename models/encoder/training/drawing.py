"""Draws a step's texts and cuts them into pieces, so that other processes can do it ahead of the training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch.utils.data import Dataset

from models.encoder.training.batches import Sampler, Targets
from models.encoder.training.plan import Plan
from models.encoder.training.students import Ids, token_ids


@dataclass(frozen=True, slots=True)
class Drawn:
    """What one step learns from, as pieces.

    Attributes
    ----------
    seed
        For what the step itself draws (dropout).
    aligned, targets
        Texts, and the vectors they should get, of shape (n_texts, n_dims).
    prose
        Left and right sides; none where the step has no prose.
    topics, parts
        Positions of the drawn topics, and the texts of each kind in the order of the losses; ditto.
    codes
        What each drawn topic buys, for telling which buy the same.
    """

    seed: int
    aligned: Ids
    targets: NDArray[np.float32]
    prose: tuple[Ids, Ids] | None
    topics: list[int]
    parts: list[Ids]
    codes: list[str]


class Drawing(Dataset[Drawn]):
    """The steps of a run by their numbers; what a step holds depends on the plan's seed and its number alone.

    Parameters
    ----------
    sampler, targets, plan
        What is drawn from, and how much.
    tokenizer
        Cuts the texts; ``special`` adds the opening and closing pieces.
    """

    def __init__(
        self, sampler: Sampler, targets: Targets, plan: Plan, *, tokenizer: Tokenizer, special: bool
    ) -> None:
        self._sampler, self._targets, self._plan = sampler, targets, plan
        self._cut = partial(_cut, tokenizer, special=special, max_tokens=plan.max_tokens)

    def __getitem__(self, step: int) -> Drawn:
        """Draw one step."""
        plan, rng = self._plan, np.random.default_rng([self._plan.seed, step])
        seed = int(rng.integers(2**62))
        batch = self._sampler.aligned(rng, plan.aligned_tokens, most=plan.most_rows)
        prose = None
        if plan.prose_every and step % plan.prose_every == 0:
            left, right = self._sampler.prose(rng, plan.prose_pairs)
            prose = self._cut(left), self._cut(right)
        topics, parts = list[int](), list[list[str]]()
        if plan.topics_every and step % plan.topics_every == 0 and self._sampler.topics:
            topics, parts = self._sampler.topic_texts(rng, plan.n_topics)
        return Drawn(
            seed=seed,
            aligned=self._cut(batch.texts),
            targets=self._targets(batch.english),
            prose=prose,
            topics=topics,
            parts=[self._cut(part) for part in parts],
            codes=[self._sampler.topics[i].cpv or self._sampler.topics[i].id for i in topics],
        )


def _cut(tokenizer: Tokenizer, texts: Sequence[str], *, special: bool, max_tokens: int) -> Ids:
    return token_ids(tokenizer, texts, max_tokens, special=special)
