"""Keeps the pairs that a search finds; what people decided stays as it is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from matcher.types import DuplicateAnswer, DuplicateState, EntryStatus
from models.records import (
    DuplicateDecision,
    DuplicatePair,
    Entry,
    MergedEntry,
    MergeGroup,
    new_id,
    table_of,
    utc_now,
)
from models.repositories.labels import CHUNK, insert_rows

Pair = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundPair:
    """A pair that a search found, ``left_id < right_id``."""

    left_id: str
    right_id: str
    cosine: float
    probability: float
    group_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedPairs:
    """What became of the pairs that a search found. ``new_ids``: ids of those that were not known."""

    new_ids: tuple[str, ...]
    n_updated: int
    n_stale: int


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided so far.

    Attributes
    ----------
    apart
        Pairs that are different or only related.
    together
        The face of entries that stand together, with each of the others.
    answers
        The two of every pair that was decided, and whether it was merged.
    """

    apart: tuple[Pair, ...]
    together: tuple[Pair, ...]
    answers: tuple[tuple[str, str, bool], ...]

    def together_among(self, entry_ids: Collection[str]) -> list[Pair]:
        """Return the face of what stands together with each of the others, of some entries alone.

        Where the face is not among them, the first of the others takes its place.
        """
        behind: dict[str, list[str]] = {}
        for face, other in self.together:
            known = behind.setdefault(face, [face] if face in entry_ids else [])
            if other in entry_ids:
                known.append(other)
        return [(known[0], other) for known in behind.values() for other in known[1:]]


class DuplicateSaver:
    """Reads and writes pairs in bulk, whoever sees them."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def decided(self) -> Decided:
        """Return what people decided."""
        columns = (DuplicatePair.left_id, DuplicatePair.right_id, DuplicatePair.state)
        states = (DuplicateState.MERGED, DuplicateState.DIFFERENT, DuplicateState.RELATED)
        rows = self._session.execute(select(*columns).where(DuplicatePair.state.in_(states))).all()
        judged = self._judged()
        return Decided(
            apart=tuple(
                (row.left_id, row.right_id) for row in rows if row.state is not DuplicateState.MERGED
            ),
            together=tuple(self._together()),
            answers=tuple(
                (row.left_id, row.right_id, row.state is DuplicateState.MERGED)
                for row in rows
                if (row.left_id, row.right_id) in judged
            ),
        )

    def save(self, found: Iterable[FoundPair], *, encoder_digest: str) -> SavedPairs:
        """Keep what was found; open pairs that were not become stale."""
        self._session.flush()
        owners, group_of = self._published(), self._group_of()
        # What was merged while the search went on is asked about no more.
        wanted = {
            (each.left_id, each.right_id): each
            for each in found
            if each.left_id in owners
            and each.right_id in owners
            and group_of.get(each.left_id, each.left_id) != group_of.get(each.right_id, each.right_id)
        }
        known = self._known()
        new = [_new_row(each, owners, encoder_digest) for key, each in wanted.items() if key not in known]
        insert_rows(self._session, DuplicatePair, new)
        changed = [
            _changed_row(row, wanted[key], encoder_digest) for key, row in known.items() if key in wanted
        ]
        self._update([row for row in changed if row is not None])
        # What stands together was not looked for: a merge that is undone later opens its pair again.
        gone = [
            row.id
            for key, row in known.items()
            if key not in wanted and row.is_current and row.state is not DuplicateState.MERGED
        ]
        self._retire(gone)
        self._session.expire_all()
        return SavedPairs(
            new_ids=tuple(row["id"] for row in new),
            n_updated=sum(row is not None for row in changed),
            n_stale=len(gone),
        )

    def _published(self) -> dict[str, str | None]:
        query = select(Entry.id, Entry.organisation_id).where(Entry.status == EntryStatus.PUBLISHED)
        return {entry_id: owner for entry_id, owner in self._session.execute(query)}

    def _group_of(self) -> dict[str, str]:
        query = select(MergedEntry.entry_id, MergedEntry.group_id)
        return {entry_id: group_id for entry_id, group_id in self._session.execute(query)}

    def _known(self) -> dict[Pair, Any]:
        columns = (
            DuplicatePair.id,
            DuplicatePair.left_id,
            DuplicatePair.right_id,
            DuplicatePair.state,
            DuplicatePair.cosine,
            DuplicatePair.probability,
            DuplicatePair.group_id,
            DuplicatePair.is_current,
        )
        return {(row.left_id, row.right_id): row for row in self._session.execute(select(*columns))}

    def _judged(self) -> set[Pair]:
        """Return the pairs that people answered about, not those that came together through others."""
        kinds = (DuplicateAnswer.MERGE, DuplicateAnswer.DIFFERENT, DuplicateAnswer.RELATED)
        query = (
            select(DuplicatePair.left_id, DuplicatePair.right_id)
            .join(DuplicateDecision, DuplicateDecision.pair_id == DuplicatePair.id)
            .where(DuplicateDecision.kind.in_(kinds))
        )
        return {(left, right) for left, right in self._session.execute(query)}

    def _together(self) -> list[Pair]:
        query = (
            select(MergeGroup.face_id, MergedEntry.entry_id)
            .join(MergedEntry, MergedEntry.group_id == MergeGroup.id)
            .where(MergedEntry.entry_id != MergeGroup.face_id)
            .order_by(MergedEntry.entry_id)
        )
        return [(face_id, entry_id) for face_id, entry_id in self._session.execute(query)]

    def _update(self, rows: list[dict[str, Any]]) -> None:
        if not rows:
            return
        table = table_of(DuplicatePair)
        names = [name for name in rows[0] if name != "pair_id"]
        values: dict[str, Any] = {name.removeprefix("new_"): bindparam(name) for name in names}
        # The version stays: it counts what people did, and who answers now answers about the same entries.
        statement = update(table).where(table.c.id == bindparam("pair_id")).values(values)
        self._session.connection().execute(statement, rows)

    def _retire(self, pair_ids: Sequence[str]) -> None:
        table = table_of(DuplicatePair)
        for start in range(0, len(pair_ids), CHUNK):
            chosen = table.c.id.in_(pair_ids[start : start + CHUNK])
            connection = self._session.connection()
            connection.execute(update(table).where(chosen).values(is_current=False, group_id=None))
            connection.execute(
                update(table)
                .where(chosen, table.c.state == DuplicateState.OPEN)
                .values(state=DuplicateState.STALE)
            )


def _new_row(each: FoundPair, owners: Mapping[str, str | None], encoder_digest: str) -> dict[str, Any]:
    now = utc_now()
    return {
        "id": new_id(),
        "left_id": each.left_id,
        "right_id": each.right_id,
        "organisation_id": owners[each.left_id],
        "cosine": each.cosine,
        "probability": each.probability,
        "encoder_digest": encoder_digest,
        "group_id": each.group_id,
        "state": DuplicateState.OPEN,
        "is_current": True,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }


def _changed_row(row: Any, each: FoundPair, encoder_digest: str) -> dict[str, Any] | None:  # noqa: ANN401
    """Return what changes of a known pair; None if nothing does."""
    state = DuplicateState.OPEN if row.state is DuplicateState.STALE else row.state
    before = (row.state, row.probability, row.group_id, row.is_current)
    if before == (state, each.probability, each.group_id, True):
        return None
    return {
        "pair_id": row.id,
        "new_cosine": each.cosine,
        "new_probability": each.probability,
        "new_encoder_digest": encoder_digest,
        "new_group_id": each.group_id,
        "new_state": state,
        "new_is_current": True,
        "new_updated_at": utc_now(),
    }
