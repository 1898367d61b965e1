"""The search for joint needs: what several public buyers need that could be procured together."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from matcher.encoders import Encoder
from matcher.grouping.duplicates import DuplicateScale, group_near
from matcher.grouping.joint import JointPlan, Offer, Sacrifice, SummedValue, plan_joint_needs
from matcher.grouping.lineage import trace
from matcher.grouping.neighbours import nearest
from matcher.grouping.progress import Progress, counted, ignore, within
from matcher.grouping.standard import StandardRows
from matcher.grouping.usual import Usual
from matcher.procurement.distances import distance_km
from matcher.procurement.thresholds import direct_award_limits
from matcher.retrieval.circumstances import Circumstances
from matcher.services.actor import STAFF, Actor
from matcher.services.entry_vectors import EntryVectors, load_vectors
from matcher.services.threshold_table import threshold_table
from matcher.text import split_sentences
from matcher.types import BUYERS, DEMAND, Entry, EntryKind, JointNeedState, NoticeKind, Role
from models.repositories.audit import AuditRepository
from models.repositories.duplicate_saving import Decided, DuplicateSaver
from models.repositories.joint_needs import JointNeedSaver, NewJointNeed
from models.repositories.notices import NoticeRepository
from models.repositories.organisations import OrganisationRepository
from models.repositories.themes import theme_ids

__all__ = ["FoundJointNeeds", "JointInput", "SavedJointNeeds", "find", "load", "refresh", "save"]

FloatArray = NDArray[np.float32]
MIN_PROBABILITY: Final = 0.05
"""That two needs are one, on average over a group: an officer leaves out what does not fit."""
MIN_OFFER: Final = 0.05
MAX_OFFERS: Final = 10
OFFER_BASE: Final = -6.0
OFFER_SLOPE: Final = 1.95
"""Log-odds that one of a hundred offerings fits at the usual cosine, and a standard deviation above it."""
TELLING: Final = 0.6
MAX_TOLD: Final = 20
_PLANNING: Final = 0.6
"""Share of the time after which what each need alone wishes is looked for, roughly."""
_OPEN: Final = frozenset({JointNeedState.PROPOSED, JointNeedState.STALE})


@dataclass(frozen=True, slots=True)
class JointInput:
    """What a search rests on.

    Attributes
    ----------
    needs, offerings
        Published ones with their vectors; needs and ideas of public buyers alone.
    decided
        What people said about duplicates.
    direct_award
        Value by currency below which direct award is allowed today.
    known
        State and needs of every joint need that was found before.
    by_hand
        Those of them that somebody put together and that are proposed again.
    theme_of
        The theme of each need.
    place_of
        The municipality of each buyer: where its needs are that do not tell.
    encoder
        Encodes sentences.
    today
        The present day.
    """

    needs: EntryVectors
    offerings: EntryVectors
    decided: Decided
    direct_award: dict[str, Decimal]
    known: dict[str, tuple[JointNeedState, frozenset[str]]]
    by_hand: frozenset[str]
    theme_of: dict[str, str]
    place_of: dict[str, str | None]
    encoder: Encoder
    today: date


@dataclass(frozen=True, slots=True)
class FoundJointNeeds:
    """What a search found, ready to be kept."""

    found: tuple[NewJointNeed, ...]
    known: dict[int, str]
    stale: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedJointNeeds:
    """What a search led to."""

    n_found: int
    n_new: int
    n_stale: int


def load(session: Session, encoder: Encoder, *, today: date) -> JointInput:
    """Return what a search rests on."""
    loaded = load_vectors(session, encoder)
    buyers = OrganisationRepository(session).municipalities(BUYERS)
    needs = loaded.of({e.id for e in loaded.entries if e.kind in DEMAND and e.organisation_id in buyers})
    return JointInput(
        needs=needs,
        offerings=loaded.of({EntryKind.OFFERING}),
        decided=DuplicateSaver(session).decided(),
        direct_award=direct_award_limits(threshold_table(session), day=today),
        known=JointNeedSaver(session).members_by_state(),
        by_hand=JointNeedSaver(session).proposed_by_hand(),
        theme_of=theme_ids(session, needs.ids),
        place_of=buyers,
        encoder=encoder,
        today=today,
    )


def find(
    given: JointInput, *, min_probability: float = MIN_PROBABILITY, progress: Progress = ignore
) -> FoundJointNeeds:
    """Find what could be procured together, telling how far it is; needs no session.

    What was dismissed, accepted, became a case or was put together by hand is not proposed again, nor is what
    overlaps it by half, or is part of what is gone on with: needs may have been taken into that.
    """
    plans = _plans(given, min_probability, within(progress, 0.0, _PLANNING))
    progress(_PLANNING)
    usual = Usual.of(given.needs.vectors)
    described = counted(within(progress, _PLANNING, 1.0), len(plans))
    news = []
    for plan in plans:
        news.append(_new(given, plan, usual))
        described(1)
    is_open = {each: state in _OPEN and each not in given.by_hand for each, (state, _) in given.known.items()}
    decided = [known for each, known in given.known.items() if not is_open[each]]
    news = [new for new in news if not any(_is_settled(new.entry_ids, *each) for each in decided)]
    before = {each: members for each, (_, members) in given.known.items() if is_open[each]}
    lineage = trace(before, [new.entry_ids for new in news])
    known = {position: each for position, each in enumerate(lineage.ids) if each is not None}
    stale = [
        each
        for each in before
        if given.known[each][0] is JointNeedState.PROPOSED and each not in known.values()
    ]
    return FoundJointNeeds(tuple(news), known, tuple(stale))


def save(session: Session, found: FoundJointNeeds, *, actor: Actor) -> SavedJointNeeds:
    """Keep what was found, and tell officers of the organisations about the best of what is new."""
    ids = JointNeedSaver(session).save(found.found, found.known, stale=found.stale)
    new = [(ids[i], each) for i, each in enumerate(found.found) if i not in found.known]
    for joint_need_id, each in sorted(new, key=lambda pair: -pair[1].score)[:MAX_TOLD]:
        if each.score >= TELLING:
            _tell(session, joint_need_id, each)
    saved = SavedJointNeeds(n_found=len(ids), n_new=len(new), n_stale=len(found.stale))
    AuditRepository(session).add(
        "joint_needs.found", "joint_needs", by=actor, n_found=saved.n_found, n_new=saved.n_new
    )
    return saved


def refresh(session: Session, encoder: Encoder, *, today: date, actor: Actor) -> SavedJointNeeds:
    """Search anew, in one transaction; for many entries take the three steps one by one.

    Raises
    ------
    NotAllowed
        If the actor is no staff.
    """
    actor.require(STAFF, organisation_id=actor.organisation_id)
    return save(session, find(load(session, encoder, today=today)), actor=actor)


def _plans(given: JointInput, min_probability: float, progress: Progress) -> list[JointPlan]:
    needs = given.needs.expanded().beside(given.offerings.expanded())
    standard, n = StandardRows.of(needs.vectors), len(needs.entries)
    left, right, merged = needs.answered(given.decided.answers)
    scale = DuplicateScale().fit(standard.pairs(left, right), merged, n=n)
    near = scale.near(standard, min_probability, max_pairs=max(1000, 10 * n), progress=counted(progress, n))
    row_of = {entry_id: row for row, entry_id in enumerate(needs.ids)}
    groups = group_near(
        standard.rows,
        near,
        together=[(row_of[a], row_of[b]) for a, b in given.decided.together_among(row_of)],
    )
    members = sorted({member for group in groups for member in group.members})
    return plan_joint_needs(
        needs.entries,
        [group.members for group in groups],
        similarity=lambda a, b: float(needs.vectors[a] @ needs.vectors[b]),
        places=[_place(entry, given.place_of) for entry in needs.entries],
        offers=_offers(given, members),
        today=given.today,
        distance=distance_km,
        direct_award=given.direct_award,
    )


def _place(entry: Entry, place_of: Mapping[str, str | None]) -> str | None:
    own = entry.municipality or next(iter(entry.regions), None)
    return own or place_of.get(entry.organisation_id or "")


def _offers(given: JointInput, rows: Sequence[int]) -> dict[int, list[Offer]]:
    """Return the offerings that fit each need well enough, the best first."""
    needs, offerings = given.needs.expanded(), given.offerings.expanded()
    if not rows or not offerings.entries:
        return {}
    near = nearest(offerings.vectors, k=MAX_OFFERS, queries=needs.vectors[list(rows)])
    usual = _usual_between(needs.vectors, offerings.vectors)
    rarity = np.log(len(offerings.entries) / 100)
    logits = OFFER_BASE - rarity + OFFER_SLOPE * (near.cosines - usual[0]) / usual[1]
    scores = 1 / (1 + np.exp(-logits))
    circumstances = Circumstances(distance_km)
    found: dict[int, list[Offer]] = {}
    for row, places, values in zip(rows, near.rows.tolist(), scores.tolist(), strict=True):
        found[row] = [
            Offer(
                offering_id=offerings.entries[place].id,
                score=value,
                is_deliverable=_goes_to(circumstances, needs.entries[row], offerings.entries[place]),
            )
            for place, value in zip(places, values, strict=True)
            if value >= MIN_OFFER
        ]
    return found


def _goes_to(circumstances: Circumstances, need: Entry, offering: Entry) -> bool:
    """Whether nothing is known against an offering's going to where a need is."""
    return not offering.regions or circumstances.agreement(need, offering).region >= 0


