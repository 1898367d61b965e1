"""``matcher evaluate``: how good the matches are, on labelled sets and known data sets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from matcher.cli.console import err, out, print_json, progress_bar, table
from matcher.errors import InvalidInput


def evaluate(
    folder: Annotated[
        Path, typer.Argument(help="Folder with labelled sets or known data sets, at any depth.")
    ],
    recipe: Annotated[
        list[str] | None,
        typer.Option(help="lexical, dense, fast or fused (what is served); again for more. Default: all."),
    ] = None,
    measure: Annotated[
        list[str] | None, typer.Option(help="Only data sets whose name begins so; again for more.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print a list of JSON objects.")] = False,
) -> None:
    """Measure the quality of search and proposals, with 95 % intervals, beside letter counts (the floor)."""
    from matcher.encoders import load_encoder
    from matcher.evaluation.rankers import RECIPES, make_rankers
    from matcher.evaluation.run import evaluate as run
    from matcher.evaluation.tasks import find_tasks
    from matcher.settings import load_settings

    names = tuple(dict.fromkeys(recipe or RECIPES))
    if unknown := [name for name in names if name not in RECIPES]:
        raise InvalidInput(
            f"There is no recipe {unknown[0]}.", field="recipe", remedy=f"Use one of: {', '.join(RECIPES)}."
        )
    tasks = [task for task in find_tasks(folder) if not measure or task.name.startswith(tuple(measure))]
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
        figures = list(run(tasks, rankers, progress=lambda name: bar.set(next(done), text=name)))
    if as_json:
        print_json([figure.as_dict() for figure in figures])
        return
    shown = table(f"{folder.name}", "measure", "recipe", "value", "95 % interval", "n", "floor")
    for f in figures:
        floor = "" if f.floor is None else f"{f.floor:.3f}"
        shown.add_row(f.measure, f.recipe, f"{f.value:.3f}", f"{f.low:.3f}-{f.high:.3f}", str(f.n), floor)
    out.print(shown)
    err.print("The floor is character TF-IDF, fitted in the same run.")
