"""``matcher match`` proposes for every entry, ``matcher similar`` searches by text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from matcher.cli.console import Interrupted, out, print_json, progress_bar, table
from matcher.cli.doors import open_database
from matcher.cli.showing import entry_as_json, print_matches, score_as_json
from matcher.types import EntryKind, RunKind

if TYPE_CHECKING:
    from matcher.live import LiveMatcher
    from matcher.services.runs import RunView

_STAGES: Final = {"encoding": "Encoding texts", "matching": "Matching"}
_SEARCHES: Final = {
    RunKind.DUPLICATES: "Searching duplicates",
    RunKind.THEMES: "Finding themes",
    RunKind.JOINING: "Placing new entries",
    RunKind.JOINT_NEEDS: "Searching joint needs",
}
_COUNTS: Final = {
    "created": "new proposals",
    "updated": "changed",
    "unchanged": "as before",
    "stale": "no longer made",
    "without_match": "needs without a good match",
}


def match(
    as_json: Annotated[bool, typer.Option("--json", help="Print the run as JSON.")] = False,
) -> None:
    """Propose for every entry what belongs to it. An interrupted run carries on where it was."""
    from matcher.jobs import keep_retention
    from matcher.live import LiveMatcher

    with open_database() as database:
        keep_retention(database.sessions, database.settings)
        run = run_shown(LiveMatcher(database.sessions, database.settings))
    if as_json:
        print_json(run_as_json(run))
        return
    print_counts(run)
    out.print("Next: `matcher serve` shows them for review.")


def run_shown(live: LiveMatcher) -> RunView:
    """Carry out a full match under a progress bar.

    Raises
    ------
    Interrupted
        After Ctrl-C; it says what is kept.
    """
    from matcher.jobs import run_match

    reached = (0, 0)

    def show(stage: str, done: int, total: int) -> None:
        nonlocal reached
        if stage == "matching":
            reached = (done, total)
        bar.set(done, total, text=_STAGES[stage])

    try:
        with progress_bar("Loading the encoder") as bar:
            return run_match(live, progress=show)
    except KeyboardInterrupt:
        done, total = reached
        kept = f"{done} of {total} queries are kept" if done else "What was encoded is kept"
        raise Interrupted(f"{kept}; run the same command again: it carries on from there.") from None


def search_shown(live: LiveMatcher, kind: RunKind) -> RunView:
    """Search groups of a kind anew under a progress bar.

    Raises
    ------
    Interrupted
        After Ctrl-C; nothing is changed then.
    """
    from matcher.group_jobs import run_search

    def show(stage: str, done: int, total: int) -> None:
        bar.set(done, total, text=_SEARCHES[kind] if stage == "searching" else _STAGES[stage])

    try:
        with progress_bar("Loading the encoder") as bar:
            return run_search(live, kind, progress=show)
    except KeyboardInterrupt:
        raise Interrupted("Nothing was changed; run the same command again: it begins anew.") from None


def print_counts(run: RunView) -> None:
    """Print what came out of a run."""
    shown = table(f"Match {run.state}: {run.done} of {run.total} queries", "count", "what")
    for name, text in _COUNTS.items():
        shown.add_row(str(run.counts.get(name, 0)), text)
    out.print(shown)


def run_as_json(run: RunView) -> dict[str, Any]:
    """Return a run as JSON can hold it."""
    return {
        "id": run.id,
        "kind": run.kind.value,
        "state": run.state,
        "done": run.done,
        "total": run.total,
        "counts": run.counts,
        "recipe_digest": run.recipe_digest,
    }


def similar(
    text: Annotated[str, typer.Argument(help="What to look for, in your own words.", show_default=False)],
    kind: Annotated[
        list[EntryKind] | None, typer.Option(help="Look among these only; may be given more than once.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Find the entries that fit a text, with the reasons; none is an answer, too."""
    from matcher.live import LiveMatcher
    from matcher.retrieval import Filters
    from matcher.services import searching
    from matcher.services.actor import SYSTEM

    with open_database() as database:
        live = LiveMatcher(database.sessions, database.settings)
        load_shown(live)
        with database.reading() as session:
            found = searching.search_text(
                session, live, text, actor=SYSTEM, filters=Filters(kinds=tuple(kind or ())), limit=limit
            )
    if as_json:
        print_json([{"entry": entry_as_json(each.entry), **score_as_json(each.score)} for each in found])
    elif found:
        print_matches(found)
    else:
        out.print("No good match.")


def load_shown(live: LiveMatcher) -> None:
    """Load all entries into the search under a progress bar; new ones are encoded."""
    n_encoded = 0

    def count(n: int) -> None:
        nonlocal n_encoded
        n_encoded += n
        bar.set(n_encoded, text="Loading entries")

    with progress_bar("Loading the encoder") as bar:
        live.renew(progress=count)
