"""Currencies of the countries whose public buyers publish in the European Union's journal."""

from __future__ import annotations

from typing import Final

from matcher.errors import InvalidInput

CURRENCIES: Final = frozenset(
    # Nordic, the Union and its neighbours; what notices of past years still carry (EEK, LTL, LVL, HRK).
    "SEK NOK DKK ISK EUR BGN CZK HUF PLN RON HRK EEK LTL LVL CHF GBP USD ALL BAM MKD RSD"
    " TRY UAH MDL GEL JPY".split()
)
"""ISO 4217 codes."""


def read_currency(raw: str) -> str:
    """Return a currency's ISO 4217 code.

    Raises
    ------
    InvalidInput
        If it is none that is known here.
    """
    code = raw.strip().upper()
    if code in CURRENCIES:
        return code
    raise InvalidInput(
        "This currency is not known.",
        field="currency",
        remedy="Write its three letters, such as SEK, EUR, NOK or DKK.",
    )
