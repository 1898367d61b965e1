"""Cases: what becomes of needs that an officer takes up, from the need to its effect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, InvalidInput, NotAllowed, StaleVersion
from matcher.procurement.thresholds import Authority, ContractKind, Law
from matcher.services.actor import REVIEWERS, Actor
from matcher.services.casework import TEXTS, add_needs, add_offerings, checked_text, led_case, noted
from matcher.services.standing import is_buyer
from matcher.types import CaseState, JointNeedState
from models.records import Case, utc_now
from models.repositories.audit import AuditRepository
from models.repositories.cases import CaseRepository, CaseStepView, CaseView
from models.repositories.joint_needs import JointNeedRepository
from models.repositories.members import MemberRepository
from models.repositories.pages import Page

__all__ = [
    "CaseStepView",
    "CaseView",
    "change",
    "count_by_state",
    "create",
    "from_joint_need",
    "get",
    "list_cases",
    "list_steps",
    "move",
]

_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "law": frozenset(Law),
    "contract_kind": frozenset(ContractKind),
    "authority": frozenset(Authority),
}
_CHANGEABLE: Final = frozenset({*TEXTS, *_WORDS, "next_step_on", "owner_id"})


def create(
    session: Session,
    *,
    title: str,
    need_ids: Sequence[str],
    offering_ids: Sequence[str] = (),
    note: str = "",
    actor: Actor,
) -> CaseView:
    """Open a case for needs; the actor's organisation leads it, and the actor owns it.

    Raises
    ------
    NotAllowed, EntryNotFound, InvalidInput
        If the actor is no reviewer of a public buyer, an entry is not seen, or something cannot be used.
    """
    _require_opener(session, actor)
    record = _open(session, title, note, None, actor)
    add_needs(session, record, need_ids, actor)
    add_offerings(session, record, offering_ids, actor)
    return _opened(session, record, actor)


def from_joint_need(
    session: Session,
    joint_need_id: str,
    *,
    title: str,
    expected_version: int | None = None,
    actor: Actor,
) -> CaseView:
    """Turn a joint need into a case with its needs that were not dropped, and its offerings.

    Raises
    ------
    JointNeedNotFound, NotAllowed, InvalidInput
        If the actor does not see it, is no reviewer of a public buyer, or the title cannot be used.
    Conflict, StaleVersion
        If it is a case or dismissed, or somebody changed it.
    """
    repository = JointNeedRepository(session, actor)
    joint = repository.get_record(joint_need_id)
    _require_opener(session, actor)
    if expected_version is not None and joint.version != expected_version:
        raise StaleVersion(joint_need_id, expected=expected_version, actual=joint.version)
    if joint.state in (JointNeedState.CASE, JointNeedState.DISMISSED):
        raise Conflict(f"The joint need is {joint.state.value}.", remedy="Open it again first.")
    view = repository.get(joint_need_id)
    record = _open(session, title, "", joint_need_id, actor)
    kept = [each.entry_id for each in view.members if each.entry is not None and not each.is_dropped]
    add_needs(session, record, kept, actor)
    add_offerings(session, record, [each.entry.id for each in view.offerings], actor)
    joint.state, joint.decided_at = JointNeedState.CASE, utc_now()
    joint.organisation_id, joint.member_id = actor.organisation_id, actor.member_id
    return _opened(session, record, actor)


def get(session: Session, case_id: str, *, actor: Actor) -> CaseView:
    """Return a case.

    Raises
    ------
    CaseNotFound
        If there is none that the actor's organisation leads or takes part in.
    """
    return CaseRepository(session, actor).get(case_id)


def list_cases(
    session: Session,
    *,
    actor: Actor,
    state: CaseState | None = None,
    owner_id: str | None = None,
    entry_id: str | None = None,
    limit: int = 20,
    after: Sequence[Any] | None = None,
) -> Page[CaseView]:
    """Return a page of the cases that the actor's organisation leads or takes part in, the newest first."""
    return CaseRepository(session, actor).list_views(
        state=state, owner_id=owner_id, entry_id=entry_id, limit=limit, after=after
    )


