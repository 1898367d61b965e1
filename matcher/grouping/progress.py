"""How far a search is, told as a share of all that it does."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[float], None]
"""Is told which share is done, from 0 to 1; what it raises ends the search."""


def ignore(share: float) -> None:
    """Tell nobody."""


def within(progress: Progress, start: float, end: float) -> Progress:
    """Return what tells of one part of a search, which reaches from one share of the whole to another."""
    return lambda share: progress(start + (end - start) * share)


def counted(progress: Progress, total: int) -> Callable[[int], None]:
    """Return what tells the share after it was told how many more of the total are done."""
    n_done = 0

    def count(n: int = 1) -> None:
        nonlocal n_done
        n_done += n
        progress(min(n_done / max(total, 1), 1.0))

    return count
