"""Organisation numbers: Swedish ones, VAT numbers, and the registers of the Nordic neighbours."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from matcher.errors import InvalidInput

_SWEDISH: Final = re.compile(r"(?:16)?(\d{6})[-\s]?(\d{4})")
_SWEDISH_VAT: Final = re.compile(r"SE(\d{10})01")
_LEGAL_PERSON: Final = 2
"""Least third digit of a legal person's number; below it stands the month of somebody's birth."""


def read_organisation_number(raw: str) -> str:
    """Return an organisation number in its usual form.

    ``2120002643`` becomes ``212000-2643``, and so does the Swedish VAT number that holds it
    (``SE212000264301``); ``NO``, ``DK``, ``FI`` and other VAT numbers keep their country.

    Raises
    ------
    InvalidInput
        If a digit is wrong, or it is a person's number: a sole trader's is personal data.
    """
    # Wide and mathematical digits are checked as plain ones, and would be kept as another number.
    plain = unicodedata.normalize("NFKC", raw)
    compact = re.sub(r"[\s.]", "", plain).upper()
    vat = _SWEDISH_VAT.fullmatch(compact.replace("-", ""))
    found = _SWEDISH.fullmatch(plain.strip()) or (vat and _SWEDISH.fullmatch(vat[1]))
    if found:
        return _swedish(found[1] + found[2])
    return _foreign(compact)


def _swedish(digits: str) -> str:
    from stdnum.se import orgnr

    if int(digits[2]) < _LEGAL_PERSON:
        raise _wrong("This is a person's number, or no organisation number.")
    if not orgnr.is_valid(digits):
        raise _wrong("This organisation number is wrong: its last digit does not fit.")
    return f"{digits[:6]}-{digits[6:]}"


def _foreign(compact: str) -> str:
    from stdnum.eu import vat
    from stdnum.no import orgnr

    norwegian = compact.removeprefix("NO").removesuffix("MVA")
    if compact.startswith("NO") and orgnr.is_valid(norwegian):
        return f"NO{norwegian}"
    if vat.is_valid(compact):
        # Greece writes EL before its numbers, and both prefixes are taken in.
        return re.sub(r"^GR", "EL", str(vat.compact(compact)))
    raise _wrong("This is no organisation number.")


def _wrong(message: str) -> InvalidInput:
    return InvalidInput(
        message,
        field="organisation_number",
        remedy="Write it like 212000-2643, or a VAT number with its country (FI, DK, NO), or leave it empty.",
    )
