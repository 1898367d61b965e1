"""Joint needs, cases, thresholds and notices, as the API shows them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import Field, StringConstraints

from api.schemas.common import Intake, PageQuery, Shape, with_example
from api.schemas.entries import EntryShown
from matcher.procurement.procedures import Procedure, Why
from matcher.procurement.thresholds import Authority, ContractKind, Law, Rule, Standing
from matcher.services.case_dialogue import DialogueKind
from matcher.types import CaseState, JointNeedState, OrganisationKind

EntryId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Currency = Annotated[str, StringConstraints(pattern=r"^[A-Z]{3}$")]
_ONE, _OTHER = "3f0c2f5e-8a52-4a0c-9a0e-0d3a6f0a9b11", "8d7c1a52-0f5b-4c0e-b6d2-5f3a1c9e7a20"


class JointNeedQuery(PageQuery):
    """Which joint needs are listed."""

    state: JointNeedState | None = Field(None, description="Stale ones only if asked for.")
    entry_id: str | None = Field(None, max_length=64)


class JointNeedCreate(Intake):
    """Needs that somebody puts together by hand."""

    model_config = with_example({"entry_ids": [_ONE, _OTHER]})

    entry_ids: list[EntryId] = Field(min_length=2, max_length=100)


class JointMemberShown(Shape):
    """A need in a joint need, and what its organisation would have to give up."""

    entry_id: str
    entry: EntryShown | None
    organisation_id: str | None
    organisation: str | None
    sacrifices: list[str] = Field(examples=[["wait", "own_wishes"]])
    own_wish: str | None = Field(description="What the others do not ask for.")
    is_dropped: bool


class JointOfferingShown(Shape):
    """An offering that fits several of the needs."""

    entry: EntryShown
    need_ids: list[str]
    score: float
    reaches_all: bool


class JointNeedShown(Shape):
    """Needs of several organisations that could be procured together."""

    id: str
    state: JointNeedState
    score: float
    cohesion: float
    reach: str = Field(examples=["county"], description="Why one supplier could serve all.")
    starts_on: date | None
    ends_on: date | None
    members: list[JointMemberShown]
    offerings: list[JointOfferingShown]
    theme_id: str | None
    case_id: str | None
    version: int
    created_at: datetime
    updated_at: datetime


class CandidateShown(Shape):
    """A need that is like others."""

    entry: EntryShown
    likeness: float = Field(description="How alike they are in meaning on average, 1 at most.")


class CandidatesShown(Shape):
    """Needs of public buyers, those that stand out most first."""

    items: list[CandidateShown]


class AssessmentShown(Shape):
    """How a value stands to a threshold; unknown where the amount is not known for the day."""

    rule: Rule
    standing: Standing
    amount: Decimal | None
    source: str | None


class HintShown(Shape):
    """A procedure worth a look, and why; an officer decides."""

    procedure: Procedure
    why: Why


class WorthShown(Shape):
    """What needs are worth together in one currency, without VAT, and where that stands."""

    currency: str
    low: Decimal
    value: Decimal
    high: Decimal
    n_known: int
    n_unknown: int
    assessments: list[AssessmentShown]
    hints: list[HintShown]


class WorthsShown(Shape):
    """What needs are worth, a sum a currency; nothing is converted."""

    items: list[WorthShown]


class CaseFromJointNeed(Intake):
    """The title of the case that a joint need becomes."""

    model_config = with_example({"title": "Isfria gångvägar"})

    title: Name


class CaseQuery(PageQuery):
    """Which cases are listed."""

    state: CaseState | None = None
    owner_id: str | None = Field(None, max_length=64)
    entry_id: str | None = Field(None, max_length=64)


class CaseCreate(Intake):
    """A new case of the caller's organisation."""

    model_config = with_example({"title": "Isfria gångvägar", "need_ids": [_ONE], "offering_ids": []})

    title: Name
    need_ids: list[EntryId] = Field(min_length=1, max_length=500)
    offering_ids: list[EntryId] = Field([], max_length=500)
    note: str = Field("", max_length=20_000)


class CasePatch(Intake):
    """Changes to a case; what is left out stays as it is."""

    model_config = with_example({"next_step": "Skriv underlag", "next_step_on": "2026-04-01"})

    title: Name | None = None
    note: str | None = Field(None, max_length=20_000)
    next_step: str | None = Field(None, max_length=2000)
    next_step_on: date | None = None
    law: Law | None = None
    contract_kind: ContractKind | None = None
    authority: Authority | None = None
    owner_id: EntryId | None = None


class CaseOrganisationShown(Shape):
    """An organisation in a case, who speaks for it, and how much it would buy."""

    organisation_id: str
    name: str
    kind: OrganisationKind
    organisation_number: str | None
    municipality: str | None
    mandate: str
    expected_volume: str
    expected_value: Decimal | None
    currency: str | None
    is_leading: bool


