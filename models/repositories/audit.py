"""The log of what was done; it holds nobody's text."""

from __future__ import annotations

from sqlalchemy.orm import Session

from models.records import AuditEvent
from models.repositories.viewing import Viewer

Detail = str | int | float | bool | None | list[str]


class AuditRepository:
    """Adds audit events."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(
        self,
        action: str,
        thing_id: str,
        *,
        by: Viewer,
        organisation_id: str | None = None,
        **detail: Detail,
    ) -> None:
        """Note that something was done.

        Parameters
        ----------
        action
            What, such as ``entry.published``.
        thing_id
            Id of what it was done to.
        by
            Who did it.
        organisation_id
            Whose thing it is; by default the organisation of who did it.
        **detail
            Ids, words of the program and counts; never anybody's text.
        """
        self._session.add(
            AuditEvent(
                action=action,
                thing_id=thing_id,
                organisation_id=organisation_id or by.organisation_id,
                member_id=by.member_id,
                detail=detail,
            )
        )
