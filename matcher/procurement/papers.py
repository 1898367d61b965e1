"""What a case's papers say, apart from how they are written: the planning release and the Word document."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An organisation in a case: who speaks for it, and how much it would buy.

    ``is_leading``: it leads the case; ``is_purchasing_body``: it buys for others.
    """

    id: str
    name: str
    organisation_number: str | None = None
    municipality: str | None = None
    is_leading: bool = False
    is_purchasing_body: bool = False
    mandate: str = ""
    expected_volume: str = ""
    expected_value: Decimal | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedPaper:
    """A need in a case: its text with personal data masked."""

    id: str
    title: str
    text: str
    language: str
    party_id: str | None
    cpv: tuple[str, ...] = ()
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferingPaper:
    """An offering that is looked at in a case."""

    id: str
    title: str
    supplier: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """Who took part in a talk with the market; ``organisation_id`` where it is registered."""

    name: str
    organisation_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DialoguePaper:
    """A talk with the market. ``corrects``: number of the earlier one that it corrects."""

    number: int
    held_on: date
    kind: str
    subject: str
    participants: tuple[Participant, ...]
    disclosed: str
    is_disclosed_to_all: bool
    corrects: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuePaper:
    """What the case is worth in one currency, without VAT, and the range in which it may lie."""

    currency: str
    low: Decimal
    value: Decimal
    high: Decimal
    n_unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentPaper:
    """How a value stood to a threshold when the procedure was confirmed."""

    rule: str
    standing: str
    amount: Decimal | None
    currency: str
    source: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CasePaper:
    """Everything that a case's papers say."""

    id: str
    title: str
    note: str
    state: str
    stop_reason: str
    owner: str | None
    next_step: str
    next_step_on: date | None
    law: str
    contract_kind: str
    procedure: str | None
    confirmed_by: str | None
    confirmed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    parties: tuple[Party, ...] = ()
    needs: tuple[NeedPaper, ...] = ()
    offerings: tuple[OfferingPaper, ...] = ()
    dialogue: tuple[DialoguePaper, ...] = ()
    values: tuple[ValuePaper, ...] = ()
    assessments: tuple[AssessmentPaper, ...] = field(default=())
