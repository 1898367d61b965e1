"""The words of the engine: what flows from an entry to a verdict.

Types here are plain, frozen values. They know no database and no web; records (``models.records``) and
schemas (``api.schemas``) are other things and are converted at their borders.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum


class EntryKind(StrEnum):
    """What an entry is: told by residents, thought of by staff, or offered by a supplier or partner."""

    NEED = "need"
    IDEA = "idea"
    OFFERING = "offering"


DEMAND = frozenset({EntryKind.NEED, EntryKind.IDEA})
"""Kinds that tell what is wanted, and are compared with each other by what would meet them, too."""


class EntryStatus(StrEnum):
    """Where an entry stands. Only published entries are matched."""

    DRAFT = "draft"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"
    RESTRICTED = "restricted"
    ERASED = "erased"


class OrganisationKind(StrEnum):
    """What an organisation is."""

    MUNICIPALITY = "municipality"
    REGION = "region"
    PURCHASING_BODY = "purchasing_body"
    SUPPLIER = "supplier"
    UNIVERSITY = "university"
    ASSOCIATION = "association"
    OTHER = "other"


class OrganisationSize(StrEnum):
    """How large an enterprise is, by the EU's definition (Commission Recommendation 2003/361/EC).

    In persons employed (annual work units), with the ceilings of turnover / balance sheet total in million
    euro: micro below 10 and 2 / 2, small below 50 and 10 / 10, medium below 250 and 50 / 43, else large
    (annex, article 2).
    """

    MICRO = "micro"
    SMALL = "small"
    MEDIUM = "medium"
    LARGE = "large"


BUYERS = frozenset({OrganisationKind.MUNICIPALITY, OrganisationKind.REGION, OrganisationKind.PURCHASING_BODY})
"""Who buys for the public; the definition of sizes leaves them out (article 3.4)."""


class Role(StrEnum):
    """What a member may do in its organisation."""

    OFFICER = "officer"
    COORDINATOR = "coordinator"
    PARTNER = "partner"
    ADMINISTRATOR = "administrator"


class Direction(StrEnum):
    """Which kind of entry is proposed for which."""

    NEED_TO_OFFERING = "need_to_offering"
    IDEA_TO_NEED = "idea_to_need"
    SIMILAR = "similar"


class ProposalState(StrEnum):
    """Where a proposal stands. ``STALE``: a later run no longer proposes it and nobody judged it."""

    OPEN = "open"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNSURE = "unsure"
    STALE = "stale"


class VerdictKind(StrEnum):
    """What a person decided. ``UNDO`` takes back that person's latest verdict on the proposal."""

    ACCEPT = "accept"
    REJECT = "reject"
    UNSURE = "unsure"
    UNDO = "undo"


class DuplicateState(StrEnum):
    """Where a pair of entries that may be one stands. ``STALE``: they are not alike any more."""

    OPEN = "open"
    MERGED = "merged"
    DIFFERENT = "different"
    UNSURE = "unsure"
    RELATED = "related"
    STALE = "stale"


class DuplicateAnswer(StrEnum):
    """What a person says about such a pair. ``UNDO`` takes back that person's latest answer."""

    MERGE = "merge"
    DIFFERENT = "different"
    UNSURE = "unsure"
    RELATED = "related"
    UNDO = "undo"


class ThemeState(StrEnum):
    """Whether a theme is there, is gone, or went into another one."""

    ALIVE = "alive"
    ENDED = "ended"
    MERGED = "merged"


class ThemeEventKind(StrEnum):
    """What happened to a theme, by itself or by a person's hand."""

    BIRTH = "birth"
    DEATH = "death"
    SPLIT = "split"
    MERGE = "merge"
    NAMED = "named"
    PINNED = "pinned"
    UNPINNED = "unpinned"


class JointNeedState(StrEnum):
    """Where a joint need stands. ``STALE``: it is proposed no more and nobody took it up."""

    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DISMISSED = "dismissed"
    CASE = "case"
    STALE = "stale"


class CaseState(StrEnum):
    """How far a case has come from a need to its effect, or that it was stopped."""

    NEED = "need"
    IDEA = "idea"
    TEST = "test"
    PROCUREMENT = "procurement"
    EFFECT = "effect"
    STOPPED = "stopped"


class RequestState(StrEnum):
    """Where a partner's request for an account stands. ``LAPSED``: its data was removed before an answer."""

    OPEN = "open"
    APPROVED = "approved"
    REJECTED = "rejected"
    LAPSED = "lapsed"


class NoticeKind(StrEnum):
    """What a member is told."""

    MERGED = "merged"
    UNMERGED = "unmerged"
    SPLIT = "split"
    SIMILAR = "similar"
    EXPIRES = "expires"
    JOINT_NEED = "joint_need"
    ASSIGNED = "assigned"
    REMARK = "remark"
    ANSWERED = "answered"
    INTEREST = "interest"
    PARTNER_REQUEST = "partner_request"


