"""Who may call which route: declared at the route, refused by default, checked before the body is read.

FastAPI reads a request's body before it runs dependencies, so that a check in a dependency would let a
stranger send a gigabyte first. The check therefore stands in the route class, in front of everything.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api import body_limit, csrf, idempotency, identity
from api.resources import resources
from matcher.errors import NotAllowed, NotSignedIn
from matcher.services.actor import ADMINISTRATORS, EVERYBODY, PARTNERS, REVIEWERS, STAFF
from matcher.types import Role

__all__ = [
    "ADMINISTRATORS",
    "EVERY_ROLE",
    "PARTNERS",
    "REVIEWERS",
    "STAFF",
    "Access",
    "GuardedRoute",
    "access_of",
    "allows",
    "allows_everybody",
    "shows_secret",
    "takes_files",
]

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])

EVERY_ROLE = EVERYBODY


@dataclass(frozen=True, slots=True)
class Access:
    """What a route asks of its caller. ``is_public``: nobody needs to be signed in."""

    roles: frozenset[Role] = frozenset()
    is_public: bool = False


def allows(roles: frozenset[Role]) -> Callable[[Endpoint], Endpoint]:
    """Declare that members with any of these roles may call the endpoint."""

    def declare(endpoint: Endpoint) -> Endpoint:
        endpoint.access = Access(roles=roles)  # type: ignore[attr-defined]
        return endpoint

    return declare


def allows_everybody(endpoint: Endpoint) -> Endpoint:
    """Declare that the endpoint is public."""
    endpoint.access = Access(is_public=True)  # type: ignore[attr-defined]
    return endpoint


def shows_secret(endpoint: Endpoint) -> Endpoint:
    """Declare that the endpoint's answer shows a secret, so that it is not kept to be repeated."""
    endpoint.shows_secret = True  # type: ignore[attr-defined]
    return endpoint


def takes_files(endpoint: Endpoint) -> Endpoint:
    """Declare that the endpoint takes in files, which may be larger than other requests."""
    endpoint.takes_files = True  # type: ignore[attr-defined]
    return endpoint


def access_of(endpoint: object) -> Access:
    """Return what was declared; without a declaration nobody is let in."""
    return getattr(endpoint, "access", Access())


class GuardedRoute(APIRoute):
    """A route that finds out who calls, checks its declared access, and only then reads the request.

    Raises
    ------
    NotSignedIn, NotAllowed
        If the caller is unknown or has none of the declared roles.
    """

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Wrap FastAPI's handler with the checks; they run before the unit of work and end within it."""
        answer = super().get_route_handler()
        access = access_of(self.endpoint)
        has_files = getattr(self.endpoint, "takes_files", False)
        keeps_body = not getattr(self.endpoint, "shows_secret", False)

        async def guarded(request: Request) -> Response:
            await identity.identify(request)
            _admit(request, access)
            request = body_limit.limited(request, _max_bytes(request, has_files=has_files))
            try:
                await csrf.check(request)
                return await idempotency.once(request, answer, keeps_body=keeps_body)
            finally:
                await request.close()

        return guarded


def _max_bytes(request: Request, *, has_files: bool) -> int:
    if not has_files:
        return body_limit.MAX_BYTES
    return resources(request).settings.max_upload_bytes + body_limit.FORM_OVERHEAD_BYTES


def _admit(request: Request, access: Access) -> None:
    if access.is_public:
        return
    caller = identity.caller_of(request)
    if caller is None:
        raise NotSignedIn("This needs somebody who is signed in.")
    if not caller.actor.roles & access.roles:
        wanted = ", ".join(sorted(role.value for role in access.roles)) or "nobody"
        raise NotAllowed(f"This may be done by: {wanted}.")
