"""Who calls: a program by its API key, or a person by the signed session."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.exc import SQLAlchemyError

from api import signing_in
from api.navigation import navigation_for
from api.resources import resources
from matcher.services import accounts
from matcher.services.accounts import Identity
from matcher.services.actor import Actor

_SCHEME = "bearer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Somebody who is known. ``has_session``: signed in at a browser, not a program with a key."""

    actor: Actor
    name: str
    email: str
    organisation: str | None
    has_session: bool

    @property
    def navigation(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Groups of the caller's menu, each with addresses and keys of its pages."""
        return navigation_for(self.actor.roles)


async def identify(request: Request) -> None:
    """Find out who calls and remember it for this request; nobody is an answer, too."""
    request.state.caller = await run_in_threadpool(_find_caller, request)


def caller_of(request: Request) -> Caller | None:
    """Return who calls, once ``identify`` has found out; None for a stranger."""
    caller: Caller | None = getattr(request.state, "caller", None)
    return caller


def _find_caller(request: Request) -> Caller | None:
    # Whoever sends a key is known by it alone: a browser's session must not make up for a wrong one.
    header = request.headers.get("authorization")
    if header is None:
        return _by_session(request)
    scheme, _, secret = header.partition(" ")
    return _by_key(request, secret.strip()) if scheme.lower() == _SCHEME and secret.strip() else None


def _by_session(request: Request) -> Caller | None:
    found = resources(request)
    signed_in = signing_in.current(request, hours=found.settings.session_hours)
    if signed_in is None:
        return None
    with found.reading_sessions() as session:
        identity = accounts.who_is_member(
            session,
            signed_in.member_id,
            session_version=signed_in.session_version,
            organisation_id=signed_in.organisation_id,
        )
    return _caller(identity, has_session=True)


def _by_key(request: Request, secret: str) -> Caller | None:
    found = resources(request)
    with found.reading_sessions() as session:
        identity = accounts.who_has_key(session, secret)
    if identity is not None and found.is_first_use(secret):
        _note_use(request, secret)
    return _caller(identity, has_session=False)


def _note_use(request: Request, secret: str) -> None:
    try:
        with resources(request).sessions() as session:
            accounts.who_has_key(session, secret)
            session.commit()
    except SQLAlchemyError:
        # When a key was last used is worth no refusal, such as while a long import writes.
        return


def _caller(identity: Identity | None, *, has_session: bool) -> Caller | None:
    if identity is None:
        return None
    return Caller(
        actor=identity.actor,
        name=identity.name,
        email=identity.email,
        organisation=identity.organisation_name,
        has_session=has_session,
    )
