"""What a case is worth, where that stands to the thresholds, and the procedure that an officer confirms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from matcher.grouping.joint import SummedValue, sum_amounts
from matcher.procurement.procedures import Procedure, ProcedureHint, hint_procedures
from matcher.procurement.thresholds import Assessment, Authority, ContractKind, Law, assess
from matcher.services.actor import Actor
from matcher.services.casework import amounts_of, led_case, noted
from matcher.services.threshold_table import threshold_table
from models.records import JointNeed, utc_now
from models.repositories.cases import CaseRepository, CaseView
from models.repositories.joint_needs import BY_HAND

__all__ = ["Worth", "confirm_procedure", "worth"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Worth:
    """What a case is worth in one currency, where that stands, and procedures to look at."""

    total: SummedValue
    assessments: tuple[Assessment, ...]
    hints: tuple[ProcedureHint, ...]


def worth(session: Session, view: CaseView, *, today: date) -> list[Worth]:
    """Tell what a case is worth, where that stands to the thresholds of today, and procedures to look at.

    An organisation's expected value counts for its needs; where it gave none, what the needs say.
    """
    table = threshold_table(session)
    # Where no search looked for offerings, none is no sign that something new must be developed.
    n_offerings = len(view.offerings) if view.offerings or _was_searched(session, view) else None
    found = []
    for total in sum_amounts(amounts_of(view)):
        assessments = assess(
            table,
            low=total.low,
            high=total.high,
            currency=total.currency,
            day=today,
            law=Law(view.law),
            kind=ContractKind(view.contract_kind),
            authority=Authority(view.authority),
        )
        hints = hint_procedures(assessments, n_offerings=n_offerings)
        found.append(Worth(total=total, assessments=assessments, hints=hints))
    return found


def _was_searched(session: Session, view: CaseView) -> bool:
    joint = None if view.joint_need_id is None else session.get(JointNeed, view.joint_need_id)
    return joint is not None and joint.reach != BY_HAND


def confirm_procedure(
    session: Session,
    case_id: str,
    procedure: Procedure,
    *,
    today: date,
    expected_version: int | None = None,
    actor: Actor,
) -> CaseView:
    """Say which procedure it will be; what the thresholds said then is kept beside it.

    Raises
    ------
    CaseNotFound, NotAllowed, StaleVersion
        As for ``change``.
    """
    record = led_case(session, case_id, expected_version, actor)
    view = CaseRepository(session, actor).get(case_id)
    record.procedure = procedure.value
    record.confirmed_by, record.confirmed_at = actor.member_id, utc_now()
    record.assessments = [
        _assessment_row(each, of) for of in worth(session, view, today=today) for each in of.assessments
    ]
    return noted(session, record, "case.procedure_confirmed", actor, procedure=procedure.value)


def _assessment_row(each: Assessment, of: Worth) -> dict[str, Any]:
    row = each.threshold
    return {
        "rule": each.rule.value,
        "standing": each.standing.value,
        "currency": of.total.currency,
        "low": str(of.total.low),
        "high": str(of.total.high),
        "amount": None if row is None else str(row.amount),
        "source": "" if row is None else row.source,
    }
