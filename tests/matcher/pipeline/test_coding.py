from dataclasses import replace

from matcher.pipeline import Coder
from matcher.types import EntryKind
from tests.matcher.pipeline.world import drawn, fitted, need, offering

SNOW = [offering(f"s{i}", f"snöröjning halkbekämpning sandning {i}", cpv=("90620000-9",)) for i in range(8)]
FOOD = [offering(f"f{i}", f"skolmat lunch kök leverans {i}", cpv=("55524000",)) for i in range(8)]
UNCODED = drawn(EntryKind.NEED, 10, seed=1)


def test_entries_that_people_coded_teach_codes_for_others():
    coder = Coder(fitted([*SNOW, *FOOD, *UNCODED]).engine)
    found = coder.suggest(
        [need(0, "sandning och snöröjning vid skolan"), need(1, "lunch i skolan, kallt kök")]
    )
    assert [ranking.divisions[0].code for ranking in found] == ["90000000", "55000000"]
    assert found[0].codes[0].code == "90620000"
    assert found[0].divisions[0].label


def test_code_that_a_person_set_wins():
    coder = Coder(fitted([*SNOW, *FOOD]).engine)
    found = coder.suggest(
        [need(0, "sandning och snöröjning", cpv=("55524000-9", "55300000"))], language="en"
    )[0]
    assert [each.code for each in found.codes] == ["55524000", "55300000"]
    assert {each.confidence for each in (*found.codes, *found.groups, *found.divisions)} == {1.0}
    assert [each.code for each in found.divisions] == ["55000000"]
    assert found.divisions[0].label == "Hotel, restaurant and retail trade services"


def test_new_coded_entries_are_learnt_from_and_removed_ones_are_not():
    matcher = fitted([*SNOW, *UNCODED])
    coder = Coder(matcher.engine)
    text = need(0, "lunch i skolans kök, leverans")
    assert coder.suggest([text])[0].divisions[0].code != "55000000"
    for entry in FOOD:
        matcher.add(entry)
    assert coder.suggest([text])[0].divisions[0].code == "55000000"
    for entry in FOOD:
        matcher.update(replace(entry, cpv=()))
    assert coder.suggest([text])[0].codes[0].code != "55524000"
