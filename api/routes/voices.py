"""What suppliers and partners say: that they are interested in a need, or that a match of it is wrong."""

from __future__ import annotations

from fastapi import APIRouter, Response

from api.access import EVERY_ROLE, REVIEWERS, GuardedRoute, allows
from api.dependencies import Acting, Reading, Work
from api.etag import ExpectedVersion, etag
from api.openapi import CHANGE_RESPONSES
from api.schemas.common import AnyPage, Id, Listing, listing
from api.schemas.voices import (
    InterestedOrganisation,
    InterestSay,
    InterestShown,
    RemarkAnswer,
    RemarkCreate,
    RemarkShown,
)
from matcher.services import interests
from matcher.services.interests import Interested, RemarkView

router = APIRouter(route_class=GuardedRoute, tags=["interest and objections"])


@router.get("/entries/{entry_id}/interest")
@allows(EVERY_ROLE)
def get_interest(entry_id: Id, session: Reading, actor: Acting) -> InterestShown:
    """Tell how many are interested in a need or an idea; who, is for the staff that has it."""
    return _interest(interests.interested(session, entry_id, actor=actor))


@router.put("/entries/{entry_id}/interest")
@allows(EVERY_ROLE)
def say_interest(entry_id: Id, body: InterestSay, work: Work, actor: Acting) -> InterestShown:
    """Say that the caller's organisation is interested in another's need or idea; its staff is told."""
    return _interest(interests.say(work, entry_id, note=body.note, actor=actor))


@router.delete("/entries/{entry_id}/interest")
@allows(EVERY_ROLE)
def withdraw_interest(entry_id: Id, work: Work, actor: Acting) -> InterestShown:
    """Say that the caller's organisation is interested no more; doing it again changes nothing."""
    return _interest(interests.withdraw(work, entry_id, actor=actor))


@router.post("/entries/{entry_id}/remarks", status_code=201)
@allows(EVERY_ROLE)
def make_remark(
    entry_id: Id, body: RemarkCreate, response: Response, work: Work, actor: Acting
) -> RemarkShown:
    """Object to a match of a need: the reviewers of the organisation that has it are told."""
    view = interests.remark(work, entry_id, body.text, proposal_id=body.proposal_id, actor=actor)
    response.headers["Location"] = f"/api/v1/remarks/{view.id}"
    return _remark(view, response)


@router.get("/remarks")
@allows(EVERY_ROLE)
def list_remarks(query: AnyPage, session: Reading, actor: Acting) -> Listing[RemarkShown]:
    """List objections that the caller's organisation made or, for its staff, got; open ones first."""
    page = interests.list_remarks(session, actor=actor, limit=query.limit, after=query.after)
    return listing(map(RemarkShown.model_validate, page.items), page.next_after)


@router.get("/remarks/{remark_id}")
@allows(EVERY_ROLE)
def get_remark(remark_id: Id, response: Response, session: Reading, actor: Acting) -> RemarkShown:
    """Return an objection, and what was answered."""
    return _remark(interests.get_remark(session, remark_id, actor=actor), response)


@router.put("/remarks/{remark_id}/answer", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def answer_remark(
    remark_id: Id, body: RemarkAnswer, version: ExpectedVersion, response: Response, work: Work, actor: Acting
) -> RemarkShown:
    """Answer an objection to a match of one of the caller's needs; who made it is told."""
    view = interests.answer(work, remark_id, body.text, expected_version=version, actor=actor)
    return _remark(view, response)


def _interest(found: Interested) -> InterestShown:
    known = [
        InterestedOrganisation(
            organisation_id=each.organisation_id,
            organisation=each.organisation_name,
            note=each.note,
            created_at=each.created_at,
        )
        for each in found.known
    ]
    return InterestShown(count=found.count, is_own=found.is_own, known=known)


def _remark(view: RemarkView, response: Response) -> RemarkShown:
    response.headers["ETag"] = etag(view.version)
    return RemarkShown.model_validate(view)
