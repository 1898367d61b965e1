"""Queries about merges, and about what stands together because of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from matcher.errors import MergeNotFound
from matcher.types import EntryStatus
from models.records import Entry, FaceChoice, Member, Merge, MergedEntry, MergeGroup, MergeMember, utc_now
from models.repositories.labels import CHUNK
from models.repositories.viewing import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeView:
    """A merge: which entries, who found them to be one and when, and whether it was undone."""

    id: str
    entry_ids: tuple[str, ...]
    organisation_id: str | None
    member_id: str | None
    member_name: str | None
    created_at: datetime
    undone_at: datetime | None
    version: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Entries that stand together, and their face."""

    group_id: str
    face_id: str
    entry_ids: tuple[str, ...]
    version: int


class MergeRepository:
    """Merges, whoever the entries belong to."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, merge_id: str) -> Merge:
        """Return a merge's record, or raise ``MergeNotFound``."""
        record = self._session.get(Merge, merge_id, populate_existing=True)
        if record is None:
            raise MergeNotFound(merge_id)
        return record

    def add(self, entry_ids: Iterable[str], *, by: Viewer) -> Merge:
        """Add a merge; its id is known afterwards."""
        merge = Merge(organisation_id=by.organisation_id, member_id=by.member_id)
        self._session.add(merge)
        self._session.flush()
        members = [MergeMember(merge_id=merge.id, entry_id=entry_id) for entry_id in sorted(set(entry_ids))]
        self._session.add_all(members)
        self._session.flush()
        return merge

    def count_changes(self, since: datetime) -> int:
        """Return how many merges were made or undone since a time."""
        query = select(func.count(Merge.id)).where(or_(Merge.created_at >= since, Merge.undone_at >= since))
        return int(self._session.scalar(query) or 0)

    def undo(self, merge: Merge, *, by: Viewer) -> None:
        """Note that a merge does not hold any more."""
        merge.undone_at, merge.undone_by = utc_now(), by.member_id
        self._session.flush()

    def choose_face(self, entry_id: str, *, merge_id: str | None, by: Viewer) -> None:
        """Note that somebody chose an entry as the face."""
        latest = self._session.scalar(select(func.max(FaceChoice.number))) or 0
        self._session.add(
            FaceChoice(
                number=latest + 1,
                entry_id=entry_id,
                merge_id=merge_id,
                organisation_id=by.organisation_id,
                member_id=by.member_id,
            )
        )
        self._session.flush()

    def members(self, merge_id: str) -> list[str]:
        """Return the entries that a merge is about."""
        query = select(MergeMember.entry_id).where(MergeMember.merge_id == merge_id)
        return list(self._session.scalars(query.order_by(MergeMember.entry_id)))

    def around(self, entry_ids: Iterable[str], *, undone_too: bool = False) -> list[MergeView]:
        """Return the merges that entries are reached by, one through the other, the earliest first."""
        reached, seen = set(entry_ids), set[str]()
        merge_ids: set[str] = set()
        while new := reached - seen:
            seen |= new
            found = self._merges_of(new, undone_too=undone_too) - merge_ids
            merge_ids |= found
            reached |= self._entries_of(found)
        return self._views(merge_ids)

    def standing(self, entry_ids: Iterable[str]) -> dict[str, Standing]:
        """Return the group that each entry stands in; those that stand alone are left out."""
        group_of: dict[str, str] = {}
        for chunk in _chunks(entry_ids):
            query = select(MergedEntry.entry_id, MergedEntry.group_id).where(MergedEntry.entry_id.in_(chunk))
            group_of.update((entry_id, group_id) for entry_id, group_id in self._session.execute(query))
        groups = self._standings(set(group_of.values()))
        return {entry_id: groups[group_id] for entry_id, group_id in group_of.items()}

    def faces(self, entry_ids: Iterable[str]) -> dict[str, str]:
        """Return the face of each entry: itself where it stands alone."""
        wanted = list(entry_ids)
        standing = self.standing(wanted)
        return {each: standing[each].face_id if each in standing else each for each in wanted}

    def face_choices(self, entry_ids: Iterable[str]) -> list[str]:
        """Return which of the entries were chosen as faces, the latest first; choices undone are left out."""
        chosen: list[tuple[int, str]] = []
        for chunk in _chunks(entry_ids):
            query = (
                select(FaceChoice.number, FaceChoice.entry_id)
                .outerjoin(Merge, Merge.id == FaceChoice.merge_id)
                .where(FaceChoice.entry_id.in_(chunk), Merge.undone_at.is_(None))
            )
            chosen += [(number, entry_id) for number, entry_id in self._session.execute(query)]
        return [entry_id for _, entry_id in sorted(chosen, reverse=True)]

    def published(self, entry_ids: Iterable[str]) -> list[str]:
        """Return which of the entries are published, the earliest first."""
        found: list[tuple[datetime, str]] = []
        for chunk in _chunks(entry_ids):
            query = select(Entry.created_at, Entry.id).where(
                Entry.id.in_(chunk), Entry.status == EntryStatus.PUBLISHED
            )
            found += [(created_at, entry_id) for created_at, entry_id in self._session.execute(query)]
        return [entry_id for _, entry_id in sorted(found)]

    def put(
        self, members: Iterable[str], *, face_id: str, owner: str | None, taken: Collection[str] = ()
    ) -> MergeGroup:
        """Let entries stand together; the group that most of them stand in goes on with its id.

        ``taken`` are groups that go on with other entries already.
        """
        wanted = sorted(set(members))
        before = self.standing(wanted)
        counts: dict[str, int] = {}
        for standing in before.values():
            if standing.group_id not in taken:
                counts[standing.group_id] = counts.get(standing.group_id, 0) + 1
        group_id = min(counts, key=lambda each: (-counts[each], each)) if counts else None
        group = self._session.get(MergeGroup, group_id) if group_id else None
        if group is None:
            group = MergeGroup(face_id=face_id, organisation_id=owner)
            self._session.add(group)
        # A change of members alone is one, too: the version must tell.
        group.face_id, group.organisation_id, group.updated_at = face_id, owner, utc_now()
        self._session.flush()
        self._move(wanted, {each: before[each].group_id for each in before}, group.id)
        return group

    def clear(self, entry_ids: Iterable[str]) -> None:
        """Let entries stand alone."""
        for chunk in _chunks(entry_ids):
            self._session.execute(delete(MergedEntry).where(MergedEntry.entry_id.in_(chunk)))

    def drop_empty(self, group_ids: Iterable[str]) -> None:
        """Remove groups that nothing stands in any more."""
        filled = select(MergedEntry.group_id)
        for chunk in _chunks(group_ids):
            self._session.execute(
                delete(MergeGroup).where(MergeGroup.id.in_(chunk), MergeGroup.id.not_in(filled))
            )

    def _move(self, wanted: Sequence[str], before: Mapping[str, str], group_id: str) -> None:
        self._session.add_all(
            MergedEntry(entry_id=each, group_id=group_id) for each in wanted if each not in before
        )
        self._session.flush()
        for chunk in _chunks(each for each in wanted if before.get(each, group_id) != group_id):
            self._session.execute(
                update(MergedEntry).where(MergedEntry.entry_id.in_(chunk)).values(group_id=group_id)
            )

    def _merges_of(self, entry_ids: Iterable[str], *, undone_too: bool) -> set[str]:
        found: set[str] = set()
        for chunk in _chunks(entry_ids):
            query = select(MergeMember.merge_id).where(MergeMember.entry_id.in_(chunk))
            if not undone_too:
                query = query.join(Merge, Merge.id == MergeMember.merge_id).where(Merge.undone_at.is_(None))
            found.update(self._session.scalars(query))
        return found

    def _entries_of(self, merge_ids: Iterable[str]) -> set[str]:
        found: set[str] = set()
        for chunk in _chunks(merge_ids):
            query = select(MergeMember.entry_id).where(MergeMember.merge_id.in_(chunk))
            found.update(self._session.scalars(query))
        return found

    def _views(self, merge_ids: Iterable[str]) -> list[MergeView]:
        wanted = sorted(merge_ids)
        entries: dict[str, list[str]] = {}
        views: list[MergeView] = []
        for chunk in _chunks(wanted):
            members = select(MergeMember.merge_id, MergeMember.entry_id).where(
                MergeMember.merge_id.in_(chunk)
            )
            for merge_id, entry_id in self._session.execute(members.order_by(MergeMember.entry_id)):
                entries.setdefault(merge_id, []).append(entry_id)
            query = select(Merge, Member.name).outerjoin(Member, Member.id == Merge.member_id)
            for merge, name in self._session.execute(query.where(Merge.id.in_(chunk))):
                views.append(_view(merge, name, entries.get(merge.id, [])))
        return sorted(views, key=lambda view: (view.created_at, view.id))

    def _standings(self, group_ids: set[str]) -> dict[str, Standing]:
        entries: dict[str, list[str]] = {}
        found: dict[str, Standing] = {}
        for chunk in _chunks(sorted(group_ids)):
            inside = select(MergedEntry.group_id, MergedEntry.entry_id).where(MergedEntry.group_id.in_(chunk))
            for group_id, entry_id in self._session.execute(inside.order_by(MergedEntry.entry_id)):
                entries.setdefault(group_id, []).append(entry_id)
            query = select(MergeGroup.id, MergeGroup.face_id, MergeGroup.version)
            for group_id, face_id, version in self._session.execute(query.where(MergeGroup.id.in_(chunk))):
                found[group_id] = Standing(
                    group_id=group_id,
                    face_id=face_id,
                    entry_ids=tuple(entries.get(group_id, ())),
                    version=version,
                )
        return found


def _view(merge: Merge, member_name: str | None, entry_ids: Sequence[str]) -> MergeView:
    return MergeView(
        id=merge.id,
        entry_ids=tuple(entry_ids),
        organisation_id=merge.organisation_id,
        member_id=merge.member_id,
        member_name=member_name,
        created_at=merge.created_at,
        undone_at=merge.undone_at,
        version=merge.version,
    )


def _chunks(values: Iterable[str]) -> Iterable[list[str]]:
    wanted = list(values)
    return (wanted[start : start + CHUNK] for start in range(0, len(wanted), CHUNK))
