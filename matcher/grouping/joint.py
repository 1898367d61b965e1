"""Joint needs: the same thing, needed by several organisations, that could be procured together.

It is a proposal with its reasons: what speaks for it, what it may be worth, which offerings fit, and what
each organisation would have to give up. Nothing is converted between currencies, and what is not known is
told as a range.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from statistics import median
from typing import Final

from matcher.types import Entry, TimeWindow

GIVEN_SPREAD: Final = Decimal("0.25")
"""How far an estimate may be off that an organisation gave (a share of it)."""
UNKNOWN_FACTORS: Final = (Decimal("0.3"), Decimal(3))
"""Between which shares of the usual value an organisation's may lie that gave none."""
MIN_FIT_SHARE: Final = 0.5
MIN_ORGANISATIONS: Final = 2


class Reach(StrEnum):
    """Why one supplier could serve all: they lie in one county or region, or an offering goes to all."""

    COUNTY = "county"
    REGION = "region"
    DELIVERED = "delivered"


class Sacrifice(StrEnum):
    """What an organisation would have to give up."""

    WAIT = "wait"
    HURRY = "hurry"
    DIRECT_AWARD = "direct_award"
    OWN_WISHES = "own_wishes"
    NEARBY_SUPPLIER = "nearby_supplier"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An offering that fits a need, how well, and whether it goes to where the need is."""

    offering_id: str
    score: float
    is_deliverable: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferFit:
    """An offering that fits several of the needs: which (positions), and how well on average."""

    offering_id: str
    needs: tuple[int, ...]
    score: float
    reaches_all: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SummedValue:
    """What needs are worth together in one currency, without VAT as they were given.

    ``low`` and ``high`` allow for estimates that are off and for ``n_unknown`` needs without any.
    """

    currency: str
    low: Decimal
    value: Decimal
    high: Decimal
    n_known: int
    n_unknown: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JointPlan:
    """Needs that could be procured together.

    Attributes
    ----------
    needs
        Positions of the needs, the most central first.
    organisations
        Whose they are, distinct.
    cohesion
        Mean similarity of the needs.
    window
        The time that suits all.
    reach
        Why one supplier could serve all.
    values
        What they are worth, a sum a currency; none where nobody told.
    offers
        Offerings that fit half of the needs or more, the best first.
    sacrifices
        What each need's organisation would have to give up, in the order of ``needs``.
    score
        What the list is ordered by, in [0, 1].
    """

    needs: tuple[int, ...]
    organisations: tuple[str, ...]
    cohesion: float
    window: TimeWindow
    reach: Reach
    values: tuple[SummedValue, ...]
    offers: tuple[OfferFit, ...]
    sacrifices: tuple[tuple[Sacrifice, ...], ...]
    score: float


def plan_joint_needs(
    needs: Sequence[Entry],
    groups: Iterable[Sequence[int]],
    *,
    similarity: Callable[[int, int], float],
    places: Sequence[Sequence[str]],
    offers: Mapping[int, Sequence[Offer]],
    today: date,
    direct_award: Mapping[str, Decimal] | None = None,
) -> list[JointPlan]:
    """Plan what could be procured together.

    Parameters
    ----------
    needs
        Needs and ideas of those who buy.
    groups
        Positions of needs that are about one thing, the most central first.
    similarity
        How alike two needs are, in [0, 1].
    places
        Where each need is: region codes in which what lies within begins with what it lies in, such as
        ``SE331/2482``; empty if not known.
    offers
        Offerings that fit each need.
    today
        What would have ended before is left out.
    direct_award
        Value by currency below which a need could be bought without advertising.

    Returns
    -------
    The best plans first; needs of one organisation alone are none.
    """
    plans = []
    for group in groups:
        alive = [i for i in group if _is_open(needs[i], today) and needs[i].organisation_id]
        members, window = _meeting(alive, needs)
        while len({needs[i].organisation_id for i in members}) >= MIN_ORGANISATIONS:
            plan = _plan(members, window, needs, similarity, places, offers, direct_award or {})
            if plan is not None:
                plans.append(plan)
                break
            # Too far from each other: try those that lie in one region.
            nearer = _largest_region(members, places)
            if len(nearer) == len(members):
                break
            members = nearer
    return sorted(plans, key=lambda plan: (-plan.score, plan.needs))


def sum_values(needs: Iterable[Entry]) -> tuple[SummedValue, ...]:
    """Sum what needs are worth, a sum a currency, with the range in which it may lie."""
    given: dict[str, list[Decimal]] = {}
    n_unknown = 0
    for need in needs:
        if need.estimated_value and need.currency:
            given.setdefault(need.currency, []).append(need.estimated_value)
        else:
            n_unknown += 1
    sums = []
    for currency, values in sorted(given.items()):
        usual, total = median(values), sum(values, Decimal(0))
        low = total * (1 - GIVEN_SPREAD) + n_unknown * usual * UNKNOWN_FACTORS[0]
        high = total * (1 + GIVEN_SPREAD) + n_unknown * usual * UNKNOWN_FACTORS[1]
        value = total + n_unknown * usual
        sums.append(
            SummedValue(
                currency=currency,
                low=_rounded(low),
                value=_rounded(value),
                high=_rounded(high),
                n_known=len(values),
                n_unknown=n_unknown,
            )
        )
    return tuple(sums)


def _rounded(amount: Decimal) -> Decimal:
    return amount.quantize(Decimal(1))


def _is_open(need: Entry, today: date) -> bool:
    return need.window.ends_on is None or need.window.ends_on >= today


def _meeting(members: Sequence[int], needs: Sequence[Entry]) -> tuple[list[int], TimeWindow]:
    """Choose the most needs whose windows have a day in common, and that common window."""
    starts = {needs[i].window.starts_on or date.min for i in members}
    best: list[int] = []
    for day in sorted(starts):
        now = [i for i in members if _holds(needs[i].window, day)]
        organisations = {needs[i].organisation_id for i in now}
        if (len(organisations), len(now)) > (len({needs[i].organisation_id for i in best}), len(best)):
            best = now
    windows = [needs[i].window for i in best]
    begins = [window.starts_on for window in windows if window.starts_on is not None]
    ends = [window.ends_on for window in windows if window.ends_on is not None]
    return best, TimeWindow(starts_on=max(begins, default=None), ends_on=min(ends, default=None))


def _holds(window: TimeWindow, day: date) -> bool:
    return (window.starts_on or date.min) <= day <= (window.ends_on or date.max)


def _plan(
    members: Sequence[int],
    window: TimeWindow,
    needs: Sequence[Entry],
    similarity: Callable[[int, int], float],
    places: Sequence[Sequence[str]],
    offers: Mapping[int, Sequence[Offer]],
    direct_award: Mapping[str, Decimal],
) -> JointPlan | None:
    fits = _fits(members, offers)
    reach = _reach([places[i] for i in members], fits)
    if reach is None:
        return None
    chosen = [needs[i] for i in members]
    values = sum_values(chosen)
    cohesion = _cohesion(members, similarity)
    organisations = tuple(sorted({need.organisation_id for need in chosen if need.organisation_id}))
    return JointPlan(
        needs=tuple(members),
        organisations=organisations,
        cohesion=cohesion,
        window=window,
        reach=reach,
        values=values,
        offers=fits,
        sacrifices=tuple(tuple(_sacrifices(need, window, values, reach, direct_award)) for need in chosen),
        score=_score(cohesion, fits, len(members)),
    )


def _fits(members: Sequence[int], offers: Mapping[int, Sequence[Offer]]) -> tuple[OfferFit, ...]:
    found: dict[str, list[tuple[int, Offer]]] = {}
    for i in members:
        for offer in offers.get(i, ()):
            found.setdefault(offer.offering_id, []).append((i, offer))
    fits = [
        OfferFit(
            offering_id=offering_id,
            needs=tuple(i for i, _ in fitting),
            score=sum(offer.score for _, offer in fitting) / len(members),
            reaches_all=len(fitting) == len(members) and all(offer.is_deliverable for _, offer in fitting),
        )
        for offering_id, fitting in found.items()
        if len(fitting) >= max(2, MIN_FIT_SHARE * len(members))
    ]
    return tuple(sorted(fits, key=lambda fit: (-len(fit.needs), -fit.score, fit.offering_id)))


def _reach(places: Sequence[Sequence[str]], fits: Sequence[OfferFit]) -> Reach | None:
    if all(places):
        for reach, n_letters in ((Reach.COUNTY, 5), (Reach.REGION, 4)):
            if _share_one(places, n_letters):
                return reach
    if any(fit.reaches_all for fit in fits):
        return Reach.DELIVERED
    return None


def _area(path: str, n_letters: int) -> str:
    """Return the beginning of a place that names its area: of a bare municipality code the county."""
    return path[:2] if path[:2].isdigit() else path[:n_letters]


def _share_one(places: Sequence[Sequence[str]], n_letters: int) -> bool:
    areas = [{_area(path, n_letters) for path in own} for own in places]
    return bool(set.intersection(*areas))


def _largest_region(members: Sequence[int], places: Sequence[Sequence[str]]) -> list[int]:
    by_area: dict[str, list[int]] = {}
    for i in members:
        for area in {_area(path, 4) for path in places[i]}:
            by_area.setdefault(area, []).append(i)
    return max((by_area[area] for area in sorted(by_area)), key=len, default=[])


def _cohesion(members: Sequence[int], similarity: Callable[[int, int], float]) -> float:
    pairs = [similarity(a, b) for n, a in enumerate(members) for b in members[n + 1 :]]
    return sum(pairs) / len(pairs)


def _score(cohesion: float, fits: Sequence[OfferFit], n: int) -> float:
    """Join how alike the needs are with how well one offering meets all of them."""
    best = max((len(fit.needs) / n * fit.score for fit in fits), default=0.0)
    return 1 - (1 - max(min(cohesion, 1.0), 0.0)) * (1 - 0.5 * best)


def _sacrifices(
    need: Entry,
    window: TimeWindow,
    values: Sequence[SummedValue],
    reach: Reach,
    direct_award: Mapping[str, Decimal],
) -> Iterable[Sacrifice]:
    own = need.window
    if window.starts_on and (own.starts_on or date.min) < window.starts_on:
        yield Sacrifice.WAIT
    if window.ends_on and (own.ends_on or date.max) > window.ends_on:
        yield Sacrifice.HURRY
    limit = direct_award.get(need.currency or "")
    total = next((value for value in values if value.currency == need.currency), None)
    if limit is not None and total is not None and need.estimated_value is not None:
        if need.estimated_value < limit <= total.high:
            yield Sacrifice.DIRECT_AWARD
    if reach is not Reach.COUNTY:
        yield Sacrifice.NEARBY_SUPPLIER
