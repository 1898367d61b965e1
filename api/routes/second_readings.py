"""Second readings: what waits for another pair of eyes, and how far readers agree."""

from __future__ import annotations

from fastapi import APIRouter

from api.access import REVIEWERS, GuardedRoute, allows
from api.dependencies import Acting, ReaderTexts, Reading
from api.schemas.common import AnyPage, Listing, listing
from api.schemas.entries import PairShown, VerdictShown
from api.schemas.teamwork import AgreementShown, ReadingDifference, ReadingsShown
from api.views import show_pair, show_proposal
from matcher.services import second_readings

router = APIRouter(route_class=GuardedRoute, tags=["second readings"])


@router.get("/second-readings")
@allows(REVIEWERS)
def get_readings(texts: ReaderTexts, session: Reading, actor: Acting) -> ReadingsShown:
    """Tell how far readers agree, what they differ about, and how much waits for the caller."""
    found = second_readings.readings(session, actor=actor)
    return ReadingsShown(
        agreement=AgreementShown.model_validate(found.agreement),
        differences=[
            ReadingDifference(
                proposal=show_proposal(each.proposal, texts),
                first=VerdictShown.model_validate(each.first),
                second=VerdictShown.model_validate(each.second),
            )
            for each in found.differences
        ],
        n_waiting=found.n_waiting,
    )


@router.get("/second-readings/waiting")
@allows(REVIEWERS)
def list_waiting(query: AnyPage, texts: ReaderTexts, session: Reading, actor: Acting) -> Listing[PairShown]:
    """List what a colleague judged and the caller did not, without what was found; longest ago first.

    A reading is given as any verdict is.
    """
    page = second_readings.list_waiting(session, actor=actor, limit=query.limit, after=query.after)
    return listing((show_pair(each, texts) for each in page.items), page.next_after)
