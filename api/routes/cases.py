"""Cases: what becomes of needs that an officer takes up, with market dialogue and papers; and thresholds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Annotated, Final, Literal

from fastapi import APIRouter, Query, Response

from api.access import ADMINISTRATORS, EVERY_ROLE, REVIEWERS, STAFF, GuardedRoute, allows
from api.case_views import show_case, show_talk, show_worth
from api.dependencies import Acting, Assets, Reading, Work
from api.etag import ExpectedVersion, StatedVersion, etag
from api.openapi import CHANGE_RESPONSES
from api.schemas.cases import (
    CaseAdd,
    CaseCreate,
    CaseMove,
    CasePart,
    CasePatch,
    CaseQuery,
    CaseShown,
    CaseStepShown,
    ProcedureConfirm,
    TalkCreate,
    TalkShown,
    ThresholdCreate,
    ThresholdShown,
    WorthsShown,
)
from api.schemas.common import Id, JsonObject, Listing, listing
from matcher.services import (
    case_dialogue,
    case_papers,
    case_parts,
    case_procedures,
    cases,
    thresholds,
)
from matcher.services.case_dialogue import TalkDraft
from matcher.services.thresholds import Threshold

router = APIRouter(route_class=GuardedRoute, tags=["cases"])

_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@router.get("/cases")
@allows(STAFF)
def list_cases(query: Annotated[CaseQuery, Query()], session: Reading, actor: Acting) -> Listing[CaseShown]:
    """List the cases that the caller's organisation leads or takes part in, the newest first."""
    page = cases.list_cases(
        session,
        actor=actor,
        state=query.state,
        owner_id=query.owner_id,
        entry_id=query.entry_id,
        limit=query.limit,
        after=query.after,
    )
    return listing(map(show_case, page.items), page.next_after)


@router.post("/cases", status_code=201)
@allows(REVIEWERS)
def create_case(body: CaseCreate, response: Response, work: Work, actor: Acting) -> CaseShown:
    """Open a case for needs; the caller's organisation leads it, and the caller owns it."""
    view = cases.create(
        work,
        title=body.title,
        need_ids=body.need_ids,
        offering_ids=body.offering_ids,
        note=body.note,
        actor=actor,
    )
    response.headers["Location"] = f"/api/v1/cases/{view.id}"
    response.headers["ETag"] = etag(view.version)
    return show_case(view)


@router.get("/cases/{case_id}")
@allows(STAFF)
def get_case(case_id: Id, response: Response, session: Reading, actor: Acting) -> CaseShown:
    """Return a case with its needs, organisations and offerings."""
    view = cases.get(session, case_id, actor=actor)
    response.headers["ETag"] = etag(view.version)
    return show_case(view)


