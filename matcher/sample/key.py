"""What of the sample's key the search for groups found: duplicates in other words, and joint needs."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from itertools import combinations
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.grouping.faces import stand_together
from matcher.sample.loading import SOURCE
from matcher.services import duplicates, joint_needs
from matcher.services.actor import SYSTEM
from matcher.types import DuplicateState, EntryKind
from models.repositories.pages import Page

_PAGE: Final = 200
Groups = Mapping[str, frozenset[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundOfKey:
    """How much of the key was found, and how much was shown for it.

    Attributes
    ----------
    n_groups, n_whole, n_part
        Planted groups of duplicates; those that come together whole, and those of which at least two do, if a
        person merges every right pair in the queue.
    n_pairs, n_pairs_found, n_asked
        Planted pairs, those of them in the queue, and all pairs of needs and ideas in it.
    n_cases, n_cases_whole, n_cases_part
        Planted joint needs; those of which one proposal holds all needs, and those of which it holds two.
    n_proposed
        All joint needs that are proposed.
    """

    n_groups: int
    n_whole: int
    n_part: int
    n_pairs: int
    n_pairs_found: int
    n_asked: int
    n_cases: int
    n_cases_whole: int
    n_cases_part: int
    n_proposed: int


def planted(name: str, column: str) -> Groups:
    """Read the groups of needs in one of the key's files."""
    text = (files("matcher.sample") / "data" / name).read_text(encoding="utf-8")
    found: dict[str, set[str]] = {}
    for row in csv.DictReader(text.splitlines(), delimiter="\t"):
        found.setdefault(row[column], set()).add(row["need"])
    return {group: frozenset(members) for group, members in found.items()}


def found_of_key(session: Session, *, min_probability: float = 0.0) -> FoundOfKey:
    """Compare the queue of duplicates and the proposed joint needs of a database with the sample's key.

    ``min_probability`` leaves out open pairs that are less likely.
    """
    groups, cases = planted("duplicates.tsv", "group"), planted("joint_needs.tsv", "case")
    pairs = {frozenset(pair) for members in groups.values() for pair in combinations(members, 2)}
    asked = set(_asked(session, min_probability))
    together = [stand_together(sorted(pair) for pair in asked if pair <= each) for each in groups.values()]
    proposed = list(_proposed(session))
    return FoundOfKey(
        n_groups=len(groups),
        n_whole=sum(each in parts for each, parts in zip(groups.values(), together, strict=True)),
        n_part=sum(bool(parts) for parts in together),
        n_pairs=len(pairs),
        n_pairs_found=len(asked & pairs),
        n_asked=len(asked),
        n_cases=len(cases),
        n_cases_whole=sum(any(case <= needs for needs in proposed) for case in cases.values()),
        n_cases_part=sum(any(len(case & needs) > 1 for needs in proposed) for case in cases.values()),
        n_proposed=len(proposed),
    )


def _asked(session: Session, min_probability: float) -> Iterator[frozenset[str]]:
    """Go through the pairs of needs and ideas of the sample that a coordinator is or was asked about."""
    for pair in _all(lambda after: duplicates.list_pairs(session, actor=SYSTEM, limit=_PAGE, after=after)):
        ends = (pair.left, pair.right)
        if pair.state is DuplicateState.OPEN and pair.probability < min_probability:
            continue
        if all(each.source == SOURCE and each.kind is not EntryKind.OFFERING for each in ends):
            yield frozenset(each.source_id for each in ends)


def _proposed(session: Session) -> Iterator[frozenset[str]]:
    for view in _all(
        lambda after: joint_needs.list_joint_needs(session, actor=SYSTEM, limit=_PAGE, after=after)
    ):
        yield frozenset(each.entry.source_id for each in view.members if each.entry and not each.is_dropped)


def _all(read: Callable[[Any], Page[Any]]) -> Iterable[Any]:
    after = None
    while True:
        page = read(after)
        yield from page.items
        after = page.next_after
        if after is None:
            return
