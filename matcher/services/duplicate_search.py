"""The search for duplicates: pairs of entries above a threshold that is learnt from what people decided."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from matcher.encoders import Encoder
from matcher.grouping.duplicates import DuplicateScale, group_near
from matcher.grouping.near import NearPairs, find_near_pairs
from matcher.grouping.progress import Progress, counted, ignore
from matcher.grouping.usual import Usual
from matcher.services.actor import STAFF, Actor
from matcher.services.entry_vectors import EntryVectors, load_vectors
from matcher.types import EntryKind, NoticeKind
from models.repositories.duplicate_saving import Decided, DuplicateSaver, FoundPair, SavedPairs
from models.repositories.notices import NoticeRepository
from models.repositories.supports import SupportRepository

__all__ = ["Decided", "EntryVectors", "FoundDuplicates", "SavedPairs", "find", "load", "refresh", "save"]

MIN_PROBABILITY: Final = 0.05
"""A pair is asked about if at least one in twenty of its kind is merged: the likeliest come first, and who
reads on finds what is told in quite other words."""
TELLING: Final = 0.5
"""Probability from which the authors of two entries are told."""
PAIRS_AN_ENTRY: Final = 10
_DEMAND: Final = (EntryKind.NEED, EntryKind.IDEA)
_NAMESPACE: Final = uuid.UUID("6f2d3b0e-6f0f-4a53-9a5c-0d9c5b1f7a11")


@dataclass(frozen=True, slots=True)
class FoundDuplicates:
    """What a search found: the pairs, and the cosines from which needs and offerings are asked about."""

    pairs: tuple[FoundPair, ...]
    thresholds: dict[str, float]
    n_learnt_from: int
    encoder_digest: str

    @property
    def n_groups(self) -> int:
        """How many groups of entries may be one each: two or more in a group."""
        return len({pair.group_id for pair in self.pairs if pair.group_id is not None})


def load(session: Session, encoder: Encoder) -> tuple[EntryVectors, Decided]:
    """Return all published entries with their vectors, and what people decided so far."""
    loaded = load_vectors(session, encoder)
    return loaded, DuplicateSaver(session).decided()


def find(
    loaded: EntryVectors,
    decided: Decided,
    *,
    min_probability: float = MIN_PROBABILITY,
    progress: Progress = ignore,
) -> FoundDuplicates:
    """Find pairs that may be one among needs and ideas, and among the offerings of one organisation.

    Pairs that people said are different or related, or whose entries stand together, are left out. Needs no
    session: with many entries it takes a while, and tells how far it is.
    """
    found: list[FoundPair] = []
    thresholds: dict[str, float] = {}
    n_learnt_from = 0
    offerings = loaded.of({EntryKind.OFFERING})
    needs = loaded.of(_DEMAND).expanded().beside(offerings.expanded())
    compared = counted(progress, len(loaded.entries))
    for name, some in (("needs", needs), ("offerings", offerings)):
        usual = Usual.of(some.vectors)
        scale = DuplicateScale().fit(*some.answered(decided.answers), usual=usual)
        n_learnt_from += scale.n_decisions_
        thresholds[name] = scale.threshold(min_probability, usual=usual)
        near = find_near_pairs(
            some.vectors,
            threshold=thresholds[name],
            max_pairs=max(1000, PAIRS_AN_ENTRY * len(some.entries)),
            progress=compared,
        )
        found += _pairs(some, _asked(some, near, decided), scale, usual, decided)
    return FoundDuplicates(tuple(found), thresholds, n_learnt_from, loaded.encoder_digest)


def save(session: Session, found: FoundDuplicates) -> SavedPairs:
    """Keep what was found, and tell the authors of entries that are very likely one."""
    saved = DuplicateSaver(session).save(found.pairs, encoder_digest=found.encoder_digest)
    _tell_authors(session, found, set(saved.new_ids))
    return saved


def refresh(session: Session, encoder: Encoder, *, actor: Actor) -> SavedPairs:
    """Search for duplicates anew, in one transaction; for many entries take the three steps one by one.

    Raises
    ------
    NotAllowed
        If the actor is no staff.
    """
    actor.require(STAFF, organisation_id=actor.organisation_id)
    return save(session, find(*load(session, encoder)))


def _asked(some: EntryVectors, near: NearPairs, decided: Decided) -> NearPairs:
    """Leave out what was answered already, also between others that stand together with them."""
    group_of = _groups(decided)
    owners = [entry.organisation_id for entry in some.entries]
    is_offered = [entry.kind is EntryKind.OFFERING for entry in some.entries]
    ids = some.ids
    answered = {
        frozenset((group_of.get(one, one), group_of.get(other, other))) for one, other in decided.apart
    }
    kept = [
        len(groups := frozenset((group_of.get(ids[a], ids[a]), group_of.get(ids[b], ids[b])))) == 2
        and groups not in answered
        and not (is_offered[a] and (owners[a] is None or owners[a] != owners[b]))
        for a, b in zip(near.left.tolist(), near.right.tolist(), strict=True)
    ]
    chosen = np.array(kept, dtype=bool)
    return NearPairs(near.left[chosen], near.right[chosen], near.cosine[chosen], near.threshold)


def _groups(decided: Decided) -> dict[str, str]:
    """Return the first entry of the group that each entry stands in."""
    group_of: dict[str, str] = {}
    for first, other in decided.together:
        group_of[first], group_of[other] = first, first
    return group_of


def _pairs(
    some: EntryVectors, near: NearPairs, scale: DuplicateScale, usual: Usual, decided: Decided
) -> list[FoundPair]:
    ids = some.ids
    row_of = {entry_id: row for row, entry_id in enumerate(ids)}
    groups = group_near(
        some.vectors,
        near,
        apart=[(row_of[a], row_of[b]) for a, b in decided.apart if a in row_of and b in row_of],
        together=[(row_of[a], row_of[b]) for a, b in decided.together if a in row_of and b in row_of],
    )
    group_of = {
        member: str(uuid.uuid5(_NAMESPACE, min(ids[each] for each in group.members)))
        for group in groups
        for member in group.members
    }
    probabilities = scale.predict(near.cosine, usual=usual).tolist()
    return [
        FoundPair(
            left_id=min(ids[a], ids[b]),
            right_id=max(ids[a], ids[b]),
            cosine=cosine,
            probability=probability,
            group_id=group_of[a] if a in group_of and group_of[a] == group_of.get(b) else None,
        )
        for a, b, cosine, probability in zip(
            near.left.tolist(), near.right.tolist(), near.cosine.tolist(), probabilities, strict=True
        )
    ]


def _tell_authors(session: Session, found: FoundDuplicates, new_ids: set[str]) -> None:
    likely = [each for each in found.pairs if each.probability >= TELLING]
    if not likely or not new_ids:
        return
    notices = NoticeRepository(session)
    authors = SupportRepository(session).authors(
        entry_id for each in likely for entry_id in (each.left_id, each.right_id)
    )
    for each in likely:
        for own, other in ((each.left_id, each.right_id), (each.right_id, each.left_id)):
            author = authors.get(own)
            if author is not None and author != authors.get(other):
                key = f"similar:{own}:{other}"
                notices.tell([author], NoticeKind.SIMILAR, other, key=key, entry_id=own)
