"""Entries and what is found for them, as the API shows them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import AwareDatetime, Field, StringConstraints

from api.schemas.common import Intake, JsonObject, PageQuery, Shape, with_example
from matcher.types import Direction, EntryKind, EntryStatus, ProposalState, ReasonKind, VerdictKind

Code = Annotated[str, StringConstraints(max_length=20)]
Tag = Annotated[str, StringConstraints(min_length=1, max_length=100)]
Original = Annotated[str, StringConstraints(min_length=1, strip_whitespace=False)]
"""A text that is kept as it was sent."""
_NEED: JsonObject = {
    "kind": "need",
    "title": "Halkiga gångvägar vid äldreboendet",
    "text": "Våra äldre vågar inte gå ut när det är is. Sanden räcker en halv dag.",
    "municipality": "2581",
    "regions": ["SE332"],
    "cpv": ["90620000-9"],
    "tags": ["äldreomsorg"],
    "publish": True,
}


class EntryCreate(Intake):
    """A new need, idea or offering of the caller's own organisation."""

    model_config = with_example(_NEED)

    kind: EntryKind
    text: Original = Field(description="What is needed, thought of or offered, in its own words.")
    title: str = Field("", max_length=500)
    language: str | None = Field(
        None, max_length=35, description="ISO 639-1; identified when it is left out.", examples=["sv"]
    )
    municipality: str | None = Field(None, pattern=r"^\d{4}$", description="Four digits.", examples=["2581"])
    regions: list[Code] = Field([], max_length=100, description="Municipality codes or NUTS regions served.")
    cpv: list[Code] = Field([], max_length=50, description="CPV 2008 codes, with or without check digit.")
    starts_on: date | None = None
    ends_on: date | None = None
    estimated_value: Decimal | None = Field(None, ge=0, max_digits=16, decimal_places=2)
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$", examples=["SEK"])
    tags: list[Tag] = Field([], max_length=50)
    capacity: str | None = Field(
        None, max_length=5000, description="What can be delivered, how soon, and who has had it before."
    )
    source: str | None = Field(
        None, max_length=200, description="Where it comes from; the API itself when left out."
    )
    source_id: str | None = Field(None, max_length=200, description="Its id there; unique within the source.")
    publish: bool = Field(False, description="Publish at once; otherwise it is a draft of the organisation.")


class EntryPatch(Intake):
    """Changes to an entry; what is left out stays as it is. A new text becomes a new version."""

    model_config = with_example({"title": "Halka vid äldreboendet", "regions": ["SE332", "SE331"]})

    title: str | None = Field(None, max_length=500)
    text: Original | None = None
    language: str | None = Field(None, max_length=35)
    municipality: str | None = Field(None, pattern=r"^\d{4}$")
    regions: list[Code] | None = Field(None, max_length=100)
    cpv: list[Code] | None = Field(None, max_length=50)
    starts_on: date | None = None
    ends_on: date | None = None
    estimated_value: Decimal | None = Field(None, ge=0, max_digits=16, decimal_places=2)
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$")
    tags: list[Tag] | None = Field(None, max_length=50)
    capacity: str | None = Field(None, max_length=5000)


class EntryShown(Shape):
    """An entry: its text cleaned, personal data masked."""

    id: str
    kind: EntryKind
    title: str
    text: str
    language: str
    needs_reader: bool = Field(
        description="Its language is none that the program reads: nothing is proposed, a person must read it."
    )
    organisation_id: str | None
    organisation: str | None = Field(None, description="The organisation's name.")
    municipality: str | None
    regions: list[str]
    cpv: list[str]
    starts_on: date | None
    ends_on: date | None
    estimated_value: Decimal | None
    currency: str | None
    tags: list[str]
    capacity: str | None = Field(description="What can be delivered, how soon, and who has had it before.")
    status: EntryStatus
    source: str
    source_id: str
    is_held: bool = Field(description="Under a legal hold: it can be neither erased nor restricted.")
    version: int
    created_at: datetime
    updated_at: datetime


class ReasonShown(Shape):
    """One piece of evidence. ``sentence`` says it in the reader's language (Accept-Language)."""

    kind: ReasonKind
    contribution: float = Field(description="In log-odds; contributions and base add up to logit(score).")
    sentence: str
    detail: JsonObject


class MatchShown(Shape):
    """An entry that was found, how well it fits, and why."""

    entry: EntryShown
    score: float = Field(ge=0, le=1)
    reasons: list[ReasonShown]


