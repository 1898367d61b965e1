"""What the commands print with: results to standard output, progress and errors to standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import IntEnum
from typing import Any

import orjson
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from matcher.errors import MatcherError


class ExitCode(IntEnum):
    """What a script can tell from how a command ended."""

    OK = 0
    FAILED = 1
    USAGE = 2
    SOME_ROWS_WRONG = 3
    INTERRUPTED = 130


class Interrupted(Exception):
    """Somebody pressed Ctrl-C; the message says what was kept."""


# What people wrote stands in tables, too: brackets in it are no markup.
out = Console(emoji=False, highlight=False, markup=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def print_json(value: Any) -> None:  # noqa: ANN401 -- whatever orjson can write
    """Print one JSON document to standard output."""
    sys.stdout.buffer.write(orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE))
    sys.stdout.buffer.flush()


def print_error(error: MatcherError) -> None:
    """Say what is wrong and what to do about it."""
    err.print(f"[bold red]{error.title}.[/] ", end="")
    err.print(str(error), markup=False)
    err.print(error.remedy, markup=False)


@contextmanager
def progress_bar(text: str, total: int | None = None, *, counts_bytes: bool = False) -> Iterator[ProgressBar]:
    """Show a bar on standard error while something runs; it goes away at the end."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn() if counts_bytes else MofNCompleteColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Progress(*columns, console=err, transient=True) as progress:
        yield ProgressBar(progress, progress.add_task(text, total=total))


class ProgressBar:
    """A bar that is told how much is done."""

    def __init__(self, progress: Progress, task: Any) -> None:  # noqa: ANN401 -- rich's TaskID
        self._progress, self._task = progress, task

    def set(self, done: int, total: int | None = None, *, text: str | None = None) -> None:
        """Move to ``done`` of ``total``, under another text if one is given."""
        changes: dict[str, Any] = {"completed": done}
        if total is not None:
            changes["total"] = total
        if text is not None:
            changes["description"] = text
        self._progress.update(self._task, **changes)

    def advance(self, n: int = 1) -> None:
        """Move on by ``n``."""
        self._progress.update(self._task, advance=n)


def table(title: str, *columns: str) -> Table:
    """Make a plain table that reads well without colours."""
    made = Table(title=title, title_justify="left", box=None, pad_edge=False, show_edge=False)
    for column in columns:
        # An id that is broken over lines cannot be copied.
        made.add_column(column, overflow="fold", min_width=36 if column == "id" else None)
    return made
