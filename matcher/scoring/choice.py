"""Which of the scored candidates are proposed: a pure decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence


def choose(
    scores: Iterable[float],
    organisations: Sequence[str | None],
    *,
    threshold: float,
    k: int,
    max_per_organisation: int | None = None,
) -> tuple[list[int], bool]:
    """Choose positions of candidates that are ordered best first.

    Parameters
    ----------
    scores
        Probabilities, best first.
    organisations
        Whose each candidate is; those of nobody are not limited.
    threshold
        Lowest score that is chosen: below it "no good match" is the answer.
    k
        How many at most.
    max_per_organisation
        Candidates of one organisation at most; ``None`` for no limit.

    Returns
    -------
    The positions, and whether further candidates could not change the choice.
    """
    taken: Counter[str] = Counter()
    chosen: list[int] = []
    for position, (score, organisation) in enumerate(zip(scores, organisations, strict=True)):
        if len(chosen) == k or score < threshold:
            return chosen, True
        if organisation is not None and max_per_organisation is not None:
            if taken[organisation] == max_per_organisation:
                continue
            taken[organisation] += 1
        chosen.append(position)
    return chosen, len(chosen) == k
