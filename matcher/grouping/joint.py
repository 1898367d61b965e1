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
NEAR_KM: Final = 150.0
"""Kilometres up to which places are near enough for one supplier."""


class Reach(StrEnum):
    """Why one supplier could serve all: they lie in one county or near by, or an offering goes to all."""

    COUNTY = "county"
    NEAR = "near"
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
    places: Sequence[str | None],
    offers: Mapping[int, Sequence[Offer]],
    today: date,
    distance: Callable[[str, str], float | None] = lambda one, other: None,
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
        Where each need is: a municipality's code, whose first two digits are its county, or a region's;
        ``None`` if not known.
    offers
        Offerings that fit each need.
    today
        What would have ended before is left out.
    distance
        Kilometres between two places; ``None`` if not known.
    direct_award
        Value by currency below which a need could be bought without advertising.

    Returns
    -------
    The best plans first; needs of one organisation alone are none.
    """
    plans = []
    planner = _Planner(needs, similarity, places, offers, distance, direct_award or {})
    for group in groups:
        alive = [i for i in group if _is_open(needs[i], today) and needs[i].organisation_id]
        members, window = _meeting(alive, needs)
        # Where they are too far from each other, those that lie around one of them are tried.
        for chosen in (members, planner.around_one(members)):
            plan = planner.plan(chosen, window)
            if plan is not None:
                plans.append(plan)
                break
    return sorted(plans, key=lambda plan: (-plan.score, plan.needs))


def sum_values(needs: Iterable[Entry]) -> tuple[SummedValue, ...]:
    """Sum what needs are worth, a sum a currency, with the range in which it may lie."""
    return sum_amounts((need.estimated_value, need.currency) for need in needs)


def sum_amounts(amounts: Iterable[tuple[Decimal | None, str | None]]) -> tuple[SummedValue, ...]:
    """Sum amounts of which some are not known, a sum a currency, with the range in which it may lie."""
    given: dict[str, list[Decimal]] = {}
    n_unknown = 0
    for amount, currency in amounts:
        if amount and currency:
            given.setdefault(currency, []).append(amount)
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


class _Planner:
    """Plans what is about one thing and suits in time."""

    def __init__(
        self,
        needs: Sequence[Entry],
        similarity: Callable[[int, int], float],
        places: Sequence[str | None],
        offers: Mapping[int, Sequence[Offer]],
        distance: Callable[[str, str], float | None],
        direct_award: Mapping[str, Decimal],
    ) -> None:
        self._needs, self._places, self._offers = needs, places, offers
        self._similarity, self._distance, self._direct_award = similarity, distance, direct_award

    def plan(self, members: Sequence[int], window: TimeWindow) -> JointPlan | None:
        """Return what speaks for buying together; ``None`` if too few would, or no supplier serves all."""
        chosen = [self._needs[i] for i in members]
        organisations = tuple(sorted({need.organisation_id for need in chosen if need.organisation_id}))
        if len(organisations) < MIN_ORGANISATIONS:
            return None
        fits = _fits(members, self._offers)
        reach = self._reach(members, fits)
        if reach is None:
            return None
        values = sum_values(chosen)
        cohesion = _cohesion(members, self._similarity)
        return JointPlan(
            needs=tuple(members),
            organisations=organisations,
            cohesion=cohesion,
            window=window,
            reach=reach,
            values=values,
            offers=fits,
            sacrifices=tuple(
                tuple(
                    sacrifices(
                        need, window=window, values=values, reach=reach, direct_award=self._direct_award
                    )
                )
                for need in chosen
            ),
            score=_score(cohesion, fits, len(members)),
        )

    def around_one(self, members: Sequence[int]) -> list[int]:
        """Return the most that are near to one of them."""
        around = ([j for j in members if i == j or self._is_near(i, j)] for i in members)
        return max(around, key=len, default=[])

    def _reach(self, members: Sequence[int], fits: Sequence[OfferFit]) -> Reach | None:
        counties = {_county(self._places[i]) for i in members}
        if None not in counties and len(counties) == 1:
            return Reach.COUNTY
        if all(self._is_near(a, b) for n, a in enumerate(members) for b in members[n + 1 :]):
            return Reach.NEAR
        return Reach.DELIVERED if any(fit.reaches_all for fit in fits) else None

    def _is_near(self, a: int, b: int) -> bool:
        one, other = self._places[a], self._places[b]
        if one is None or other is None:
            return False
        if _county(one) is not None and _county(one) == _county(other):
            return True
        kilometres = self._distance(one, other)
        return kilometres is not None and kilometres <= NEAR_KM


def _county(place: str | None) -> str | None:
    return place[:2] if place and place.isdigit() else None


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


def _cohesion(members: Sequence[int], similarity: Callable[[int, int], float]) -> float:
    pairs = [similarity(a, b) for n, a in enumerate(members) for b in members[n + 1 :]]
    return sum(pairs) / len(pairs)


def _score(cohesion: float, fits: Sequence[OfferFit], n: int) -> float:
    """Join how alike the needs are with how well one offering meets all of them."""
    best = max((len(fit.needs) / n * fit.score for fit in fits), default=0.0)
    return 1 - (1 - max(min(cohesion, 1.0), 0.0)) * (1 - 0.5 * best)


def sacrifices(
    need: Entry,
    *,
    window: TimeWindow,
    values: Sequence[SummedValue],
    reach: Reach | None,
    direct_award: Mapping[str, Decimal],
) -> Iterable[Sacrifice]:
    """Tell what an organisation would have to give up for one of its needs.

    Parameters
    ----------
    need
        The need.
    window
        The time that all would buy in.
    values
        What all are worth together.
    reach
        Why one supplier could serve all; ``None`` if nobody looked.
    direct_award
        Value by currency below which a need could be bought without advertising.
    """
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
    if reach not in (Reach.COUNTY, None):
        yield Sacrifice.NEARBY_SUPPLIER
