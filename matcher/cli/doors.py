"""What the commands work with: the settings, and the database behind its door."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.errors import DatabaseOutdated, InvalidInput, OrganisationNotFound

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session, sessionmaker

    from matcher.services.organisations import OrganisationView
    from matcher.settings import Settings


@dataclass(frozen=True, slots=True)
class Database:
    """An open database whose tables are those of this version."""

    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    reading: sessionmaker[Session]


@contextmanager
def open_database(settings: Settings | None = None) -> Iterator[Database]:
    """Open the database of the settings; its errors leave as errors of ours.

    Raises
    ------
    DatabaseOutdated
        If there is none yet, or its tables are of another version.
    """
    from matcher.settings import load_settings
    from models.database import (
        check_current,
        make_engine,
        make_reading_sessions,
        make_sessions,
        translate_errors,
    )

    settings = settings or load_settings()
    path = sqlite_file(settings)
    if path is not None and not path.exists():
        raise DatabaseOutdated(f"There is no database at {path}.", remedy="Make one with `matcher init`.")
    engine = make_engine(settings.effective_database_url)
    try:
        check_current(engine)
        with translate_errors():
            yield Database(settings, engine, make_sessions(engine), make_reading_sessions(engine))
    finally:
        engine.dispose()


def organisation_named(session: Session, name: str) -> OrganisationView:
    """Return the organisation with this id, organisation number or name.

    Raises
    ------
    InvalidInput
        If there is none.
    """
    from matcher.services import organisations
    from matcher.services.actor import SYSTEM

    try:
        return organisations.find(session, name, actor=SYSTEM)
    except OrganisationNotFound as error:
        raise InvalidInput(
            f"There is no organisation {name}, or more than one of that name.",
            field="organisation",
            remedy="`matcher organisation list` shows them, `matcher organisation add` registers one.",
        ) from error


def sqlite_file(settings: Settings) -> Path | None:
    """Return the file of the settings' database, None if it is no file."""
    from sqlalchemy import make_url

    url = make_url(settings.effective_database_url)
    if url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
        return None
    return Path(url.database)


def shown_address(settings: Settings) -> str:
    """Return the database's address without a password."""
    from sqlalchemy import make_url

    return make_url(settings.effective_database_url).render_as_string(hide_password=True)
