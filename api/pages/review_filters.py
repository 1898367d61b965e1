"""Filters of the review as they stand in its addresses."""

from __future__ import annotations

from typing import Any, Final

from api.pages.forms import Form, with_query
from api.resources import Resources
from matcher.errors import InvalidInput
from matcher.services.actor import Actor
from matcher.services.entries import EntryFilters
from matcher.services.review_queue import QueueFilters
from matcher.types import Direction, ProposalState

STATES: Final = (
    ProposalState.OPEN,
    ProposalState.UNSURE,
    ProposalState.ACCEPTED,
    ProposalState.REJECTED,
)


WORK: Final = ("mine", "put_away")
"""What of the queue is shown: what the reader looks after, or what is put away."""


class ReviewQuery(Form):
    """What the queue shows."""

    direction: str = ""
    state: str = ""
    place: str = ""
    cpv: str = ""
    words: str = ""
    lowest: str = ""
    work: str = ""
    cursor: str = ""

    @property
    def chosen(self) -> dict[str, Any]:
        """What was chosen, without the page."""
        return self.model_dump(exclude={"cursor"})

    @property
    def chosen_direction(self) -> Direction:
        """Offerings for needs, unless another direction was chosen."""
        known = self.direction in set(Direction)
        return Direction(self.direction) if known else Direction.NEED_TO_OFFERING

    def address(self, path: str = "/review", *, after: str = "") -> str:
        """Return an address with these filters, and where its page begins."""
        return with_query(path, self.chosen | {"cursor": after})


def queue_filters(query: ReviewQuery, assets: Resources, actor: Actor) -> QueueFilters:
    """Return the filters that an address asks for.

    Raises
    ------
    InvalidInput
        If a place or percentage is none; the field is named.
    """
    place = _place(query.place, assets)
    is_municipality = place is not None and place.isdecimal()
    return QueueFilters(
        direction=query.chosen_direction,
        state=ProposalState(query.state) if query.state in STATES else ProposalState.OPEN,
        min_score=_share(query.lowest),
        assignee_id=actor.member_id if query.work == "mine" else None,
        is_put_away=query.work == "put_away",
        asked=EntryFilters(
            words=query.words[:200] or None,
            municipality=place if is_municipality else None,
            region=None if is_municipality else place,
            cpv=query.cpv[:8] or None,
        ),
    )


def _place(written: str, assets: Resources) -> str | None:
    try:
        return assets.codes.region(written) if written else None
    except InvalidInput as error:
        raise InvalidInput(str(error), field="place", remedy=error.remedy) from error


def _share(written: str) -> float | None:
    bare = written.replace(",", ".").rstrip("% ")
    if not bare:
        return None
    try:
        value = float(bare)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 100:
        raise InvalidInput(
            "This is no percentage.", field="lowest", remedy="Write a number between 0 and 100."
        )
    return value / 100