class EntryQuery(PageQuery):
    """Which entries are listed; what is left out asks for nothing."""

    kind: EntryKind | None = None
    status: EntryStatus | None = None
    organisation_id: str | None = Field(None, max_length=36)
    municipality: str | None = Field(None, pattern=r"^\d{4}$")
    region: str | None = Field(
        None, max_length=20, description="A municipality or NUTS code or its beginning."
    )
    cpv: str | None = Field(None, max_length=20, description="A CPV code or its beginning.")
    language: str | None = Field(None, max_length=35)
    tag: str | None = Field(None, max_length=100)
    source: str | None = Field(None, max_length=300)
    words: str | None = Field(
        None, max_length=200, description="Stand as they are in title or text; see /search for meaning."
    )
    time_from: date | None = Field(None, description="First day that the entry's own time must meet.")
    time_until: date | None = Field(None, description="Last day that the entry's own time must meet.")
    changed_after: AwareDatetime | None = Field(None, description="A time with its zone.")


class VersionShown(Shape):
    """One state of an entry: what was sent beside what is shown. For its organisation's staff alone."""

    number: int
    original_title: str
    original_text: str
    title: str
    text: str
    language: str
    member_id: str | None
    created_at: datetime


class HoldCreate(Intake):
    """Why an entry must be kept."""

    model_config = with_example({"reason": "Överprövning i mål 1234-26"})

    reason: str = Field(min_length=1, max_length=2000)


class HoldShown(Shape):
    """A legal hold: the entry can be neither erased nor restricted."""

    entry_id: str
    reason: str
    member_id: str | None
    created_at: datetime


class EntryCreated(Shape):
    """A new entry with what was found for it at once."""

    entry: EntryShown
    similar: list[MatchShown]
    proposals: list[ProposalShown]


class PairShown(Shape):
    """A pair for a person to judge: ``target`` is proposed for ``query``."""

    id: str
    direction: Direction
    score: float = Field(ge=0, le=1)
    base: float = Field(description="Log-odds before any evidence.")
    rank: int
    query: EntryShown
    target: EntryShown
    reasons: list[ReasonShown]
    recipe_digest: str
    version: int
    created_at: datetime


class ProposalShown(PairShown):
    """A pair for a person to judge, and what became of it so far."""

    state: ProposalState


class ProposalQuery(PageQuery):
    """Which proposals are listed; stale ones only if their state is asked for."""

    state: ProposalState | None = None
    direction: Direction | None = None
    organisation_id: str | None = Field(None, max_length=36, description="Of either entry.")
    entry_id: str | None = Field(None, max_length=36, description="Either entry.")
    min_score: float | None = Field(None, ge=0, le=1)


class VerdictCreate(Intake):
    """What the caller decides about a proposal."""

    model_config = with_example({"verdict": "reject", "reason": "Levererar inte till Norrbotten"})

    verdict: VerdictKind
    reason: str = Field("", max_length=2000, description="Why; asked for when rejecting.")


class VerdictShown(Shape):
    """One verdict; verdicts are never changed, an undo is a verdict of its own."""

    id: str
    kind: VerdictKind
    reason: str
    member_id: str | None
    member_name: str | None
    created_at: datetime


class SearchRequest(Intake):
    """A search by text."""

    model_config = with_example({"text": "hjälp att hålla gångvägar isfria", "kind": "offering"})

    text: str = Field(min_length=2, max_length=20_000)
    kind: EntryKind | None = None
    organisation_id: str | None = Field(None, max_length=36)
    region: str | None = Field(None, max_length=20)
    cpv: str | None = Field(None, max_length=20)
    language: str | None = Field(None, max_length=35)
    time_from: date | None = None
    time_until: date | None = None
    limit: int = Field(10, ge=1, le=100)


class PreviewRequest(Intake):
    """An offering, to be tried out."""

    model_config = with_example(
        {"text": "Vi sandar gångvägar vid äldreboenden i hela Norrbotten.", "regions": ["SE332"]}
    )

    text: Original = Field(max_length=20_000)
    title: str = Field("", max_length=500)
    regions: list[Code] = Field([], max_length=100, description="Municipality codes or NUTS regions served.")
    cpv: list[Code] = Field([], max_length=50, description="CPV 2008 codes, with or without check digit.")


class NeedMet(MatchShown):
    """A need with how well an offering fits it."""

    is_enough: bool = Field(description="It is likely enough to be proposed.")


class PreviewShown(Shape):
    """An offering's text as it would be shown and compared, and the needs that it fits best."""

    title: str
    text: str = Field(description="Cleaned, personal data masked.")
    language: str
    needs_reader: bool
    needs: list[NeedMet]


class SearchResult(Shape):
    """What was found, best first. Empty means: no good match."""

    items: list[MatchShown]
