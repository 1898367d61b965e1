"""Finds what can be measured below a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

from matcher.evaluation import datasets
from matcher.evaluation.group_tasks import idea_group_tasks, opinion_tasks
from matcher.evaluation.tasks import Task, codes_task, ideas_task, labelled_tasks, pairs_task, search_task
from matcher.types import Direction


def find_tasks(root: Path, *, cpv: dict[str, dict[str, str]] | None = None) -> list[Task]:
    """Tasks for every data set and labelled set below a folder.

    Parameters
    ----------
    root
        Folder that is walked; what it holds is told by names and form, and each part may be absent.
    cpv
        CPV labels by language and code that are loaded already, for a folder without its own list.
    """
    folders = datasets.find_folders(root)
    known = folders.known
    labels = datasets.load_cpv(known["cpv"]) if "cpv" in known else cpv
    makers: dict[str, Callable[[Path], Iterator[Task]]] = {
        "swefaq": lambda path: _one("swefaq_ndcg10", datasets.load_swefaq(path), None, "ndcg10"),
        "norquad": lambda path: _one("norquad_mrr", datasets.load_norquad(path), None, "mrr"),
        "sbir": lambda path: _one("sbir_mrr", datasets.load_sbir(path), Direction.NEED_TO_OFFERING, "mrr"),
        "sweparaphrase": lambda path: iter(
            [pairs_task("sweparaphrase_spearman", datasets.load_sweparaphrase(path))]
        ),
        "turku": lambda path: iter([pairs_task("turku_spearman", datasets.load_turku(path))]),
        "omastadi": lambda path: chain(_idea_tasks(path), idea_group_tasks(path)),
        "polis": opinion_tasks,
        "ted": lambda path: _code_tasks(path, labels),
        "bitext": _bitext_tasks,
    }
    tasks = [task for name, make in makers.items() if name in known for task in make(known[name])]
    for folder in folders.labelled.values():
        tasks += labelled_tasks(datasets.load_labelled(folder))
    return tasks


def _one(name: str, found: datasets.SearchSet, direction: Direction | None, measure: str) -> Iterator[Task]:
    yield search_task(name, found, direction=direction, measure=measure)


def _idea_tasks(folder: Path) -> Iterator[Task]:
    ideas = datasets.load_omastadi(folder)
    yield from (ideas_task(ideas, by_area=by_area) for by_area in (False, True))


def _code_tasks(folder: Path, labels: dict[str, dict[str, str]] | None) -> Iterator[Task]:
    if labels:
        yield codes_task(datasets.load_notices(folder), labels)


def _bitext_tasks(folder: Path) -> Iterator[Task]:
    for stem, column, found in datasets.load_bitext(folder):
        name = f"bitext_{stem}_{column}_acc1"
        yield search_task(name, found, direction=Direction.SIMILAR, measure="acc1")
