from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from matcher.errors import Conflict, InvalidInput, NotAllowed, ThresholdNotFound
from matcher.procurement.thresholds import Law, Rule, Threshold
from matcher.services import thresholds
from matcher.services.threshold_table import threshold_table

ROW = Threshold(
    law=Law.LOU,
    rule=Rule.ADVERTISING,
    kind="goods_services",
    authority="sub_central",
    valid_from=date(2026, 1, 1),
    valid_to=date(2027, 12, 31),
    amount=Decimal(2_400_000),
    currency="SEK",
    source="As the government announced it",
)


def add(world, row=ROW, by="administrator"):
    with world.sessions.begin() as session:
        return thresholds.add(session, row, actor=world.actors[by])


def test_an_administrator_enters_what_is_not_known(world):
    view = add(world)
    with world.reading() as session:
        assert ROW in threshold_table(session)
        rows = thresholds.list_rows(session, actor=world.actors["partner"])
    assert view in rows
    with pytest.raises(Conflict):
        add(world)


def test_a_row_is_taken_out_and_stays_readable(world):
    view = add(world)
    with world.sessions.begin() as session:
        gone = thresholds.withdraw(session, view.id, actor=world.actors["administrator"])
    assert gone.withdrawn_at is not None
    with world.reading() as session:
        assert ROW not in threshold_table(session)
        every = thresholds.list_rows(session, withdrawn_too=True, actor=world.actors["partner"])
    assert view.id in {row.id for row in every}
    with pytest.raises(Conflict), world.sessions.begin() as session:
        thresholds.withdraw(session, view.id, actor=world.actors["administrator"])
    with pytest.raises(ThresholdNotFound), world.sessions.begin() as session:
        thresholds.withdraw(session, "nothing", actor=world.actors["administrator"])


@pytest.mark.parametrize("by", ["officer", "partner", "supplier"])
def test_others_may_not(world, by):
    with pytest.raises(NotAllowed):
        add(world, by=by)


def test_a_row_that_makes_no_sense_is_refused(world):
    with pytest.raises(InvalidInput) as refused:
        add(world, replace(ROW, amount=Decimal(-1)))
    assert refused.value.field == "amount"
