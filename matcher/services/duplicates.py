"""Duplicates: pairs and groups of entries that may be one, and what people say about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.errors import Conflict, DuplicateNotFound, InvalidInput, MatcherError, StaleVersion
from matcher.services.actor import SYSTEM, Actor
from matcher.services.standing import merge_entries, require_reviewer, seen_entries, state_after, undo_merge
from matcher.types import DuplicateAnswer, DuplicateState
from models.records import DuplicatePair, utc_now
from models.repositories.audit import AuditRepository
from models.repositories.duplicates import (
    DecisionView,
    DuplicateFilters,
    DuplicateRepository,
    DuplicateView,
)
from models.repositories.merges import MergeRepository
from models.repositories.pages import Page
from models.repositories.supports import SupportRepository

__all__ = [
    "LIKELY",
    "BulkAnswer",
    "DecisionView",
    "DuplicateFilters",
    "DuplicateView",
    "GroupView",
    "count_answers",
    "count_by_state",
    "decide",
    "decide_group",
    "decide_many",
    "get_pair",
    "list_decisions",
    "list_groups",
    "list_pairs",
    "say",
]

MAX_REASON_CHARS: Final = 2000
MAX_AT_ONCE: Final = 500
LIKELY: Final = 0.05
"""From where a pair is asked about without being asked for: one in twenty of its kind is merged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """Entries that may all be one, with the open pairs among them, the likeliest first."""

    id: str
    probability: float
    pairs: tuple[DuplicateView, ...]

    @property
    def entry_ids(self) -> tuple[str, ...]:
        """The entries, each once."""
        return tuple(dict.fromkeys(e for pair in self.pairs for e in (pair.left.id, pair.right.id)))


@dataclass(frozen=True, slots=True, kw_only=True)
class BulkAnswer:
    """What became of one of several pairs: where it stands now, or why nothing was done."""

    pair_id: str
    state: DuplicateState | None = None
    error: MatcherError | None = None


def list_pairs(
    session: Session,
    *,
    actor: Actor,
    filters: DuplicateFilters | None = None,
    limit: int = 20,
    after: Sequence[Any] | None = None,
) -> Page[DuplicateView]:
    """Return a page of the pairs that concern the actor's organisation, the likeliest first."""
    return DuplicateRepository(session, actor).list_views(
        filters or DuplicateFilters(), limit=limit, after=after
    )


def list_groups(
    session: Session, *, actor: Actor, limit: int = 20, after: Sequence[Any] | None = None
) -> Page[GroupView]:
    """Return a page of groups of three entries or more that may all be one, the likeliest first."""
    repository = DuplicateRepository(session, actor)
    found = repository.list_groups(limit=limit, after=after)
    views = []
    for group_id, _, probability in found.items:
        pairs = repository.views_of(repository.records_of_group(group_id))
        ordered = tuple(sorted(pairs, key=lambda pair: (-pair.probability, pair.id)))
        views.append(GroupView(id=group_id, probability=probability, pairs=ordered))
    return Page(views, found.next_after)


def get_pair(session: Session, pair_id: str, *, actor: Actor) -> DuplicateView:
    """Return a pair with both entries.

    Raises
    ------
    DuplicateNotFound
        If there is none that the actor sees.
    """
    return DuplicateRepository(session, actor).get(pair_id)


def list_decisions(session: Session, pair_id: str, *, actor: Actor) -> list[DecisionView]:
    """Return what was said about a pair, the earliest first.

    Raises
    ------
    DuplicateNotFound
        If there is none that the actor sees.
    """
    repository = DuplicateRepository(session, actor)
    return repository.list_decisions(repository.get_record(pair_id).id)


def count_by_state(
    session: Session, *, actor: Actor, min_probability: float = 0.0
) -> dict[DuplicateState, int]:
    """Return how many pairs in each state concern the actor's organisation; of open ones, those so likely."""
    return DuplicateRepository(session, actor).count_by_state(min_probability=min_probability)


def count_answers(session: Session, *, since: datetime) -> int:
    """Return how many merges were made or undone, and pairs told apart, since a time, whoever did it."""
    return MergeRepository(session).count_changes(since) + DuplicateRepository(
        session, SYSTEM
    ).count_decisions((DuplicateAnswer.DIFFERENT, DuplicateAnswer.RELATED), since=since)


def decide(
    session: Session,
    pair_id: str,
    kind: DuplicateAnswer,
    *,
    reason: str = "",
    face_id: str | None = None,
    expected_version: int | None = None,
    actor: Actor,
) -> DuplicateView:
    """Say whether two entries are one; what is different or related is never asked again.

    Parameters
    ----------
    session
        An open session.
    pair_id
        Which pair.
    kind
        Merge, different, unsure, related, or undo: take back one's latest answer, and the merge in it.
    reason
        Why, or how the two differ.
    face_id
        When merging: the entry that is shown for both.
    expected_version
        Version that the decision rests on; left out, any.
    actor
        Who decides.

    Raises
    ------
    DuplicateNotFound, NotAllowed, InvalidInput
        If the actor does not see it or may not decide, or they cannot be merged.
    StaleVersion, Conflict
        If somebody decided in the meantime, or there is nothing to take back.
    """
    repository = DuplicateRepository(session, actor)
    pair = repository.get_record(pair_id)
    require_reviewer(session, seen_entries(session, [pair.left_id, pair.right_id], actor=actor), actor=actor)
    if expected_version is not None and pair.version != expected_version:
        raise StaleVersion(pair_id, expected=expected_version, actual=pair.version)
    _answer(session, pair, kind, reason=_checked(reason), face_id=face_id, actor=actor)
    return repository.get(pair_id)


