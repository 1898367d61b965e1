"""Merging without loss: one entry becomes the face of several; nothing is moved, all can be undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from matcher.errors import Conflict, MergeNotFound, NotAllowed, StaleVersion
from matcher.services.actor import Actor
from matcher.services.standing import merge_entries, require_reviewer, seen_entries, stand_anew, undo_merge
from matcher.types import EntryStatus
from models.records import Entry
from models.repositories.audit import AuditRepository
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.merges import MergeRepository, MergeView
from models.repositories.supports import SupportRepository

__all__ = [
    "GroupView",
    "MergeView",
    "choose_face",
    "faces_of",
    "group_of",
    "merge",
    "support",
    "trace",
    "undo",
    "withdraw_support",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """What stands with an entry.

    Attributes
    ----------
    face
        The entry that is shown for all; the entry itself where it stands alone. ``None`` if the actor does
        not see it.
    entries
        All that stand together and that the actor sees, the face first.
    n_hidden
        Entries among them that the actor does not see.
    n_supporters
        Members that stand behind any of them, each counted once, and authors who are not known.
    is_supported
        Whether the actor supports one of them.
    version
        Of the group; 0 where the entry stands alone. A merge may rest on it.
    """

    face: EntryView | None
    entries: tuple[EntryView, ...]
    n_hidden: int
    n_supporters: int
    is_supported: bool
    version: int


def merge(
    session: Session,
    entry_ids: Sequence[str],
    *,
    face_id: str | None = None,
    expected_versions: Mapping[str, int] | None = None,
    actor: Actor,
) -> GroupView:
    """Let entries stand behind one face.

    Parameters
    ----------
    session
        An open session.
    entry_ids
        Two entries or more, needs and ideas, or offerings of one supplier.
    face_id
        Which of them is the face.
    expected_versions
        Versions of groups that the decision rests on, by the id of an entry in them; 0: it stood alone.
    actor
        Who decides.

    Raises
    ------
    EntryNotFound, NotAllowed, InvalidInput, Conflict, StaleVersion
        If an entry is not seen, may not or cannot be merged, or something changed in the meantime.
    """
    made = merge_entries(
        session, entry_ids, face_id=face_id, expected_versions=expected_versions, actor=actor
    )
    return group_of(session, MergeRepository(session).members(made.id)[0], actor=actor)


def undo(
    session: Session, merge_id: str, *, expected_version: int | None = None, actor: Actor
) -> list[GroupView]:
    """Take a merge back, whatever was merged after it; return how its entries stand now.

    Raises
    ------
    MergeNotFound, NotAllowed
        If the actor sees none of its entries, or may not decide about them.
    Conflict
        If it is undone.
    StaleVersion
        If somebody changed it.
    """
    merges = MergeRepository(session)
    record = merges.get(merge_id)
    members = merges.members(merge_id)
    seen = EntryRepository(session, actor).get_many(members)
    if not seen:
        raise MergeNotFound(merge_id)
    if record.member_id != actor.member_id or actor.member_id is None:
        require_reviewer(session, seen.values(), actor=actor)
    if record.undone_at is not None:
        raise Conflict("The merge is undone.", remedy="Merge the entries again.")
    if expected_version is not None and record.version != expected_version:
        raise StaleVersion(merge_id, expected=expected_version, actual=record.version)
    undo_merge(session, record, actor=actor)
    return [group_of(session, entry_id, actor=actor) for entry_id in seen]


def choose_face(
    session: Session, entry_id: str, *, expected_version: int | None = None, actor: Actor
) -> GroupView:
    """Let an entry be the face of those that it stands with.

    Raises
    ------
    EntryNotFound, NotAllowed
        If the actor does not see it or may not decide about its group.
    Conflict
        If it stands alone, is not published, or is the face already.
    StaleVersion
        If the group changed.
    """
    (entry,) = seen_entries(session, [entry_id], actor=actor)
    merges = MergeRepository(session)
    standing = merges.standing([entry_id]).get(entry_id)
    if standing is None:
        raise Conflict("The entry stands alone.", remedy="Merge it with others first.")
    entries = EntryRepository(session, actor).get_many(standing.entry_ids)
    require_reviewer(session, entries.values(), actor=actor)
    if expected_version is not None and standing.version != expected_version:
        raise StaleVersion(entry_id, expected=expected_version, actual=standing.version)
    if entry.status is not EntryStatus.PUBLISHED or standing.face_id == entry_id:
        raise Conflict("The entry is not published, or is the face already.")
    merges.choose_face(entry_id, merge_id=None, by=actor)
    stand_anew(session, [entry_id], actor=actor)
    AuditRepository(session).add(
        "merge.face_chosen", entry_id, by=actor, organisation_id=entry.organisation_id
    )
    return group_of(session, entry_id, actor=actor)


def group_of(session: Session, entry_id: str, *, actor: Actor) -> GroupView:
    """Return what stands with an entry.

    Raises
    ------
    EntryNotFound
        If the actor does not see the entry.
    """
    entries = EntryRepository(session, actor)
    own = entries.get(entry_id)
    standing = MergeRepository(session).standing([entry_id]).get(entry_id)
    together = standing.entry_ids if standing else (entry_id,)
    face_id = standing.face_id if standing else entry_id
    seen = entries.get_many([face_id, *together]) if standing else {entry_id: own}
    supports = SupportRepository(session)
    return GroupView(
        face=seen.get(face_id),
        entries=tuple(seen.values()),
        n_hidden=len(together) - len(seen),
        n_supporters=supports.behind(together).n,
        is_supported=any(supports.of(each, actor.member_id) for each in together),
        version=standing.version if standing else 0,
    )


def faces_of(session: Session, entry_ids: Sequence[str]) -> dict[str, str]:
    """Return the face of each entry: itself where it stands alone."""
    return MergeRepository(session).faces(entry_ids)


def trace(session: Session, entry_id: str, *, actor: Actor) -> list[MergeView]:
    """Return every merge that ever reached an entry, those undone too, the earliest first.

    Raises
    ------
    EntryNotFound
        If the actor does not see the entry.
    """
    EntryRepository(session, actor).get_record(entry_id)
    return MergeRepository(session).around([entry_id], undone_too=True)


def support(session: Session, entry_id: str, *, actor: Actor) -> GroupView:
    """Stand behind an entry; doing it again changes nothing.

    Raises
    ------
    EntryNotFound, NotAllowed
        If the actor does not see the entry, or is no member.
    Conflict
        If the entry is not published.
    """
    record = _supportable(session, entry_id, actor)
    if record.status is not EntryStatus.PUBLISHED:
        raise Conflict("Only what is published can be supported.")
    if SupportRepository(session).add(entry_id, by=actor):
        AuditRepository(session).add("entry.supported", entry_id, by=actor)
    return group_of(session, entry_id, actor=actor)


def withdraw_support(session: Session, entry_id: str, *, actor: Actor) -> GroupView:
    """Stand behind an entry no more; doing it again changes nothing.

    Raises
    ------
    EntryNotFound, NotAllowed
        As for ``support``.
    """
    _supportable(session, entry_id, actor)
    if SupportRepository(session).withdraw(entry_id, by=actor):
        AuditRepository(session).add("entry.support_withdrawn", entry_id, by=actor)
    return group_of(session, entry_id, actor=actor)


def _supportable(session: Session, entry_id: str, actor: Actor) -> Entry:
    record = EntryRepository(session, actor).get_record(entry_id)
    if actor.member_id is None:
        raise NotAllowed("Only members support entries.")
    return record
