from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from matcher.errors import InvalidInput
from matcher.procurement.procedures import Procedure, Why, hint_procedures
from matcher.procurement.thresholds import (
    Authority,
    ContractKind,
    Law,
    Rule,
    Standing,
    Threshold,
    assess,
    built_in_thresholds,
    checked_threshold,
    direct_award_limits,
    find_threshold,
)

TABLE = built_in_thresholds()
IN_2025, IN_2026 = date(2025, 6, 1), date(2026, 6, 1)


def amount(
    *,
    kind=ContractKind.GOODS_SERVICES,
    authority=Authority.SUB_CENTRAL,
    currency="SEK",
    day=IN_2025,
    rule=Rule.ADVERTISING,
):
    found = find_threshold(
        TABLE, law=Law.LOU, rule=rule, kind=kind, authority=authority, currency=currency, day=day
    )
    return found and found.amount


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ({}, 2_389_585),
        ({"authority": Authority.CENTRAL}, 1_546_202),
        ({"kind": ContractKind.WORKS}, 59_880_179),
        ({"kind": ContractKind.SOCIAL_SPECIAL}, 8_109_450),
        ({"currency": "EUR", "day": IN_2026}, 216_000),
        ({"currency": "EUR", "day": IN_2026, "authority": Authority.CENTRAL}, 140_000),
        ({"currency": "EUR", "day": IN_2026, "kind": ContractKind.WORKS}, 5_404_000),
        ({"currency": "EUR", "day": IN_2026, "kind": ContractKind.SOCIAL_SPECIAL}, 750_000),
        ({"rule": Rule.DIRECT_AWARD, "day": IN_2026}, 700_000),
        ({"rule": Rule.DIRECT_AWARD, "day": date(2022, 1, 31)}, None),
        ({"day": IN_2026}, None),
        ({"currency": "EUR", "day": IN_2025}, None),
    ],
)
def test_looks_up_what_holds_on_a_day_and_says_what_is_not_known(asked, expected):
    assert amount(**asked) == expected


def test_a_value_is_told_against_the_range_in_which_it_may_lie():
    def standing(low, high, day=IN_2025):
        return {
            each.rule: each.standing
            for each in assess(TABLE, low=Decimal(low), high=Decimal(high), currency="SEK", day=day)
        }

    assert standing(100, 200) == {Rule.ADVERTISING: Standing.BELOW, Rule.DIRECT_AWARD: Standing.BELOW}
    assert standing(2_389_585, 9_000_000)[Rule.ADVERTISING] is Standing.AT_OR_ABOVE
    assert standing(2_000_000, 3_000_000)[Rule.ADVERTISING] is Standing.STRADDLES
    assert standing(2_000_000, 3_000_000, IN_2026)[Rule.ADVERTISING] is Standing.UNKNOWN


def test_a_later_row_replaces_an_earlier_one():
    new = replace(TABLE[-1], valid_from=date(2026, 1, 1), amount=Decimal(800_000))
    assert direct_award_limits([*TABLE, new], day=IN_2026) == {"SEK": Decimal(800_000)}
    assert direct_award_limits([*TABLE, new], day=IN_2025) == {"SEK": Decimal(700_000)}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", "boats"),
        ("authority", "king"),
        ("amount", Decimal(0)),
        ("amount", Decimal("NaN")),
        ("currency", "sek"),
        ("currency", "KRON"),
        ("valid_to", date(2021, 1, 1)),
        ("source", " "),
    ],
)
def test_a_row_that_makes_no_sense_is_refused_by_field(field, value):
    with pytest.raises(InvalidInput) as refused:
        checked_threshold(replace(TABLE[-1], **{field: value}))
    assert refused.value.field == field


def test_a_good_row_is_taken():
    row = Threshold(
        law=Law.LOU, rule=Rule.ADVERTISING, kind="works", authority="any", valid_from=date(2026, 1, 1),
        valid_to=None, amount=Decimal(1), currency="SEK", source="made up",
    )  # fmt: skip
    assert checked_threshold(row) == row


def hints(low, high, n_offerings):
    found = hint_procedures(
        assess(TABLE, low=Decimal(low), high=Decimal(high), currency="SEK", day=IN_2025),
        n_offerings=n_offerings,
    )
    return [(hint.procedure, hint.why) for hint in found]


def test_procedures_are_hinted_with_their_reason():
    assert hints(1, 2, 1) == [(Procedure.DIRECT_AWARD, Why.BELOW_DIRECT_AWARD)]
    assert hints(5_000_000, 6_000_000, 1) == [(Procedure.OPEN, Why.ABOVE_ADVERTISING)]
    assert hints(800_000, 900_000, 1) == [(Procedure.OPEN, Why.BETWEEN)]
    assert hints(600_000, 900_000, 1) == [(Procedure.OPEN, Why.UNCERTAIN)]
    assert (Procedure.DYNAMIC_PURCHASING, Why.SEVERAL_FIT) in hints(1, 2, 5)
    assert (Procedure.PRE_COMMERCIAL, Why.NOTHING_FITS) in hints(1, 2, 0)
    assert hint_procedures((), n_offerings=1)[0].why is Why.VALUE_UNKNOWN


def test_a_value_is_between_limits_only_where_both_are_known():
    only = [each for each in TABLE if each.rule is Rule.DIRECT_AWARD]
    assessed = assess(only, low=Decimal(800_000), high=Decimal(9_000_000), currency="SEK", day=IN_2025)
    assert hint_procedures(assessed, n_offerings=1)[0].why is Why.ABOVE_DIRECT_AWARD