def decide_many(
    session: Session,
    pair_ids: Sequence[str],
    kind: DuplicateAnswer,
    *,
    reason: str = "",
    versions: Mapping[str, int] | None = None,
    actor: Actor,
) -> list[BulkAnswer]:
    """Say the same about several pairs; what cannot be done for one leaves the others done.

    ``versions`` are those that the decision rests on; of pairs that are left out, any.

    Raises
    ------
    InvalidInput
        If these are none or too many.
    """
    if not 0 < len(pair_ids) <= MAX_AT_ONCE:
        raise InvalidInput(f"Choose 1 to {MAX_AT_ONCE} pairs.", field="pairs")
    answers = []
    for pair_id in dict.fromkeys(pair_ids):
        try:
            with session.begin_nested():
                view = decide(
                    session,
                    pair_id,
                    kind,
                    reason=reason,
                    expected_version=(versions or {}).get(pair_id),
                    actor=actor,
                )
            answers.append(BulkAnswer(pair_id=pair_id, state=view.state))
        except MatcherError as error:
            answers.append(BulkAnswer(pair_id=pair_id, error=error))
    return answers


def decide_group(
    session: Session,
    group_id: str,
    kind: DuplicateAnswer,
    *,
    reason: str = "",
    face_id: str | None = None,
    actor: Actor,
) -> list[DuplicateView]:
    """Say the same about all open pairs of a group; merging lets all its entries stand together.

    Raises
    ------
    DuplicateNotFound
        If there is no such group with open pairs that the actor sees.
    NotAllowed, InvalidInput, Conflict
        As for ``decide``.
    """
    repository = DuplicateRepository(session, actor)
    pairs = repository.records_of_group(group_id)
    if not pairs:
        raise DuplicateNotFound(group_id)
    words = _checked(reason)
    if kind is DuplicateAnswer.MERGE:
        members = sorted({entry_id for pair in pairs for entry_id in (pair.left_id, pair.right_id)})
        merge = merge_entries(session, members, face_id=face_id, actor=actor)
        for pair in pairs:
            repository.add_decision(pair, kind, reason=words, merge_id=merge.id)
    else:
        for pair in pairs:
            entries = seen_entries(session, [pair.left_id, pair.right_id], actor=actor)
            require_reviewer(session, entries, actor=actor)
            _answer(session, pair, kind, reason=words, face_id=None, actor=actor)
    return repository.views_of(pairs)


def say(
    session: Session, entry_id: str, other_id: str, kind: DuplicateAnswer, *, reason: str = "", actor: Actor
) -> DuplicateView:
    """Say something about two entries that no search paired: whoever writes one tells how it differs.

    Raises
    ------
    EntryNotFound, NotAllowed, InvalidInput, Conflict
        As for ``decide``; authors may tell how an entry of their own organisation differs.
    """
    if entry_id == other_id:
        raise InvalidInput("An entry is the same as itself.", field="entry")
    entries = seen_entries(session, [entry_id, other_id], actor=actor)
    owners = {entry.organisation_id for entry in entries}
    is_own = actor.organisation_id in owners and kind is not DuplicateAnswer.MERGE
    if not (is_own and SupportRepository(session).authors([entry_id])[entry_id] == actor.member_id):
        require_reviewer(session, entries, actor=actor)
    repository = DuplicateRepository(session, actor)
    pair = repository.find_between(entry_id, other_id)
    if pair is None:
        left, right = sorted(entries, key=lambda entry: entry.id)
        pair = DuplicatePair(
            left_id=left.id,
            right_id=right.id,
            organisation_id=left.organisation_id,
            state=DuplicateState.OPEN,
            is_current=False,
        )
        session.add(pair)
        session.flush()
    _answer(session, pair, kind, reason=_checked(reason), face_id=None, actor=actor)
    return repository.views_of([pair])[0]


def _answer(
    session: Session,
    pair: DuplicatePair,
    kind: DuplicateAnswer,
    *,
    reason: str,
    face_id: str | None,
    actor: Actor,
) -> None:
    repository = DuplicateRepository(session, actor)
    merge_id = None
    if kind is DuplicateAnswer.UNDO:
        _take_back(session, repository.list_decisions(pair.id), actor)
    elif pair.state is DuplicateState.MERGED:
        raise Conflict("The two stand together.", remedy="Undo the merge first.")
    elif kind is DuplicateAnswer.MERGE:
        merge_id = merge_entries(session, [pair.left_id, pair.right_id], face_id=face_id, actor=actor).id
    repository.add_decision(pair, kind, reason=reason, merge_id=merge_id)
    if pair.state is not DuplicateState.MERGED:
        pair.state = state_after(repository.list_decisions(pair.id), is_current=pair.is_current)
    # An answer that leaves the state as it was is a change, too: the version must tell.
    pair.updated_at = utc_now()
    AuditRepository(session).add(
        "duplicate.judged",
        pair.id,
        by=actor,
        organisation_id=pair.organisation_id,
        kind=kind.value,
        state=pair.state.value,
    )
    session.flush()


def _take_back(session: Session, decisions: Sequence[DecisionView], actor: Actor) -> None:
    own: list[DecisionView] = []
    for decision in decisions:
        if decision.member_id != actor.member_id:
            continue
        if decision.kind is DuplicateAnswer.UNDO:
            own = own[:-1]
        else:
            own.append(decision)
    if not own:
        raise Conflict("There is no answer of yours to take back.")
    if own[-1].merge_id is not None:
        merge = MergeRepository(session).get(own[-1].merge_id)
        if merge.undone_at is None:
            undo_merge(session, merge, actor=actor)


def _checked(reason: str) -> str:
    words = reason.strip()
    if len(words) > MAX_REASON_CHARS:
        raise InvalidInput(f"It is longer than {MAX_REASON_CHARS} characters.", field="reason")
    return words
