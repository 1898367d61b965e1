"""Duplicates, merges, splits and themes, as the API shows them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field, JsonValue, StringConstraints

from api.schemas.common import Intake, PageQuery, Shape, with_example
from api.schemas.entries import EntryShown, Original
from matcher.types import DuplicateAnswer, DuplicateState, EntryKind, ThemeEventKind, ThemeState

EntryId = Annotated[str, StringConstraints(min_length=1, max_length=64)]
_ONE, _OTHER = "3f0c2f5e-8a52-4a0c-9a0e-0d3a6f0a9b11", "8d7c1a52-0f5b-4c0e-b6d2-5f3a1c9e7a20"


class DuplicateQuery(PageQuery):
    """Which pairs are listed."""

    state: DuplicateState | None = Field(None, description="Stale ones only if asked for.")
    entry_id: str | None = Field(None, max_length=64)
    organisation_id: str | None = Field(None, max_length=64)
    group_id: str | None = Field(None, max_length=64)
    min_probability: float | None = Field(None, ge=0, le=1)


class DuplicateShown(Shape):
    """Two entries that may be one. ``probability`` is that of a person merging them."""

    id: str
    state: DuplicateState
    probability: float
    cosine: float
    group_id: str | None = Field(description="Shared by pairs of entries that may all be one.")
    left: EntryShown
    right: EntryShown
    version: int
    created_at: datetime


class DuplicateGroupShown(Shape):
    """Entries that may all be one, with the open pairs among them."""

    id: str
    probability: float
    entry_ids: list[str]
    pairs: list[DuplicateShown]


class DuplicateDecide(Intake):
    """What the caller says about a pair or a group."""

    model_config = with_example({"answer": "different", "reason": "Två olika vägar"})

    answer: DuplicateAnswer
    reason: str = Field("", max_length=2000)
    face_id: EntryId | None = Field(None, description="When merging: the entry that is shown for all.")


class DuplicateDecideMany(Intake):
    """The same answer about several pairs."""

    model_config = with_example({"pair_ids": [_ONE, _OTHER], "answer": "related", "versions": {_ONE: 1}})

    pair_ids: list[EntryId] = Field(min_length=1, max_length=500)
    answer: DuplicateAnswer
    reason: str = Field("", max_length=2000)
    versions: dict[EntryId, int] = Field(
        default_factory=dict,
        max_length=500,
        description="Versions that the answer rests on, by pair; one that changed is left as it is.",
    )


class DuplicateSay(Intake):
    """What the caller says about an entry and another one, such as how its own differs."""

    model_config = with_example(
        {"other_id": _OTHER, "answer": "different", "reason": "Det gäller en annan by"}
    )

    other_id: EntryId
    answer: DuplicateAnswer
    reason: str = Field("", max_length=2000)


class DecisionShown(Shape):
    """One answer about a pair; answers are never changed, an undo is one of its own."""

    id: str
    kind: DuplicateAnswer
    reason: str
    merge_id: str | None
    member_id: str | None
    member_name: str | None
    created_at: datetime


class BulkAnswerShown(Shape):
    """What became of one of several pairs: its state, or the error that left it as it was."""

    pair_id: str
    state: DuplicateState | None
    code: str | None = Field(examples=["conflict"])
    message: str | None


class BulkAnswersShown(Shape):
    """What became of several pairs, in the order in which they were sent."""

    items: list[BulkAnswerShown]


class MergeCreate(Intake):
    """Entries that are one."""

    model_config = with_example({"entry_ids": [_ONE, _OTHER], "face_id": _ONE, "versions": {_ONE: 0}})

    entry_ids: list[EntryId] = Field(min_length=2, max_length=1000)
    face_id: EntryId | None = Field(None, description="The entry that is shown for all.")
    versions: dict[str, int] = Field(
        {},
        description="Versions of groups that the decision rests on, by an entry in them; 0: it stood alone.",
    )


class MergeShown(Shape):
    """A merge, and whether it was undone."""

    id: str
    entry_ids: list[str]
    member_id: str | None
    member_name: str | None
    created_at: datetime
    undone_at: datetime | None
    version: int


class StandingShown(Shape):
    """What stands with an entry. ``n_supporters`` counts each member once."""

    face: EntryShown | None
    entries: list[EntryShown] = Field(description="All that stand together, the face first.")
    n_hidden: int = Field(description="Entries among them that the caller does not see.")
    n_supporters: int
    is_supported: bool = Field(description="Whether the caller supports one of them.")
    version: int


class StandingsShown(Shape):
    """How entries stand after a merge was undone."""

    items: list[StandingShown]


class SplitPart(Intake):
    """One of the needs that an entry tells of."""

    text: Original
    title: str = Field("", max_length=500)


class SplitCreate(Intake):
    """The needs that an entry tells of."""

    model_config = with_example(
        {"parts": [{"text": "Det är halt på gångvägen."}, {"text": "Bussen kommer inte.", "title": "Bussen"}]}
    )

    parts: list[SplitPart] = Field(min_length=2, max_length=10)


class SplitShown(Shape):
    """How an entry was parted, and whether that was undone."""

    id: str
    entry_id: str
    part_ids: list[str]
    member_id: str | None
    created_at: datetime
    undone_at: datetime | None


class WritingRequest(Intake):
    """What somebody has written so far."""

    model_config = with_example({"text": "Det är halt på gångvägen vid äldrebo", "kind": "need"})

    text: str = Field(max_length=20_000)
    kind: EntryKind = EntryKind.NEED
    limit: int = Field(5, ge=1, le=20)


class WrittenShown(Shape):
    """An entry that says the same, and where in its whole text (title and text)."""

    entry: EntryShown
    score: float
    part: str = Field(description="The sentence that is alike.")
    start: int
    end: int
    n_supporters: int
    is_supported: bool


class WritingResult(Shape):
    """What others wrote about the same thing, the best first; none is an answer, too."""

    items: list[WrittenShown]


class ThemeQuery(PageQuery):
    """Which themes are listed: those of the first level, unless it is said otherwise."""

    parent_id: str | None = Field(None, max_length=64, description="The theme whose parts are asked for.")
    everything: bool = Field(False, description="Themes of all levels.")


class ThemeShown(Shape):
    """What entries are about, over all organisations."""

    id: str
    parent_id: str | None
    level: int
    name_sv: str
    name_en: str
    terms_sv: list[str]
    terms_en: list[str]
    state: ThemeState
    merged_into_id: str | None
    is_named: bool = Field(description="A person named it.")
    is_kept: bool = Field(description="A person cared for it: no run ends it.")
    n_members: int
    n_organisations: int
    n_parts: int
    example: EntryShown | None = Field(description="The most central entry.")
    version: int
    created_at: datetime
    updated_at: datetime


class ThemeRename(Intake):
    """A name that no run changes any more."""

    model_config = with_example({"name_sv": "Isfria gångvägar", "name_en": "Walkways without ice"})

    name_sv: str | None = Field(None, max_length=300)
    name_en: str | None = Field(None, max_length=300)


class ThemeMerge(Intake):
    """The theme that another one goes into."""

    model_config = with_example({"into_id": _OTHER})

    into_id: EntryId


class ThemeSplit(Intake):
    """Entries that become a theme of their own."""

    model_config = with_example({"entry_ids": [_ONE], "name_sv": "Broddar", "name_en": "Ice grips"})

    entry_ids: list[EntryId] = Field(min_length=1, max_length=1000)
    name_sv: str = Field(min_length=1, max_length=300)
    name_en: str = Field("", max_length=300)


class ThemePlace(Intake):
    """Entries that belong to a theme; no run moves them."""

    model_config = with_example({"entry_ids": [_ONE]})

    entry_ids: list[EntryId] = Field(min_length=1, max_length=1000)


class ThemeMemberShown(Shape):
    """An entry in a theme or one of its parts."""

    entry: EntryShown
    theme_id: str
    is_pinned: bool = Field(description="A person put it there.")
    joined_at: datetime


class ThemeEventShown(Shape):
    """Something that happened to a theme; by a person's hand where there is a member."""

    id: int
    theme_id: str
    name_sv: str = Field(description="What the theme is called now, or was when it ended.")
    name_en: str
    kind: ThemeEventKind
    detail: dict[str, JsonValue]
    member_id: str | None
    member_name: str | None
    created_at: datetime


class MonthShown(Shape):
    """How many entries came in a month, and how many there were at its end."""

    month: str = Field(examples=["2026-03"])
    n_new: int
    n_total: int


class GrowthShown(Shape):
    """How a theme grew, month by month."""

    items: list[MonthShown]


class OutsideShown(Shape):
    """How many published needs and ideas are in no theme."""

    n_outside: int
    n_entries: int
    share: float
