"""Prints entries that were found and pairs that are proposed, with the reasons."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, Final

from matcher.cli.console import out
from matcher.cli.wording import headline, percent, sentence

if TYPE_CHECKING:
    from matcher.services.entries import EntryView
    from matcher.services.reviewing import ProposalView
    from matcher.services.searching import MatchView
    from matcher.types import Reason, Score

SHOWN_REASONS: Final = 3
_WEIGHTY: Final = 0.05


def print_matches(matches: Sequence[MatchView]) -> None:
    """Print what a search found, the best first."""
    for number, match in enumerate(matches, 1):
        out.print(f"{number:2}. {percent(match.score.value):>4}  {match.entry.kind:8} {named(match.entry)}")
        _print_reasons(match.score.reasons)


def print_proposals(proposals: Iterable[ProposalView]) -> None:
    """Print pairs that are proposed, with both sides."""
    for proposal in proposals:
        out.print(f"{percent(proposal.score.value):>4}  {named(proposal.query)}")
        out.print(f"   ->  {named(proposal.target)}")
        _print_reasons(proposal.score.reasons)


def named(entry: EntryView) -> str:
    """Return what an entry says first, and whose it is."""
    owner = f" ({entry.organisation_name})" if entry.organisation_name else ""
    return f"{headline(entry)}{owner}"


def score_as_json(score: Score) -> dict[str, Any]:
    """Return a score as JSON can hold it; contributions are in log-odds."""
    return {
        "score": score.value,
        "base": score.base,
        "reasons": [
            {
                "kind": reason.kind.value,
                "contribution": reason.contribution,
                "sentence": sentence(reason),
                "detail": dict(reason.detail),
            }
            for reason in score.reasons
        ],
    }


def entry_as_json(entry: EntryView) -> dict[str, Any]:
    """Return what identifies an entry, and what it says, as JSON can hold it."""
    return {
        "id": entry.id,
        "kind": entry.kind.value,
        "title": entry.title,
        "text": entry.text,
        "language": entry.language,
        "organisation": entry.organisation_name,
        "source": entry.source,
        "source_id": entry.source_id,
    }


def _print_reasons(reasons: Sequence[Reason]) -> None:
    weighty = [reason for reason in reasons if abs(reason.contribution) >= _WEIGHTY]
    for reason in weighty[:SHOWN_REASONS]:
        sign = "+" if reason.contribution > 0 else "-"
        out.print(f"       {sign} {sentence(reason)}")
