"""Matching: what the engine reads, and what it proposes is kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace

from sqlalchemy.orm import Session

from matcher.types import Direction, Entry, Proposal
from models.repositories.entry_loading import Changes, EntryLoader
from models.repositories.proposal_saving import ProposalSaver, SavedProposals
from models.repositories.vectors import VectorRepository

__all__ = [
    "Changes",
    "SavedProposals",
    "all_changes_since",
    "changed_since",
    "current_seq",
    "load_all",
    "load_entries",
    "published_entries",
    "queries_proposing",
    "save_proposals",
    "save_proposals_around",
    "vectors",
]


def load_entries(session: Session, *, batch: int = 1000) -> Iterator[list[Entry]]:
    """Yield all published entries as the engine sees them, in the order of their ids."""
    return EntryLoader(session).iterate(batch=batch)


def changed_since(session: Session, seq: int, *, limit: int = 5000) -> Changes:
    """Return what changed after a number of the change sequence; ask again until it is complete."""
    return EntryLoader(session).changed_since(seq, limit=limit)


def all_changes_since(session: Session, seq: int) -> Changes:
    """Return everything that changed after a number of the change sequence."""
    changes = changed_since(session, seq)
    while not changes.is_complete:
        more = changed_since(session, changes.seq)
        changes = replace(
            more, entries=changes.entries + more.entries, removed=changes.removed + more.removed
        )
    return changes


def current_seq(session: Session) -> int:
    """Return the number of the latest change of any entry."""
    return EntryLoader(session).current_seq()


def load_all(session: Session) -> tuple[int, list[Entry]]:
    """Return the number of the latest change, and all published entries."""
    # The number first: what changes in between is then only read twice.
    seq = current_seq(session)
    return seq, [entry for batch in load_entries(session) for entry in batch]


def published_entries(session: Session, entry_ids: Collection[str]) -> list[Entry]:
    """Return those of some entries that are published, as the engine sees them."""
    return EntryLoader(session).published(entry_ids)


def vectors(session: Session) -> VectorRepository:
    """Return the vector cache."""
    return VectorRepository(session)


def save_proposals(
    session: Session,
    proposals: Iterable[Proposal],
    *,
    asked: Collection[tuple[str, Direction]] = (),
    run_id: str | None = None,
) -> SavedProposals:
    """Keep what the engine proposes.

    Parameters
    ----------
    session
        An open session.
    proposals
        What is proposed; pairs with an entry that is not published (any more) are left out.
    asked
        Query ids and directions that were asked anew, those without any proposal too: what they no longer
        propose becomes stale unless somebody judged it.
    run_id
        The run that made them.
    """
    return ProposalSaver(session).save(proposals, asked=asked, run_id=run_id)


def queries_proposing(session: Session, entry_id: str) -> dict[Direction, list[str]]:
    """Return the entries for which an entry is proposed at present, by direction."""
    return ProposalSaver(session).queries_of(entry_id)


def save_proposals_around(
    session: Session, entry_id: str, proposals: Sequence[Proposal], *, directions: Iterable[Direction]
) -> SavedProposals:
    """Keep what is proposed for one entry and what it is proposed for, in place of what was.

    Parameters
    ----------
    session
        An open session.
    entry_id
        The entry, query or target of every proposal.
    proposals
        Everything that is proposed for it, and it for others.
    directions
        In which it was asked what to propose for it.
    """
    saver = ProposalSaver(session)
    saved = saver.save(proposals, asked=[(entry_id, each) for each in directions], run_id=None)
    kept = {(each.query_id, each.direction) for each in proposals if each.target_id == entry_id}
    n_retired = saver.retire_target(entry_id, kept=kept)
    return replace(saved, stale=saved.stale + n_retired)
