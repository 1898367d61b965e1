"""Sets of entries that are no sets: what is found among them, and that nothing falls over."""

from datetime import date

import numpy as np
import pytest

from matcher.services import duplicate_search, duplicates, joint_need_search, theme_search
from matcher.services.actor import SYSTEM

TODAY = date(2026, 3, 1)
BY = ("officer", "neighbour")


class AngleEncoder:
    """An encoder for tests: the first number in a text is its angle in a plane; without one it is nothing."""

    name, languages, role_matters, n_dims = "angles", frozenset({"sv"}), False, 4
    digest = "angles".ljust(64, "0")

    def encode(self, texts, *, role="passage", progress=None):
        rows = np.zeros((len(texts), self.n_dims), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            number = next((word for word in text.split() if word.isdigit()), None)
            if number is not None:
                row[:2] = np.cos(np.radians(int(number))), np.sin(np.radians(int(number)))
        return rows


class ApartEncoder(AngleEncoder):
    """An encoder for tests: each number stands at a right angle to all others."""

    name, n_dims = "apart", 64
    digest = "apart".ljust(64, "0")

    def encode(self, texts, *, role="passage", progress=None):
        rows = np.zeros((len(texts), self.n_dims), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            number = text.split()[0]
            row[int(number) if number.isdigit() else -1] = 1.0
        return rows


def search_all(world, encoder):
    """Search duplicates, themes and joint needs; return pairs by their texts, themes and joint needs."""
    with world.sessions.begin() as session:
        duplicate_search.refresh(session, encoder, actor=SYSTEM)
        themes = theme_search.refresh(session, encoder, actor=SYSTEM)
        joint = joint_need_search.refresh(session, encoder, today=TODAY, actor=SYSTEM)
    with world.reading() as session:
        pairs = duplicates.list_pairs(session, actor=SYSTEM, limit=500).items
        groups = duplicates.list_groups(session, actor=SYSTEM, limit=100).items
    return pairs, groups, themes, joint


def register(world, texts):
    return [world.register(text, BY[n % 2]) for n, text in enumerate(texts)]


def test_where_all_are_the_same_there_is_one_group_one_theme_and_one_joint_need(world):
    ids = register(world, ["0 halka"] * 12)
    _, groups, themes, joint = search_all(world, AngleEncoder())
    (group,) = groups
    assert set(group.entry_ids) == set(ids)
    assert (themes.n_themes, themes.n_outside) == (1, 0)
    assert joint.n_found == 1


def test_where_all_are_different_there_is_nothing_and_all_are_told_to_be_outside(world):
    register(world, [f"{n} annat" for n in range(20)])
    pairs, _, themes, joint = search_all(world, ApartEncoder())
    assert pairs == []
    assert (themes.n_themes, themes.n_outside) == (0, 20)
    assert joint.n_found == 0


def test_texts_that_say_nothing_resemble_nothing(world):
    register(world, ["tomt"] * 6)
    pairs, _, themes, joint = search_all(world, AngleEncoder())
    assert pairs == []
    assert themes.n_outside == 6
    assert joint.n_found == 0


def test_the_ends_of_a_chain_of_near_duplicates_are_in_no_group_together(world):
    chain = register(world, [f"{angle} led" for angle in range(0, 180, 12)])
    pairs, groups, _, _ = search_all(world, AngleEncoder())
    assert pairs
    asked = {frozenset((pair.left.id, pair.right.id)) for pair in pairs}
    assert frozenset((chain[0], chain[-1])) not in asked
    assert all(not {chain[0], chain[-1]} <= set(group.entry_ids) for group in groups)
    assert all(len(group.entry_ids) < len(chain) for group in groups)


@pytest.mark.parametrize("texts", [[], ["0 ensam"]])
def test_nothing_or_one_is_no_error(world, texts):
    register(world, texts)
    pairs, groups, themes, joint = search_all(world, AngleEncoder())
    assert (pairs, groups) == ([], [])
    assert (themes.n_themes, themes.n_outside, joint.n_found) == (0, len(texts), 0)
