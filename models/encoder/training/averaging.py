"""Averages weights: what a run learnt anew with what was known before it, and runs of several seeds.

Averaging weights along or between runs from one start keeps the skills of each (Wortsman et al., 2022,
"Model soups" and "Robust fine-tuning of zero-shot models").
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from torch import Tensor

from models.encoder.training.heldout import HeldOut
from models.encoder.training.students import Student

State = dict[str, Tensor]
SHARES = (1.0, 0.85, 0.7, 0.55)


def load_state(path: Path) -> State:
    """Weights that a run saved."""
    state: State = torch.load(path, map_location="cpu", weights_only=True)
    return state


def mean(states: Sequence[State], weights: Sequence[float] | None = None) -> State:
    """Return the weighted mean of states with the same names and shapes."""
    weights = weights or [1.0] * len(states)
    total = sum(weights)
    return {
        name: torch.stack([w / total * s[name].float() for w, s in zip(weights, states, strict=True)]).sum(0)
        for name in states[0]
    }


def choose(
    student: Student,
    before: State,
    after: Sequence[State],
    *,
    measure: Callable[[], HeldOut],
    say: Callable[[str], None],
) -> State:
    """Load and return the best mean by the held-out total: of all ``after``, mixed with ``before`` or not."""
    joint = mean(after)
    found: list[tuple[float, State]] = []
    for share in SHARES:
        state = mean([before, joint], [1 - share, share]) if share < 1 else joint
        student.load_state_dict(state)
        figures = measure()
        say(f"share {share:.1f} of what was learnt last: {figures}")
        found.append((figures.total, state))
    best = max(found, key=lambda pair: pair[0])[1]
    student.load_state_dict(best)
    return best
