"""Organisation numbers in their usual form."""

from __future__ import annotations

import re
from typing import Final

from matcher.errors import InvalidInput

_NUMBER_LIKE: Final = re.compile(r"\s*(?:16)?\d{6}[-\s]?\d{4}\s*")


def looks_like_number(name: str) -> bool:
    """Whether a text is written like a Swedish organisation number, right or wrong."""
    return _NUMBER_LIKE.fullmatch(name) is not None


def checked_number(number: str | None) -> str | None:
    """Return an organisation number or VAT number in its usual form; None if it is empty.

    Raises
    ------
    InvalidInput
        If it is neither. A sole trader's number is a personal number and is refused, too.
    """
    if number is None or not number.strip():
        return None
    from stdnum.eu import vat
    from stdnum.se import orgnr

    if orgnr.is_valid(number) and int(orgnr.compact(number)[2]) >= 2:
        return str(orgnr.format(number))
    if vat.is_valid(number):
        return str(vat.compact(number))
    raise InvalidInput(
        "This is no organisation number: a digit is wrong, or it is a person's.",
        field="organisation_number",
        remedy="Write it like 212000-2643, or a VAT number with its country, or leave it empty.",
    )
