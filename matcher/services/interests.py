"""What suppliers and partners say: that they are interested in a need, or that a match is wrong."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, InvalidInput, NotAllowed, ProposalNotFound, StaleVersion
from matcher.services.actor import EVERYBODY, REVIEWERS, STAFF, Actor
from matcher.types import EntryKind, EntryStatus, NoticeKind
from models.records import Interest, Remark, utc_now
from models.repositories.audit import AuditRepository
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.interests import (
    InterestRepository,
    InterestView,
    RemarkRepository,
    RemarkView,
)
from models.repositories.notices import NoticeRepository
from models.repositories.pages import Page
from models.repositories.proposals import ProposalRepository, ProposalView

__all__ = [
    "InterestView",
    "Interested",
    "RemarkView",
    "answer",
    "count_open_remarks",
    "get_remark",
    "interested",
    "list_remarks",
    "matches_of",
    "remark",
    "say",
    "withdraw",
]

MAX_CHARS: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Interested:
    """Who is interested in a need: how many, those whom the actor may know, and whether it is itself."""

    count: int
    known: list[InterestView]
    is_own: bool


def interested(session: Session, entry_id: str, *, actor: Actor) -> Interested:
    """Return who is interested in a need or an idea.

    Everybody who sees it learns how many. The names are for the staff of the organisation that has it;
    anybody else learns of its own interest alone.

    Raises
    ------
    EntryNotFound
        If the actor does not see the entry.
    """
    entry = EntryRepository(session, actor).get(entry_id)
    repository = InterestRepository(session)
    sees_all = actor.may(STAFF, organisation_id=entry.organisation_id)
    own = None if sees_all else actor.organisation_id or ""
    known = repository.list_views(entry_id, organisation_id=own)
    return Interested(
        count=repository.count(entry_id),
        known=known,
        is_own=any(each.organisation_id == actor.organisation_id for each in known),
    )


def say(session: Session, entry_id: str, *, note: str = "", actor: Actor) -> Interested:
    """Say that the actor's organisation is interested in a published need or idea; its staff is told.

    Raises
    ------
    EntryNotFound, NotAllowed
        If the actor does not see the entry, or belongs to no organisation or to the one that has it.
    Conflict
        If it is an offering, or not published.
    InvalidInput
        If the note is too long.
    """
    entry, owner = EntryRepository(session, actor).get(entry_id), _organisation(actor)
    if entry.kind is EntryKind.OFFERING or entry.status is not EntryStatus.PUBLISHED:
        raise Conflict("One is interested in published needs and ideas.", remedy="Choose one of them.")
    if entry.organisation_id == owner:
        raise NotAllowed("The need is your own.")
    words, repository = _checked(note, "note", may_be_empty=True), InterestRepository(session)
    record = repository.find(entry_id, owner)
    if record is None:
        record = Interest(entry_id=entry_id, organisation_id=owner)
        repository.add(record)
    record.member_id, record.note, record.withdrawn_at = actor.member_id, words, None
    session.flush()
    _tell_reviewers(session, entry, NoticeKind.INTEREST, entry_id, key=f"interest:{record.id}")
    AuditRepository(session).add("entry.interest", entry_id, by=actor, is_interested=True)
    return interested(session, entry_id, actor=actor)


def withdraw(session: Session, entry_id: str, *, actor: Actor) -> Interested:
    """Say that the actor's organisation is interested no more.

    Raises
    ------
    EntryNotFound, NotAllowed
        As for ``say``.
    """
    EntryRepository(session, actor).get(entry_id)
    record = InterestRepository(session).find(entry_id, _organisation(actor))
    if record is not None and record.withdrawn_at is None:
        record.withdrawn_at, record.note = utc_now(), ""
        AuditRepository(session).add("entry.interest", entry_id, by=actor, is_interested=False)
    session.flush()
    return interested(session, entry_id, actor=actor)


def remark(
    session: Session, entry_id: str, text: str, *, proposal_id: str | None = None, actor: Actor
) -> RemarkView:
    """Tell the organisation that has a need that a match of it is wrong.

    Raises
    ------
    EntryNotFound, ProposalNotFound
        If the actor does not see the need, or the proposal, or that is about other entries.
    NotAllowed
        If the actor belongs to no organisation.
    InvalidInput
        If the text is missing or too long.
    """
    entry, sender = EntryRepository(session, actor).get(entry_id), _organisation(actor)
    if proposal_id is not None:
        proposal = ProposalRepository(session, actor).get_record(proposal_id)
        if entry_id not in (proposal.query_id, proposal.target_id):
            raise ProposalNotFound(proposal_id)
    remarks = RemarkRepository(session, actor)
    record = Remark(
        entry_id=entry_id,
        proposal_id=proposal_id,
        organisation_id=entry.organisation_id,
        from_organisation_id=sender,
        member_id=actor.member_id,
        text=_checked(text, "remark"),
    )
    remarks.add(record)
    _tell_reviewers(session, entry, NoticeKind.REMARK, record.id, key=f"remark:{record.id}")
    AuditRepository(session).add(
        "entry.remarked", entry_id, by=actor, organisation_id=entry.organisation_id, remark=record.id
    )
    return remarks.get(record.id)


def answer(
    session: Session, remark_id: str, text: str, *, expected_version: int | None = None, actor: Actor
) -> RemarkView:
    """Answer a remark; who wrote it is told.

    Raises
    ------
    NotAllowed, RemarkNotFound
        If the actor judges nothing, or the remark is not for its organisation.
    InvalidInput, StaleVersion
        If the text is missing or too long, or somebody else has answered meanwhile.
    """
    remarks = RemarkRepository(session, actor)
    record = remarks.get_record(remark_id)
    actor.require(REVIEWERS, organisation_id=record.organisation_id)
    if expected_version is not None and record.version != expected_version:
        raise StaleVersion(remark_id, expected=expected_version, actual=record.version)
    record.answer, record.answered_by, record.answered_at = (
        _checked(text, "answer"),
        actor.member_id,
        utc_now(),
    )
    session.flush()
    if record.member_id is not None:
        NoticeRepository(session).tell(
            [record.member_id],
            NoticeKind.ANSWERED,
            record.id,
            key=f"answered:{record.id}:{record.version}",
            entry_id=record.entry_id,
            organisation_id=record.from_organisation_id,
        )
    AuditRepository(session).add("entry.remark_answered", record.entry_id, by=actor, remark=record.id)
    return remarks.get(remark_id)


def get_remark(session: Session, remark_id: str, *, actor: Actor) -> RemarkView:
    """Return something that the actor's organisation was told or told others.

    Raises
    ------
    RemarkNotFound
        If there is no such remark.
    """
    return RemarkRepository(session, actor).get(remark_id)


def list_remarks(
    session: Session, *, actor: Actor, limit: int = 50, after: Sequence[Any] | None = None
) -> Page[RemarkView]:
    """Return a page of what the actor's organisation was told and told others, what is open first."""
    return RemarkRepository(session, actor).list_views(limit=limit, after=after)


