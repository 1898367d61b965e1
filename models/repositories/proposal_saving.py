"""Saves what the engine proposes: new pairs, changed scores, and what is no longer proposed."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, or_, select, update
from sqlalchemy.orm import Session

from matcher.types import Direction, EntryStatus, ProposalState, Reason
from matcher.types import Proposal as EngineProposal
from models.records import Entry, Proposal, new_id, table_of, utc_now
from models.repositories.labels import CHUNK, insert_rows

Key = tuple[str, str, Direction]
Asked = tuple[str, Direction]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedProposals:
    """How many proposals were new, changed, as before, and are no longer made."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    stale: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    id: str
    state: ProposalState
    is_current: bool
    score: float
    rank: int
    recipe_digest: str

    def says(self, proposal: EngineProposal) -> bool:
        """Whether it is what the engine proposes now."""
        return self.is_current and (self.score, self.rank, self.recipe_digest) == (
            proposal.score.value,
            proposal.rank,
            proposal.recipe_digest,
        )


class ProposalSaver:
    """Saves proposals in bulk; what people judged keeps its state."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def save(
        self, proposals: Iterable[EngineProposal], *, asked: Collection[Asked], run_id: str | None
    ) -> SavedProposals:
        """Save proposals.

        Parameters
        ----------
        proposals
            What the engine proposes; pairs with an entry that is not published are left out.
        asked
            The queries and directions that were asked anew; what they no longer propose becomes stale
            unless somebody judged it.
        run_id
            The run that made them.
        """
        self._session.flush()
        wanted = {(each.query_id, each.target_id, each.direction): each for each in proposals}
        published = self._published({entry_id for key in wanted for entry_id in key[:2]})
        wanted = {key: each for key, each in wanted.items() if key[0] in published and key[1] in published}
        known = self._known({key[0] for key in wanted} | {query_id for query_id, _ in asked})
        changed = {key: each for key, each in wanted.items() if key in known and not known[key].says(each)}
        new = {key: each for key, each in wanted.items() if key not in known}
        gone = [
            each
            for key, each in known.items()
            if key not in wanted and (key[0], key[2]) in set(asked) and each.is_current
        ]
        self._insert(list(new.values()), published, run_id)
        self._change([(known[key].id, each) for key, each in changed.items()], published, run_id)
        self._retire([each.id for each in gone])
        self._session.expire_all()
        unchanged = len(wanted) - len(new) - len(changed)
        return SavedProposals(created=len(new), updated=len(changed), unchanged=unchanged, stale=len(gone))

    def retire_entry(self, entry_id: str) -> None:
        """Propose nothing for an entry, and it for nothing."""
        self._session.flush()
        touches = or_(Proposal.query_id == entry_id, Proposal.target_id == entry_id)
        self._retire(self._session.scalars(select(Proposal.id).where(touches, Proposal.is_current)).all())
        self._session.expire_all()

    def queries_of(self, entry_id: str) -> dict[Direction, list[str]]:
        """Return the queries that an entry is proposed for at present, by direction."""
        self._session.flush()
        query = select(Proposal.direction, Proposal.query_id).where(
            Proposal.target_id == entry_id, Proposal.is_current
        )
        found: dict[Direction, list[str]] = {}
        for direction, query_id in self._session.execute(query.order_by(Proposal.query_id)):
            found.setdefault(direction, []).append(query_id)
        return found

    def retire_target(self, entry_id: str, *, kept: Collection[Asked]) -> int:
        """Propose an entry for nothing but the queries and directions that are kept."""
        self._session.flush()
        query = select(Proposal.id, Proposal.query_id, Proposal.direction).where(
            Proposal.target_id == entry_id, Proposal.is_current
        )
        gone = [row.id for row in self._session.execute(query) if (row.query_id, row.direction) not in kept]
        self._retire(gone)
        self._session.expire_all()
        return len(gone)

    def _published(self, entry_ids: set[str]) -> dict[str, str | None]:
        """Map the ids of published entries to the organisations that they belong to."""
        found: dict[str, str | None] = {}
        for chunk in _chunks(sorted(entry_ids)):
            query = select(Entry.id, Entry.organisation_id).where(
                Entry.id.in_(chunk), Entry.status == EntryStatus.PUBLISHED
            )
            found.update((entry_id, owner) for entry_id, owner in self._session.execute(query))
        return found

    def _known(self, query_ids: set[str]) -> dict[Key, _Known]:
        found: dict[Key, _Known] = {}
        columns = (
            Proposal.id,
            Proposal.state,
            Proposal.is_current,
            Proposal.score,
            Proposal.rank,
            Proposal.recipe_digest,
        )
        for chunk in _chunks(sorted(query_ids)):
            query = select(Proposal.query_id, Proposal.target_id, Proposal.direction, *columns)
            for row in self._session.execute(query.where(Proposal.query_id.in_(chunk))):
                found[(row[0], row[1], row[2])] = _Known(*row[3:])
        return found

    def _insert(
        self, proposals: Sequence[EngineProposal], owners: dict[str, str | None], run_id: str | None
    ) -> None:
        now = utc_now()
        rows = [
            {
                **_columns(each, now),
                "id": new_id(),
                "query_id": each.query_id,
                "target_id": each.target_id,
                "direction": each.direction,
                "organisation_id": owners[each.query_id],
                "state": ProposalState.OPEN,
                "is_current": True,
                "run_id": run_id,
                "version": 1,
                "created_at": now,
            }
            for each in proposals
        ]
        insert_rows(self._session, Proposal, rows)

    def _change(
        self,
        changed: Sequence[tuple[str, EngineProposal]],
        owners: dict[str, str | None],
        run_id: str | None,
    ) -> None:
        if not changed:
            return
        now = utc_now()
        rows = [
            {
                "proposal_id": proposal_id,
                "new_organisation_id": owners[each.query_id],
                "new_run_id": run_id,
                **{f"new_{name}": value for name, value in _columns(each, now).items()},
            }
            for proposal_id, each in changed
        ]
        table = table_of(Proposal)
        values: dict[str, Any] = {name[4:]: bindparam(name) for name in rows[0] if name.startswith("new_")}
        statement = update(table).where(table.c.id == bindparam("proposal_id"))
        connection = self._session.connection()
        connection.execute(
            statement.values({**values, "is_current": True, "version": table.c.version + 1}), rows
        )
        self._set_state([proposal_id for proposal_id, _ in changed], ProposalState.STALE, ProposalState.OPEN)

    def _retire(self, proposal_ids: Sequence[str]) -> None:
        table = table_of(Proposal)
        for chunk in _chunks(proposal_ids):
            self._session.connection().execute(
                update(table)
                .where(table.c.id.in_(chunk))
                .values(is_current=False, updated_at=utc_now(), version=table.c.version + 1)
            )
        self._set_state(proposal_ids, ProposalState.OPEN, ProposalState.STALE)

    def _set_state(self, proposal_ids: Sequence[str], old: ProposalState, new: ProposalState) -> None:
        table = table_of(Proposal)
        for chunk in _chunks(proposal_ids):
            self._session.connection().execute(
                update(table).where(table.c.id.in_(chunk), table.c.state == old).values(state=new)
            )


def _chunks(values: Sequence[str]) -> Iterable[Sequence[str]]:
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


def _columns(proposal: EngineProposal, now: datetime) -> dict[str, Any]:
    return {
        "score": proposal.score.value,
        "base": proposal.score.base,
        "rank": proposal.rank,
        "reasons": [_reason(reason) for reason in proposal.score.reasons],
        "recipe_digest": proposal.recipe_digest,
        "updated_at": now,
    }


def _reason(reason: Reason) -> dict[str, Any]:
    return {"kind": reason.kind.value, "contribution": reason.contribution, "detail": dict(reason.detail)}
