"""Organisation numbers in their usual form."""

from __future__ import annotations

import re
from typing import Final

from matcher.procurement.organisation_numbers import read_organisation_number

_NUMBER_LIKE: Final = re.compile(r"\s*(?:16)?\d{6}[-\s]?\d{4}\s*")
_SWEDISH: Final = re.compile(r"(\d{6})-(\d{4})")
_SWEDISH_VAT: Final = re.compile(r"SE(\d{6})(\d{4})01")


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
    return read_organisation_number(number) if number and number.strip() else None


def forms_of(number: str) -> tuple[str, ...]:
    """Return how a number may be registered: Swedish VAT numbers were once kept as they came."""
    swedish = _SWEDISH.fullmatch(number)
    return (number, f"SE{swedish[1]}{swedish[2]}01") if swedish else (number,)


def usual_form(kept: str) -> str:
    """Return the usual form of a number as it is kept; the reverse of ``forms_of``."""
    return _SWEDISH_VAT.sub(r"\1-\2", kept)
