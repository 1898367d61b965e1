"""Amounts of money as people write them, in Swedish and English forms."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Any, Final, NamedTuple

from matcher.errors import InvalidInput

CROWNS: Final = "kr"
"""Stands for the crowns of a country that is not said."""

_THOUSAND, _MILLION, _BILLION = 10**3, 10**6, 10**9
_CURRENCIES: Final = ("SEK", "EUR", "NOK", "DKK", "ISK", "USD", "GBP")
_WORDS: Final = (
    (1, CROWNS, "kr; kronor; krona; kroner; kruunua; :-; ,-; .-"),
    (_THOUSAND, CROWNS, "tkr; tusen kr; tusen kronor; tusen kroner"),
    (
        _MILLION,
        CROWNS,
        "mkr; mnkr; mn kr; milj kr; milj. kr; miljon kronor; miljoner kronor; miljoner kr; mill kr; mill. kr"
        "; millioner kroner; mio kr; mio. kr; million kronor",
    ),
    (_BILLION, CROWNS, "mdkr; mdr kr; miljarder kronor; miljarder kr; miljard kronor"),
    (_THOUSAND, None, "tusen; t; k; thousand; tuhatta"),
    (_MILLION, None, "m; mn; milj; miljon; miljoner; million; millions; millioner; mio; mill; miljoonaa"),
    (_BILLION, None, "md; mdr; miljard; miljarder; billion; miljardia"),
    (1, "EUR", "€; euro; euros; euroa"),
    (_THOUSAND, "EUR", "t€; k€; tuhatta euroa"),
    (_MILLION, "EUR", "m€; milj €; milj. €; miljoonaa euroa; million euro; miljoner euro"),
    (1, "USD", "$"),
    (1, "GBP", "£"),
)
_UNITS: Final[dict[str, tuple[int, str | None]]] = {
    word: (factor, currency) for factor, currency, words in _WORDS for word in words.split("; ")
} | {
    f"{prefix}{code.lower()}": (factor, code)
    for code in _CURRENCIES
    for prefix, factor in (("", 1), ("t", _THOUSAND), ("k", _THOUSAND), ("m", _MILLION))
}
_ABOUT: Final = re.compile(
    r"^(?:ca|circa|cirka|c:a|ungefär|omkring|about|approx|noin|n|omtrent|~|≈)\.?\s*(?=[\d€$£a-z])"
)
_WITHOUT_VAT: Final = re.compile(
    r"[\s,(]*(?:exkl|exklusive|excl|excluding|ex|eks|ekskl|alv 0)\.?\s*(?:moms|vat|mva)?\.?\)?$"
)
_WITH_VAT: Final = re.compile(r"\b(?:inkl|inklusive|incl|including|sis)\.?\s*(?:moms|vat|mva|alv)")
_WHOLE: Final = re.compile(
    r"([a-z€$£][a-zåäö€$£. ]*?)?\s*(\d[\d\s.,'’]*?)\s*([a-zåäö€$£:.,-][a-zåäö€$£:., -]*)?"
)
_GROUPS: Final = re.compile(r"\d{1,3}(?:[ .,'’]\d{3})+")
_REMEDY: Final = "Write it like 1250000, 1 250 000 kr or 1,5 mnkr, without VAT, or leave it empty."
_MAX_CHARS: Final = 60


class Amount(NamedTuple):
    """An amount, with its currency (``CROWNS`` where it says "kr") if it tells one."""

    value: Decimal
    currency: str | None


def read_amount(value: Any, *, unit: str = "") -> Amount:  # noqa: ANN401
    """Return the amount that a cell speaks of; ``unit`` is what the column's name says, such as "tkr".

    Raises
    ------
    InvalidInput
        If it is no amount, negative, or with VAT.
    """
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        number, own_unit = Decimal(str(value)), ""
    else:
        number, own_unit = _split(str(value))
    factor, currency = _UNITS.get(own_unit or unit, (1, None))
    if not own_unit or (currency is None and factor == 1):
        currency = _UNITS.get(unit, (1, None))[1]
    if not number.is_finite() or number < 0:
        raise _wrong("This is no amount.")
    return Amount((number * factor).normalize() + 0, currency)


def _split(text: str) -> tuple[Decimal, str]:
    tidy = _WITHOUT_VAT.sub("", " ".join(text.lower().split()))
    if len(tidy) > _MAX_CHARS:
        raise _wrong("This is no amount.")
    if _WITH_VAT.search(tidy):
        raise _wrong("This amount is with VAT.")
    found = _WHOLE.fullmatch(_ABOUT.sub("", tidy))
    if found is None:
        raise _wrong("This is no amount.")
    before, after = (found[1] or "").strip(" ."), (found[3] or "").strip()
    unit = after if after in _UNITS else after.rstrip(". ")
    if (before and before not in _UNITS) or (unit and unit not in _UNITS):
        raise _wrong("This is no amount.")
    return _number(found[2].strip(), has_factor=_UNITS.get(unit, (1, None))[0] > 1), _joined(before, unit)


def _joined(before: str, after: str) -> str:
    """Return the unit, where a currency stands before the number and a factor behind it."""
    if not before or not after:
        return before or after
    factor, currency = _UNITS[before][0] * _UNITS[after][0], _UNITS[before][1] or _UNITS[after][1]
    return next((unit for unit, known in _UNITS.items() if known == (factor, currency)), after)


def _number(text: str, *, has_factor: bool) -> Decimal:
    """Read digits with separators; "1.250" is a thousand and more, but "1,250 mnkr" a little over one."""
    separators = [char for char in text if not char.isdigit()]
    if separators and _GROUPS.fullmatch(text) and len(set(separators)) == 1:
        if not (has_factor and len(separators) == 1 and separators[0] in ".,"):
            return Decimal("".join(filter(str.isdigit, text)))
    whole, point, rest = re.fullmatch(r"(.*?)(?:([.,])(\d*))?", text).groups()  # type: ignore[union-attr]
    if whole.isdigit() or (_GROUPS.fullmatch(whole) and point not in set(whole)):
        try:
            return Decimal(f"{''.join(filter(str.isdigit, whole))}.{rest or 0}")
        except InvalidOperation as error:
            raise _wrong("This is no amount.") from error
    raise _wrong("This is no amount.")


def _wrong(message: str) -> InvalidInput:
    return InvalidInput(message, field="estimated_value", remedy=_REMEDY)
