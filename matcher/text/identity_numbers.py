"""Nordic personal identity numbers: by date and check digit, and by form where that alone is telling."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Final

Span = tuple[int, int]

_MAX_AGE: Final = 130
# All of them have four digits in a row, and most texts have not: that is told in a tenth of the time.
_DIGITS: Final = re.compile(r"\d{4}")
# A date, a separator or none, and four signs. A Swedish organisation number has 20 or more where the month
# stands, a CPV code eight digits and one, so that neither has a date.
_TEN: Final = re.compile(
    r"(?<!\d)(?<!\d[-.,])(\d{8}|\d{6}|\d{4}-\d\d-\d\d)"
    r"(\s?[-+–‐−]\s?|[ \u00a0]?)(\d{4}|[*xX]{4}(?!\w))(?!\d)(?![.,]\d)"
)
_FINNISH: Final = re.compile(r"(?<![\w-])(\d{6})([-+A-FU-Y])(\d{3})([\dA-Y])(?!\w)", re.IGNORECASE)
_NORWEGIAN: Final = re.compile(r"(?<!\d)(?<!\d[-.,])(\d{6})[ \u00a0]?(\d{5})(?!\d)(?![.,-]\d)")
_DANISH_WEIGHTS: Final = (4, 3, 2, 7, 6, 5, 4, 3, 2, 1)


def find_all(text: str, today: date) -> Iterator[Span]:
    """Yield where Swedish, Danish, Finnish and Norwegian personal identity numbers stand.

    Swedish personnummer and samordningsnummer and Danish CPR numbers written with a separator count with a
    date alone, since a mistyped one tells as much; without a separator the check digit must hold, too.
    """
    if _DIGITS.search(text) is None:
        return
    for found in _TEN.finditer(text):
        if _is_swedish(found, today) or _is_danish(found):
            yield found.span()
    for found in _FINNISH.finditer(text):
        if _is_finnish(found):
            yield found.span()
    for found in _NORWEGIAN.finditer(text):
        if _is_norwegian(found[1] + found[2]):
            yield found.span()


def _is_swedish(found: re.Match[str], today: date) -> bool:
    from stdnum import luhn

    born, separator, last = found[1].replace("-", ""), found[2].strip(), found[3]
    if not _is_birth_date(born, today):
        return False
    return bool(separator) or not last.isdigit() or bool(luhn.is_valid(born[-6:] + last))


def _is_birth_date(digits: str, today: date) -> bool:
    """Whether YYMMDD or YYYYMMDD is a day on which somebody alive may have been born; day + 60 counts."""
    month, day = int(digits[-4:-2]), int(digits[-2:])
    day = max(1, day - 60) if day >= 60 else day
    years = [int(digits[:4])] if len(digits) == 8 else [int(digits[:2]) + c for c in (1900, 2000)]
    return any(
        today.year - _MAX_AGE <= year and _is_day(year, month, day) and date(year, month, day) <= today
        for year in years
    )


def _is_danish(found: re.Match[str]) -> bool:
    digits = found[1] + found[3]
    if not (digits.isdigit() and len(digits) == 10 and _is_day_month_year(digits)):
        return False
    check = sum(weight * int(digit) for weight, digit in zip(_DANISH_WEIGHTS, digits, strict=True)) % 11
    return bool(found[2].strip()) or check == 0


def _is_finnish(found: re.Match[str]) -> bool:
    from stdnum.fi import hetu

    if not _is_day_month_year(found[1]):
        return False
    return found[4].isalpha() or bool(hetu.is_valid(found[0].upper()))


def _is_norwegian(digits: str) -> bool:
    from stdnum.no import fodselsnummer

    return bool(fodselsnummer.is_valid(digits))


def _is_day_month_year(digits: str) -> bool:
    day, month, year = int(digits[:2]), int(digits[2:4]), int(digits[4:6])
    return _is_day(1900 + year, month, day) or _is_day(2000 + year, month, day)


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