UNKNOWN_LANGUAGE = "und"
"""ISO 639-2 code of a text whose language could not be told."""

READ_LANGUAGES = frozenset({"da", "en", "fi", "nb", "nn", "no", "sv"})
"""ISO 639-1 codes of the languages whose words are taken apart, and which the encoder that ships knows."""

OTHER_LANGUAGES = "other"
"""In a filter: every language that is told and not read."""


def needs_reader(language: str, *, known: frozenset[str] = frozenset()) -> bool:
    """Whether a text's language is told and not read, so that a person must read it.

    ``known`` are languages that the encoder in use knows besides.
    """
    return language not in READ_LANGUAGES | known | {UNKNOWN_LANGUAGE}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """First and last day on which a need would be bought or an offering holds; ``None`` is open."""

    starts_on: date | None = None
    ends_on: date | None = None

    def overlaps(self, other: TimeWindow) -> bool:
        """Whether the two windows share at least one day; an open end meets everything."""
        starts = max(self.starts_on or date.min, other.starts_on or date.min)
        ends = min(self.ends_on or date.max, other.ends_on or date.max)
        return starts <= ends


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDraft:
    """An entry as somebody sent it, before cleaning; the intake's product.

    ``organisation`` is whatever names it in the source: an organisation number, an id or a name.
    ``text`` is the original, never changed afterwards.
    """

    source: str
    source_id: str
    kind: EntryKind
    text: str
    title: str = ""
    language: str | None = None
    organisation: str | None = None
    municipality: str | None = None
    cpv: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    window: TimeWindow = field(default_factory=TimeWindow)
    estimated_value: Decimal | None = None
    currency: str | None = None
    tags: tuple[str, ...] = ()
    status: EntryStatus = EntryStatus.PUBLISHED
    role: str | None = None
    capacity: str | None = None
    created_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something wrong with one field of one row of a file: what, and how to mend it. No text is repeated."""

    row: int
    field: str
    message: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IntakeRow:
    """One row of a file as it was read: a draft, or what is wrong with it. ``number`` is the reader's row.

    ``organisation_size`` is what it says of the organisation, not of the entry.
    """

    number: int
    draft: EntryDraft | None = None
    faults: tuple[Fault, ...] = ()
    organisation_size: OrganisationSize | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An entry as the engine sees it: cleaned, personal data masked, language told."""

    id: str
    kind: EntryKind
    text: str
    title: str = ""
    language: str = UNKNOWN_LANGUAGE
    organisation_id: str | None = None
    municipality: str | None = None
    cpv: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    window: TimeWindow = field(default_factory=TimeWindow)
    estimated_value: Decimal | None = None
    currency: str | None = None
    tags: tuple[str, ...] = ()
    status: EntryStatus = EntryStatus.PUBLISHED

    @property
    def whole_text(self) -> str:
        """Title and text as one, the form that is searched and encoded."""
        if not self.title:
            return self.text
        return f"{self.title.rstrip('.')}. {self.text}"


def text_digest(text: str) -> str:
    """SHA-256 of a cleaned text, the key of its vectors (64 hexadecimal digits)."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of an entry's whole text, ``whole_text[start:end]``, short enough to be encoded."""

    text: str
    start: int
    end: int


class RunKind(StrEnum):
    """Long work, one of a kind at a time: the full match, or a search for groups."""

    MATCH = "match"
    DUPLICATES = "duplicates"
    THEMES = "themes"
    JOINING = "joining"
    JOINT_NEEDS = "joint_needs"


class ReasonKind(StrEnum):
    """Where a piece of evidence comes from."""

    MEANING = "meaning"
    WORDING = "wording"
    SHARED_TERMS = "shared_terms"
    NEIGHBOURS = "neighbours"
    CPV = "cpv"
    REGION = "region"
    TIME = "time"
    VALUE = "value"
    VERDICTS = "verdicts"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One piece of evidence for or against a pair.

    ``contribution`` is in the unit of the score before it is squashed (log-odds): the contributions of a
    proposal and its base rate add up to ``logit(score)``. ``detail`` carries what the sentence in the
    reader's language needs (terms, codes, passages).
    """

    kind: ReasonKind
    contribution: float
    detail: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """How well two entries fit, in [0, 1], with what it rests on, strongest first."""

    value: float
    base: float
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What a person is asked to judge: ``target_id`` is proposed for ``query_id``."""

    query_id: str
    target_id: str
    direction: Direction
    rank: int
    score: Score
    recipe_digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedPair:
    """What people decided about a pair, all verdicts that stand taken together.

    ``fits`` is 1 where they accept, 0 where they reject, and in between where they are unsure or disagree;
    ``weight`` is how much one such pair counts, 1 for a clear verdict. ``rank`` is the place at which it
    was proposed and ``score`` the probability that was shown.
    """

    query_id: str
    target_id: str
    direction: Direction
    fits: float
    weight: float = 1.0
    rank: int = 1
    score: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An entry found by a text."""

    entry_id: str
    rank: int
    score: Score
