from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from matcher.grouping.joint import Offer, Reach, Sacrifice, plan_joint_needs, sum_values
from matcher.types import Entry, EntryKind, TimeWindow

TODAY = date(2026, 3, 1)
PITEA, LULEA, SKELLEFTEA, MALMO = "2581", "2580", "2482", "1280"
KILOMETRES = {frozenset({PITEA, SKELLEFTEA}): 80.0, frozenset({PITEA, MALMO}): 1300.0}


def need(organisation, *, starts=None, ends=None, value=None, currency="SEK"):
    return Entry(
        id=f"{organisation}-{starts}",
        kind=EntryKind.NEED,
        text="Halkbekämpning",
        organisation_id=organisation,
        window=TimeWindow(starts_on=starts, ends_on=ends),
        estimated_value=None if value is None else Decimal(value),
        currency=currency if value is not None else None,
    )


def plan(needs, *, places=None, groups=None, offers=None, **kwargs):
    return plan_joint_needs(
        needs,
        groups or [range(len(needs))],
        similarity=lambda a, b: 0.8,
        places=places or [PITEA] * len(needs),
        offers=offers or {},
        today=TODAY,
        distance=lambda one, other: KILOMETRES.get(frozenset({one, other})),
        **kwargs,
    )


def test_needs_of_two_organisations_about_one_thing_are_planned():
    (found,) = plan([need("a"), need("b"), need("a")])
    assert found.organisations == ("a", "b")
    assert found.needs == (0, 1, 2)
    assert found.reach is Reach.COUNTY
    assert 0.0 < found.score <= 1.0


def test_needs_of_one_organisation_or_of_nobody_are_not():
    assert plan([need("a"), need("a")]) == []
    assert plan([need("a"), replace(need("b"), organisation_id=None)]) == []
    assert plan([need("a")]) == []
    assert plan([]) == []


def test_windows_must_share_a_day():
    early = need("a", starts=date(2026, 4, 1), ends=date(2026, 6, 30))
    late = need("b", starts=date(2026, 9, 1))
    assert plan([early, late]) == []


def test_the_most_that_share_a_day_are_kept_and_told_what_they_give_up():
    needs = [
        need("a", starts=date(2026, 4, 1), ends=date(2026, 12, 31)),
        need("b", starts=date(2026, 6, 1), ends=date(2027, 6, 30)),
        need("c", starts=date(2027, 9, 1)),
    ]
    (found,) = plan(needs)
    assert found.needs == (0, 1)
    assert found.window == TimeWindow(starts_on=date(2026, 6, 1), ends_on=date(2026, 12, 31))
    assert found.sacrifices == ((Sacrifice.WAIT,), (Sacrifice.HURRY,))


def test_what_has_ended_is_left_out():
    assert plan([need("a", ends=date(2026, 2, 28)), need("b")]) == []
    assert len(plan([need("a", ends=TODAY), need("b")])) == 1


@pytest.mark.parametrize(
    ("places", "reach"),
    [
        ([PITEA, LULEA], Reach.COUNTY),
        ([PITEA, SKELLEFTEA], Reach.NEAR),
        (["9901", "9902"], Reach.COUNTY),
    ],
)
def test_near_enough_is_one_county_or_a_short_way(places, reach):
    (found,) = plan([need("a"), need("b")], places=places)
    assert found.reach is reach


def test_far_apart_needs_an_offering_that_goes_to_all():
    needs, places = [need("a"), need("b")], [PITEA, MALMO]
    assert plan(needs, places=places) == []
    offers = {0: [Offer(offering_id="o", score=0.7)], 1: [Offer(offering_id="o", score=0.5)]}
    (found,) = plan(needs, places=places, offers=offers)
    assert found.reach is Reach.DELIVERED
    assert all(Sacrifice.NEARBY_SUPPLIER in each for each in found.sacrifices)
    near_only = {0: offers[0], 1: [Offer(offering_id="o", score=0.5, is_deliverable=False)]}
    assert plan(needs, places=places, offers=near_only) == []


def test_those_that_lie_together_are_planned_where_one_lies_far_away():
    needs = [need("a"), need("b"), need("c")]
    (found,) = plan(needs, places=[PITEA, MALMO, SKELLEFTEA])
    assert found.needs == (0, 2)


def test_offerings_that_fit_most_are_told_and_raise_the_score():
    needs = [need("a"), need("b"), need("c")]
    offers = {
        0: [Offer(offering_id="most", score=0.8), Offer(offering_id="one", score=0.9)],
        1: [Offer(offering_id="most", score=0.6)],
    }
    (with_offers,), (without,) = plan(needs, offers=offers), plan(needs)
    assert [fit.offering_id for fit in with_offers.offers] == ["most"]
    assert with_offers.offers[0].needs == (0, 1)
    assert not with_offers.offers[0].reaches_all
    assert with_offers.score > without.score


def test_values_are_summed_by_currency_with_what_is_not_known_as_a_range():
    sums = sum_values(
        [need("a", value=100), need("b", value=300), need("c"), need("d", value=50, currency="EUR")]
    )
    sek = next(each for each in sums if each.currency == "SEK")
    assert (sek.value, sek.n_known, sek.n_unknown) == (Decimal(600), 2, 1)
    assert sek.low == Decimal(360)
    assert sek.high == Decimal(1100)
    assert [each.currency for each in sums] == ["EUR", "SEK"]
    assert sum_values([need("a")]) == ()


def test_who_could_buy_alone_without_advertising_gives_that_up():
    needs = [need("a", value=400_000), need("b", value=900_000)]
    (found,) = plan(needs, direct_award={"SEK": Decimal(700_000)})
    assert Sacrifice.DIRECT_AWARD in found.sacrifices[0]
    assert Sacrifice.DIRECT_AWARD not in found.sacrifices[1]


def test_the_best_plan_comes_first():
    needs = [need(name) for name in "abcd"]
    offers = {2: [Offer(offering_id="o", score=0.9)], 3: [Offer(offering_id="o", score=0.9)]}
    found = plan(needs, groups=[[0, 1], [2, 3]], offers=offers)
    assert [each.needs for each in found] == [(2, 3), (0, 1)]


def test_places_that_are_not_known_are_near_to_nothing():
    assert plan([need("a"), need("b")], places=[None, PITEA]) == []
