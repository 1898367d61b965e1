"""The sizes, rates and seed of a training run."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a run does; the same plan, data and seed give the same weights on the same machine.

    Attributes
    ----------
    steps
        Updates in all.
    every
        Steps between checkpoints, at which neighbours are mined anew and the held-out parts are measured.
    patience
        Measures without a better total after which the run stops.
    all_topics
        Whether the topics that a step did not draw are negatives too, by their last vectors. With some 400
        topics that was worse than a batch's own: they are learnt by heart.
    dropout
        Share of the values that each layer of the deep student leaves out while it learns topics: a few
        hundred of them are soon learnt by heart.
    aligned_tokens, most_rows, prose_pairs, n_topics
        Size of a step's parts; a part whose ``..._every`` is 0 is left out.
    max_tokens, prose_chars
        Longer texts, and right sides of prose pairs, are cut there.
    workers
        Processes that draw and cut texts ahead of the training, which draws its own if there are none; the
        weights are the same.
    """

    seed: int = 1
    steps: int = 1000
    every: int = 100
    patience: int = 4
    body_rate: float = 3e-4
    rows_rate: float = 2e-3
    warm_up: int = 50
    last_rate: float = 0.03
    aligned_tokens: int = 4096
    most_rows: int = 384
    contrast_share: float = 0.25
    prose_every: int = 3
    prose_pairs: int = 48
    prose_weight: float = 0.5
    topics_every: int = 0
    n_topics: int = 48
    topics_weight: float = 0.5
    all_topics: bool = False
    dropout: float = 0.0
    max_tokens: int = 96
    prose_chars: int = 450
    workers: int = 0
    dims: tuple[int, ...] = (384, 256, 128)
