"""Queries about who stands behind entries."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.records import EntryVersion, Support, utc_now
from models.repositories.labels import CHUNK
from models.repositories.viewing import Viewer


@dataclass(frozen=True, slots=True, kw_only=True)
class Supporters:
    """Who stands behind entries together: members, each once, and entries whose author is not known."""

    member_ids: tuple[str, ...]
    n_unknown: int

    @property
    def n(self) -> int:
        """How many that are; an author that is not known counts as one."""
        return len(self.member_ids) + self.n_unknown


class SupportRepository:
    """Supports; the author of an entry stands behind it without saying so."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, entry_id: str, *, by: Viewer) -> bool:
        """Note that the viewer stands behind an entry; return whether it did not before."""
        if by.member_id is None:
            return False
        support = self._find(entry_id, by.member_id)
        if support is None:
            self._session.add(
                Support(entry_id=entry_id, member_id=by.member_id, organisation_id=by.organisation_id)
            )
        elif support.withdrawn_at is not None:
            support.withdrawn_at = None
        else:
            return False
        self._session.flush()
        return True

    def withdraw(self, entry_id: str, *, by: Viewer) -> bool:
        """Note that the viewer stands behind an entry no more; return whether it did before."""
        support = self._find(entry_id, by.member_id) if by.member_id is not None else None
        if support is None or support.withdrawn_at is not None:
            return False
        support.withdrawn_at = utc_now()
        self._session.flush()
        return True

    def of(self, entry_id: str, member_id: str | None) -> bool:
        """Whether a member supports an entry."""
        support = self._find(entry_id, member_id) if member_id is not None else None
        return support is not None and support.withdrawn_at is None

    def behind(self, entry_ids: Iterable[str]) -> Supporters:
        """Return who stands behind entries, authors among them, each counted once."""
        wanted = list(dict.fromkeys(entry_ids))
        authors = self.authors(wanted)
        members = {member_id for member_id in authors.values() if member_id is not None}
        for start in range(0, len(wanted), CHUNK):
            query = select(Support.member_id).where(
                Support.entry_id.in_(wanted[start : start + CHUNK]), Support.withdrawn_at.is_(None)
            )
            members.update(self._session.scalars(query))
        return Supporters(
            member_ids=tuple(sorted(members)),
            n_unknown=sum(authors.get(entry_id) is None for entry_id in wanted),
        )

    def authors(self, entry_ids: Iterable[str]) -> dict[str, str | None]:
        """Return the member that registered each entry, None where it is not known."""
        wanted = list(dict.fromkeys(entry_ids))
        found: dict[str, str | None] = {}
        for start in range(0, len(wanted), CHUNK):
            query = select(EntryVersion.entry_id, EntryVersion.member_id).where(
                EntryVersion.entry_id.in_(wanted[start : start + CHUNK]), EntryVersion.number == 1
            )
            found.update((entry_id, member_id) for entry_id, member_id in self._session.execute(query))
        return found

    def _find(self, entry_id: str, member_id: str) -> Support | None:
        return self._session.scalar(
            select(Support).where(Support.entry_id == entry_id, Support.member_id == member_id)
        )
