"""The overview: numbers and pictures that help to decide, each with its table and as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request, Response

from api import rendering
from api.access import STAFF, GuardedRoute, allows
from api.charts import calibration_dots, columns, shares
from api.dependencies import Acting, ReaderTexts, Reading
from api.texts import Texts
from matcher.errors import PageNotFound
from matcher.procurement.places import place_name
from matcher.services import overview
from matcher.services.csv_tables import csv_table
from matcher.services.overview import Judged, Numbers

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

PLOTS: Final = (
    "weeks",
    "waits",
    "themes",
    "places",
    "languages",
    "calibration",
    "by_language",
    "by_supplier",
    "by_size",
)
"""What can be had as CSV."""
Row = Sequence[object]


@router.get("/overview")
@allows(STAFF)
def show_overview(request: Request, session: Reading, actor: Acting) -> Response:
    """Show the numbers."""
    found = overview.numbers(session, actor=actor, now=datetime.now(UTC))
    context = {
        "numbers": found,
        "wait_days": None if found.median_wait is None else found.median_wait / timedelta(days=1),
        "columns": {
            name: columns([getattr(week, name) for week in found.weeks])
            for name in ("needs", "ideas", "offerings")
        },
        "wait_bars": {
            name: shares([getattr(band, name) for band in found.waits.bands]) for name in ("answered", "open")
        },
        "theme_bars": shares([counts.needs for _, counts in found.themes]),
        "place_bars": shares([count for _, count in found.places]),
        "language_bars": shares([count for _, count in found.languages]),
        "dots": calibration_dots(found.bins),
    }
    return rendering.page(request, "overview.html", context)


@router.get("/overview/{plot}.csv")
@allows(STAFF)
def download(plot: str, texts: ReaderTexts, session: Reading, actor: Acting) -> Response:
    """Return the numbers of one picture as CSV."""
    if plot not in PLOTS:
        raise PageNotFound(f"/overview/{plot}.csv")
    found = overview.numbers(session, actor=actor, now=datetime.now(UTC))
    return Response(
        csv_table(_rows(plot, found, texts)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{plot}.csv"'},
    )


def _rows(plot: str, found: Numbers, texts: Texts) -> list[Row]:
    if plot == "weeks":
        head = [texts(f"overview.{name}") for name in ("week", "needs", "ideas", "offerings")]
        rows = [[week.starts_at.date(), week.needs, week.ideas, week.offerings] for week in found.weeks]
        return [head, *rows]
    if plot == "waits":
        head = [
            texts(f"overview.{name}") for name in ("waited_from", "waited_until", "answered", "still_open")
        ]
        rows = [[each.from_days, each.until_days, each.answered, each.open] for each in found.waits.bands]
        return [head, *rows]
    if plot == "themes":
        is_english = texts.language == "en"
        return [
            [texts(f"overview.{name}") for name in ("theme", "needs", "ideas", "new")],
            *(
                [theme.name_en if is_english else theme.name_sv, counts.needs, counts.ideas, counts.recent]
                for theme, counts in found.themes
            ),
        ]
    if plot == "places":
        head = [texts("field.municipality"), texts("field.municipality_name"), texts("overview.needs")]
        return [head, *([code, place_name(code) or "", count] for code, count in found.places)]
    if plot == "languages":
        return [[texts("field.language"), texts("overview.entries")], *found.languages]
    if plot == "calibration":
        names = ("said", "accepted_share", "lowest", "highest", "judged")
        return [
            [texts(f"overview.{name}") for name in names],
            *([each.said, each.accepted, each.lowest, each.highest, each.n] for each in found.bins),
        ]
    judged = {"by_language": found.by_language, "by_supplier": found.by_supplier, "by_size": found.by_size}
    return _judged_rows(judged[plot], texts)


def _judged_rows(judged: Iterable[Judged], texts: Texts) -> list[Row]:
    head = [texts(f"overview.{name}") for name in ("group", "accepted", "rejected")]
    return [head, *([each.group, each.accepted, each.rejected] for each in judged)]