def _usual_between(left: FloatArray, right: FloatArray) -> tuple[float, float]:
    """Mean and spread of the cosines of all pairs of two sets of vectors, from sums over the rows."""
    mean = float(left.mean(axis=0, dtype=np.float64) @ right.mean(axis=0, dtype=np.float64))
    second = (left.T @ left).astype(np.float64) / len(left)
    square = float(np.sum(second * (right.T @ right).astype(np.float64)) / len(right))
    return mean, float(np.sqrt(max(square - mean**2, 1e-6)))


def _new(given: JointInput, plan: JointPlan, usual: Usual) -> NewJointNeed:
    ids = given.needs.ids
    wishes = _own_wishes(given, plan, usual)
    themes = [given.theme_of[ids[i]] for i in plan.needs if ids[i] in given.theme_of]
    return NewJointNeed(
        score=plan.score,
        cohesion=plan.cohesion,
        reach=plan.reach.value,
        starts_on=plan.window.starts_on,
        ends_on=plan.window.ends_on,
        sums=[_sum_row(value) for value in plan.values],
        members=tuple(
            (
                ids[i],
                given.needs.entries[i].organisation_id or "",
                tuple(each.value for each in (*sacrifices, *([Sacrifice.OWN_WISHES] if wish else []))),
                wish,
            )
            for i, sacrifices, wish in zip(plan.needs, plan.sacrifices, wishes, strict=True)
        ),
        offerings=tuple(
            (fit.offering_id, tuple(ids[i] for i in fit.needs), fit.score, fit.reaches_all)
            for fit in plan.offers[:MAX_OFFERS]
        ),
        theme_id=max(sorted(set(themes)), key=themes.count, default=None),
    )