class ConfirmedShown(Shape):
    """What the thresholds said when the procedure was confirmed."""

    rule: Rule
    standing: Standing
    currency: str
    low: Decimal
    high: Decimal
    amount: Decimal | None
    source: str


class CaseShown(Shape):
    """What becomes of needs that an officer takes up."""

    id: str
    title: str
    note: str
    state: CaseState
    stop_reason: str
    organisation_id: str | None
    owner_id: str | None
    owner: str | None
    joint_need_id: str | None
    next_step: str
    next_step_on: date | None
    law: Law
    contract_kind: ContractKind
    authority: Authority
    procedure: Procedure | None
    assessments: list[ConfirmedShown]
    confirmed_by: str | None
    confirmed_at: datetime | None
    organisations: list[CaseOrganisationShown]
    needs: list[EntryShown]
    offerings: list[EntryShown]
    n_hidden: int
    version: int
    created_at: datetime
    updated_at: datetime


class CaseStepShown(Shape):
    """That a case came into a state."""

    state: CaseState
    member_name: str | None
    created_at: datetime


class CaseMove(Intake):
    """How far a case has come; a stop needs a reason."""

    model_config = with_example({"state": "procurement"})

    state: CaseState
    reason: str = Field("", max_length=2000)


class CaseAdd(Intake):
    """Needs and offerings that come into a case."""

    model_config = with_example({"need_ids": [_ONE], "offering_ids": [_OTHER]})

    need_ids: list[EntryId] = Field([], max_length=500)
    offering_ids: list[EntryId] = Field([], max_length=500)


class CasePart(Intake):
    """Who speaks for an organisation, and how much it would buy."""

    model_config = with_example(
        {
            "mandate": "Tekniska nämnden 2026-02-01",
            "expected_volume": "40 km gångväg",
            "expected_value": "900000",
            "currency": "SEK",
        }
    )

    mandate: str = Field("", max_length=2000)
    expected_volume: str = Field("", max_length=2000)
    expected_value: Decimal | None = Field(None, ge=0, max_digits=16, decimal_places=2)
    currency: Currency | None = None


class ProcedureConfirm(Intake):
    """The procedure that an officer decides on."""

    model_config = with_example({"procedure": "open"})

    procedure: Procedure


class TalkCreate(Intake):
    """A talk with the market. Participants are ids of organisations, or names of who has none."""

    model_config = with_example(
        {
            "held_on": "2026-02-10",
            "kind": "rfi",
            "subject": "Frågor om sand och grus",
            "participants": ["Isfritt AB"],
            "disclosed": "Frågor och svar står på webbplatsen.",
            "is_disclosed_to_all": True,
        }
    )

    held_on: date
    kind: DialogueKind
    subject: str = Field(min_length=1, max_length=2000)
    participants: list[Name] = Field([], max_length=200)
    disclosed: str = Field("", max_length=20_000)
    is_disclosed_to_all: bool = False
    corrects_id: EntryId | None = None


class ParticipantShown(Shape):
    """Who took part; with an id where the organisation is registered."""

    name: str
    organisation_id: str | None


class TalkShown(Shape):
    """A talk with the market as it was logged; it is never changed."""

    id: str
    number: int
    held_on: date
    kind: DialogueKind
    subject: str
    participants: list[ParticipantShown]
    disclosed: str
    is_disclosed_to_all: bool
    corrects_id: str | None
    member_name: str | None
    created_at: datetime


class ThresholdCreate(Intake):
    """A row of the table of thresholds, without VAT."""

    model_config = with_example(
        {
            "law": "LOU",
            "rule": "advertising",
            "kind": "goods_services",
            "authority": "sub_central",
            "valid_from": "2028-01-01",
            "valid_to": "2029-12-31",
            "amount": "2500000",
            "currency": "SEK",
            "source": "As the government announced it",
        }
    )

    law: Law
    rule: Rule
    kind: str = Field(max_length=20, description="goods_services, works, social_special or any.")
    authority: str = Field(max_length=20, description="central, sub_central or any.")
    valid_from: date
    valid_to: date | None = None
    amount: Decimal = Field(gt=0, max_digits=16, decimal_places=2)
    currency: Currency
    source: str = Field(min_length=1, max_length=300)


class ThresholdShown(Shape):
    """A row of the table of thresholds."""

    id: str
    law: Law
    rule: Rule
    kind: str
    authority: str
    valid_from: date
    valid_to: date | None
    amount: Decimal
    currency: str
    source: str
    member_id: str | None
    created_at: datetime
    withdrawn_at: datetime | None
