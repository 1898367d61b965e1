"""Organisations: register, read and change them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from matcher.errors import NotAllowed, OrganisationNotFound, StaleVersion
from matcher.services.actor import ADMINISTRATORS, PARTNERS, Actor
from matcher.services.registering import OrganisationDraft, checked_fields, register
from matcher.types import BUYERS, OrganisationKind, Role
from models.repositories.audit import AuditRepository
from models.repositories.organisations import OrganisationRepository, OrganisationView, name_key, view_of
from models.repositories.pages import Page

__all__ = [
    "OrganisationDraft",
    "OrganisationView",
    "change",
    "create",
    "find",
    "get",
    "list_organisations",
    "may_size",
    "sizeable",
]


def create(session: Session, draft: OrganisationDraft, *, actor: Actor) -> OrganisationView:
    """Register an organisation.

    Raises
    ------
    NotAllowed
        If the actor is no administrator.
    InvalidInput, Conflict
        If a field cannot be used, or the organisation number is registered.
    """
    if not actor.is_system and Role.ADMINISTRATOR not in actor.roles:
        raise NotAllowed("Organisations are registered by administrators.")
    return view_of(register(session, draft, by=actor))


def get(session: Session, organisation_id: str, *, actor: Actor) -> OrganisationView:
    """Return an organisation; whoever is signed in sees them all.

    Raises
    ------
    OrganisationNotFound
        If there is none.
    """
    return view_of(OrganisationRepository(session).get(organisation_id))


def find(session: Session, name: str, *, actor: Actor) -> OrganisationView:
    """Return the organisation with this id, organisation number or name.

    Raises
    ------
    OrganisationNotFound
        If there is none, or several bear the name.
    """
    organisations, wanted = OrganisationRepository(session), name.strip()
    found = organisations.find_ids([wanted]).get(wanted)
    if found is None:
        raise OrganisationNotFound(wanted)
    return view_of(organisations.get(found))


def list_organisations(
    session: Session,
    *,
    actor: Actor,
    kind: OrganisationKind | None = None,
    limit: int = 50,
    after: Sequence[Any] | None = None,
) -> Page[OrganisationView]:
    """Return a page of organisations, by name."""
    return OrganisationRepository(session).list_views(kind=kind, limit=limit, after=after)


def change(
    session: Session,
    organisation_id: str,
    changes: Mapping[str, Any],
    *,
    expected_version: int,
    actor: Actor,
) -> OrganisationView:
    """Change an organisation; its number and what makes a supplier a buyer are the program's to change.

    Its administrators change it. Its partners, too, tell its size, and a public buyer's administrators that
    of an organisation that nobody acts for here.

    Raises
    ------
    OrganisationNotFound, NotAllowed, InvalidInput
        If there is none, the actor may not change it, or a field cannot be used.
    StaleVersion
        If somebody else changed it.
    """
    record = OrganisationRepository(session).get(organisation_id)
    if set(changes) != {"size"} or not may_size(session, view_of(record), actor=actor):
        actor.require(ADMINISTRATORS, organisation_id=organisation_id)
    if record.version != expected_version:
        raise StaleVersion(organisation_id, expected=expected_version, actual=record.version)
    if "kind" in changes and changes["kind"] != record.kind and not actor.is_system:
        raise NotAllowed("What kind an organisation is decides what its members may do.")
    for name, value in checked_fields(record.kind, {"size": record.size, **changes}).items():
        setattr(record, name, value)
    record.name_key = name_key(record.name)
    AuditRepository(session).add(
        "organisation.changed", organisation_id, by=actor, organisation_id=organisation_id, fields=[*changes]
    )
    session.flush()
    return view_of(record)


def may_size(session: Session, organisation: OrganisationView, *, actor: Actor) -> bool:
    """Whether the actor may tell how large an organisation is."""
    if organisation.kind in BUYERS:
        return False
    is_own = actor.may(ADMINISTRATORS | PARTNERS, organisation_id=organisation.id)
    return is_own or bool(sizeable(session, [organisation], actor=actor))


def sizeable(session: Session, views: Sequence[OrganisationView], *, actor: Actor) -> list[OrganisationView]:
    """Return those whose size a public buyer's administrator tells, because nobody acts for them here."""
    organisations = OrganisationRepository(session)
    if (
        Role.ADMINISTRATOR not in actor.roles
        or organisations.get(actor.organisation_id or "").kind not in BUYERS
    ):
        return []
    alone = organisations.without_members(each.id for each in views if each.kind not in BUYERS)
    return [each for each in views if each.id in alone]
