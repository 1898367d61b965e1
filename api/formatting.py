"""Numbers, days and times as readers of a language write them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from decimal import Decimal
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

NO_BREAK_SPACE: Final = "\u00a0"
MINUS: Final = "\u2212"
ZONE: Final = "Europe/Stockholm"
_MONTHS: Final = {
    "sv": "jan. feb. mars april maj juni juli aug. sep. okt. nov. dec.".split(),
    "en": "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(),
}
_SOON: Final = timedelta(days=60)
_SCORE_WORDS: Final = ((0.75, "very_likely"), (0.5, "likely"), (0.25, "possible"))


def percent(value: float, language: str = "sv") -> str:
    """Write a share in [0, 1] as whole per cent."""
    return _with_sign(str(round(value * 100)), language)


def probability(value: float, language: str = "sv") -> str:
    """Write a probability as per cent, never as 0 or 100: nothing is certain."""
    if value < 0.01:
        return _with_sign(number(max(value * 100, 0.1), language, decimals=1), language)
    return percent(min(value, 0.99), language)


def number(value: Decimal | int | float, language: str = "sv", *, decimals: int = 0) -> str:
    """Write a number with its groups of three and its decimals."""
    written = f"{abs(value):,.{decimals}f}"
    sign = MINUS if value < 0 and any(figure in "123456789" for figure in written) else ""
    if language == "en":
        return sign + written
    return sign + written.replace(",", NO_BREAK_SPACE).replace(".", ",")


def signed(value: float, language: str = "sv") -> str:
    """Write a number with one decimal and its sign, as an amount that is added."""
    written = number(value, language, decimals=1)
    return written if written.startswith(MINUS) else f"+{written}"


def amount(value: Decimal | int | float, currency: str | None = None, language: str = "sv") -> str:
    """Write an amount without decimals, and its currency if there is one."""
    written = number(value, language)
    return f"{written}{NO_BREAK_SPACE}{currency}" if currency else written


def day(value: date | datetime | None, language: str = "sv") -> str:
    """Write a day with its month as a word; nothing for None."""
    if value is None:
        return ""
    local = value.astimezone(zone()) if isinstance(value, datetime) else value
    months = _MONTHS.get(language, _MONTHS["sv"])
    return f"{local.day}{NO_BREAK_SPACE}{months[local.month - 1]}{NO_BREAK_SPACE}{local.year}"


def moment(value: datetime | None, language: str = "sv") -> str:
    """Write a time as day, hour and minute in Swedish time; nothing for None."""
    if value is None:
        return ""
    local = value.astimezone(zone())
    colon = "." if language == "fi" else ":"
    return f"{day(value, language)} {local:%H}{colon}{local:%M}"


def score_word(value: float) -> str:
    """Return the word for a probability: ``very_likely``, ``likely``, ``possible`` or ``unlikely``."""
    return next((word for lowest, word in _SCORE_WORDS if value >= lowest), "unlikely")


def validity(ends_on: date | None, today: date) -> str:
    """Return the word for how long something still holds: ``ended``, ``soon`` or ``open``."""
    if ends_on is None:
        return "open"
    if ends_on < today:
        return "ended"
    return "soon" if ends_on - today <= _SOON else "open"


@cache
def zone() -> tzinfo:
    """Return the time zone in which times are shown; UTC where the machine does not know it."""
    try:
        return ZoneInfo(ZONE)
    except ZoneInfoNotFoundError:
        return UTC


def day_began_at() -> datetime:
    """Return when the present day began where times are shown."""
    today = datetime.now(zone()).date()
    return datetime.combine(today, time.min, zone()).astimezone(UTC)


def _with_sign(written: str, language: str) -> str:
    return f"{written}%" if language == "en" else f"{written}{NO_BREAK_SPACE}%"
