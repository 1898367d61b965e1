"""What suppliers and partners say of needs, as the API shows it."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.common import Intake, Shape, with_example


class InterestSay(Intake):
    """That the caller's organisation is interested."""

    model_config = with_example({"note": "Vi kan visa hur vi gör i Piteå."})

    note: str = Field("", max_length=2000, description="For the staff of the organisation that has the need.")


class InterestedOrganisation(Shape):
    """An organisation that is interested."""

    organisation_id: str
    organisation: str
    note: str
    created_at: datetime


class InterestShown(Shape):
    """Who is interested in a need or an idea."""

    count: int
    is_own: bool = Field(description="The caller's organisation is among them.")
    known: list[InterestedOrganisation] = Field(
        description="All of them for staff of the organisation that has it; for others themselves alone."
    )


class RemarkCreate(Intake):
    """What is wrong with a match of a need."""

    model_config = with_example({"text": "Vi sandar bara i Norrbotten."})

    text: str = Field(min_length=1, max_length=2000)
    proposal_id: str | None = Field(None, max_length=36, description="The match, if it was proposed.")


class RemarkAnswer(Intake):
    """What is answered."""

    model_config = with_example({"text": "Tack, vi rättar det."})

    text: str = Field(min_length=1, max_length=2000)


class RemarkShown(Shape):
    """That somebody finds a match wrong, and what was answered."""

    id: str
    entry_id: str
    proposal_id: str | None
    organisation_id: str | None = Field(description="Whose reviewers answer it.")
    from_organisation: str | None
    text: str
    created_at: datetime
    answer: str
    answered_at: datetime | None
    version: int
