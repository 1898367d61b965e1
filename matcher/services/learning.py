"""Learning from verdicts: what counts as evidence, new scorers, and the way back to an earlier one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matcher.errors import Conflict, InvalidInput, ScorerInvalid
from matcher.evaluation.reliability import Reliability, by_slice, reliability
from matcher.pipeline import Learned, Matcher, WhyNot
from matcher.pipeline import learn as learn_from
from matcher.procurement import CpvRanking, CpvTable
from matcher.scoring import (
    StoredScorer,
    likeliest,
    most_teaching,
    rank_corrections,
    read_scorer,
)
from matcher.services.actor import ADMINISTRATORS, STAFF, Actor
from matcher.services.verdict_pairs import judged_pairs
from matcher.types import Direction, JudgedPair, ProposalState
from models.records import Scorer
from models.repositories.audit import AuditRepository
from models.repositories.entries import EntryRepository
from models.repositories.pages import Page
from models.repositories.proposals import ProposalFilters, ProposalRepository, ProposalView
from models.repositories.scorers import (
    JudgedRepository,
    ScorerRepository,
    ScorerView,
    scorer_view,
)

__all__ = [
    "Diagrams",
    "Lessons",
    "Mark",
    "ScorerView",
    "active_scorer",
    "calibration",
    "keep_up",
    "learn",
    "list_scorers",
    "mark",
    "queue",
    "roll_back",
    "suggest_codes",
    "why_not",
]

log = logging.getLogger("matcher.learning")

Order = Literal["likely", "teaching"]
MAX_QUEUE: Final = 200
"""Open proposals among which those that teach most are looked for."""


class Mark(NamedTuple):
    """Tells whether anything that scores rest on has changed: verdicts, or the scorer."""

    n_verdicts: int
    scorer_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """What came of learning: the new version, and whether it serves now."""

    version: ScorerView
    learned: Learned
    is_promoted: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Diagrams:
    """Whether the scores of judged proposals meant what they said, in all and by what they are about."""

    whole: Reliability
    slices: Mapping[str, Mapping[str, Reliability]]

    def as_dict(self) -> dict[str, Any]:
        """Return the diagrams as a JSON object."""
        return asdict(self)


def mark(session: Session) -> Mark:
    """Return the present mark; while it is the same, scores need not be looked at again."""
    active = ScorerRepository(session).find_active()
    return Mark(JudgedRepository(session).count(), None if active is None else active.id)


def keep_up(session: Session, matcher: Matcher, known: Mark | None) -> Mark:
    """Let verdicts count as evidence, and the learned scorer serve, if either has changed since a mark."""
    present = mark(session)
    if present != known:
        matcher.remember(judged_pairs(session))
        matcher.use_scorer(active_scorer(session, encoder_digest=matcher.encoder.digest))
    return present


def active_scorer(session: Session, *, encoder_digest: str) -> StoredScorer | None:
    """Return the learned scorer that serves; ``None`` if the one of the first day does.

    One that is broken or was learnt with another encoder is passed over with a warning: scores go on without.
    """
    record = ScorerRepository(session).find_active()
    if record is None:
        return None
    try:
        scorer = read_scorer(record.content)
        scorer.check_encoder(encoder_digest)
    except ScorerInvalid as error:
        log.warning("Scorer %d does not serve: %s", record.number, error)
        return None
    return scorer


def learn(session: Session, matcher: Matcher, *, actor: Actor, precision: float | None = None) -> Lessons:
    """Learn a scorer from all verdicts, keep it, and let it serve if it is surely better.

    Parameters
    ----------
    session
        An open session.
    matcher
        The fitted matcher that serves.
    actor
        Who asks.
    precision
        If given, the lowest score that is proposed is moved to where this share of the proposals fits.

    Raises
    ------
    NotAllowed
        If the actor is no administrator.
    InvalidInput
        If the precision is no share.
    TooFewVerdicts
        If nothing can be learnt yet; the message says why.
    """
    actor.require(ADMINISTRATORS, organisation_id=actor.organisation_id)
    if precision is not None and not 0 < precision <= 1:
        raise InvalidInput("It is no share.", field="precision", remedy="Write a number such as 0.5.")
    judged = judged_pairs(session)
    learned = learn_from(
        matcher, judged, weigh=_corrections(JudgedRepository(session).shares_by_rank()), precision=precision
    )
    scorers = ScorerRepository(session)
    record = scorers.add(
        Scorer(
            state="kept",
            digest=learned.scorer.digest,
            encoder_digest=learned.scorer.encoder,
            content=learned.scorer.content(),
            measures=dict(learned.scorer.measures),
            data_digest=learned.data_digest,
            n_verdicts=len(judged),
            member_id=actor.member_id,
        )
    )
    if learned.is_better:
        scorers.promote(record)
    AuditRepository(session).add(
        "scorer.learnt", record.id, by=actor, number=record.number, promoted=learned.is_better
    )
    session.flush()
    return Lessons(version=scorer_view(record), learned=learned, is_promoted=learned.is_better)


def roll_back(session: Session, *, actor: Actor) -> ScorerView | None:
    """Let the version serve again that served before; ``None``: that of the first day does.

    Raises
    ------
    NotAllowed
        If the actor is no administrator.
    Conflict
        If no learned scorer serves.
    """
    actor.require(ADMINISTRATORS, organisation_id=actor.organisation_id)
    scorers = ScorerRepository(session)
    active = scorers.find_active()
    if active is None:
        raise Conflict(
            "No learned scorer serves.",
            remedy="There is nothing to go back to: the first one serves already.",
        )
    before = scorers.find_before(active)
    active.state = "withdrawn"
    if before is not None:
        before.state = "active"
    AuditRepository(session).add(
        "scorer.rolled_back", active.id, by=actor, number=active.number, to=before.number if before else 0
    )
    session.flush()
    return None if before is None else scorer_view(before)


def list_scorers(
    session: Session, *, actor: Actor, limit: int = 50, after: Sequence[Any] | None = None
) -> Page[ScorerView]:
    """Return a page of the versions, the latest first.

    Raises
    ------
    NotAllowed
        If the actor is no staff.
    """
    actor.require(STAFF, organisation_id=actor.organisation_id)
    return ScorerRepository(session).list_views(limit=limit, after=after)


def queue(
    session: Session,
    matcher: Matcher,
    *,
    actor: Actor,
    order: Order = "teaching",
    direction: Direction = Direction.NEED_TO_OFFERING,
    limit: int = 20,
) -> list[ProposalView]:
    """Return open proposals in the order in which they are worth a look.

    ``likely``: the likeliest first. ``teaching``: those from whose verdicts a scorer would learn most,
    uncertain ones unlike each other.
    """
    filters = ProposalFilters(state=ProposalState.OPEN, direction=direction)
    views = ProposalRepository(session, actor).list_views(filters, limit=MAX_QUEUE, after=None).items
    views = [view for view in views if view.query.id in matcher and view.target.id in matcher]
    scores = [view.score.value for view in views]
    if order == "likely" or not views:
        return [views[i] for i in likeliest(scores, k=limit)]
    rows = [matcher.evidence(view.query.id, [view.target.id], direction)[0] for view in views]
    return [views[i] for i in most_teaching(scores, np.stack(rows), k=limit)]


def why_not(session: Session, matcher: Matcher, query_id: str, target_id: str, *, actor: Actor) -> WhyNot:
    """Say why an entry is not proposed for another, and what would have to differ.

    Raises
    ------
    EntryNotFound
        If the actor does not see one of them, or it is not published.
    InvalidInput
        If entries of these kinds are not proposed for each other.
    """
    entries = EntryRepository(session, actor)
    for entry_id in (query_id, target_id):
        entries.get(entry_id)
    return matcher.why_not(query_id, target_id)


def suggest_codes(
    session: Session,
    matcher: Matcher,
    entry_id: str,
    *,
    actor: Actor,
    table: CpvTable | None = None,
    language: str = "sv",
) -> CpvRanking:
    """Suggest CPV codes for an entry, drafts too, with labels in a language; codes that are set come alone.

    Raises
    ------
    EntryNotFound
        If the actor does not see the entry.
    """
    entry = EntryRepository(session, actor).get(entry_id).as_entry()
    return matcher.suggest_codes(entry, table=table, language=language)


def calibration(session: Session, *, actor: Actor) -> Diagrams:
    """Compare the scores of judged proposals with what was decided; unsure ones are left out.

    Raises
    ------
    NotAllowed
        If the actor is no staff.
    Conflict
        If nothing was judged yet.
    """
    actor.require(STAFF, organisation_id=actor.organisation_id)
    pairs = [pair for pair in judged_pairs(session) if pair.fits != 0.5 and pair.score is not None]
    if not pairs:
        raise Conflict("Nothing was decided yet.", remedy="Judge some proposals first.")
    entry_ids = sorted({entry_id for pair in pairs for entry_id in (pair.query_id, pair.target_id)})
    known = JudgedRepository(session).properties(entry_ids)
    said = np.array([pair.score or 0.0 for pair in pairs])
    right = np.array([float(pair.fits > 0.5) for pair in pairs])
    sides = [(known[pair.query_id], known[pair.target_id]) for pair in pairs]
    slices: dict[str, list[str]] = {
        "direction": [pair.direction.value for pair in pairs],
        "languages": ["-".join(sorted((query.language, target.language))) for query, target in sides],
        "kind": [query.kind for query, _ in sides],
        "organisation": [query.organisation_id for query, _ in sides],
        "supplier_size": [target.supplier_size for _, target in sides],
    }
    return Diagrams(whole=reliability(said, right), slices=by_slice(said, right, slices))


def _corrections(
    shares: Mapping[Direction, Mapping[int, float]],
) -> Callable[[Sequence[JudgedPair]], NDArray[np.float64]]:
    """Return what corrects for places in the list that are judged more often than others."""

    def corrections(pairs: Sequence[JudgedPair]) -> NDArray[np.float64]:
        judged = shares.get(pairs[0].direction, {}) if pairs else {}
        return rank_corrections([pair.rank for pair in pairs], judged)

    return corrections