@router.patch("/cases/{case_id}", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def change_case(
    case_id: Id, body: CasePatch, version: ExpectedVersion, response: Response, work: Work, actor: Acting
) -> CaseShown:
    """Change what is told about a case. Another law, kind or authority takes the procedure back."""
    changes = body.model_dump(exclude_unset=True)
    view = cases.change(work, case_id, changes, expected_version=version, actor=actor)
    response.headers["ETag"] = etag(view.version)
    return show_case(view)


@router.get("/cases/{case_id}/steps")
@allows(STAFF)
def list_steps(case_id: Id, session: Reading, actor: Acting) -> Listing[CaseStepShown]:
    """List the states that a case came through, the earliest first."""
    steps = cases.list_steps(session, case_id, actor=actor)
    return listing(map(CaseStepShown.model_validate, steps), None)


@router.post("/cases/{case_id}/state", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def move_case(
    case_id: Id, body: CaseMove, version: StatedVersion, response: Response, work: Work, actor: Acting
) -> CaseShown:
    """Tell how far a case has come, or that it is stopped and why."""
    view = cases.move(work, case_id, body.state, reason=body.reason, expected_version=version, actor=actor)
    response.headers["ETag"] = etag(view.version)
    return show_case(view)


@router.post("/cases/{case_id}/entries", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def add_case_entries(
    case_id: Id, body: CaseAdd, version: StatedVersion, work: Work, actor: Acting
) -> CaseShown:
    """Take needs and offerings into a case; their organisations take part from then on."""
    view = case_parts.add_entries(
        work,
        case_id,
        need_ids=body.need_ids,
        offering_ids=body.offering_ids,
        expected_version=version,
        actor=actor,
    )
    return show_case(view)


@router.delete("/cases/{case_id}/entries/{entry_id}", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def remove_case_entry(
    case_id: Id, entry_id: Id, version: StatedVersion, work: Work, actor: Acting
) -> CaseShown:
    """Take a need or an offering out of a case."""
    view = case_parts.remove_entry(work, case_id, entry_id, expected_version=version, actor=actor)
    return show_case(view)


@router.put("/cases/{case_id}/organisations/{organisation_id}")
@allows(REVIEWERS)
def set_part(case_id: Id, organisation_id: Id, body: CasePart, work: Work, actor: Acting) -> CaseShown:
    """Tell who speaks for an organisation in a case, and how much it would buy."""
    view = case_parts.set_part(
        work,
        case_id,
        organisation_id,
        mandate=body.mandate,
        expected_volume=body.expected_volume,
        expected_value=body.expected_value,
        currency=body.currency,
        actor=actor,
    )
    return show_case(view)


@router.get("/cases/{case_id}/worth")
@allows(STAFF)
def get_case_worth(case_id: Id, session: Reading, actor: Acting) -> WorthsShown:
    """Tell what a case is worth, where that stands to the thresholds, and procedures to look at."""
    view = cases.get(session, case_id, actor=actor)
    found = case_procedures.worth(session, view, today=_today())
    return WorthsShown(items=[show_worth(each) for each in found])


@router.put("/cases/{case_id}/procedure", responses=CHANGE_RESPONSES)
@allows(REVIEWERS)
def confirm_procedure(
    case_id: Id, body: ProcedureConfirm, version: StatedVersion, work: Work, actor: Acting
) -> CaseShown:
    """Say which procedure it will be; what the thresholds said then is kept beside it."""
    view = case_procedures.confirm_procedure(
        work, case_id, body.procedure, today=_today(), expected_version=version, actor=actor
    )
    return show_case(view)


@router.get("/cases/{case_id}/dialogue")
@allows(STAFF)
def list_dialogue(case_id: Id, session: Reading, actor: Acting) -> Listing[TalkShown]:
    """List a case's talks with the market: who took part, when, on what, and what was disclosed."""
    return listing(map(show_talk, case_dialogue.list_dialogue(session, case_id, actor=actor)), None)


@router.post("/cases/{case_id}/dialogue", status_code=201)
@allows(REVIEWERS)
def log_talk(case_id: Id, body: TalkCreate, work: Work, actor: Acting) -> TalkShown:
    """Add a talk to a case's log; it is never changed, a later one may correct it."""
    talk = TalkDraft(
        held_on=body.held_on,
        kind=body.kind,
        subject=body.subject,
        participants=tuple(body.participants),
        disclosed=body.disclosed,
        is_disclosed_to_all=body.is_disclosed_to_all,
        corrects_id=body.corrects_id,
    )
    return show_talk(case_dialogue.log(work, case_id, talk, today=_today(), actor=actor))


@router.get("/cases/{case_id}/ocds")
@allows(STAFF)
def export_ocds(case_id: Id, assets: Assets, work: Work, actor: Acting) -> JsonObject:
    """Return a case as an OCDS 1.1 release package with one planning release; the export is noted."""
    settings = assets.settings
    public_url = settings.public_url.rstrip("/")
    return case_papers.planning_release(
        work,
        case_id,
        now=datetime.now(UTC),
        ocid_prefix=settings.ocid_prefix,
        uri=f"{public_url}/api/v1/cases/{case_id}/ocds" if public_url else "",
        actor=actor,
    )


@router.get(
    "/cases/{case_id}/word",
    response_class=Response,
    responses={200: {"description": "The document.", "content": {_WORD: {}}}},
)
@allows(STAFF)
def export_word(case_id: Id, work: Work, actor: Acting, language: Literal["sv", "en"] = "sv") -> Response:
    """Return a case as a Word document; the export is noted."""
    content = case_papers.word(work, case_id, language=language, actor=actor)
    headers = {"Content-Disposition": f'attachment; filename="case-{case_id}.docx"'}
    return Response(content, media_type=_WORD, headers=headers)


@router.get("/thresholds")
@allows(EVERY_ROLE)
def list_thresholds(session: Reading, actor: Acting, withdrawn_too: bool = False) -> Listing[ThresholdShown]:
    """List the table of thresholds, the latest period first."""
    rows = thresholds.list_rows(session, withdrawn_too=withdrawn_too, actor=actor)
    return listing(map(ThresholdShown.model_validate, rows), None)


@router.post("/thresholds", status_code=201)
@allows(ADMINISTRATORS)
def add_threshold(body: ThresholdCreate, work: Work, actor: Acting) -> ThresholdShown:
    """Add a row to the table of thresholds; nothing is converted between currencies."""
    row = Threshold(**body.model_dump())
    return ThresholdShown.model_validate(thresholds.add(work, row, actor=actor))


@router.delete("/thresholds/{threshold_id}")
@allows(ADMINISTRATORS)
def withdraw_threshold(threshold_id: Id, work: Work, actor: Acting) -> ThresholdShown:
    """Take a row out of the table of thresholds; it stays readable."""
    return ThresholdShown.model_validate(thresholds.withdraw(work, threshold_id, actor=actor))


def _today() -> date:
    return datetime.now(UTC).date()
