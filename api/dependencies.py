"""What endpoints ask for: an open session that is committed once, the caller, the search in memory."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from api import identity
from api.identity import Caller
from api.resources import Resources, resources
from api.texts import Texts, choose_language
from matcher.errors import NotSignedIn
from matcher.live import LiveMatcher
from matcher.services.actor import Actor


def unit_of_work(request: Request) -> Iterator[Session]:
    """Yield a session; commit when the answer is ready, roll back if there is an error."""
    found = resources(request)
    found.check_schema()
    with found.sessions() as session:
        request.state.session = session
        yield session
        session.commit()


def reading(request: Request) -> Iterator[Session]:
    """Yield a session that only reads, and so waits for no writer."""
    found = resources(request)
    found.check_schema()
    with found.reading_sessions() as session:
        yield session


def known_caller(request: Request) -> Caller:
    """Return who calls; the route's declared access has been checked before."""
    caller = identity.caller_of(request)
    if caller is None:
        raise NotSignedIn("This needs somebody who is signed in.")
    return caller


def acting(caller: Annotated[Caller, Depends(known_caller)]) -> Actor:
    """Return on whose behalf the services act."""
    return caller.actor


def renewed_live(request: Request) -> LiveMatcher:
    """Return the search in memory, brought up to date before a transaction begins."""
    return resources(request).renewed_live()


def reader_texts(request: Request) -> Texts:
    """Return the texts of the reader's language, in which reasons are said."""
    return Texts(choose_language(request))


# Function scope: the commit comes before the answer is sent, so that a failed commit is never a 200.
Work = Annotated[Session, Depends(unit_of_work, scope="function")]
Reading = Annotated[Session, Depends(reading, scope="function")]
Acting = Annotated[Actor, Depends(acting)]
CurrentCaller = Annotated[Caller, Depends(known_caller)]
Live = Annotated[LiveMatcher, Depends(renewed_live)]
Assets = Annotated[Resources, Depends(resources)]
ReaderTexts = Annotated[Texts, Depends(reader_texts)]
