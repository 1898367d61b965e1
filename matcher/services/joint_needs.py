"""Joint needs: what several organisations could procure together, and what officers decide about that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, InvalidInput, NotAllowed, StaleVersion
from matcher.grouping.joint import MIN_ORGANISATIONS, Reach, SummedValue, sacrifices, sum_values
from matcher.procurement.procedures import ProcedureHint, hint_procedures
from matcher.procurement.thresholds import Assessment, assess, direct_award_limits
from matcher.services.actor import REVIEWERS, SYSTEM, Actor
from matcher.services.standing import is_buyer, require_demand, seen_entries
from matcher.services.threshold_table import threshold_table
from matcher.types import BUYERS, JointNeedState, NoticeKind, Role, TimeWindow
from models.records import JointNeed, utc_now
from models.repositories.audit import AuditRepository
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.joint_needs import (
    BY_HAND,
    JointMemberView,
    JointNeedRepository,
    JointNeedSaver,
    JointNeedView,
    JointOfferingView,
    NewJointNeed,
    drop,
)
from models.repositories.joint_needs import take_in as note_taken_in
from models.repositories.notices import NoticeRepository
from models.repositories.organisations import OrganisationRepository
from models.repositories.pages import Page

__all__ = [
    "Assessed",
    "JointMemberView",
    "JointNeedView",
    "JointOfferingView",
    "accept",
    "assessed",
    "count_by_state",
    "create",
    "dismiss",
    "drop_member",
    "get",
    "list_joint_needs",
    "reopen",
    "take_in",
    "worth_of",
]

MAX_MEMBERS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """How what a joint need is worth in one currency stands to the thresholds, and procedures to look at."""

    currency: str
    low: Decimal
    value: Decimal
    high: Decimal
    n_known: int
    n_unknown: int
    assessments: tuple[Assessment, ...]
    hints: tuple[ProcedureHint, ...]


def list_joint_needs(
    session: Session,
    *,
    actor: Actor,
    state: JointNeedState | None = None,
    entry_id: str | None = None,
    limit: int = 20,
    after: Sequence[Any] | None = None,
) -> Page[JointNeedView]:
    """Return a page of the joint needs that the actor's organisation has a need in, the best first."""
    return JointNeedRepository(session, actor).list_views(
        state=state, entry_id=entry_id, limit=limit, after=after
    )


def get(session: Session, joint_need_id: str, *, actor: Actor) -> JointNeedView:
    """Return a joint need.

    Raises
    ------
    JointNeedNotFound
        If there is none that the actor's organisation has a need in.
    """
    return JointNeedRepository(session, actor).get(joint_need_id)


def count_by_state(session: Session, *, actor: Actor) -> dict[JointNeedState, int]:
    """Return how many joint needs in each state concern the actor's organisation."""
    return JointNeedRepository(session, actor).count_by_state()


def worth_of(view: JointNeedView) -> tuple[SummedValue, ...]:
    """Sum what the needs that were not dropped are worth, a sum a currency."""
    return sum_values(each.entry.as_entry() for each in view.kept if each.entry)


def assessed(session: Session, view: JointNeedView, *, today: date) -> list[Assessed]:
    """Tell what the needs that were not dropped are worth together, and where that stands to the thresholds.

    The thresholds are those of the first day on which all could buy, or of today if that is past.
    """
    table = threshold_table(session)
    day = max(view.window.starts_on or today, today)
    n_offerings = None if view.reach == BY_HAND else len(view.offerings)
    found = []
    for each in worth_of(view):
        assessments = assess(table, low=each.low, high=each.high, currency=each.currency, day=day)
        found.append(
            Assessed(
                currency=each.currency,
                low=each.low,
                value=each.value,
                high=each.high,
                n_known=each.n_known,
                n_unknown=each.n_unknown,
                assessments=assessments,
                hints=hint_procedures(assessments, n_offerings=n_offerings),
            )
        )
    return found


def accept(
    session: Session, joint_need_id: str, *, expected_version: int | None = None, actor: Actor
) -> JointNeedView:
    """Say that a joint need is worth to be taken up; no search changes it any more.

    Raises
    ------
    JointNeedNotFound, NotAllowed
        If the actor does not see it, or is no reviewer of an organisation in it.
    Conflict, StaleVersion
        If it is a case, or somebody changed it.
    """
    record = _changeable(session, joint_need_id, expected_version, actor)
    return _decided(session, record, JointNeedState.ACCEPTED, actor)


def dismiss(
    session: Session, joint_need_id: str, *, expected_version: int | None = None, actor: Actor
) -> JointNeedView:
    """Say that the needs are not to be procured together; they are not proposed so again.

    Raises
    ------
    JointNeedNotFound, NotAllowed, Conflict, StaleVersion
        As for ``accept``.
    """
    record = _changeable(session, joint_need_id, expected_version, actor)
    return _decided(session, record, JointNeedState.DISMISSED, actor)