def matches_of(session: Session, remarks: Iterable[RemarkView], *, actor: Actor) -> dict[str, ProposalView]:
    """Return by their ids the proposals that remarks are about; what the actor does not see is left out."""
    ids = {each.proposal_id for each in remarks if each.proposal_id is not None}
    return ProposalRepository(session, actor).get_many(ids)


def count_open_remarks(session: Session, *, actor: Actor) -> int:
    """Return how many remarks wait for an answer of the actor's organisation."""
    return RemarkRepository(session, actor).count_open()


def _organisation(actor: Actor) -> str:
    actor.require(EVERYBODY, organisation_id=actor.organisation_id)
    if actor.organisation_id is None:
        raise NotAllowed("This is for members of an organisation.")
    return actor.organisation_id


def _checked(text: str, field: str, *, may_be_empty: bool = False) -> str:
    words = text.strip()
    if not words and not may_be_empty:
        raise InvalidInput("It says nothing.", field=field, remedy="Write what is wrong, and why.")
    if len(words) > MAX_CHARS:
        raise InvalidInput(
            f"The text is longer than {MAX_CHARS} characters.", field=field, remedy="Shorten it."
        )
    return words


def _tell_reviewers(session: Session, entry: EntryView, kind: NoticeKind, thing_id: str, *, key: str) -> None:
    if entry.organisation_id is None:
        return
    notices = NoticeRepository(session)
    notices.tell(
        notices.staff_of(entry.organisation_id, REVIEWERS),
        kind,
        thing_id,
        key=key,
        entry_id=entry.id,
        organisation_id=entry.organisation_id,
    )
