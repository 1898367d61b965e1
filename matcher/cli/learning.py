"""``matcher learn`` learns from verdicts, ``scorers`` lists what was learnt, ``rollback`` goes back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from matcher.cli.console import out, print_json, table
from matcher.cli.doors import open_database
from matcher.cli.matching import load_shown

if TYPE_CHECKING:
    from matcher.pipeline import Lesson
    from matcher.recipe import FusionWeights
    from matcher.services.learning import Lessons, ScorerView


AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def learn(
    precision: Annotated[
        float | None,
        typer.Option(
            min=0.01, max=1.0, help="Move the lowest score that is proposed to where this share fits."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Learn from all verdicts what evidence weighs; what is surely better serves from then on."""
    from matcher.live import LiveMatcher
    from matcher.services import learning
    from matcher.services.actor import SYSTEM

    with open_database() as database:
        live = LiveMatcher(database.sessions, database.settings)
        load_shown(live)
        before = dict(live.recipe.weights)
        with database.sessions.begin() as session:
            lessons = live.using(
                session, lambda m: learning.learn(session, m, actor=SYSTEM, precision=precision)
            )
    if as_json:
        print_json({**scorer_as_json(lessons.version), "is_promoted": lessons.is_promoted})
        return
    for lesson in lessons.learned.lessons:
        _print_lesson(lesson, before[lesson.direction])
    _print_outcome(lessons)


def scorers(
    limit: Annotated[int, typer.Option(min=1, max=200, help="How many at most.")] = 20,
    as_json: AsJson = False,
) -> None:
    """List the scorers that were learnt, the latest first, with their measures."""
    from matcher.services import learning
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.reading() as session:
        page = learning.list_scorers(session, actor=SYSTEM, limit=limit)
    if as_json:
        print_json([scorer_as_json(view) for view in page.items])
        return
    if not page.items:
        out.print("Nothing was learnt yet; the scorer of the first day serves. Next: `matcher learn`.")
        return
    shown = table("Scorers", "number", "state", "verdicts", "learnt", "gain a verdict (95 %)")
    for view in page.items:
        shown.add_row(
            str(view.number),
            view.state,
            str(view.n_verdicts),
            f"{view.created_at:%Y-%m-%d %H:%M}",
            _gains(view),
        )
    out.print(shown)


def rollback(as_json: AsJson = False) -> None:
    """Let the scorer serve again that served before the present one."""
    from matcher.services import learning
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        view = learning.roll_back(session, actor=SYSTEM)
    if as_json:
        print_json(None if view is None else scorer_as_json(view))
        return
    served = "The scorer of the first day" if view is None else f"Scorer {view.number}"
    out.print(f"{served} serves again. Next: `matcher match` proposes anew.")


def scorer_as_json(view: ScorerView) -> dict[str, Any]:
    """Return a version as JSON can hold it."""
    return {
        "number": view.number,
        "state": view.state,
        "digest": view.digest,
        "encoder_digest": view.encoder_digest,
        "data_digest": view.data_digest,
        "n_verdicts": view.n_verdicts,
        "measures": view.measures,
        "created_at": view.created_at,
        "promoted_at": view.promoted_at,
    }


def _print_lesson(lesson: Lesson, before: FusionWeights) -> None:
    out.print(f"\n{lesson.direction.value}: {lesson.n_verdicts} verdicts")
    if lesson.problem is not None or lesson.weights is None or lesson.comparison is None:
        out.print(f"   Nothing learnt. {lesson.problem}")
        return
    found = lesson.comparison
    out.print(
        f"   log loss on held-out verdicts {found.loss_before:.3f} -> {found.loss:.3f}, "
        f"gain {found.gain:+.3f} (95 %: {found.low:+.3f} to {found.high:+.3f})"
    )
    changed = table("", "evidence", "log-odds before", "after")
    for name, old, new in _changes(before, lesson.weights):
        changed.add_row(name, f"{old:.2f}", f"{new:.2f}")
    out.print(changed)


def _changes(before: FusionWeights, after: FusionWeights) -> list[tuple[str, float, float]]:
    """Weights that differ visibly, by name."""
    from matcher.scoring.features import COLUMNS
    from matcher.scoring.learner import vector_of

    rows = zip(COLUMNS, vector_of(before), vector_of(after), strict=True)
    return [
        (f"{column.feature or 'base rate'}{f' ({column.language})' if column.language else ''}", old, new)
        for column, old, new in rows
        if abs(old - new) >= 0.005
    ]


def _print_outcome(lessons: Lessons) -> None:
    number = lessons.version.number
    if lessons.is_promoted:
        text = f"Scorer {number} is surely better and serves now. Next: `matcher match` proposes anew."
    else:
        text = f"Scorer {number} is kept, but not surely better than the one that serves, which stays."
    out.print(f"\n{text}")


def _gains(view: ScorerView) -> str:
    gains = [
        f"{direction} {found['gain']:+.3f} ({found['low']:+.3f} to {found['high']:+.3f})"
        for direction, found in view.measures.items()
        if "gain" in found
    ]
    return "; ".join(gains)