def _sum_row(value: SummedValue) -> dict[str, Any]:
    return {
        "currency": value.currency,
        "low": str(value.low),
        "value": str(value.value),
        "high": str(value.high),
        "n_known": value.n_known,
        "n_unknown": value.n_unknown,
    }


def _own_wishes(given: JointInput, plan: JointPlan, usual: Usual) -> list[dict[str, Any]]:
    """Find the sentence of each need that is least like what the others say, if it is unlike that."""
    sentences = [split_sentences(given.needs.entries[i].whole_text) for i in plan.needs]
    vectors = given.encoder.encode([each.text for own in sentences for each in own])
    wishes: list[dict[str, Any]] = []
    start = 0
    for i, own in zip(plan.needs, sentences, strict=True):
        rows = vectors[start : start + len(own)]
        start += len(own)
        others = given.needs.vectors[[j for j in plan.needs if j != i]]
        if len(own) < 2:
            wishes.append({})
            continue
        nearness = (rows @ others.T).max(axis=1)
        least = int(nearness.argmin())
        is_own = float(nearness[least]) < usual.mean + usual.spread
        span = own[least]
        wishes.append({"start": span.start, "end": span.end} if is_own else {})
    return wishes


def _is_settled(found: frozenset[str], state: JointNeedState, members: frozenset[str]) -> bool:
    """Tell whether what was found was decided about: by half, or as part of what is gone on with."""
    is_part = state is not JointNeedState.DISMISSED and found <= members
    return is_part or len(found & members) >= len(found | members) / 2


def _tell(session: Session, joint_need_id: str, new: NewJointNeed) -> None:
    notices = NoticeRepository(session)
    for organisation_id in sorted({member[1] for member in new.members}):
        notices.tell(
            notices.staff_of(organisation_id, (Role.OFFICER,)),
            NoticeKind.JOINT_NEED,
            joint_need_id,
            key=f"joint_need:{joint_need_id}",
            organisation_id=organisation_id,
        )
