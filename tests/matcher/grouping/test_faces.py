from matcher.grouping.faces import choose_face, stand_together


def test_merges_join_what_they_share():
    found = stand_together([["a", "b"], ["c", "d"], ["b", "c"], ["x", "y"]])
    assert found == [frozenset("abcd"), frozenset("xy")]


def test_what_is_left_out_falls_apart_whatever_came_first():
    merges = [["a", "b"], ["b", "c"], ["c", "d"]]
    assert stand_together([merges[0], merges[2]]) == [frozenset("ab"), frozenset("cd")]
    assert stand_together(merges[1:]) == [frozenset("bcd")]
    assert stand_together([]) == []
    assert stand_together([["a"]]) == []


def test_the_latest_choice_that_is_published_is_the_face():
    members = frozenset("abc")
    assert choose_face(members, choices=["c", "b"], published=["a", "b", "c"]) == "c"
    assert choose_face(members, choices=["c", "b"], published=["a", "b"]) == "b"
    assert choose_face(members, choices=["z"], published=["b", "a"]) == "b"
    assert choose_face(members, choices=["c"], published=[]) == "a"
