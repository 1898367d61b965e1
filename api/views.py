"""What services return, made into what the API hands out and the pages show."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic_core import to_jsonable_python

from api.explain import sentence
from api.schemas.entries import EntryShown, MatchShown, PairShown, ProposalShown, ReasonShown
from api.texts import Texts
from matcher.services.entries import EntryView
from matcher.services.reviewing import ProposalView
from matcher.services.searching import MatchView
from matcher.types import Reason, needs_reader


def show_entry(view: EntryView) -> EntryShown:
    """Show an entry."""
    return EntryShown(
        id=view.id,
        kind=view.kind,
        title=view.title,
        text=view.text,
        language=view.language,
        needs_reader=needs_reader(view.language),
        organisation_id=view.organisation_id,
        organisation=view.organisation_name,
        municipality=view.municipality,
        regions=list(view.regions),
        cpv=list(view.cpv),
        starts_on=view.window.starts_on,
        ends_on=view.window.ends_on,
        estimated_value=view.estimated_value,
        currency=view.currency,
        tags=list(view.tags),
        capacity=view.capacity,
        status=view.status,
        source=view.source,
        source_id=view.source_id,
        is_held=view.is_held,
        version=view.version,
        created_at=view.created_at,
        updated_at=view.updated_at,
    )


def show_reasons(reasons: Iterable[Reason], texts: Texts) -> list[ReasonShown]:
    """Show reasons, each as a sentence in the reader's language, too."""
    return [
        ReasonShown(
            kind=reason.kind,
            contribution=reason.contribution,
            sentence=sentence(reason, texts),
            detail=to_jsonable_python(dict(reason.detail)),
        )
        for reason in reasons
    ]


def show_match(view: MatchView, texts: Texts) -> MatchShown:
    """Show an entry that was found, and why."""
    return MatchShown(
        entry=show_entry(view.entry),
        score=view.score.value,
        reasons=show_reasons(view.score.reasons, texts),
    )


def show_pair(view: ProposalView, texts: Texts) -> PairShown:
    """Show a proposal with both entries and its reasons, and nothing of what was decided about it."""
    return PairShown(
        id=view.id,
        direction=view.direction,
        score=view.score.value,
        base=view.score.base,
        rank=view.rank,
        query=show_entry(view.query),
        target=show_entry(view.target),
        reasons=show_reasons(view.score.reasons, texts),
        recipe_digest=view.recipe_digest,
        version=view.version,
        created_at=view.created_at,
    )


def show_proposal(view: ProposalView, texts: Texts) -> ProposalShown:
    """Show a proposal with both entries, its reasons, and what became of it."""
    return ProposalShown(**dict(show_pair(view, texts)), state=view.state)
