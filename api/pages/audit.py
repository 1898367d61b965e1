"""The log of what was done, with filters; the whole of it is an export."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Query, Request, Response

from api import cursor, formatting, rendering
from api.access import ADMINISTRATORS, GuardedRoute, allows
from api.dependencies import Acting, ReaderTexts, Reading
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of, with_query
from matcher.errors import InvalidInput
from matcher.services import accounts, auditing
from matcher.services.auditing import AREAS, AuditFilters

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 100
_MOST_MEMBERS: Final = 200


class AuditQuery(Fields):
    """Filters of the log as they stand in its address."""

    area: str = ""
    member: str = ""
    thing: str = ""
    first: str = ""
    last: str = ""
    cursor: str = ""


@router.get("/audit")
@allows(ADMINISTRATORS)
def show_log(
    request: Request,
    query: Annotated[AuditQuery, Query()],
    texts: ReaderTexts,
    session: Reading,
    actor: Acting,
) -> Response:
    """Show what was done, the latest first."""
    faults: dict[str, str] = {}
    try:
        filters = _filters(query)
    except InvalidInput as error:
        filters, faults = AuditFilters(), faults_of(error, texts)
    after = cursor.decode(query.cursor) if query.cursor else None
    page = auditing.list_events(session, actor=actor, filters=filters, limit=_PER_PAGE, after=after)
    chosen = query.model_dump(exclude={"cursor"})
    context = {
        "events": page.items,
        "members": accounts.list_members(session, actor=actor, limit=_MOST_MEMBERS).items,
        "areas": AREAS,
        "values": chosen,
        "is_filtered": any(chosen.values()),
        "more": page.next_after and with_query("/audit", chosen | {"cursor": cursor.encode(page.next_after)}),
        "faults": faults,
    }
    return rendering.page(request, "audit.html", context)


def _filters(query: AuditQuery) -> AuditFilters:
    first, last = _day("first", query.first), _day("last", query.last)
    return AuditFilters(
        area=query.area if query.area in AREAS else None,
        member_id=query.member or None,
        thing_id=query.thing or None,
        since=None if first is None else _beginning(first),
        until=None if last is None else _beginning(last + timedelta(days=1)),
    )


def _day(field: str, written: str) -> date | None:
    if not written:
        return None
    try:
        return date.fromisoformat(written)
    except ValueError as error:
        raise InvalidInput(
            "This is no date.", field=field, remedy="Write it like 2026-03-01, or leave it empty."
        ) from error


def _beginning(day: date) -> datetime:
    try:
        return datetime.combine(day, time.min, formatting.zone()).astimezone(UTC)
    except OverflowError:
        return datetime.combine(day, time.min, UTC)
