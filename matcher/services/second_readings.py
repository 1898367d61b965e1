"""Second readings: two people judge the same proposal without knowing of each other, and how far they agree.

The first two members that judged a proposal are compared by what each of them found at last before anything
was settled. A difference is settled by the next verdict, whoever gives it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.services.actor import REVIEWERS, Actor
from matcher.types import VerdictKind
from models.repositories.pages import Page
from models.repositories.proposals import ProposalRepository, ProposalView
from models.repositories.second_readings import SecondReadingRepository
from models.repositories.verdicts import VerdictView

__all__ = ["Agreement", "Difference", "Readings", "compare", "list_waiting", "readings"]

_MOST: Final = 2_000
_MOST_SHOWN: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """How far pairs of readers agree. ``kappa``: Cohen's, beyond chance; None where it is not defined."""

    n: int
    n_equal: int
    kappa: float | None

    @property
    def share(self) -> float | None:
        """Share of proposals that both judged alike."""
        return self.n_equal / self.n if self.n else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A proposal that two people judged differently."""

    proposal: ProposalView
    first: VerdictView
    second: VerdictView


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """How far readers agree, what they differ about, and how much waits for the actor."""

    agreement: Agreement
    differences: list[Difference]
    n_waiting: int


def list_waiting(
    session: Session, *, actor: Actor, limit: int = 20, after: Sequence[Any] | None = None
) -> Page[ProposalView]:
    """Return a page of what a colleague judged and the actor did not; whoever shows it hides what was found.

    Raises
    ------
    NotAllowed
        If the actor judges nothing.
    """
    actor.require(REVIEWERS, organisation_id=actor.organisation_id)
    page = SecondReadingRepository(session, actor).list_waiting(limit=limit, after=after)
    views = ProposalRepository(session, actor).get_many(page.items)
    return Page([views[each] for each in page.items if each in views], page.next_after)


def readings(session: Session, *, actor: Actor) -> Readings:
    """Return agreement and open differences of the actor's organisation, of the latest 2000 read twice.

    Raises
    ------
    NotAllowed
        If the actor judges nothing.
    """
    actor.require(REVIEWERS, organisation_id=actor.organisation_id)
    repository = SecondReadingRepository(session, actor)
    pairs, open_ones = [], []
    for verdicts in repository.list_read_twice(limit=_MOST).values():
        compared = compare(verdicts)
        if compared is None:
            continue
        first, second, is_settled = compared
        pairs.append((first.kind, second.kind))
        if first.kind is not second.kind and not is_settled:
            open_ones.append((first, second))
    return Readings(
        agreement=_agreement(pairs),
        differences=_differences(session, open_ones[:_MOST_SHOWN], actor),
        n_waiting=repository.count_waiting(),
    )


def compare(verdicts: Sequence[VerdictView]) -> tuple[VerdictView, VerdictView, bool] | None:
    """Return what the first two readers found, and whether somebody has settled it; None with fewer."""
    standing = _standing(verdicts)
    if not standing:
        return None
    beginner = standing[0].member_id
    place = next((place for place, each in enumerate(standing) if each.member_id != beginner), None)
    if place is None:
        return None
    return standing[place - 1], standing[place], len(standing) > place + 1


def _standing(verdicts: Sequence[VerdictView]) -> list[VerdictView]:
    """Return verdicts that were not taken back; each undo takes back its member's latest."""
    left: list[VerdictView] = []
    for each in verdicts:
        if each.kind is not VerdictKind.UNDO:
            left.append(each)
            continue
        own = [one for one in left if one.member_id == each.member_id]
        if own:
            left.remove(own[-1])
    return left


def _agreement(pairs: Sequence[tuple[VerdictKind, VerdictKind]]) -> Agreement:
    n, n_equal = len(pairs), sum(first is second for first, second in pairs)
    if not n:
        return Agreement(n=0, n_equal=0, kappa=None)
    firsts, seconds = Counter(first for first, _ in pairs), Counter(second for _, second in pairs)
    by_chance = sum(firsts[kind] * seconds[kind] for kind in VerdictKind) / n**2
    kappa = None if by_chance == 1 else (n_equal / n - by_chance) / (1 - by_chance)
    return Agreement(n=n, n_equal=n_equal, kappa=kappa)


def _differences(
    session: Session, pairs: Sequence[tuple[VerdictView, VerdictView]], actor: Actor
) -> list[Difference]:
    proposals = ProposalRepository(session, actor).get_many(first.proposal_id for first, _ in pairs)
    # Of those that are left out, an entry is seen no more.
    return [
        Difference(proposal=proposals[first.proposal_id], first=first, second=second)
        for first, second in pairs
        if first.proposal_id in proposals
    ]
