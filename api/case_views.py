"""Joint needs, cases and notices, made into what the API hands out."""

from __future__ import annotations

from collections.abc import Iterable

from api.schemas.cases import (
    AssessmentShown,
    CaseOrganisationShown,
    CaseShown,
    ConfirmedShown,
    HintShown,
    JointMemberShown,
    JointNeedShown,
    JointOfferingShown,
    ParticipantShown,
    TalkShown,
    WorthShown,
)
from api.schemas.notices import NoticeShown
from api.views import show_entry
from matcher.procurement.procedures import Procedure
from matcher.procurement.thresholds import Assessment, Authority, ContractKind, Law
from matcher.services.case_dialogue import DialogueKind, DialogueView
from matcher.services.case_procedures import Worth
from matcher.services.cases import CaseView
from matcher.services.joint_needs import Assessed, JointMemberView, JointNeedView
from matcher.services.notices import Told


def show_joint_need(view: JointNeedView) -> JointNeedShown:
    """Show a joint need."""
    return JointNeedShown(
        id=view.id,
        state=view.state,
        score=view.score,
        cohesion=view.cohesion,
        reach=view.reach,
        starts_on=view.window.starts_on,
        ends_on=view.window.ends_on,
        members=[_member(member) for member in view.members],
        offerings=[
            JointOfferingShown(
                entry=show_entry(offering.entry),
                need_ids=list(offering.need_ids),
                score=offering.score,
                reaches_all=offering.reaches_all,
            )
            for offering in view.offerings
        ],
        theme_id=view.theme_id,
        case_id=view.case_id,
        version=view.version,
        created_at=view.created_at,
        updated_at=view.updated_at,
    )


def show_assessed(each: Assessed) -> WorthShown:
    """Show what a joint need is worth in one currency."""
    return WorthShown(
        currency=each.currency,
        low=each.low,
        value=each.value,
        high=each.high,
        n_known=each.n_known,
        n_unknown=each.n_unknown,
        assessments=_assessments(each.assessments),
        hints=[HintShown.model_validate(hint) for hint in each.hints],
    )


def show_worth(each: Worth) -> WorthShown:
    """Show what a case is worth in one currency."""
    total = each.total
    return WorthShown(
        currency=total.currency,
        low=total.low,
        value=total.value,
        high=total.high,
        n_known=total.n_known,
        n_unknown=total.n_unknown,
        assessments=_assessments(each.assessments),
        hints=[HintShown.model_validate(hint) for hint in each.hints],
    )


def show_case(view: CaseView) -> CaseShown:
    """Show a case."""
    return CaseShown(
        id=view.id,
        title=view.title,
        note=view.note,
        state=view.state,
        stop_reason=view.stop_reason,
        organisation_id=view.organisation_id,
        owner_id=view.owner_id,
        owner=view.owner_name,
        joint_need_id=view.joint_need_id,
        next_step=view.next_step,
        next_step_on=view.next_step_on,
        law=Law(view.law),
        contract_kind=ContractKind(view.contract_kind),
        authority=Authority(view.authority),
        procedure=None if view.procedure is None else Procedure(view.procedure),
        assessments=[ConfirmedShown.model_validate(row) for row in view.assessments],
        confirmed_by=view.confirmed_by,
        confirmed_at=view.confirmed_at,
        organisations=[CaseOrganisationShown.model_validate(each) for each in view.organisations],
        needs=[show_entry(entry) for entry in view.needs],
        offerings=[show_entry(entry) for entry in view.offerings],
        n_hidden=view.n_hidden,
        version=view.version,
        created_at=view.created_at,
        updated_at=view.updated_at,
    )


def show_talk(view: DialogueView) -> TalkShown:
    """Show a talk with the market."""
    return TalkShown(
        id=view.id,
        number=view.number,
        held_on=view.held_on,
        kind=DialogueKind(view.kind),
        subject=view.subject,
        participants=[ParticipantShown.model_validate(each) for each in view.participants],
        disclosed=view.disclosed,
        is_disclosed_to_all=view.is_disclosed_to_all,
        corrects_id=view.corrects_id,
        member_name=view.member_name,
        created_at=view.created_at,
    )


def show_notice(told: Told) -> NoticeShown:
    """Show something that the caller is told."""
    return NoticeShown(
        id=told.notice.id,
        kind=told.notice.kind,
        heading=told.heading,
        sentence=told.sentence,
        path=told.path,
        entry=None if told.entry is None else show_entry(told.entry),
        created_at=told.notice.created_at,
        read_at=told.notice.read_at,
    )


def _member(view: JointMemberView) -> JointMemberShown:
    wish = None
    if view.own_wish is not None and view.entry is not None:
        start, end = view.own_wish
        wish = view.entry.as_entry().whole_text[start:end] or None
    return JointMemberShown(
        entry_id=view.entry_id,
        entry=None if view.entry is None else show_entry(view.entry),
        organisation_id=view.organisation_id,
        organisation=view.organisation_name,
        sacrifices=list(view.sacrifices),
        own_wish=wish,
        is_dropped=view.is_dropped,
    )


def _assessments(assessments: Iterable[Assessment]) -> list[AssessmentShown]:
    return [
        AssessmentShown(
            rule=each.rule,
            standing=each.standing,
            amount=None if each.threshold is None else each.threshold.amount,
            source=None if each.threshold is None else each.threshold.source,
        )
        for each in assessments
    ]
