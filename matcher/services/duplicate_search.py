"""The search for duplicates: pairs of entries above a threshold that is learnt from what people decided."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from sqlalchemy.orm import Session

from matcher.encoders import Encoder
from matcher.grouping.duplicates import DuplicateGroup, DuplicateScale, group_near
from matcher.grouping.near import NearPairs
from matcher.grouping.progress import Progress, counted, ignore
from matcher.grouping.standard import StandardRows
from matcher.grouping.vectors import FloatArray, cosines
from matcher.services.actor import STAFF, Actor
from matcher.services.entry_vectors import EntryVectors, load_vectors
from matcher.types import DEMAND, EntryKind, NoticeKind
from models.repositories.duplicate_saving import Decided, DuplicateSaver, FoundPair, SavedPairs
from models.repositories.notices import NoticeRepository
from models.repositories.supports import SupportRepository

__all__ = ["Decided", "EntryVectors", "FoundDuplicates", "SavedPairs", "find", "load", "refresh", "save"]

MIN_PROBABILITY: Final = 0.01
"""A pair is kept if at least one in a hundred of its kind is merged."""
SAME_WORDS: Final = 0.9999
SAME_WORDS_PROBABILITY: Final = 0.95
"""Texts that are equal are most likely one, however many of them there are."""
GROUPED: Final = 0.1
"""Probability, on average over its pairs, from which entries are shown as a group that may all be one."""
TELLING: Final = 0.5
"""Probability from which the authors of two entries are told."""
PAIRS_AN_ENTRY: Final = 4
FEW_PAIRS: Final = 5000
"""Pairs that are kept at most: these, or so many an entry. Among many nobody comes to the last ones."""
_NAMESPACE: Final = uuid.UUID("6f2d3b0e-6f0f-4a53-9a5c-0d9c5b1f7a11")


@dataclass(frozen=True, slots=True)
class FoundDuplicates:
    """The pairs that a search found, and how many answers it learnt from."""

    pairs: tuple[FoundPair, ...]
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

    Pairs that people said are different or related are left out. Entries that stand together are compared as
    one, by the mean of how they stand out, and asked about by their face: each answer makes the next ones
    better. Needs no session: with many entries it takes a while, and tells how far it is.
    """
    found: list[FoundPair] = []
    n_learnt_from = 0
    offerings = loaded.of({EntryKind.OFFERING})
    needs = loaded.of(DEMAND).expanded().beside(offerings.expanded())
    compared = counted(progress, len(loaded.entries))
    for some in (needs, offerings):
        standard, n = StandardRows.of(some.vectors), len(some.entries)
        left, right, merged = some.answered(decided.answers)
        scale = DuplicateScale().fit(standard.pairs(left, right), merged, n=n)
        n_learnt_from += scale.n_decisions_
        faces = _Faces.of(some, standard, decided)
        near = scale.near(
            replace(standard, rows=faces.rows),
            min_probability,
            max_pairs=max(FEW_PAIRS, PAIRS_AN_ENTRY * n),
            progress=compared,
        )
        asked = _asked(some, near, faces)
        alike = cosines(some.vectors, asked.left, asked.right)
        probabilities = scale.predict(standard.standard(asked.cosine), n=n)
        probabilities[alike >= SAME_WORDS] = np.maximum(
            probabilities[alike >= SAME_WORDS], SAME_WORDS_PROBABILITY
        )
        groups = group_near(
            faces.rows,
            asked,
            threshold=standard.product(scale.threshold(GROUPED, n=n)),
            apart=faces.apart,
        )
        found += _pairs(some, groups, asked, alike, probabilities)
    return FoundDuplicates(tuple(found), n_learnt_from, loaded.encoder_digest)


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


@dataclass(frozen=True, slots=True)
class _Faces:
    """Entries with those that stand together as one.

    Attributes
    ----------
    rows
        Of each entry; that of a face is the mean of all that it stands for, whose own are zeros.
    face_of
        Place of the face of each entry that stands together with others.
    apart
        Places of faces that are known to be different, either way round.
    """

    rows: FloatArray
    face_of: dict[int, int]
    apart: frozenset[tuple[int, int]]

    @classmethod
    def of(cls, some: EntryVectors, standard: StandardRows, decided: Decided) -> _Faces:
        row_of = {entry_id: row for row, entry_id in enumerate(some.ids)}
        behind: dict[int, list[int]] = {}
        # Of those whose face is not published any more, another one is asked about.
        for face, other in decided.together_among(row_of):
            behind.setdefault(row_of[face], []).append(row_of[other])
        rows = standard.rows.copy() if behind else standard.rows
        for face_row, others in behind.items():
            rows[face_row] = standard.rows[[face_row, *others]].mean(axis=0)
            rows[others] = 0.0
        face_of = {other: face for face, others in behind.items() for other in others}
        known = ((row_of[a], row_of[b]) for a, b in decided.apart if a in row_of and b in row_of)
        apart = {(face_of.get(a, a), face_of.get(b, b)) for a, b in known}
        return cls(rows, face_of, frozenset(apart | {(b, a) for a, b in apart}))


def _asked(some: EntryVectors, near: NearPairs, faces: _Faces) -> NearPairs:
    """Leave out what was answered already, and offerings of different suppliers."""
    owners = [entry.organisation_id for entry in some.entries]
    is_offered = [entry.kind is EntryKind.OFFERING for entry in some.entries]
    kept = [
        (a, b) not in faces.apart and not (is_offered[a] and (owners[a] is None or owners[a] != owners[b]))
        for a, b in zip(near.left.tolist(), near.right.tolist(), strict=True)
    ]
    chosen = np.array(kept, dtype=bool)
    return NearPairs(near.left[chosen], near.right[chosen], near.cosine[chosen], near.threshold)


def _pairs(
    some: EntryVectors,
    groups: Sequence[DuplicateGroup],
    near: NearPairs,
    alike: FloatArray,
    probabilities: FloatArray,
) -> list[FoundPair]:
    ids = some.ids
    group_of = {
        member: str(uuid.uuid5(_NAMESPACE, min(ids[each] for each in group.members)))
        for group in groups
        for member in group.members
    }
    columns = (near.left.tolist(), near.right.tolist(), alike.tolist(), probabilities.tolist())
    return [
        FoundPair(
            left_id=min(ids[a], ids[b]),
            right_id=max(ids[a], ids[b]),
            cosine=cosine,
            probability=probability,
            group_id=group_of[a] if a in group_of and group_of[a] == group_of.get(b) else None,
        )
        for a, b, cosine, probability in zip(*columns, strict=True)
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
