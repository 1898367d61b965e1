"""Thresholds: which rules hold from which value, as data that is looked up by law, kind, authority and day.

Amounts are without VAT. Nothing is converted: where the amount in a currency is not known for a day, the
answer is that it is not known, and an administrator enters it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from importlib.resources import files
from typing import Final

from matcher.errors import InvalidInput

ANY: Final = "any"
_MAX_SOURCE_CHARS: Final = 300
_MAX_AMOUNT: Final = Decimal(10) ** 14


class Law(StrEnum):
    """Swedish laws of public buying: contracting authorities, utilities, concessions."""

    LOU = "LOU"
    LUF = "LUF"
    LUK = "LUK"


class Rule(StrEnum):
    """What begins at a threshold: advertising in the whole Union, or the end of direct award."""

    ADVERTISING = "advertising"
    DIRECT_AWARD = "direct_award"


class ContractKind(StrEnum):
    """What is bought."""

    GOODS_SERVICES = "goods_services"
    WORKS = "works"
    SOCIAL_SPECIAL = "social_special"


class Authority(StrEnum):
    """Who buys: the state's authorities, or municipalities, regions and their bodies."""

    CENTRAL = "central"
    SUB_CENTRAL = "sub_central"


class Standing(StrEnum):
    """Where a value stands to a threshold. ``STRADDLES``: it may lie on either side."""

    BELOW = "below"
    STRADDLES = "straddles"
    AT_OR_ABOVE = "at_or_above"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """One row of the table; ``kind`` and ``authority`` may be ``any``, and ``valid_to`` open."""

    law: Law
    rule: Rule
    kind: str
    authority: str
    valid_from: date
    valid_to: date | None
    amount: Decimal
    currency: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """How a value stands to the threshold of a rule, and the row that tells it, if there is one."""

    rule: Rule
    standing: Standing
    threshold: Threshold | None


def built_in_thresholds() -> tuple[Threshold, ...]:
    """Return the rows that come with the program."""
    text = (files("matcher.procurement") / "data" / "thresholds.tsv").read_text(encoding="utf-8")
    return tuple(_row(line.split("\t")) for line in text.splitlines()[1:])


def find_threshold(
    table: Iterable[Threshold],
    *,
    law: Law,
    rule: Rule,
    kind: ContractKind,
    authority: Authority,
    currency: str,
    day: date,
) -> Threshold | None:
    """Return the row that holds, the latest one if several do; ``None`` if the amount is not known."""
    holding = [
        row
        for row in table
        if row.law is law
        and row.rule is rule
        and row.kind in (kind.value, ANY)
        and row.authority in (authority.value, ANY)
        and row.currency == currency
        and row.valid_from <= day
        and (row.valid_to is None or day <= row.valid_to)
    ]
    return max(holding, key=lambda row: (row.valid_from, row.kind != ANY, row.authority != ANY), default=None)


def assess(
    table: Sequence[Threshold],
    *,
    low: Decimal,
    high: Decimal,
    currency: str,
    day: date,
    law: Law = Law.LOU,
    kind: ContractKind = ContractKind.GOODS_SERVICES,
    authority: Authority = Authority.SUB_CENTRAL,
) -> tuple[Assessment, ...]:
    """Tell how a value between ``low`` and ``high`` stands to each rule's threshold."""
    found = []
    for rule in Rule:
        row = find_threshold(
            table, law=law, rule=rule, kind=kind, authority=authority, currency=currency, day=day
        )
        found.append(Assessment(rule=rule, standing=_standing(row, low, high), threshold=row))
    return tuple(found)


def direct_award_limits(
    table: Iterable[Threshold],
    *,
    day: date,
    law: Law = Law.LOU,
    kind: ContractKind = ContractKind.GOODS_SERVICES,
    authority: Authority = Authority.SUB_CENTRAL,
) -> dict[str, Decimal]:
    """Return the value below which direct award is allowed, by currency."""
    rows = list(table)
    limits = {}
    for currency in {row.currency for row in rows}:
        row = find_threshold(
            rows,
            law=law,
            rule=Rule.DIRECT_AWARD,
            kind=kind,
            authority=authority,
            currency=currency,
            day=day,
        )
        if row is not None:
            limits[currency] = row.amount
    return limits


def checked_threshold(row: Threshold) -> Threshold:
    """Return a row that an administrator enters, or refuse it.

    Raises
    ------
    InvalidInput
        With the first field that is wrong.
    """
    for field, message in _problems(row):
        raise InvalidInput(message, field=field)
    return row


def _problems(row: Threshold) -> Iterator[tuple[str, str]]:
    if row.kind not in {ANY, *(kind.value for kind in ContractKind)}:
        yield "kind", "This is no kind of contract."
    if row.authority not in {ANY, *(each.value for each in Authority)}:
        yield "authority", "This is no kind of authority."
    if not (row.amount.is_finite() and 0 < row.amount < _MAX_AMOUNT):
        yield "amount", "An amount is a number above 0."
    if len(row.currency) != 3 or not (row.currency.isascii() and row.currency.isupper()):
        yield "currency", "A currency has three capital letters, such as SEK."
    if row.valid_to is not None and row.valid_to < row.valid_from:
        yield "valid_to", "It ends before it begins."
    if not 0 < len(row.source.strip()) <= _MAX_SOURCE_CHARS:
        yield "source", f"Say in up to {_MAX_SOURCE_CHARS} characters where the amount stands."


def _standing(row: Threshold | None, low: Decimal, high: Decimal) -> Standing:
    if row is None:
        return Standing.UNKNOWN
    if high < row.amount:
        return Standing.BELOW
    return Standing.AT_OR_ABOVE if low >= row.amount else Standing.STRADDLES


def _row(columns: Sequence[str]) -> Threshold:
    law, rule, kind, authority, valid_from, valid_to, amount, currency, source = columns
    return Threshold(
        law=Law(law),
        rule=Rule(rule),
        kind=kind,
        authority=authority,
        valid_from=date.fromisoformat(valid_from),
        valid_to=date.fromisoformat(valid_to) if valid_to else None,
        amount=Decimal(amount),
        currency=currency,
        source=source,
    )
