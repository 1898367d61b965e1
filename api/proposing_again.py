"""After a verdict: proposals of like pairs are looked at again, once the answer is sent."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from fastapi import BackgroundTasks, Request

from api.resources import resources
from matcher.errors import MatcherError
from matcher.live import LiveMatcher
from matcher.services.reviewing import ProposalView
from matcher.types import Direction

log = logging.getLogger("matcher.app")


def propose_again_later(tasks: BackgroundTasks, request: Request, judged: Iterable[ProposalView]) -> None:
    """Let what was judged count for like pairs when the answer is sent; nobody waits for it."""
    live = resources(request).live
    if live.ready:
        for query_id, direction in {(view.query.id, view.direction) for view in judged}:
            tasks.add_task(_propose_again, live, query_id, direction)


def _propose_again(live: LiveMatcher, query_id: str, direction: Direction) -> None:
    try:
        live.propose_again(query_id, direction)
    except MatcherError as error:
        # The next full match does it; the verdict itself is kept.
        log.warning("Proposals were not looked at again: %s.", error.code)
