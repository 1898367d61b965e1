"""Which of the scored candidates are proposed: a pure decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence


def choose(
    scores: Iterable[float],
    organisations: Sequence[str | None],
    *,
    threshold: float,
    k: int,
    max_per_organisation: int | None = None,
    is_copy: Callable[[int, int], bool] | None = None,
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
    is_copy
        Tells of two candidates of one organisation whether they are nearly the same; of such only the better
        is chosen. Those of different organisations both stand: each supplier is shown on equal terms.

    Returns
    -------
    The positions, and whether further candidates could not change the choice.
    """
    taken: Counter[str] = Counter()
    chosen: list[int] = []
    for position, (score, organisation) in enumerate(zip(scores, organisations, strict=True)):
        if len(chosen) == k or score < threshold:
            return chosen, True
        if organisation is not None and taken[organisation] == max_per_organisation:
            continue
        own = [other for other in chosen if organisations[other] == organisation]
        if is_copy is not None and any(is_copy(position, other) for other in own):
            continue
        if organisation is not None:
            taken[organisation] += 1
        chosen.append(position)
    return chosen, len(chosen) == k
