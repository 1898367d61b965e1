from sqlalchemy import select

from matcher.procurement.thresholds import built_in_thresholds
from models.records import ThresholdRow

FIELDS = ("law", "rule", "kind", "authority", "valid_from", "valid_to", "amount", "currency", "source")


def test_a_new_database_holds_the_thresholds_that_come_with_the_program(sessions):
    with sessions() as session:
        stored = {
            tuple(getattr(row, field) for field in FIELDS) for row in session.scalars(select(ThresholdRow))
        }
    assert stored == {tuple(getattr(row, field) for field in FIELDS) for row in built_in_thresholds()}
