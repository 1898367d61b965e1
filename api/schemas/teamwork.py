"""Work on the review that people share, as the API shows it: tasks, second readings, frozen lists."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.common import Intake, JsonObject, PageQuery, Shape, with_example
from api.schemas.entries import EntryShown, ProposalShown, VerdictShown
from matcher.types import Direction, ProposalState, VerdictKind

_ONE = "3f0c2f5e-8a52-4a0c-9a0e-0d3a6f0a9b11"


class ReviewQuery(PageQuery):
    """What of the queue is listed."""

    direction: Direction = Direction.NEED_TO_OFFERING
    state: Literal[
        ProposalState.OPEN, ProposalState.UNSURE, ProposalState.ACCEPTED, ProposalState.REJECTED
    ] = ProposalState.OPEN
    min_score: float | None = Field(None, ge=0, le=1)
    municipality: str | None = Field(None, pattern=r"^\d{4}$")
    region: str | None = Field(None, max_length=20, description="A NUTS code or its beginning.")
    cpv: str | None = Field(None, max_length=20, description="A CPV code or its beginning.")
    words: str | None = Field(None, max_length=200, description="Stand as they are in title or text.")
    assignee_id: str | None = Field(None, max_length=36, description="Only what this member looks after.")
    is_put_away: bool = Field(False, description="What is put away, instead of what is not.")


class WaitingShown(Shape):
    """An entry for which something waits, with the likeliest of it."""

    entry: EntryShown
    n_proposals: int = Field(description="Proposals for it that fit the filters.")
    best_proposal_id: str
    best_version: int = Field(description="Version of the best proposal, for If-Match.")
    best_score: float = Field(ge=0, le=1)
    best: EntryShown


class ProgressShown(Shape):
    """How far judging has come in a direction."""

    n_open: int
    n_judged: int
    n_own_today: int = Field(description="Proposals that the caller judged since its day began.")


class ReviewerShown(Shape):
    """A member that may look after an entry."""

    id: str
    name: str


class TaskShown(Shape):
    """How the caller's organisation goes about an entry in its queue; version 0: nobody said yet."""

    assignee_id: str | None
    assignee_name: str | None
    snoozed_until: datetime | None
    version: int


class TaskAssign(Intake):
    """Who looks after an entry."""

    model_config = with_example({"member_id": _ONE})

    member_id: str | None = Field(
        max_length=36, description="One of GET /review/members; null: nobody does any more."
    )


class TaskSnooze(Intake):
    """For how long an entry is put away."""

    model_config = with_example({"days": 7})

    days: int = Field(ge=0, le=366, description="0 brings it back at once.")


class VerdictsCreate(Intake):
    """One decision about several proposals."""

    model_config = with_example(
        {
            "proposal_ids": [_ONE],
            "versions": {_ONE: 1},
            "verdict": "reject",
            "reason": "Levererar inte till Norrbotten",
        }
    )

    proposal_ids: list[str] = Field(min_length=1, max_length=200)
    versions: dict[str, int] = Field({}, description="Versions that the decision rests on, by proposal.")
    verdict: Literal[VerdictKind.ACCEPT, VerdictKind.REJECT, VerdictKind.UNSURE]
    reason: str = Field("", max_length=2000, description="Why; asked for when rejecting.")


class AgreementShown(Shape):
    """How far the first two readers of proposals agree."""

    n: int = Field(description="Proposals that two people judged.")
    n_equal: int = Field(description="Of those, how many both judged alike.")
    share: float | None
    kappa: float | None = Field(description="Cohen's kappa, beyond chance; null where it is not defined.")


class ReadingDifference(Shape):
    """A proposal that two people judged differently; the next verdict settles it."""

    proposal: ProposalShown
    first: VerdictShown
    second: VerdictShown


class ReadingsShown(Shape):
    """How far readers agree, what they differ about (the latest 50), and how much waits for the caller."""

    agreement: AgreementShown
    differences: list[ReadingDifference]
    n_waiting: int


class ShortlistCreate(Intake):
    """Which proposals for an entry are frozen."""

    model_config = with_example({"direction": "need_to_offering", "accepted_only": True})

    direction: Direction = Direction.NEED_TO_OFFERING
    accepted_only: bool = True


class ShortlistQuery(PageQuery):
    """Which frozen lists are listed."""

    entry_id: str | None = Field(None, max_length=36)


class ShortlistShown(Shape):
    """A list of proposals as it was at one time; it is never changed."""

    id: str
    entry_id: str
    direction: Direction
    member_name: str | None
    n_proposals: int
    digest: str
    created_at: datetime


class TextThen(Shape):
    """Title and text of an entry as they were then."""

    title: str
    text: str


class ShortlistExported(Shape):
    """A frozen list with all that is needed to come to it again."""

    id: str
    digest: str = Field(
        description="SHA-256 of `content` as JSON with sorted keys, no spaces and ASCII alone."
    )
    is_unchanged: bool
    content: JsonObject = Field(description="Recipe, encoder, scorer, state of the data, and proposals.")
    texts: dict[str, TextThen] = Field(description="By entry; what was erased since is missing.")