def reopen(
    session: Session, joint_need_id: str, *, expected_version: int | None = None, actor: Actor
) -> JointNeedView:
    """Take a decision back.

    Raises
    ------
    JointNeedNotFound, NotAllowed, Conflict, StaleVersion
        As for ``accept``.
    """
    record = _changeable(session, joint_need_id, expected_version, actor)
    return _decided(session, record, JointNeedState.PROPOSED, actor)


def drop_member(
    session: Session, joint_need_id: str, entry_id: str, *, expected_version: int | None = None, actor: Actor
) -> JointNeedView:
    """Leave a need out; no search brings it back.

    Raises
    ------
    JointNeedNotFound, NotAllowed, StaleVersion
        As for ``accept``.
    InvalidInput
        If it is not in the joint need.
    Conflict
        If it is left out already, or needs of one organisation alone would be left.
    """
    record = _changeable(session, joint_need_id, expected_version, actor)
    members = JointNeedRepository(session, actor).member_records(joint_need_id)
    member = next((each for each in members if each.entry_id == entry_id), None)
    if member is None:
        raise InvalidInput("The need is not in the joint need.", field="entry")
    if member.dropped_at is not None:
        raise Conflict("The need is left out already.")
    left = {each.organisation_id for each in members if each.dropped_at is None and each is not member}
    if len(left) < MIN_ORGANISATIONS:
        raise Conflict(
            "Needs of one organisation alone would be left.", remedy="Dismiss the joint need instead."
        )
    drop(member, by=actor)
    return _noted(session, record, "joint_need.member_dropped", actor, entry=entry_id)


def take_in(
    session: Session, joint_need_id: str, entry_id: str, *, expected_version: int | None = None, actor: Actor
) -> JointNeedView:
    """Take a need in, one that was left out or another; no search takes it out again.

    Other officers of the organisation that it belongs to are told.

    Raises
    ------
    JointNeedNotFound, NotAllowed, StaleVersion
        As for ``accept``.
    EntryNotFound
        If the actor does not see the need.
    InvalidInput
        If it is no published need or idea of a public buyer, or there are too many.
    Conflict
        If it is in already.
    """
    record = _changeable(session, joint_need_id, expected_version, actor)
    members = JointNeedRepository(session, actor).member_records(joint_need_id)
    if any(each.entry_id == entry_id and each.dropped_at is None for each in members):
        raise Conflict("The need is in the joint need already.")
    (entry,) = seen_entries(session, [entry_id], actor=actor)
    require_demand([entry])
    _check_buyers(session, [entry])
    if sum(each.dropped_at is None for each in members) >= MAX_MEMBERS:
        raise InvalidInput(f"A joint need holds {MAX_MEMBERS} needs at most.", field="entry")
    note_taken_in(session, joint_need_id, entry, members=members, by=actor)
    _tell_what_is_given_up(session, record, entry_ids=[entry_id])
    _tell_officers(session, joint_need_id, [entry], actor=actor)
    return _noted(session, record, "joint_need.member_taken_in", actor, entry=entry_id)


def create(session: Session, entry_ids: Sequence[str], *, actor: Actor) -> JointNeedView:
    """Put needs together by hand that no search did; it counts as accepted.

    Officers of the other organisations are told.

    Raises
    ------
    EntryNotFound, NotAllowed
        If a need is not seen, or none of them is of the organisation that the actor is a reviewer of.
    InvalidInput
        If they are not published needs and ideas of two public buyers at least, or too many.
    Conflict
        If these very needs stand in a joint need already that was not dismissed.
    """
    wanted = list(dict.fromkeys(entry_ids))
    if not 2 <= len(wanted) <= MAX_MEMBERS:
        raise InvalidInput(f"Choose 2 to {MAX_MEMBERS} needs.", field="entries")
    entries = seen_entries(session, wanted, actor=actor)
    require_demand(entries)
    _check_buyers(session, entries)
    if len({entry.organisation_id for entry in entries}) < MIN_ORGANISATIONS:
        raise InvalidInput("Needs of two public buyers at least make a joint need.", field="entries")
    if not any(actor.may(REVIEWERS, organisation_id=entry.organisation_id) for entry in entries):
        raise NotAllowed("Officers and coordinators put needs together of which one is theirs.")
    _check_is_new(session, wanted, actor=actor)
    starts_on = max((e.window.starts_on for e in entries if e.window.starts_on is not None), default=None)
    ends_on = min((e.window.ends_on for e in entries if e.window.ends_on is not None), default=None)
    if starts_on is not None and ends_on is not None and starts_on > ends_on:
        # No day suits all: the officers have to find one.
        starts_on = ends_on = None
    new = NewJointNeed(
        score=0.0,
        cohesion=0.0,
        reach=BY_HAND,
        starts_on=starts_on,
        ends_on=ends_on,
        sums=[],
        members=tuple((entry.id, entry.organisation_id or "", (), {}) for entry in entries),
        offerings=(),
    )
    (joint_need_id,) = JointNeedSaver(session).save([new], {}, stale=())
    record = JointNeedRepository(session, actor).get_record(joint_need_id)
    _tell_what_is_given_up(session, record, entry_ids=wanted)
    others = [entry for entry in entries if entry.organisation_id != actor.organisation_id]
    _tell_officers(session, joint_need_id, others, actor=actor)
    return _decided(session, record, JointNeedState.ACCEPTED, actor)


