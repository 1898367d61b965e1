"""On whose behalf a service works, and what that allows."""

from __future__ import annotations

from dataclasses import dataclass

from matcher.errors import NotAllowed
from matcher.types import Role

EVERYBODY = frozenset(Role)
REVIEWERS = frozenset({Role.OFFICER, Role.COORDINATOR})
STAFF = frozenset({Role.OFFICER, Role.COORDINATOR, Role.ADMINISTRATOR})
ADMINISTRATORS = frozenset({Role.ADMINISTRATOR})
PARTNERS = frozenset({Role.PARTNER})


@dataclass(frozen=True, slots=True)
class Actor:
    """A member acting for one of its organisations, or the program itself (``is_system``)."""

    member_id: str | None = None
    organisation_id: str | None = None
    roles: frozenset[Role] = frozenset()
    is_system: bool = False

    def may(self, roles: frozenset[Role], *, organisation_id: str | None) -> bool:
        """Whether the actor has one of the roles in the organisation that a thing belongs to."""
        if self.is_system:
            return True
        is_own = organisation_id is not None and organisation_id == self.organisation_id
        return is_own and bool(self.roles & roles)

    def require(self, roles: frozenset[Role], *, organisation_id: str | None) -> None:
        """Refuse what the actor may not do.

        Raises
        ------
        NotAllowed
            If it has none of the roles, or the thing belongs to another organisation.
        """
        if not self.may(roles, organisation_id=organisation_id):
            names = ", ".join(sorted(role.value for role in roles))
            raise NotAllowed(f"This is for these roles of the organisation that it belongs to: {names}.")


SYSTEM = Actor(is_system=True)
