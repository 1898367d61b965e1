"""Matching what was just written, in the transaction that writes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from api.resources import Resources
from api.schemas.entries import MatchShown, ProposalShown
from api.texts import Texts
from api.views import show_match, show_proposal
from matcher.live import LiveMatcher
from matcher.services import reviewing, searching
from matcher.services.actor import Actor
from matcher.services.entries import EntryView
from matcher.services.searching import MatchView
from matcher.types import Direction
from models.repositories.contents import EntryContent

_MOST_SHOWN: Final = 60
_N_NEEDS: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was found for an entry: similar ones of its kind, and what it is proposed for or is for it."""

    similar: list[MatchShown]
    proposals: list[ProposalShown]


def ready_to_propose(assets: Resources, session: Session) -> None:
    """Load what matching needs, then begin the transaction: nobody else waits for the loading.

    Raises
    ------
    EncoderUnavailable
        If the encoder cannot be loaded.
    """
    assets.live.refresh(session)


def found_for(entry: EntryView, live: LiveMatcher, texts: Texts, session: Session, *, actor: Actor) -> Found:
    """Propose for a published entry that is new or changed, keep that, and show it."""
    live.propose_and_save(session, entry.id)
    kept = reviewing.proposals_of(session, entry.id, actor=actor, limit=_MOST_SHOWN)
    return Found(
        similar=[
            show_match(MatchView(entry=each.target, score=each.score), texts)
            for each in kept
            if each.direction is Direction.SIMILAR and each.query.id == entry.id
        ],
        proposals=[show_proposal(each, texts) for each in kept if each.direction is not Direction.SIMILAR],
    )


def needs_met(
    content: EntryContent, live: LiveMatcher, session: Session, *, actor: Actor
) -> list[tuple[MatchView, bool]]:
    """Return the needs that an offering fits best, each with whether it is likely enough to be proposed.

    Raises
    ------
    InvalidInput
        If there is nothing in the text to go by.
    """
    found = searching.needs_met(session, live, content.as_entry(), actor=actor, limit=_N_NEEDS)
    lowest = live.recipe.threshold(Direction.NEED_TO_OFFERING)
    return [(each, each.score.value >= lowest) for each in found]
