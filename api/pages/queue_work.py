"""Work on the queue: who looks after what, what is put away, lists that are frozen, and second readings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response

from api import rendering
from api.access import REVIEWERS, STAFF, GuardedRoute, allows
from api.dependencies import Acting, Assets, ReaderTexts, Reading, Work
from api.explain import best_passages, sentence, shared_terms
from api.highlight import highlighted, stems_of
from api.pages.review import candidate_of
from api.texts import Texts
from matcher.errors import InvalidInput
from matcher.services import entries, review_tasks, reviewing, second_readings, shortlists
from matcher.services.csv_tables import csv_table
from matcher.types import Direction, Reason, ReasonKind

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

SECOND: Final = "/second"


@router.post("/review/{entry_id}/task")
@allows(REVIEWERS)
def change_task(
    request: Request,
    entry_id: str,
    direction: Annotated[Direction, Form()],
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    then: Annotated[str, Form()] = "assign",
    assignee: Annotated[str, Form()] = "",
    days: Annotated[int, Form()] = 0,
    back: Annotated[str, Form()] = "/review",
    onwards: Annotated[str, Form()] = "",
) -> Response:
    """Let somebody look after an entry, put it away, or bring it back."""
    address = rendering.safe_next(back)
    try:
        if then == "assign":
            task = review_tasks.assign(work, entry_id, direction, member_id=assignee or None, actor=actor)
            name = task.assignee_name
            rendering.notify(request, "task.assigned" if name else "task.assigned_nobody", name=name or "")
            return rendering.redirect(address)
        days = 0 if then == "wake" else days
        review_tasks.snooze(work, entry_id, direction, days=days, actor=actor)
    except InvalidInput as error:
        work.rollback()
        rendering.warn(request, "said", message=texts.message(str(error)))
        return rendering.redirect(address)
    rendering.notify(request, "task.snoozed" if days else "task.woken", count=days)
    return rendering.redirect(rendering.safe_next(onwards) if days and onwards else address)


@router.post("/review/{entry_id}/freeze")
@allows(REVIEWERS)
def freeze(
    request: Request,
    entry_id: str,
    direction: Annotated[Direction, Form()],
    texts: ReaderTexts,
    assets: Assets,
    work: Work,
    actor: Acting,
    which: Annotated[str, Form()] = "accepted",
    back: Annotated[str, Form()] = "/review",
) -> Response:
    """Freeze what is proposed for an entry, and show the list."""
    recipe = assets.live.recipe
    try:
        kept = shortlists.freeze(
            work, entry_id, direction, recipe=recipe, accepted_only=which == "accepted", actor=actor
        )
    except InvalidInput as error:
        work.rollback()
        rendering.warn(request, "said", message=f"{texts.message(str(error))} {texts.message(error.remedy)}")
        return rendering.redirect(rendering.safe_next(back))
    rendering.notify(request, "shortlist.frozen")
    return rendering.redirect(f"/shortlists/{kept.id}")


@router.get("/shortlists")
@allows(STAFF)
def show_shortlists(request: Request, session: Reading, actor: Acting) -> Response:
    """List the frozen lists, the latest first."""
    found = shortlists.list_of(session, actor=actor, limit=200).items
    shown = entries.get_many(session, [each.entry_id for each in found], actor=actor)
    return rendering.page(request, "shortlists.html", {"lists": found, "entries": shown})


@router.get("/shortlists/{shortlist_id}.json")
@allows(STAFF)
def download(shortlist_id: str, session: Reading, actor: Acting) -> Response:
    """Return a frozen list with all that is needed to come to it again."""
    content = shortlists.export(session, shortlist_id, actor=actor)
    return Response(
        json.dumps(content, ensure_ascii=False, indent=1),
        media_type="application/json",
        headers={"Content-Disposition": f'attachment; filename="shortlist-{shortlist_id[:8]}.json"'},
    )


@router.get("/shortlists/{shortlist_id}.csv")
@allows(STAFF)
def download_table(shortlist_id: str, texts: ReaderTexts, session: Reading, actor: Acting) -> Response:
    """Return a frozen list as a table in the reader's words."""
    rows = [
        {
            **row,
            "offering": row["offering"] or texts("shortlist.gone"),
            "verdict": texts(f"state.{row['verdict']}"),
            "reasons": [_sentence(each, texts) for each in row["reasons"]],
        }
        for row in shortlists.table(session, shortlist_id, actor=actor)
    ]
    head = [texts(f"shortlist.column.{name}") for name in shortlists.COLUMNS]
    return Response(
        csv_table([head, *([row[name] for name in shortlists.COLUMNS] for row in rows)]),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="shortlist-{shortlist_id[:8]}.csv"'},
    )


def _sentence(kept: Mapping[str, Any], texts: Texts) -> str:
    """Say a kept reason in words; which words it rested on is not kept."""
    reason = Reason(kind=ReasonKind(kept["kind"]), contribution=kept["contribution"], detail={})
    return sentence(reason, texts)


@router.get("/shortlists/{shortlist_id}")
@allows(STAFF)
def show_shortlist(request: Request, shortlist_id: str, session: Reading, actor: Acting) -> Response:
    """Show a frozen list as it was."""
    content = shortlists.export(session, shortlist_id, actor=actor)
    kept = shortlists.get(session, shortlist_id, actor=actor)
    ids = [kept.entry_id, *(each["target"]["id"] for each in kept.content["proposals"])]
    context = {
        "kept": kept,
        "content": kept.content,
        "texts": content["texts"],
        "is_unchanged": content["is_unchanged"],
        "entries": entries.get_many(session, ids, actor=actor),
    }
    return rendering.page(request, "shortlist.html", context)


@router.get("/second")
@allows(REVIEWERS)
def show_second(request: Request, texts: ReaderTexts, session: Reading, actor: Acting) -> Response:
    """Show a proposal that a colleague judged, without what was found; and how far readers agree."""
    found = next(iter(second_readings.list_waiting(session, actor=actor, limit=1).items), None)
    context: dict[str, Any] = {
        "readings": second_readings.readings(session, actor=actor),
        "candidate": None,
        "may_judge": False,
    }
    if found is not None:
        passages = best_passages(found.score.reasons)
        stems = stems_of(shared_terms(found.score.reasons), found.query.language)
        context |= {
            "candidate": candidate_of(found, texts, then=SECOND),
            "query_text": highlighted(
                found.query.text, sentences=passages[0], stems=stems, language=found.query.language
            ),
            "may_judge": reviewing.may_judge(session, found, actor=actor),
        }
    return rendering.page(request, "second.html", context)
