"""What the services about cases share: who may change one, what goes into it, and noting that it changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from sqlalchemy.orm import Session

from matcher.errors import InvalidInput, StaleVersion
from matcher.services.actor import REVIEWERS, Actor
from matcher.services.standing import seen_entries
from matcher.types import EntryKind, EntryStatus
from models.records import Case, CaseNeed, CaseOffering, utc_now
from models.repositories.audit import AuditRepository
from models.repositories.cases import CaseRepository, CaseView

MAX_ENTRIES: Final = 500
TEXTS: Final[Mapping[str, int]] = {"title": 300, "note": 20_000, "next_step": 2000}
"""Characters that a case's texts have at most."""


def shared_case(session: Session, case_id: str, expected_version: int | None, actor: Actor) -> Case:
    """Return a case, to change it, if the actor is a reviewer in an organisation that takes part.

    Raises
    ------
    CaseNotFound, NotAllowed, StaleVersion
        If it is not seen, the actor may not, or somebody changed it.
    """
    record = CaseRepository(session, actor).get_record(case_id)
    actor.require(REVIEWERS, organisation_id=actor.organisation_id)
    if expected_version is not None and record.version != expected_version:
        raise StaleVersion(case_id, expected=expected_version, actual=record.version)
    return record


def led_case(session: Session, case_id: str, expected_version: int | None, actor: Actor) -> Case:
    """Return a case, to change it, if the actor is a reviewer of the organisation that leads it.

    Raises
    ------
    CaseNotFound, NotAllowed, StaleVersion
        As for ``shared_case``.
    """
    record = shared_case(session, case_id, expected_version, actor)
    actor.require(REVIEWERS, organisation_id=record.organisation_id)
    return record


def add_needs(
    session: Session, record: Case, need_ids: Sequence[str], actor: Actor, *, may_be_none: bool = False
) -> None:
    """Take needs into a case; their organisations take part from then on.

    Raises
    ------
    EntryNotFound, InvalidInput
        If one is not seen or is no published need or idea, or there are none or too many.
    """
    wanted = list(dict.fromkeys(need_ids))
    if not (wanted or may_be_none) or len(wanted) > MAX_ENTRIES:
        raise InvalidInput(f"Choose 1 to {MAX_ENTRIES} needs.", field="needs")
    repository = CaseRepository(session, actor)
    for entry in seen_entries(session, wanted, actor=actor):
        if entry.kind is EntryKind.OFFERING or entry.status is not EntryStatus.PUBLISHED:
            raise InvalidInput("Needs of a case are published needs and ideas.", field="needs")
        if repository.need_record(record.id, entry.id) is None:
            session.add(CaseNeed(case_id=record.id, entry_id=entry.id, organisation_id=entry.organisation_id))
        if entry.organisation_id is not None:
            repository.add_organisation(record.id, entry.organisation_id)
    session.flush()


def add_offerings(session: Session, record: Case, offering_ids: Sequence[str], actor: Actor) -> None:
    """Take offerings into a case.

    Raises
    ------
    EntryNotFound, InvalidInput
        If one is not seen or is no offering, or there are too many.
    """
    wanted = list(dict.fromkeys(offering_ids))
    if len(wanted) > MAX_ENTRIES:
        raise InvalidInput(f"Choose up to {MAX_ENTRIES} offerings.", field="offerings")
    entries = seen_entries(session, wanted, actor=actor)
    if any(entry.kind is not EntryKind.OFFERING for entry in entries):
        raise InvalidInput("One of them is no offering.", field="offerings")
    repository = CaseRepository(session, actor)
    for entry in entries:
        if repository.offering_record(record.id, entry.id) is None:
            session.add(CaseOffering(case_id=record.id, entry_id=entry.id))
    session.flush()


def checked_text(field: str, value: str) -> str:
    """Return a text of a case without the space around it.

    Raises
    ------
    InvalidInput
        If it is too long, or a title is empty.
    """
    words = value.strip()
    if len(words) > TEXTS[field] or (field == "title" and not words):
        raise InvalidInput(f"It has up to {TEXTS[field]} characters, a title at least one.", field=field)
    return words


def noted(session: Session, record: Case, action: str, actor: Actor, **detail: str | list[str]) -> CaseView:
    """Note that a case changed, and return it."""
    # A change of its parts alone is one, too: the version must tell.
    record.updated_at = utc_now()
    AuditRepository(session).add(
        action, record.id, by=actor, organisation_id=record.organisation_id, **detail
    )
    session.flush()
    return CaseRepository(session, actor).get(record.id)


def amounts_of(view: CaseView) -> list[tuple[Decimal | None, str | None]]:
    """Return what a case is worth by parts: what organisations expect, or else what their needs say."""
    told = {each.organisation_id: each for each in view.organisations if each.expected_value is not None}
    amounts = [(each.expected_value, each.currency) for each in told.values()]
    return amounts + [
        (need.estimated_value, need.currency) for need in view.needs if need.organisation_id not in told
    ]
