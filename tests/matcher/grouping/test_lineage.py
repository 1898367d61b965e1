from matcher.grouping.lineage import LineageKind, trace


def entries(*numbers):
    return {str(number) for number in numbers}


def kinds(lineage):
    return [event.kind for event in lineage.events]


def test_a_group_that_stays_keeps_its_id():
    old = {"a": entries(*range(10)), "b": entries(*range(10, 20))}
    lineage = trace(old, [entries(*range(10, 20)), entries(*range(9), 30, 31)])
    assert lineage.ids == ("b", "a")
    assert not lineage.events


def test_entries_that_came_or_went_say_nothing():
    old = {"a": entries(*range(10))}
    lineage = trace(old, [entries(8, 9, *range(100, 160))])
    assert lineage.ids == ("a",)


def test_births_and_deaths_are_told():
    lineage = trace({"a": entries(1, 2, 3)}, [entries(7, 8, 9)])
    assert lineage.ids == (None,)
    assert kinds(lineage) == [LineageKind.BIRTH, LineageKind.DEATH]


def test_of_two_parts_the_larger_carries_on():
    lineage = trace({"a": entries(*range(10))}, [entries(0, 1, 2, 3), entries(*range(4, 10))])
    assert lineage.ids == (None, "a")
    split = next(event for event in lineage.events if event.kind is LineageKind.SPLIT)
    assert split.old == ("a",)
    assert split.new == (0, 1)


def test_of_two_that_are_joined_the_larger_carries_on():
    old = {"a": entries(1, 2, 3), "b": entries(4, 5, 6, 7, 8)}
    lineage = trace(old, [entries(*range(1, 9))])
    assert lineage.ids == ("b",)
    merge = next(event for event in lineage.events if event.kind is LineageKind.MERGE)
    assert merge.old == ("a", "b")
    assert merge.new == (0,)


def test_a_little_overlap_is_no_identity():
    old = {"a": entries(*range(20))}
    lineage = trace(old, [entries(0, *range(100, 110)) | entries(200), entries(*range(1, 20))])
    assert lineage.ids[1] == "a"


def test_nothing_before_and_nothing_after():
    assert trace({}, []).ids == ()
    assert kinds(trace({"a": entries(1)}, [])) == [LineageKind.DEATH]
