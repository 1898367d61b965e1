"""The log of what was done in an organisation, for its administrators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy.orm import Session

from matcher.services.actor import ADMINISTRATORS, Actor
from models.repositories.audit_reading import AuditFilters, AuditReader, AuditView
from models.repositories.pages import Page

__all__ = ["AREAS", "AuditFilters", "AuditView", "list_events"]

AREAS: Final = (
    "entry",
    "proposal",
    "duplicate",
    "merge",
    "theme",
    "joint_need",
    "case",
    "threshold",
    "import",
    "mapping",
    "run",
    "scorer",
    "export",
    "member",
    "invitation",
    "key",
    "organisation",
    "public_form",
    "partner_request",
)
"""What actions begin with."""


def list_events(
    session: Session,
    *,
    actor: Actor,
    filters: AuditFilters | None = None,
    limit: int = 100,
    after: Sequence[Any] | None = None,
) -> Page[AuditView]:
    """Return a page of what was done in the actor's organisation, the latest first.

    Raises
    ------
    NotAllowed
        If the actor is no administrator.
    """
    actor.require(ADMINISTRATORS, organisation_id=actor.organisation_id)
    return AuditReader(session, actor).list_views(filters or AuditFilters(), limit=limit, after=after)
