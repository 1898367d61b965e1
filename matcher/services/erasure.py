"""Erasure: an entry's texts are removed or restricted everywhere, unless a legal hold keeps them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, InvalidInput, LegalHold, NotFound, StaleVersion
from matcher.services.actor import ADMINISTRATORS, SYSTEM, Actor
from matcher.services.preparing import all_digests
from matcher.types import EntryStatus
from models.records import Entry, utc_now
from models.repositories.audit import AuditRepository
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.entry_writing import EntryWriter
from models.repositories.erasing import EraseRepository
from models.repositories.holds import HoldRepository, HoldView
from models.repositories.pages import Page
from models.repositories.partner_requests import PartnerRequestRepository
from models.repositories.proposal_saving import ProposalSaver

__all__ = [
    "HoldView",
    "erase",
    "lift_hold",
    "list_holds",
    "list_withdrawn",
    "restrict",
    "run_retention",
    "set_hold",
]

log = logging.getLogger("matcher.erasure")
_RETENTION_BATCH: Final = 100


def erase(session: Session, entry_id: str, *, actor: Actor, expected_version: int | None = None) -> None:
    """Remove everything that an entry said: texts, versions, passages, vectors, reasons, exported files.

    What remains is that it was there, who did what with it and when, and the digest by which the next
    import of its source knows not to take it in again.

    Raises
    ------
    EntryNotFound, NotAllowed
        If the actor does not see it or is no administrator of its organisation.
    LegalHold
        If it must be kept.
    StaleVersion
        If somebody else changed it.
    """
    record = _erasable(session, entry_id, actor=actor, expected_version=expected_version)
    if record.status is not EntryStatus.ERASED:
        _remove(session, record, actor)


def restrict(session: Session, entry_id: str, *, actor: Actor, expected_version: int | None = None) -> None:
    """Keep an entry for its organisation's administrators alone, and use it for nothing.

    Its texts and versions stay; passages, vectors, reasons and exported files are removed.

    Raises
    ------
    EntryNotFound, NotAllowed, LegalHold, StaleVersion
        As for ``erase``.
    Conflict
        If it is erased.
    """
    record = _erasable(session, entry_id, actor=actor, expected_version=expected_version)
    if record.status is EntryStatus.ERASED:
        raise Conflict("The entry is erased.", remedy="Nothing of it is left to restrict.")
    _remove_derived(session, record)
    EntryWriter(session).set_status(record, EntryStatus.RESTRICTED)
    _note(session, "entry.restricted", record, actor)


def set_hold(session: Session, entry_id: str, *, reason: str, actor: Actor) -> None:
    """Put an entry under a legal hold: it can be neither erased nor restricted.

    Raises
    ------
    EntryNotFound, NotAllowed, InvalidInput
        If the actor does not see it, is no administrator of its organisation, or gives no reason.
    Conflict
        If it is under a hold or erased.
    """
    record = _administered(session, entry_id, actor)
    if not 0 < len(reason.strip()) <= 2000:
        raise InvalidInput("A hold needs a reason of up to 2000 characters.", field="reason")
    holds = HoldRepository(session)
    if record.status is EntryStatus.ERASED or holds.find(entry_id) is not None:
        raise Conflict("The entry is under a hold already, or erased.")
    holds.add(record, reason=reason.strip(), by=actor)
    _note(session, "entry.held", record, actor)


def lift_hold(session: Session, entry_id: str, *, actor: Actor) -> None:
    """Lift an entry's legal hold.

    Raises
    ------
    EntryNotFound, NotAllowed
        If the actor does not see it or is no administrator of its organisation.
    NotFound
        If it is under none.
    """
    record = _administered(session, entry_id, actor)
    holds = HoldRepository(session)
    hold = holds.find(entry_id)
    if hold is None:
        raise NotFound(entry_id)
    holds.lift(hold)
    _note(session, "entry.hold_lifted", record, actor)


def list_holds(session: Session, *, actor: Actor) -> list[HoldView]:
    """Return the legal holds of the actor's organisation, for its administrators.

    Raises
    ------
    NotAllowed
        If the actor is none.
    """
    actor.require(ADMINISTRATORS, organisation_id=actor.organisation_id)
    return HoldRepository(session).list_views(actor)


def list_withdrawn(
    session: Session, *, actor: Actor, limit: int = 50, after: Sequence[Any] | None = None
) -> Page[tuple[EntryView, datetime]]:
    """Return a page of the withdrawn entries of the actor's organisation, and since when they are.

    Raises
    ------
    NotAllowed
        If the actor is no administrator.
    """
    actor.require(ADMINISTRATORS, organisation_id=actor.organisation_id)
    found, next_after = EraseRepository(session).list_withdrawn(
        actor.organisation_id or "", limit=limit, after=after
    )
    shown = EntryRepository(session, actor).get_many(entry_id for entry_id, _ in found)
    return Page([(shown[entry_id], since) for entry_id, since in found if entry_id in shown], next_after)


def run_retention(
    session: Session,
    *,
    days: int,
    actor: Actor = SYSTEM,
    now: datetime | None = None,
    checkpoint: Callable[[], None] | None = None,
) -> int:
    """Erase what was withdrawn long ago and is under no hold; return how many entries that was.

    Of requests for an account that were answered, or came, as long ago, the person and the texts go, too.

    Parameters
    ----------
    session
        An open session.
    days
        Days that withdrawn entries are kept; 0 keeps them for ever.
    actor
        On whose behalf; the program's.
    now
        The present time, for tests.
    checkpoint
        Called after each hundred; pass ``session.commit`` to make what was done last.
    """
    if days <= 0:
        return 0
    before = (now or utc_now()) - timedelta(days=days)
    n_erased = 0
    while overdue := EraseRepository(session).list_overdue(withdrawn_before=before, limit=_RETENTION_BATCH):
        for record in overdue:
            _remove(session, record, actor)
        n_erased += len(overdue)
        if checkpoint is not None:
            checkpoint()
    n_emptied = _empty_requests(session, before, actor, checkpoint or session.flush)
    log.info("Retention erased %d entries and emptied %d requests.", n_erased, n_emptied)
    return n_erased


def _empty_requests(session: Session, before: datetime, actor: Actor, checkpoint: Callable[[], None]) -> int:
    requests, n_emptied = PartnerRequestRepository(session), 0
    while ids := requests.empty(before=before, limit=_RETENTION_BATCH):
        for request_id in ids:
            AuditRepository(session).add("partner_request.emptied", request_id, by=actor)
        n_emptied += len(ids)
        checkpoint()
    return n_emptied


def _administered(session: Session, entry_id: str, actor: Actor) -> Entry:
    record = EntryRepository(session, actor).get_record(entry_id)
    actor.require(ADMINISTRATORS, organisation_id=record.organisation_id)
    return record


def _erasable(session: Session, entry_id: str, *, actor: Actor, expected_version: int | None) -> Entry:
    record = _administered(session, entry_id, actor)
    if expected_version is not None and record.version != expected_version:
        raise StaleVersion(entry_id, expected=expected_version, actual=record.version)
    if HoldRepository(session).find(entry_id) is not None:
        raise LegalHold(f"Entry {entry_id} is under a legal hold.")
    return record


def _remove(session: Session, record: Entry, actor: Actor) -> None:
    _remove_derived(session, record)
    EraseRepository(session).empty(record)
    EntryWriter(session).set_status(record, EntryStatus.ERASED)
    _note(session, "entry.erased", record, actor)


def _remove_derived(session: Session, record: Entry) -> None:
    erasing = EraseRepository(session)
    ProposalSaver(session).retire_entry(record.id)
    texts = erasing.texts(record.id)
    erasing.remove_derived(
        record.id, {digest for title, text in texts for digest in all_digests(title, text)}
    )
    # Before the commit: an export can be made again, a text that was to be erased must not be left over.
    _unlink(erasing.remove_files())


def _unlink(paths: list[Path]) -> None:
    try:
        for path in paths:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise Conflict(
            "An exported file that holds the entry cannot be removed.",
            remedy="Close it where it is open, or remove it by hand, then repeat.",
        ) from error


def _note(session: Session, action: str, record: Entry, actor: Actor) -> None:
    AuditRepository(session).add(action, record.id, by=actor, organisation_id=record.organisation_id)
    session.flush()