def count_by_state(session: Session, *, actor: Actor) -> dict[CaseState, int]:
    """Return how many cases in each state the actor sees."""
    return CaseRepository(session, actor).count_by_state()


def list_steps(session: Session, case_id: str, *, actor: Actor) -> list[CaseStepView]:
    """Return the states that a case came through, the earliest first.

    Raises
    ------
    CaseNotFound
        As for ``get``.
    """
    repository = CaseRepository(session, actor)
    return repository.list_steps(repository.get_record(case_id).id)


def change(
    session: Session,
    case_id: str,
    changes: Mapping[str, Any],
    *,
    expected_version: int | None = None,
    actor: Actor,
) -> CaseView:
    """Change a case's title, note, next step and its day, law, kind of contract, authority, or owner.

    Raises
    ------
    CaseNotFound, NotAllowed, InvalidInput, StaleVersion
        If the actor does not see it or is no reviewer of the organisation that leads it, a field cannot be
        used, or somebody changed it.
    """
    record = led_case(session, case_id, expected_version, actor)
    for field, value in changes.items():
        setattr(record, field, _checked(session, record, field, value))
    # What the procedure rested on has changed.
    if set(changes) & set(_WORDS):
        record.procedure = record.confirmed_by = record.confirmed_at = None
        record.assessments = []
    return noted(session, record, "case.changed", actor, fields=sorted(changes))


def move(
    session: Session,
    case_id: str,
    state: CaseState,
    *,
    reason: str = "",
    expected_version: int | None = None,
    actor: Actor,
) -> CaseView:
    """Tell how far a case has come, or that it is stopped and why.

    Raises
    ------
    CaseNotFound, NotAllowed, InvalidInput, StaleVersion
        As for ``change``; a stop needs a reason.
    Conflict
        If it is there already.
    """
    record = led_case(session, case_id, expected_version, actor)
    words = reason.strip()
    if state is CaseState.STOPPED and not 0 < len(words) <= TEXTS["next_step"]:
        raise InvalidInput("A stop needs a reason.", field="reason", remedy="Write a short one.")
    if record.state is state:
        raise Conflict(f"The case is {state.value} already.")
    record.state = state
    record.stop_reason = words if state is CaseState.STOPPED else ""
    CaseRepository(session, actor).add_step(record)
    return noted(session, record, "case.moved", actor, state=state.value)


def _require_opener(session: Session, actor: Actor) -> None:
    actor.require(REVIEWERS, organisation_id=actor.organisation_id)
    if not is_buyer(session, actor):
        raise NotAllowed("Officers and coordinators of public buyers open cases.")


def _open(session: Session, title: str, note: str, joint_need_id: str | None, actor: Actor) -> Case:
    record = Case(
        title=checked_text("title", title),
        note=checked_text("note", note),
        organisation_id=actor.organisation_id,
        owner_id=actor.member_id,
        joint_need_id=joint_need_id,
        state=CaseState.NEED,
        law=Law.LOU.value,
        contract_kind=ContractKind.GOODS_SERVICES.value,
        authority=Authority.SUB_CENTRAL.value,
    )
    repository = CaseRepository(session, actor)
    repository.add(record)
    if actor.organisation_id is not None:
        repository.add_organisation(record.id, actor.organisation_id)
    repository.add_step(record)
    return record


def _opened(session: Session, record: Case, actor: Actor) -> CaseView:
    AuditRepository(session).add("case.opened", record.id, by=actor)
    session.flush()
    return CaseRepository(session, actor).get(record.id)


def _checked(session: Session, record: Case, field: str, value: Any) -> Any:  # noqa: ANN401 -- any field
    if field not in _CHANGEABLE:
        raise InvalidInput(f"A case's {field} cannot be changed so.", field=field)
    if field in TEXTS:
        return checked_text(field, value)
    if field in _WORDS and value not in _WORDS[field]:
        raise InvalidInput(f"This is no {field}.", field=field)
    if field == "owner_id" and value is not None:
        if record.organisation_id is None or not MemberRepository(session).roles(
            value, record.organisation_id
        ):
            raise InvalidInput("The owner is a member of the leading organisation.", field="owner_id")
    return value
