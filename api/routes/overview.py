"""What is counted and noted: the numbers of the overview, and the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic_core import to_jsonable_python

from api.access import ADMINISTRATORS, STAFF, GuardedRoute, allows
from api.dependencies import Acting, Reading
from api.group_views import show_theme
from api.schemas.common import Listing, listing
from api.schemas.steering import (
    AuditQuery,
    AuditShown,
    CountShown,
    CountsShown,
    JudgedShown,
    OverviewShown,
    SaidShown,
    ThemeCounted,
    WaitShown,
    WeekShown,
)
from matcher.services import auditing, overview
from matcher.services.auditing import AuditFilters, AuditView

router = APIRouter(route_class=GuardedRoute, tags=["overview"])


@router.get("/overview")
@allows(STAFF)
def get_overview(session: Reading, actor: Acting) -> OverviewShown:
    """Return the numbers of the overview: what came, what waits and how long, and what people decided."""
    found = overview.numbers(session, actor=actor, now=datetime.now(UTC))
    waits = found.waits
    return OverviewShown(
        n_open=found.n_open,
        judged_this_week=found.judged_this_week,
        judged_last_week=found.judged_last_week,
        needs_without=found.needs_without,
        needs_total=found.needs_total,
        median_wait_seconds=_seconds(found.median_wait),
        median_answered_seconds=_seconds(waits.median_answered),
        median_open_seconds=_seconds(waits.median_open),
        waits=[WaitShown.model_validate(each) for each in waits.bands],
        weeks=[WeekShown.model_validate(each) for each in found.weeks],
        places=[CountShown(code=code, n=n) for code, n in found.places],
        languages=[CountShown(code=code, n=n) for code, n in found.languages],
        themes=[
            ThemeCounted(theme=show_theme(theme), counts=CountsShown.model_validate(counts))
            for theme, counts in found.themes
        ],
        calibration=[SaidShown.model_validate(each) for each in found.bins],
        by_language=[JudgedShown.model_validate(each) for each in found.by_language],
        by_supplier=[JudgedShown.model_validate(each) for each in found.by_supplier],
        by_size=[JudgedShown.model_validate(each) for each in found.by_size],
    )


@router.get("/audit")
@allows(ADMINISTRATORS)
def list_events(
    query: Annotated[AuditQuery, Query()], session: Reading, actor: Acting
) -> Listing[AuditShown]:
    """List what was done in the caller's organisation, the latest first; the whole log is an export."""
    filters = AuditFilters(
        area=query.area,
        thing_id=query.thing_id,
        member_id=query.member_id,
        since=query.since,
        until=query.until,
    )
    page = auditing.list_events(session, actor=actor, filters=filters, limit=query.limit, after=query.after)
    return listing(map(_event, page.items), page.next_after)


def _seconds(wait: timedelta | None) -> float | None:
    return None if wait is None else wait.total_seconds()


def _event(view: AuditView) -> AuditShown:
    return AuditShown(
        id=view.id,
        action=view.action,
        thing_id=view.thing_id,
        member_id=view.member_id,
        member_name=view.member_name,
        detail=to_jsonable_python(view.detail),
        created_at=view.created_at,
    )
