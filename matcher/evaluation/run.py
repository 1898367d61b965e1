"""The evaluation run: every measure of every data set below a folder, for each recipe, beside the floor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from matcher.evaluation.floor import Floor
from matcher.evaluation.tasks import Ranker, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One measure of one recipe with its 95 % bootstrap interval.

    ``n`` is the number of cases behind it, ``floor`` what character TF-IDF reached in the same run,
    ``None`` where it has no such figure.
    """

    measure: str
    recipe: str
    value: float
    low: float
    high: float
    n: int
    floor: float | None

    def as_dict(self) -> dict[str, Any]:
        """Return the figure as a JSON object."""
        return asdict(self)


def evaluate(
    tasks: list[Task],
    rankers: Mapping[str, Ranker],
    *,
    progress: Callable[[str], None] | None = None,
) -> Iterator[Figure]:
    """Yield the figures of each task for each recipe, as they are ready.

    Parameters
    ----------
    tasks
        What to measure, from ``finding.find_tasks``.
    rankers
        What to measure it on, by recipe name.
    progress
        Called with the name of what is measured next.
    """
    floor = Floor()
    for task in tasks:
        if progress:
            progress(task.name)
        floors = {name: interval.value for name, interval in task.measure(floor).items()}
        for recipe, ranker in rankers.items():
            for name, interval in task.measure(ranker).items():
                yield Figure(
                    measure=name,
                    recipe=recipe,
                    value=interval.value,
                    low=interval.low,
                    high=interval.high,
                    n=interval.n,
                    floor=floors.get(name),
                )
