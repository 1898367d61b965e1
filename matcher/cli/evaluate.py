"""``matcher evaluate``: how good the matches are, on labelled sets and known data sets, or by verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from matcher.cli.console import err, out, print_json, progress_bar, table
from matcher.errors import Conflict, InvalidInput
from matcher.types import Direction

if TYPE_CHECKING:
    from matcher.evaluation.measures import Interval
    from matcher.evaluation.run import Figure
    from matcher.services.quality import Quality


def evaluate(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Folder with labelled sets or known data sets, at any depth; left out: your own verdicts."
        ),
    ] = None,
    recipe: Annotated[
        list[str] | None,
        typer.Option(help="lexical, dense, fast or fused (what is served); again for more. Default: all."),
    ] = None,
    measure: Annotated[
        list[str] | None, typer.Option(help="Only data sets whose name begins so; again for more.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of JSON objects.")] = False,
) -> None:
    """Measure the quality of search and proposals, with 95 % intervals.

    On a folder, beside letter counts (the floor). Without one, by the verdicts that people gave.
    """
    from matcher.evaluation.rankers import RECIPES

    names = tuple(dict.fromkeys(recipe or RECIPES))
    if unknown := [name for name in names if name not in RECIPES]:
        raise InvalidInput(
            f"There is no recipe {unknown[0]}.", field="recipe", remedy=f"Use one of: {', '.join(RECIPES)}."
        )
    if folder is None:
        _show_verdicts(_by_verdicts(), names, as_json=as_json)
        return
    figures = _on(folder, names, tuple(measure or ()))
    if as_json:
        print_json([figure.as_dict() for figure in figures])
        return
    shown = table(f"{folder.name}", "measure", "recipe", "value", "95 % interval", "n", "floor")
    for f in figures:
        floor = "" if f.floor is None else f"{f.floor:.3f}"
        shown.add_row(f.measure, f.recipe, f"{f.value:.3f}", f"{f.low:.3f}-{f.high:.3f}", str(f.n), floor)
    out.print(shown)
    err.print("The floor is character TF-IDF, fitted in the same run.")


def _on(folder: Path, names: Sequence[str], wanted: tuple[str, ...]) -> list[Figure]:
    from matcher.encoders import load_encoder
    from matcher.evaluation.finding import find_tasks
    from matcher.evaluation.rankers import make_rankers
    from matcher.evaluation.run import evaluate as run
    from matcher.settings import load_settings

    tasks = [task for task in find_tasks(folder) if not wanted or task.name.startswith(wanted)]
    if not tasks:
        raise InvalidInput(
            "There is nothing to measure in this folder.",
            field="folder",
            remedy="Name a folder with a labelled set: needs.jsonl, offerings.jsonl and links.tsv.",
        )
    settings = load_settings()
    fast = load_encoder(settings.model_copy(update={"encoder": "fast"})) if "fast" in names else None
    rankers = make_rankers(load_encoder(settings), names, fast=fast)
    with progress_bar("Measuring", total=len(tasks)) as bar:
        done = iter(range(len(tasks)))
        return list(run(tasks, rankers, progress=lambda name: bar.set(next(done), text=name)))


def _by_verdicts() -> list[Quality]:
    """Measure each direction in which anything was decided.

    Raises
    ------
    Conflict
        If nothing was.
    """
    from matcher.cli.doors import open_database
    from matcher.cli.matching import load_shown
    from matcher.live import LiveMatcher
    from matcher.services.actor import SYSTEM
    from matcher.services.quality import quality

    found, nothing = [], None
    with open_database() as database:
        live = LiveMatcher(database.sessions, database.settings)
        load_shown(live)
        for direction in Direction:
            try:
                with database.reading() as session:
                    ask = partial(quality, session, actor=SYSTEM, direction=direction)
                    found.append(live.using(session, ask))
            except Conflict as error:
                nothing = error
    if not found and nothing is not None:
        raise nothing
    return found


def _show_verdicts(found: Sequence[Quality], names: Sequence[str], *, as_json: bool) -> None:
    rows = [row for each in found for row in _rows(each) if row["recipe"] in names]
    if as_json:
        print_json(rows)
        return
    shown = table("By verdicts", "measure", "recipe", "among", "value", "95 % interval", "n")
    for row in rows:
        among = row["among"] or ""
        interval = f"{row['low']:.3f}-{row['high']:.3f}"
        shown.add_row(row["measure"], row["recipe"], among, f"{row['value']:.3f}", interval, str(row["n"]))
    out.print(shown)
    err.print("They flatter a scorer that learnt from them: see `matcher scorers` for held-out gains.")


def _rows(found: Quality) -> Iterator[dict[str, Any]]:
    """Yield one object a measure; ``among`` names the slice, such as ``languages fi-sv``."""
    for recipe, measures in found.recipes.items():
        yield from _named(found, measures, recipe=recipe, among=None)
    ece = found.reliability
    yield {
        "measure": f"{found.direction.value}_ece",
        "recipe": "fused",
        "among": None,
        "value": ece.ece,
        "low": ece.ece_low,
        "high": ece.ece_high,
        "n": ece.n,
    }
    for name, slices in found.slices.items():
        for value, measures in slices.items():
            yield from _named(found, measures, recipe="fused", among=f"{name} {value}")


def _named(
    found: Quality, measures: Mapping[str, Interval], *, recipe: str, among: str | None
) -> Iterator[dict[str, Any]]:
    for name, interval in measures.items():
        told = {"measure": f"{found.direction.value}_{name}", "recipe": recipe, "among": among}
        yield {**told, **asdict(interval)}
