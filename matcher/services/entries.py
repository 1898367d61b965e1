"""Entries: register, read, change, publish and withdraw needs, ideas and offerings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, InvalidInput, NotAllowed, StaleVersion
from matcher.services.actor import EVERYBODY, STAFF, Actor
from matcher.services.preparing import check, prepare
from matcher.types import EntryDraft, EntryKind, EntryStatus, TimeWindow
from models.records import Entry
from models.repositories.audit import AuditRepository
from models.repositories.contents import draft_digest, source_key
from models.repositories.entries import EntryFilters, EntryRepository, EntryView, VersionView
from models.repositories.entry_writing import EntryWriter, NewContent
from models.repositories.organisations import OrganisationRepository
from models.repositories.pages import Page
from models.repositories.proposal_saving import ProposalSaver

__all__ = [
    "EntryFilters",
    "EntryView",
    "VersionView",
    "change",
    "count_by_kind",
    "create",
    "get",
    "get_many",
    "list_entries",
    "list_shown_versions",
    "list_versions",
    "publish",
    "withdraw",
]

_WINDOW: Final = ("starts_on", "ends_on")
_LISTS: Final = ("cpv", "regions", "tags")
_CHANGEABLE: Final = frozenset(
    {
        "title",
        "text",
        "language",
        "municipality",
        "estimated_value",
        "currency",
        "capacity",
        *_WINDOW,
        *_LISTS,
    }
)
_AT_FIRST: Final = (EntryStatus.DRAFT, EntryStatus.PUBLISHED)


def create(session: Session, draft: EntryDraft, *, actor: Actor) -> EntryView:
    """Register an entry of the actor's organisation, or for the program of the one that the draft names.

    Raises
    ------
    NotAllowed
        If the draft names another organisation than the actor's.
    InvalidInput
        If a field cannot be used.
    Conflict
        If the source's id is registered.
    """
    organisation_id = _organisation(session, draft, actor)
    if draft.status not in _AT_FIRST:
        raise InvalidInput("A new entry is a draft or published.", field="status")
    content = prepare(draft)
    check(content)
    writer = EntryWriter(session)
    key = source_key(actor.organisation_id, draft.source, draft.source_id)
    if writer.find_known([key]):
        raise Conflict(
            "An entry with this source and id is registered.", remedy="Change that one, or use another id."
        )
    new = NewContent(
        content=content,
        source_key=key,
        draft_digest=draft_digest(draft),
        status=draft.status,
        organisation_id=organisation_id,
        member_id=actor.member_id,
    )
    writer.insert_many([new])
    AuditRepository(session).add(
        "entry.created",
        new.entry_id,
        by=actor,
        organisation_id=organisation_id,
        kind=draft.kind.value,
        status=draft.status.value,
    )
    return EntryRepository(session, actor).get(new.entry_id)


def get(session: Session, entry_id: str, *, actor: Actor) -> EntryView:
    """Return an entry.

    Raises
    ------
    EntryNotFound
        If there is none that the actor sees.
    """
    return EntryRepository(session, actor).get(entry_id)


def get_many(session: Session, entry_ids: Iterable[str], *, actor: Actor) -> dict[str, EntryView]:
    """Return entries by id, in the order asked for; those that the actor does not see are left out."""
    return EntryRepository(session, actor).get_many(entry_ids)


def list_entries(
    session: Session,
    *,
    actor: Actor,
    filters: EntryFilters | None = None,
    limit: int = 50,
    after: Sequence[Any] | None = None,
) -> Page[EntryView]:
    """Return a page of the entries that the actor sees, newest first."""
    return EntryRepository(session, actor).list_views(filters or EntryFilters(), limit=limit, after=after)


def change(
    session: Session, entry_id: str, changes: Mapping[str, Any], *, expected_version: int, actor: Actor
) -> EntryView:
    """Change an entry's content; the old one remains as a version.

    Parameters
    ----------
    session
        An open session.
    entry_id
        Which entry.
    changes
        New values by field: title, text, language, municipality, regions, cpv, starts_on, ends_on,
        estimated_value, currency, capacity, tags.
    expected_version
        Version that the change was made from.
    actor
        Who changes it.

    Raises
    ------
    EntryNotFound, NotAllowed, InvalidInput, Conflict
        If the actor does not see it or may not change it, a field cannot be used, or it is erased or
        restricted.
    StaleVersion
        If somebody else changed it.
    """
    record = _changeable(session, entry_id, expected_version=expected_version, actor=actor)
    writer = EntryWriter(session)
    content = prepare(_changed(writer.latest_draft(record), changes))
    check(content)
    new = NewContent(
        content=content,
        source_key=record.source_key,
        # As the source sent it: what is changed here must not be undone by the same file again.
        draft_digest=record.draft_digest,
        status=record.status,
        organisation_id=record.organisation_id,
        member_id=actor.member_id,
        number=record.content_number + 1,
        entry_id=entry_id,
    )
    owner = record.organisation_id
    writer.update_many([new])
    AuditRepository(session).add(
        "entry.changed", entry_id, by=actor, organisation_id=owner, fields=sorted(changes)
    )
    return EntryRepository(session, actor).get(entry_id)


def publish(session: Session, entry_id: str, *, expected_version: int, actor: Actor) -> EntryView:
    """Let everybody see an entry, and match it.

    Raises
    ------
    EntryNotFound, NotAllowed, Conflict, StaleVersion
        As for ``change``.
    """
    record = _changeable(session, entry_id, expected_version=expected_version, actor=actor)
    return _set_status(session, record, EntryStatus.PUBLISHED, actor)


def withdraw(session: Session, entry_id: str, *, expected_version: int, actor: Actor) -> EntryView:
    """Take an entry back: only its organisation sees it, and it is proposed no more.

    Raises
    ------
    EntryNotFound, NotAllowed, Conflict, StaleVersion
        As for ``change``.
    """
    record = _changeable(session, entry_id, expected_version=expected_version, actor=actor)
    ProposalSaver(session).retire_entry(entry_id)
    return _set_status(session, record, EntryStatus.WITHDRAWN, actor)


def list_versions(session: Session, entry_id: str, *, actor: Actor) -> list[VersionView]:
    """Return what was sent and what was made of it, the oldest first.

    Raises
    ------
    EntryNotFound
        If the actor does not see the entry.
    NotAllowed
        If the actor is no staff of its organisation: originals hold what is masked elsewhere.
    """
    entries = EntryRepository(session, actor)
    actor.require(STAFF, organisation_id=entries.get_record(entry_id).organisation_id)
    return entries.list_versions(entry_id)


def list_shown_versions(session: Session, entry_id: str, *, actor: Actor) -> list[VersionView] | None:
    """Return the versions of an entry as far as the actor may read them, the oldest first.

    The staff of its organisation gets them as they were sent; its other members, partners among them, as they
    were shown; everybody else None.

    Raises
    ------
    EntryNotFound
        If the actor does not see the entry.
    """
    entries = EntryRepository(session, actor)
    organisation_id = entries.get_record(entry_id).organisation_id
    if not actor.may(EVERYBODY, organisation_id=organisation_id):
        return None
    versions = entries.list_versions(entry_id)
    if actor.may(STAFF, organisation_id=organisation_id):
        return versions
    return [replace(each, original_title=each.title, original_text=each.text) for each in versions]


def count_by_kind(session: Session, *, actor: Actor) -> dict[EntryKind, int]:
    """Return how many published entries of each kind the actor sees."""
    return EntryRepository(session, actor).count_by_kind(status=EntryStatus.PUBLISHED)


def _organisation(session: Session, draft: EntryDraft, actor: Actor) -> str | None:
    if actor.is_system:
        if draft.organisation is None:
            return None
        found = OrganisationRepository(session).find_ids([draft.organisation])
        if draft.organisation not in found:
            raise InvalidInput("There is no such organisation.", field="organisation")
        return found[draft.organisation]
    actor.require(EVERYBODY, organisation_id=actor.organisation_id)
    if draft.organisation not in (None, actor.organisation_id):
        raise NotAllowed("An entry is registered for one's own organisation.")
    return actor.organisation_id


def _changeable(session: Session, entry_id: str, *, expected_version: int, actor: Actor) -> Entry:
    record = EntryRepository(session, actor).get_record(entry_id)
    actor.require(EVERYBODY, organisation_id=record.organisation_id)
    if record.version != expected_version:
        raise StaleVersion(entry_id, expected=expected_version, actual=record.version)
    if record.status in (EntryStatus.RESTRICTED, EntryStatus.ERASED):
        raise Conflict(f"The entry is {record.status.value}.", remedy="It can be changed no more.")
    return record


def _set_status(session: Session, record: Entry, status: EntryStatus, actor: Actor) -> EntryView:
    EntryWriter(session).set_status(record, status)
    AuditRepository(session).add(
        f"entry.{status.value}", record.id, by=actor, organisation_id=record.organisation_id
    )
    session.flush()
    return EntryRepository(session, actor).get(record.id)


def _changed(draft: EntryDraft, changes: Mapping[str, Any]) -> EntryDraft:
    unknown = sorted(set(changes) - _CHANGEABLE)
    if unknown:
        raise InvalidInput(f"An entry's {unknown[0]} cannot be changed.", field=unknown[0])
    values: dict[str, Any] = {
        name: tuple(value or ()) if name in _LISTS else value
        for name, value in changes.items()
        if name not in _WINDOW
    }
    for name in ("title", "text"):
        if name in values:
            values[name] = values[name] or ""
    if set(changes) & set(_WINDOW):
        days = {name: changes.get(name, getattr(draft.window, name)) for name in _WINDOW}
        values["window"] = TimeWindow(**days)
    return replace(draft, **values)
