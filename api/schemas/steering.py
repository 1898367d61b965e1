"""What an organisation looks after and looks at: words, form, log, numbers; as the API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import AwareDatetime, Field

from api.schemas.common import Intake, JsonObject, PageQuery, Shape, with_example
from api.schemas.entries import EntryShown, Tag
from api.schemas.groups import ThemeShown
from matcher.services.auditing import AREAS
from matcher.services.theme_map import KindMix, ThemeAge
from matcher.types import EntryKind, EntryStatus


class SearchWordCreate(Intake):
    """A word that searches leave out, or with ``means`` look for in other words, too."""

    model_config = with_example({"word": "sandning", "means": ["halkbekämpning", "vinterväghållning"]})

    word: str = Field(min_length=1, max_length=100)
    means: list[Tag] = Field([], max_length=10)


class SearchWordShown(Shape):
    """A word of an organisation's searches."""

    id: str
    word: str
    is_stop: bool = Field(description="It is left out of searches.")
    means: list[str]


class PublicFormShown(Shape):
    """The form for people without an account; version 0: nobody opened it yet."""

    organisation_id: str
    is_open: bool
    shows_published: bool = Field(description="Whoever writes sees published needs and ideas that are alike.")
    note: str
    path: str = Field(description="The page with the form.", examples=["/tell/3f0c2f5e"])
    version: int


class PublicFormSet(Intake):
    """How the form is."""

    model_config = with_example(
        {
            "is_open": True,
            "shows_published": False,
            "note": "Kommunens handläggare läser allt. Skriv inga namn. Frågor: 0970-00 00 00.",
        }
    )

    is_open: bool
    shows_published: bool = False
    note: str = Field("", max_length=2000, description="What people are told; an open form says something.")


class AuditQuery(PageQuery):
    """Which events are listed."""

    area: str | None = Field(
        None, pattern=rf"^({'|'.join(AREAS)})$", description="What actions begin with.", examples=["entry"]
    )
    member_id: str | None = Field(None, max_length=36)
    thing_id: str | None = Field(None, max_length=64)
    since: AwareDatetime | None = Field(None, description="A time with its zone.")
    until: AwareDatetime | None = Field(None, description="A time with its zone; what is then is left out.")


class AuditShown(Shape):
    """Something that was done."""

    id: int
    action: str = Field(examples=["entry.published"])
    thing_id: str
    member_id: str | None
    member_name: str | None
    detail: JsonObject
    created_at: datetime


class WithdrawnShown(Shape):
    """An entry that was taken back, and when it will be erased; null: never by itself."""

    entry: EntryShown
    withdrawn_at: datetime
    erased_after: datetime | None


class WeekShown(Shape):
    """What came within seven days from a time on."""

    starts_at: datetime
    needs: int
    ideas: int
    offerings: int


class CountShown(Shape):
    """How many there are of one: a municipality code or a language."""

    code: str
    n: int


class CountsShown(Shape):
    """What a theme is made of; ``own``: of the caller's organisation, ``recent``: new."""

    needs: int
    ideas: int
    own: int
    recent: int


class ThemeCounted(Shape):
    """A theme with what it is made of."""

    theme: ThemeShown
    counts: CountsShown


class ThemeSpot(ThemeCounted):
    """Where a theme lies on the map, both from 0 to 1; only nearness tells something."""

    x: float
    y: float
    mix: KindMix = Field(description="Two thirds of its entries are needs or ideas, or neither are.")
    age: ThemeAge = Field(
        description="Share of entries of the last 90 days: half (new), a quarter, a tenth, or less (old)."
    )
    leading_id: str | None = Field(description="The organisation that most of its entries are of.")
    leading: str | None = Field(description="Its name.")


class OwnerShown(Shape):
    """An organisation with how many entries of the themes on the map are its."""

    id: str
    name: str
    n_entries: int


class ThemeMapShown(Shape):
    """The largest themes, or parts of one, on a plane, and up to twelve organisations with most in them."""

    items: list[ThemeSpot]
    organisations: list[OwnerShown]


class ThemeFound(Shape):
    """The finest theme of an entry; null if it is in none."""

    theme: ThemeShown | None


class IncomingQuery(PageQuery):
    """Which of what came in is listed; what is left out asks for nothing."""

    kind: Literal[EntryKind.NEED, EntryKind.IDEA] | None = None
    status: Literal[EntryStatus.DRAFT, EntryStatus.PUBLISHED] | None = None


class LikeShown(Shape):
    """An entry that is like another one."""

    entry: EntryShown
    score: float = Field(ge=0, le=1)


class IncomingShown(Shape):
    """A need or an idea that came in, the finest theme it is in, and up to three entries most like it."""

    entry: EntryShown
    theme: ThemeShown | None
    similar: list[LikeShown]


class SaidShown(Shape):
    """Proposals of like probability: what was said, and the share that people accepted (95 % interval)."""

    start: float
    end: float
    n: int
    said: float
    accepted: float
    lowest: float
    highest: float


class JudgedShown(Shape):
    """How many proposals of a group were accepted and rejected."""

    group: str
    accepted: int
    rejected: int


class WaitShown(Shape):
    """How many waited so many days, less than ``until_days`` if that is set.

    ``answered``: needs from the first proposal to the first verdict, of the last year; ``open``: tasks of the
    queue that are not put away, until now.
    """

    from_days: int
    until_days: int | None
    answered: int
    open: int


class OverviewShown(Shape):
    """The numbers of the overview."""

    n_open: int
    judged_this_week: int
    judged_last_week: int
    needs_without: int = Field(description="Published needs for which no offering is proposed.")
    needs_total: int
    median_wait_seconds: float | None = Field(description="From a proposal to its first verdict.")
    median_answered_seconds: float | None = Field(
        description="From the first proposal for a need to the first verdict on one, of the last year."
    )
    median_open_seconds: float | None = Field(description="How long open tasks have waited.")
    waits: list[WaitShown]
    weeks: list[WeekShown]
    places: list[CountShown]
    languages: list[CountShown]
    themes: list[ThemeCounted]
    calibration: list[SaidShown]
    by_language: list[JudgedShown]
    by_supplier: list[JudgedShown]
    by_size: list[JudgedShown] = Field(description="By size of the supplier: micro to large, and unknown.")
