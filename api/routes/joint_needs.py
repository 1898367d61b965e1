"""Joint needs: what several organisations could procure together."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.access import REVIEWERS, STAFF, GuardedRoute, allows
from api.case_views import show_assessed, show_case, show_joint_need
from api.dependencies import Acting, Assets, Live, Reading, Work
from api.etag import StatedVersion, etag
from api.openapi import CHANGE_RESPONSES
from api.running import accept_run
from api.schemas.cases import (
    CandidateShown,
    CandidatesShown,
    CaseFromJointNeed,
    CaseShown,
    JointNeedCreate,
    JointNeedQuery,
    JointNeedShown,
    WorthsShown,
)
from api.schemas.common import Id, Listing, Top, listing
from api.schemas.work import RunShown
from api.views import show_entry
from matcher.services import cases, joint_candidates, joint_needs
from matcher.services.joint_candidates import Candidate
from matcher.types import RunKind

router = APIRouter(route_class=GuardedRoute, tags=["joint needs"])


@router.get("/joint-needs")
@allows(STAFF)
def list_joint_needs(
    query: Annotated[JointNeedQuery, Query()], session: Reading, actor: Acting
) -> Listing[JointNeedShown]:
    """List the joint needs that the caller's organisation has a need in, the best first."""
    page = joint_needs.list_joint_needs(
        session,
        actor=actor,
        state=query.state,
        entry_id=query.entry_id,
        limit=query.limit,
        after=query.after,
    )
    return listing(map(show_joint_need, page.items), page.next_after)


@router.post("/joint-needs", status_code=201)
@allows(REVIEWERS)
def create_joint_need(body: JointNeedCreate, response: Response, work: Work, actor: Acting) -> JointNeedShown:
    """Put needs together by hand that no search did; it counts as accepted."""
    view = joint_needs.create(work, body.entry_ids, actor=actor)
    response.headers["Location"] = f"/api/v1/joint-needs/{view.id}"
    return show_joint_need(view)


@router.post("/joint-needs/search", status_code=202)
@allows(STAFF)
def search_joint_needs(response: Response, assets: Assets, work: Work, actor: Acting) -> RunShown:
    """Search anew for what could be procured together, in the background; what people decided stays."""
    return accept_run(response, assets, work, RunKind.JOINT_NEEDS, actor=actor)


@router.get("/entries/{entry_id}/joint-candidates")
@allows(STAFF)
def list_candidates(
    entry_id: Id, live: Live, session: Reading, actor: Acting, limit: Top = 10
) -> CandidatesShown:
    """Find needs of other public buyers that are most like a need, to put them together by hand."""
    return _shown(joint_candidates.candidates(session, live, entry_id, limit=limit, actor=actor))


@router.get("/joint-needs/{joint_need_id}")
@allows(STAFF)
def get_joint_need(joint_need_id: Id, response: Response, session: Reading, actor: Acting) -> JointNeedShown:
    """Return a joint need with what speaks for it, and what each would have to give up."""
    view = joint_needs.get(session, joint_need_id, actor=actor)
    response.headers["ETag"] = etag(view.version)
    return show_joint_need(view)


@router.get("/joint-needs/{joint_need_id}/candidates")
@allows(STAFF)
def list_more_candidates(
    joint_need_id: Id, live: Live, session: Reading, actor: Acting, limit: Top = 5
) -> CandidatesShown:
    """Find needs of public buyers that are most like those in a joint need, to take them in."""
    return _shown(joint_candidates.may_belong(session, live, joint_need_id, limit=limit, actor=actor))


@router.get("/joint-needs/{joint_need_id}/worth")
@allows(STAFF)
def get_joint_worth(joint_need_id: Id, session: Reading, actor: Acting) -> WorthsShown:
    """Tell what the needs are worth together, and where that stands to the thresholds."""
    view = joint_needs.get(session, joint_need_id, actor=actor)
    found = joint_needs.assessed(session, view, today=_today())
    return WorthsShown(items=[show_assessed(each) for each in found])


@router.post("/joint-needs/{joint_need_id}/accept", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def accept_joint_need(joint_need_id: Id, version: StatedVersion, work: Work, actor: Acting) -> JointNeedShown:
    """Say that a joint need is worth to be taken up; no search changes it any more."""
    return show_joint_need(joint_needs.accept(work, joint_need_id, expected_version=version, actor=actor))


@router.post("/joint-needs/{joint_need_id}/dismiss", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def dismiss_joint_need(
    joint_need_id: Id, version: StatedVersion, work: Work, actor: Acting
) -> JointNeedShown:
    """Say that the needs are not to be procured together; they are not proposed so again."""
    return show_joint_need(joint_needs.dismiss(work, joint_need_id, expected_version=version, actor=actor))


@router.post("/joint-needs/{joint_need_id}/reopen", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def reopen_joint_need(joint_need_id: Id, version: StatedVersion, work: Work, actor: Acting) -> JointNeedShown:
    """Take a decision about a joint need back."""
    return show_joint_need(joint_needs.reopen(work, joint_need_id, expected_version=version, actor=actor))


@router.delete("/joint-needs/{joint_need_id}/members/{entry_id}", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def drop_member(
    joint_need_id: Id, entry_id: Id, version: StatedVersion, work: Work, actor: Acting
) -> JointNeedShown:
    """Leave a need out of a joint need; no search brings it back."""
    view = joint_needs.drop_member(work, joint_need_id, entry_id, expected_version=version, actor=actor)
    return show_joint_need(view)


@router.put("/joint-needs/{joint_need_id}/members/{entry_id}", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def take_in_member(
    joint_need_id: Id, entry_id: Id, version: StatedVersion, work: Work, actor: Acting
) -> JointNeedShown:
    """Take a need into a joint need, one that was left out or another; no search takes it out again."""
    view = joint_needs.take_in(work, joint_need_id, entry_id, expected_version=version, actor=actor)
    return show_joint_need(view)


@router.post("/joint-needs/{joint_need_id}/case", status_code=201, responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def turn_into_case(
    joint_need_id: Id,
    body: CaseFromJointNeed,
    version: StatedVersion,
    response: Response,
    work: Work,
    actor: Acting,
) -> CaseShown:
    """Turn a joint need into a case with its needs that were not dropped, and its offerings."""
    view = cases.from_joint_need(work, joint_need_id, title=body.title, expected_version=version, actor=actor)
    response.headers["Location"] = f"/api/v1/cases/{view.id}"
    response.headers["ETag"] = etag(view.version)
    return show_case(view)


def _shown(found: Sequence[Candidate]) -> CandidatesShown:
    return CandidatesShown(
        items=[CandidateShown(entry=show_entry(each.entry), likeness=each.likeness) for each in found]
    )


def _today() -> date:
    return datetime.now(UTC).date()
