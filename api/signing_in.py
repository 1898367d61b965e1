"""The session of somebody who is signed in: what stands in the signed cookie, and for how long it counts."""

from __future__ import annotations

import time
from dataclasses import dataclass

from fastapi import Request

from api import csrf

_MEMBER, _VERSION, _SINCE, _ORGANISATION = "member", "version", "since", "organisation"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Who the cookie says is signed in; the session version tells whether it has been revoked."""

    member_id: str
    session_version: int
    organisation_id: str | None = None


def start(request: Request, member_id: str, *, session_version: int) -> None:
    """Sign somebody in: everything in the old session, its form token too, is replaced."""
    notice = request.session.get("notice")
    request.session.clear()
    request.session.update(
        {_MEMBER: member_id, _VERSION: session_version, _SINCE: int(time.time())},
    )
    if notice:
        request.session["notice"] = notice
    csrf.token(request)


def act_for(request: Request, organisation_id: str) -> None:
    """Remember for which of its organisations the member acts; one that is not its own counts as none."""
    request.session[_ORGANISATION] = organisation_id


def end(request: Request) -> None:
    """Forget who is signed in."""
    request.session.clear()


def current(request: Request, *, hours: int) -> SignedIn | None:
    """Return who is signed in, unless the signing-in is longer ago than the setting allows."""
    session = request.scope.get("session", {})
    if _MEMBER not in session or time.time() - session.get(_SINCE, 0) > hours * 3600:
        return None
    return SignedIn(session[_MEMBER], session[_VERSION], session.get(_ORGANISATION))
