"""While somebody writes: what others wrote about the same thing, with the part that is alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Protocol, TypeVar

import numpy as np
from sqlalchemy.orm import Session

from matcher.encoders import Encoder
from matcher.errors import InvalidInput
from matcher.services.actor import Actor
from matcher.text import clean, identify_language, split_sentences
from matcher.types import EntryKind, Match
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.merges import MergeRepository
from models.repositories.supports import SupportRepository

if TYPE_CHECKING:
    from matcher.pipeline import Matcher

__all__ = ["LiveMatcher", "WrittenMatch", "similar_while_writing"]

Result = TypeVar("Result")
MIN_CHARS: Final = 12
"""Fewer letters tell nothing yet."""
MAX_READ_CHARS: Final = 2000
SPARE: Final = 3
"""Times as many are found as are shown: of those that stand together one is shown."""
_ALIKE: Final = {
    EntryKind.NEED: (EntryKind.NEED, EntryKind.IDEA),
    EntryKind.IDEA: (EntryKind.NEED, EntryKind.IDEA),
    EntryKind.OFFERING: (EntryKind.OFFERING,),
}


class LiveMatcher(Protocol):
    """The search in memory, in step with the database."""

    @property
    def encoder(self) -> Encoder:
        """What it encodes with."""
        ...

    def using(self, session: Session, work: Callable[[Matcher], Result]) -> Result:
        """Do something with the search, one at a time."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenMatch:
    """An entry that says the same, and where in its whole text.

    ``n_supporters`` counts who stands behind it and all that it stands together with.
    """

    entry: EntryView
    score: float
    part: tuple[int, int]
    n_supporters: int
    is_supported: bool

    @property
    def quote(self) -> str:
        """The part of the entry's text that says the same."""
        start, end = self.part
        return self.entry.as_entry().whole_text[start:end]


def similar_while_writing(
    session: Session,
    live: LiveMatcher,
    text: str,
    *,
    kind: EntryKind = EntryKind.NEED,
    limit: int = 5,
    actor: Actor,
) -> list[WrittenMatch]:
    """Find what others wrote about the same thing, the best first; of what stands together the face.

    A few letters find nothing. No reasons are worked out, so that it is there before the next word.

    Raises
    ------
    InvalidInput
        If more is asked for than is ever shown.
    """
    if not 1 <= limit <= 20:
        raise InvalidInput("Ask for 1 to 20 entries.", field="limit")
    cleaned = clean(text)[:MAX_READ_CHARS]
    if sum(sign.isalnum() for sign in cleaned) < MIN_CHARS:
        return []
    language = identify_language(cleaned).code
    matches = live.using(
        session,
        lambda matcher: matcher.similar_to_text(
            cleaned, kinds=_ALIKE[kind], language=language, k=SPARE * limit, with_reasons=False
        ),
    )
    found = _faces(session, matches, actor)[:limit]
    parts = _parts(live.encoder, cleaned, [entry for entry, _ in found])
    return [
        _match(session, entry, score, part, actor) for (entry, score), part in zip(found, parts, strict=True)
    ]


def _faces(session: Session, matches: Sequence[Match], actor: Actor) -> list[tuple[EntryView, float]]:
    """Show for each match its face, once, if the actor sees it."""
    faces = MergeRepository(session).faces(match.entry_id for match in matches)
    best: dict[str, float] = {}
    for match in matches:
        face_id = faces[match.entry_id]
        best[face_id] = max(best.get(face_id, 0.0), match.score.value)
    entries = EntryRepository(session, actor).get_many(best)
    return [(entry, best[entry_id]) for entry_id, entry in entries.items()]


def _parts(encoder: Encoder, text: str, entries: Sequence[EntryView]) -> list[tuple[int, int]]:
    """Return where in the whole text of each entry stands the sentence that is most like the text."""
    sentences = [split_sentences(entry.as_entry().whole_text) for entry in entries]
    flat = [sentence.text for own in sentences for sentence in own]
    if not flat:
        return [(0, 0)] * len(entries)
    quick = _quickest(encoder)
    nearness = quick.encode(flat) @ quick.encode([text], role="query")[0]
    parts: list[tuple[int, int]] = []
    start = 0
    for own in sentences:
        if own:
            best = own[int(np.argmax(nearness[start : start + len(own)]))]
            parts.append((best.start, best.end))
        else:
            parts.append((0, 0))
        start += len(own)
    return parts


def _quickest(encoder: Encoder) -> Encoder:
    """Return the quickest part of an encoder that is made of several, which stands last in it."""
    parts: Sequence[Encoder] = getattr(encoder, "encoders", ())
    return parts[-1] if parts else encoder


def _match(
    session: Session, entry: EntryView, score: float, part: tuple[int, int], actor: Actor
) -> WrittenMatch:
    standing = MergeRepository(session).standing([entry.id]).get(entry.id)
    together = standing.entry_ids if standing else (entry.id,)
    supports = SupportRepository(session)
    return WrittenMatch(
        entry=entry,
        score=score,
        part=part,
        n_supporters=supports.behind(together).n,
        is_supported=any(supports.of(each, actor.member_id) for each in together),
    )
