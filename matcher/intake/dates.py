"""Days as people write them, in Nordic and English forms."""

from __future__ import annotations

import calendar
import re
from datetime import UTC, date, datetime
from typing import Any, Final

from matcher.errors import InvalidInput

_MONTHS: Final = """
    januari january jan tammikuu tammikuuta januar; februari february feb helmikuu helmikuuta februar;
    mars march mar maaliskuu maaliskuuta marts; april apr huhtikuu huhtikuuta; maj may mai toukokuu
    toukokuuta;
    juni june jun kesäkuu kesäkuuta; juli july jul heinäkuu heinäkuuta; augusti august aug elokuu elokuuta;
    september sep sept syyskuu syyskuuta; oktober october okt oct lokakuu lokakuuta; november
    nov marraskuu marraskuuta;
    december dec joulukuu joulukuuta desember des
"""  # fmt: skip
_MONTH_OF: Final = {
    word: number for number, words in enumerate(_MONTHS.split(";"), start=1) for word in words.split()
}
_DAY_FIRST: Final = re.compile(r"(\d{1,2})[./](\d{1,2})[./](\d{4})")
_YEAR_FIRST: Final = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})")
_DAY_MONTH: Final = re.compile(r"(?:den\s+)?(\d{1,2})(?:[.:]?[ae]?|st|nd|rd|th)\s+([^\W\d]+)\.?,?\s+(\d{4})")
_MONTH_DAY: Final = re.compile(r"([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_MONTH: Final = re.compile(r"([^\W\d]+)\.?\s+(\d{4})")
_YEAR_MONTH: Final = re.compile(r"(\d{4})[-/](\d{1,2})")
_QUARTER: Final = re.compile(
    r"(?:q|kv|kvartal)\.?\s*([1-4])[\s,/-]*(\d{4})|(\d{4})[\s,/-]*(?:q|kv|kvartal)\s*([1-4])"
)
_YEAR: Final = re.compile(r"\d{4}")
_FIRST_YEAR, _LAST_YEAR = 1900, 2199


def read_period(value: Any) -> tuple[date, date]:  # noqa: ANN401
    """Return the first and last day that a cell speaks of: a day, a month, a quarter or a year.

    Raises
    ------
    InvalidInput
        If it is no date. Days with two-digit years, and American ones such as 03/25/2026, are refused.
    """
    if isinstance(value, datetime):
        return value.date(), value.date()
    if isinstance(value, date):
        return value, value
    text = " ".join(str(value).lower().split())
    try:
        period = _read(text)
    except (ValueError, OverflowError):
        period = None
    if period is None or not _FIRST_YEAR <= period[0].year <= _LAST_YEAR:
        raise InvalidInput("This is no date.", remedy="Write it like 2026-03-01, or leave it empty.")
    return period


def read_moment(value: Any) -> datetime:  # noqa: ANN401
    """Return the moment that a cell speaks of; without a time zone it is UTC, a day is its beginning.

    Raises
    ------
    InvalidInput
        If it is no date.
    """
    moment = value if isinstance(value, datetime) else None
    if isinstance(value, str):
        try:
            moment = datetime.fromisoformat(value.strip())
        except ValueError:
            moment = None
    if moment is None or not _FIRST_YEAR <= moment.year <= _LAST_YEAR:
        day, _ = read_period(value)
        moment = datetime(day.year, day.month, day.day)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _read(text: str) -> tuple[date, date] | None:
    day = _read_day(text)
    if day is not None:
        return day, day
    if _YEAR.fullmatch(text):
        return date(int(text), 1, 1), date(int(text), 12, 31)
    if found := _QUARTER.fullmatch(text):
        quarter, year = int(found[1] or found[4]), int(found[2] or found[3])
        return date(year, 3 * quarter - 2, 1), _last_of(year, 3 * quarter)
    if found := _YEAR_MONTH.fullmatch(text):
        return _month(int(found[1]), int(found[2]))
    if (found := _MONTH.fullmatch(text)) and found[1] in _MONTH_OF:
        return _month(int(found[2]), _MONTH_OF[found[1]])
    return None


def _read_day(text: str) -> date | None:
    if found := _YEAR_FIRST.fullmatch(text):
        return date(int(found[1]), int(found[2]), int(found[3]))
    if found := _DAY_FIRST.fullmatch(text):
        return date(int(found[3]), int(found[2]), int(found[1]))
    if (found := _DAY_MONTH.fullmatch(text)) and found[2] in _MONTH_OF:
        return date(int(found[3]), _MONTH_OF[found[2]], int(found[1]))
    if (found := _MONTH_DAY.fullmatch(text)) and found[1] in _MONTH_OF:
        return date(int(found[3]), _MONTH_OF[found[1]], int(found[2]))
    if len(text) >= 8 and not _YEAR_MONTH.fullmatch(text):
        try:
            return datetime.fromisoformat(text.upper()).date()
        except ValueError:
            return None
    return None


def _month(year: int, month: int) -> tuple[date, date]:
    return date(year, month, 1), _last_of(year, month)


def _last_of(year: int, month: int) -> date:
    return date(year, month, calendar.monthrange(year, month)[1])
