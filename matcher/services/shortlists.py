"""Frozen lists: what was proposed for an entry at one time, with all that is needed to come to it again."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher import __version__
from matcher.errors import InvalidInput
from matcher.recipe import Recipe
from matcher.services.actor import REVIEWERS, STAFF, Actor
from matcher.types import Direction, ProposalState
from models.records import Shortlist
from models.repositories.audit import AuditRepository
from models.repositories.entries import EntryRepository
from models.repositories.organisations import OrganisationRepository
from models.repositories.pages import Page
from models.repositories.proposals import ProposalFilters, ProposalRepository, ProposalView
from models.repositories.scorers import ScorerRepository
from models.repositories.shortlists import ShortlistRepository, ShortlistView
from models.repositories.verdicts import VerdictRepository, VerdictView, effective

__all__ = ["COLUMNS", "ShortlistView", "export", "freeze", "get", "list_of", "table"]

FORMAT: Final = 1
COLUMNS: Final = (
    "rank",
    "offering",
    "organisation",
    "probability",
    "verdict",
    "reason",
    "reasons",
    "recipe",
    "scorer",
    "encoder",
    "frozen_at",
)
"""What a frozen list has as a table."""
_MOST: Final = 200


def freeze(
    session: Session,
    entry_id: str,
    direction: Direction,
    *,
    recipe: Recipe,
    accepted_only: bool = False,
    now: datetime | None = None,
    actor: Actor,
) -> ShortlistView:
    """Keep what is proposed for an entry as it is now.

    Parameters
    ----------
    session
        An open session.
    entry_id, direction
        What the list is for.
    recipe
        The recipe that serves, with the digests of encoder and scorer.
    accepted_only
        Whether only accepted proposals are on the list.
    now
        When; by default the present time.
    actor
        Who freezes it.

    Raises
    ------
    NotAllowed, EntryNotFound
        If the actor judges nothing in its organisation, or does not see the entry.
    InvalidInput
        If nothing would be on the list.
    """
    actor.require(REVIEWERS, organisation_id=actor.organisation_id)
    repository = ShortlistRepository(session, actor)
    entry = EntryRepository(session, actor).get(entry_id)
    found = _proposals(session, entry_id, direction, accepted_only, actor)
    if not found:
        raise InvalidInput(
            "There is nothing to put on the list.",
            field="list",
            remedy="Accept a proposal first, or freeze all.",
        )
    numbers = repository.numbers([entry_id, *(each.target.id for each in found)])
    content: dict[str, Any] = {
        "format": FORMAT,
        "frozen_at": (now or datetime.now(UTC)).isoformat(),
        "frozen_by": {"member": actor.member_id, "organisation": actor.organisation_id},
        "program": __version__,
        "direction": direction.value,
        "accepted_only": accepted_only,
        "query": {"id": entry.id, "version": numbers[entry.id]},
        "recipe": {"digest": recipe.digest, **_plain(asdict(recipe))},
        "encoder": recipe.encoder,
        "scorer": _scorer(session, recipe),
        "data": asdict(repository.data_state()),
        "proposals": [
            _row(session, each, place, numbers[each.target.id]) for place, each in enumerate(found, 1)
        ],
    }
    record = Shortlist(
        entry_id=entry_id,
        direction=direction,
        organisation_id=actor.organisation_id,
        member_id=actor.member_id,
        digest=_digest(content),
        content=content,
    )
    repository.add(record)
    AuditRepository(session).add(
        "proposal.frozen", entry_id, by=actor, list=record.id, proposals=len(found), digest=record.digest
    )
    session.flush()
    return repository.get(record.id)


def get(session: Session, shortlist_id: str, *, actor: Actor) -> ShortlistView:
    """Return a frozen list of the actor's organisation.

    Raises
    ------
    NotAllowed, ShortlistNotFound
        If the actor is no staff, or there is none.
    """
    actor.require(STAFF, organisation_id=actor.organisation_id)
    return ShortlistRepository(session, actor).get(shortlist_id)


def list_of(
    session: Session,
    entry_id: str | None = None,
    *,
    actor: Actor,
    limit: int = 50,
    after: Sequence[Any] | None = None,
) -> Page[ShortlistView]:
    """Return a page of the frozen lists of an entry, or of all of the actor's organisation, the latest first.

    Raises
    ------
    NotAllowed
        If the actor is no staff.
    """
    actor.require(STAFF, organisation_id=actor.organisation_id)
    return ShortlistRepository(session, actor).list_views(entry_id, limit=limit, after=after)


def export(session: Session, shortlist_id: str, *, actor: Actor) -> dict[str, Any]:
    """Return a frozen list as a JSON object: what was kept, its digest, and the texts as they were then.

    The texts are not part of what the digest is of; those that were erased since are missing.

    Raises
    ------
    NotAllowed, ShortlistNotFound
        As for ``get``.
    """
    view = get(session, shortlist_id, actor=actor)
    rows = [view.content["query"], *(each["target"] for each in view.content["proposals"])]
    texts = ShortlistRepository(session, actor).texts((each["id"], each["version"]) for each in rows)
    return {
        "id": view.id,
        "digest": view.digest,
        "is_unchanged": _digest(view.content) == view.digest,
        "content": view.content,
        "texts": {entry_id: {"title": title, "text": text} for entry_id, (title, text) in texts.items()},
    }


def table(session: Session, shortlist_id: str, *, actor: Actor) -> list[dict[str, Any]]:
    """Return a frozen list as rows with ``COLUMNS``, the likeliest first; each says how the list came about.

    ``verdict`` is where the proposal stood, ``reason`` what the verdict that stood then gives as its reason,
    ``reasons`` why it was proposed. What was erased since is empty.

    Raises
    ------
    NotAllowed, ShortlistNotFound
        As for ``get``.
    """
    kept = export(session, shortlist_id, actor=actor)
    content, texts = kept["content"], kept["texts"]
    proposals = content["proposals"]
    verdicts = VerdictRepository(session).list_many(each["id"] for each in proposals)
    owners = {each["target"]["organisation"] for each in proposals} - {None}
    names = OrganisationRepository(session).names(owners)
    common = {
        "recipe": content["recipe"]["digest"],
        "scorer": content["scorer"]["digest"],
        "encoder": content["encoder"],
        "frozen_at": content["frozen_at"],
    }
    return [
        {
            "rank": each["place"],
            "offering": _words(texts.get(each["target"]["id"])),
            "organisation": names.get(each["target"]["organisation"], ""),
            "probability": each["probability"],
            "verdict": each["state"],
            "reason": _reason(each, verdicts.get(each["id"], [])),
            "reasons": each["reasons"],
            **common,
        }
        for each in proposals
    ]


def _words(kept: Mapping[str, str] | None) -> str:
    return (kept["title"] or kept["text"]) if kept else ""


def _reason(row: Mapping[str, Any], verdicts: Sequence[VerdictView]) -> str:
    """Return the reason of the verdict that stood when the list was frozen: later ones come after those."""
    standing = effective(verdicts[: len(row["verdicts"])])
    return standing.reason if standing else ""


def _proposals(
    session: Session, entry_id: str, direction: Direction, accepted_only: bool, actor: Actor
) -> Sequence[ProposalView]:
    filters = ProposalFilters(
        query_id=entry_id,
        direction=direction,
        state=ProposalState.ACCEPTED if accepted_only else None,
    )
    return ProposalRepository(session, actor).list_views(filters, limit=_MOST, after=None).items


def _row(session: Session, each: ProposalView, place: int, version: int) -> dict[str, Any]:
    verdicts = VerdictRepository(session).list_views(each.id)
    return {
        "place": place,
        "id": each.id,
        "target": {"id": each.target.id, "version": version, "organisation": each.target.organisation_id},
        "probability": each.score.value,
        "base": each.score.base,
        "reasons": [
            {"kind": reason.kind.value, "contribution": reason.contribution} for reason in each.score.reasons
        ],
        "recipe": each.recipe_digest,
        "state": each.state.value,
        "verdicts": [
            {"kind": one.kind.value, "member": one.member_id, "at": one.created_at.isoformat()}
            for one in verdicts
        ],
    }


def _scorer(session: Session, recipe: Recipe) -> dict[str, Any]:
    active = ScorerRepository(session).find_active()
    learned = (
        {"number": active.number, "digest": active.digest, "data": active.data_digest}
        if active is not None
        else None
    )
    return {"digest": recipe.scorer, "learned": learned}


def _plain(content: Mapping[str, Any]) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(content))
    return plain


def _digest(content: Mapping[str, Any]) -> str:
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(canonical.encode()).hexdigest()
