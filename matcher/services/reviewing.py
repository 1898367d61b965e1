"""Reviewing: what is proposed, with its reasons, and what people decide about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, InvalidInput, NotAllowed, StaleVersion
from matcher.services.actor import REVIEWERS, Actor
from matcher.types import BUYERS, Direction, ProposalState, VerdictKind
from models.records import Proposal
from models.repositories.audit import AuditRepository
from models.repositories.entries import EntryRepository
from models.repositories.organisations import OrganisationRepository
from models.repositories.pages import Page
from models.repositories.proposals import ProposalFilters, ProposalRepository, ProposalView
from models.repositories.verdicts import VerdictRepository, VerdictView, effective

__all__ = [
    "ProposalFilters",
    "ProposalView",
    "VerdictView",
    "count_by_state",
    "get_proposal",
    "give_verdict",
    "list_proposals",
    "list_verdicts",
    "may_judge",
    "proposals_of",
]

MAX_REASON_CHARS: Final = 2_000
_STATE_OF: Final = {
    VerdictKind.ACCEPT: ProposalState.ACCEPTED,
    VerdictKind.REJECT: ProposalState.REJECTED,
    VerdictKind.UNSURE: ProposalState.UNSURE,
}


def list_proposals(
    session: Session,
    *,
    actor: Actor,
    filters: ProposalFilters | None = None,
    limit: int = 20,
    after: Sequence[Any] | None = None,
) -> Page[ProposalView]:
    """Return a page of the proposals that the actor sees, the best first; stale ones only if asked for."""
    chosen = filters or ProposalFilters()
    return ProposalRepository(session, actor).list_views(chosen, limit=limit, after=after)


def proposals_of(session: Session, entry_id: str, *, actor: Actor, limit: int = 20) -> list[ProposalView]:
    """Return what is proposed for an entry and what it is proposed for, the best first.

    Raises
    ------
    EntryNotFound
        If the actor does not see the entry.
    """
    EntryRepository(session, actor).get_record(entry_id)
    filters = ProposalFilters(entry_id=entry_id)
    return ProposalRepository(session, actor).list_views(filters, limit=limit, after=None).items


def get_proposal(session: Session, proposal_id: str, *, actor: Actor) -> ProposalView:
    """Return a proposal with both entries and its reasons.

    Raises
    ------
    ProposalNotFound
        If there is none that the actor sees.
    """
    return ProposalRepository(session, actor).get(proposal_id)


def list_verdicts(session: Session, proposal_id: str, *, actor: Actor) -> list[VerdictView]:
    """Return what was decided about a proposal, the earliest first.

    Raises
    ------
    ProposalNotFound
        If there is none that the actor sees.
    """
    record = ProposalRepository(session, actor).get_record(proposal_id)
    return VerdictRepository(session).list_views(record.id)


def count_by_state(session: Session, *, actor: Actor) -> dict[ProposalState, int]:
    """Return how many proposals in each state the actor sees."""
    return ProposalRepository(session, actor).count_by_state()


def may_judge(session: Session, proposal: ProposalView, *, actor: Actor) -> bool:
    """Whether the actor may decide about a proposal.

    Officers and coordinators of the organisation that has the need or idea may, for similar entries those
    of either side; where nobody has it (a published notice), those of any public buyer.
    """
    if actor.is_system:
        return True
    owners = {proposal.query.organisation_id}
    if proposal.direction is Direction.SIMILAR:
        owners.add(proposal.target.organisation_id)
    if any(actor.may(REVIEWERS, organisation_id=owner) for owner in owners):
        return True
    if proposal.query.organisation_id is not None or actor.organisation_id is None:
        return False
    own = OrganisationRepository(session).get(actor.organisation_id)
    return own.kind in BUYERS and bool(actor.roles & REVIEWERS)


def give_verdict(
    session: Session,
    proposal_id: str,
    kind: VerdictKind,
    *,
    reason: str = "",
    expected_version: int | None = None,
    actor: Actor,
) -> ProposalView:
    """Decide about a proposal, or take one's latest decision back.

    The proposal's state is the latest verdict that was not taken back, whoever gave it.

    Parameters
    ----------
    session
        An open session.
    proposal_id
        Which proposal.
    kind
        Accept, reject, unsure or undo.
    reason
        Why; asked for when rejecting.
    expected_version
        Version that the decision rests on; left out, any.
    actor
        Who decides.

    Raises
    ------
    ProposalNotFound, NotAllowed, InvalidInput, StaleVersion
        If the actor does not see it or may not judge it, the reason is missing or too long, or the proposal
        changed.
    Conflict
        If there is nothing to undo.
    """
    proposals, verdicts = ProposalRepository(session, actor), VerdictRepository(session)
    record = proposals.get_record(proposal_id)
    if not may_judge(session, proposals.get(proposal_id), actor=actor):
        raise NotAllowed("Officers and coordinators decide about their own organisation's proposals.")
    if expected_version is not None and record.version != expected_version:
        raise StaleVersion(proposal_id, expected=expected_version, actual=record.version)
    words = _checked_reason(kind, reason)
    if kind is VerdictKind.UNDO and not _standing(verdicts.list_views(proposal_id), actor.member_id):
        raise Conflict("There is no decision of yours to take back.")
    verdicts.add(record, kind, reason=words, by=actor)
    _set_state(record, verdicts.list_views(proposal_id))
    AuditRepository(session).add(
        "proposal.judged",
        proposal_id,
        by=actor,
        organisation_id=record.organisation_id,
        kind=kind.value,
        state=record.state.value,
    )
    session.flush()
    return proposals.get(proposal_id)


def _standing(verdicts: Sequence[VerdictView], member_id: str | None) -> bool:
    return effective([each for each in verdicts if each.member_id == member_id]) is not None


def _set_state(record: Proposal, verdicts: Sequence[VerdictView]) -> None:
    latest = effective(verdicts)
    if latest is not None:
        state = _STATE_OF[latest.kind]
    else:
        state = ProposalState.OPEN if record.is_current else ProposalState.STALE
    record.state = state
    # A verdict that leaves the state as it was is a change, too: the version must tell.
    record.updated_at = verdicts[-1].created_at


def _checked_reason(kind: VerdictKind, reason: str) -> str:
    words = reason.strip()
    if kind is VerdictKind.REJECT and not words:
        raise InvalidInput("A rejection needs a reason.", field="reason", remedy="Write a short one.")
    if len(words) > MAX_REASON_CHARS:
        raise InvalidInput(
            f"The reason is longer than {MAX_REASON_CHARS} characters.", field="reason", remedy="Shorten it."
        )
    return words