def _check_is_new(session: Session, entry_ids: Sequence[str], *, actor: Actor) -> None:
    known = list_joint_needs(session, actor=actor, entry_id=entry_ids[0], limit=MAX_MEMBERS).items
    for view in known:
        kept = {each.entry_id for each in view.members if not each.is_dropped}
        if view.state is not JointNeedState.DISMISSED and kept == set(entry_ids):
            raise Conflict("These needs stand in a joint need already.", remedy="Go on with that one.")


def _tell_what_is_given_up(session: Session, record: JointNeed, *, entry_ids: Sequence[str]) -> None:
    """Work out for some of the needs what their organisations would have to give up."""
    members = JointNeedRepository(session, SYSTEM).member_records(record.id)
    kept = [each.entry_id for each in members if each.dropped_at is None]
    entries = {e.id: e.as_entry() for e in EntryRepository(session, SYSTEM).get_many(kept).values()}
    for member in members:
        if member.entry_id in entry_ids and member.entry_id in entries:
            member.sacrifices = [
                each.value
                for each in sacrifices(
                    entries[member.entry_id],
                    window=TimeWindow(starts_on=record.starts_on, ends_on=record.ends_on),
                    values=sum_values(entries.values()),
                    reach=None if record.reach == BY_HAND else Reach(record.reach),
                    direct_award=direct_award_limits(threshold_table(session), day=utc_now().date()),
                )
            ]
    session.flush()


def _tell_officers(
    session: Session, joint_need_id: str, entries: Sequence[EntryView], *, actor: Actor
) -> None:
    """Tell the officers of whom these needs are, but the actor, that they stand in a joint need."""
    notices = NoticeRepository(session)
    for owner in sorted({entry.organisation_id for entry in entries if entry.organisation_id}):
        notices.tell(
            [each for each in notices.staff_of(owner, (Role.OFFICER,)) if each != actor.member_id],
            NoticeKind.JOINT_NEED,
            joint_need_id,
            key=f"joint_need:{joint_need_id}",
            organisation_id=owner,
        )


def _check_buyers(session: Session, entries: Sequence[EntryView]) -> None:
    owners = {entry.organisation_id for entry in entries}
    if not owners <= OrganisationRepository(session).ids_of_kinds(BUYERS):
        raise InvalidInput("Public buyers alone procure together.", field="entries")


def _changeable(
    session: Session, joint_need_id: str, expected_version: int | None, actor: Actor
) -> JointNeed:
    repository = JointNeedRepository(session, actor)
    record = repository.get_record(joint_need_id)
    owners = {member.organisation_id for member in repository.member_records(joint_need_id)}
    may = any(actor.may(REVIEWERS, organisation_id=owner) for owner in owners)
    if not (actor.is_system or (may and is_buyer(session, actor))):
        raise NotAllowed("Officers and coordinators of the organisations in it decide.")
    if expected_version is not None and record.version != expected_version:
        raise StaleVersion(joint_need_id, expected=expected_version, actual=record.version)
    if record.state is JointNeedState.CASE:
        raise Conflict("The joint need is a case.", remedy="Change the case.")
    return record


def _decided(session: Session, record: JointNeed, state: JointNeedState, actor: Actor) -> JointNeedView:
    if record.state is state:
        raise Conflict(f"The joint need is {state.value}.")
    record.state, record.decided_at = state, utc_now()
    record.organisation_id, record.member_id = actor.organisation_id, actor.member_id
    return _noted(session, record, f"joint_need.{state.value}", actor)


def _noted(session: Session, record: JointNeed, action: str, actor: Actor, **detail: str) -> JointNeedView:
    # A change of its members alone is one, too: the version must tell.
    record.updated_at = utc_now()
    AuditRepository(session).add(action, record.id, by=actor, **detail)
    session.flush()
    return JointNeedRepository(session, actor).get(record.id)
