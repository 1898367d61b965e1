"""Writes figures into the README and the cards, between their markers, so that none is copied by hand.

``matcher evaluate FOLDER --json | python -m benchmarks.tables quality README.md``: a row a measure, a column
a recipe. ``COMMAND | python -m benchmarks.tables NAME FILE``: a table that is one already (lines that begin
with a bar) stands as it is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from matcher.errors import InvalidInput, MatcherError

RECIPES = ("lexical", "dense", "fast", "fused")


def quality_table(figures: Sequence[dict[str, Any]]) -> str:
    """Return a row a measure: the floor, each recipe, and the interval of what is served."""
    rows: dict[str, dict[str, dict[str, Any]]] = {}
    for figure in figures:
        rows.setdefault(figure["measure"], {})[figure["recipe"]] = figure
    lines = [
        "| measure | n | floor | " + " | ".join(RECIPES) + " | 95 % of fused |",
        "|---" * (4 + len(RECIPES)) + "|",
    ]
    for measure, found in rows.items():
        one = next(iter(found.values()))
        floor = "" if one["floor"] is None else f"{one['floor']:.3f}"
        values = [f"{found[name]['value']:.3f}" if name in found else "" for name in RECIPES]
        served = found.get("fused")
        interval = f"{served['low']:.3f}-{served['high']:.3f}" if served else ""
        lines.append(f"| {measure} | {one['n']} | {floor} | {' | '.join(values)} | {interval} |")
    return "\n".join(lines)


def table_of(text: str) -> str:
    """Return the table that a command printed, or make one of the figures that it printed as JSON.

    Raises
    ------
    InvalidInput
        If there is neither.
    """
    if text.lstrip().startswith("["):
        return quality_table(json.loads(text))
    lines = [line for line in text.splitlines() if line.startswith("|")]
    if not lines:
        raise InvalidInput("There is no table.", field="input", remedy="Pipe a command's figures in.")
    if len(lines) < 2 or not set(lines[1]) <= set("|-: "):
        lines = ["| measure | value |", "|---|---|", *lines]
    return "\n".join(lines)


def insert(page: str, name: str, table: str) -> str:
    """Put a table between a page's markers of that name.

    Raises
    ------
    InvalidInput
        If the page lacks the markers.
    """
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    if begin not in page or end not in page:
        raise InvalidInput(
            f"The page has no markers {name}.", field="name", remedy=f"Write {begin} and {end}."
        )
    before, _, rest = page.partition(begin)
    return f"{before}{begin}\n{table}\n{end}{rest.partition(end)[2]}"


def main(arguments: Sequence[str] | None = None) -> int:
    """Read figures from standard input and write them into a page; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description=__doc__)
    parser.add_argument("name", help="of the markers")
    parser.add_argument("page", type=Path)
    options = parser.parse_args(arguments)
    try:
        page = insert(options.page.read_text(encoding="utf-8"), options.name, table_of(sys.stdin.read()))
    except MatcherError as error:
        sys.stderr.write(f"{error} {error.remedy}\n")
        return 1
    options.page.write_text(page, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
