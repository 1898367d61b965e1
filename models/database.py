"""The door to the database: engine, sessions, schema, and its errors in our words.

SQLite is set up so that work cannot be lost quietly: foreign keys are enforced, readers and one writer do
not wait for each other (WAL), and whoever may write takes the write lock when the transaction begins
instead of failing in the middle of it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.orm.exc import StaleDataError

from matcher.errors import Busy, Conflict, DatabaseOutdated, MatcherError, StorageFull

if TYPE_CHECKING:
    import sqlite3

    from alembic.config import Config

log = logging.getLogger("matcher.database")
BUSY_TIMEOUT_S = 5.0
_EMPTYING_TIMEOUT_S = 1.0
_EMPTIES_LOG = "empties_log"
READS_ONLY = "reads_only"
_PRAGMAS = (
    "PRAGMA foreign_keys=ON",
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=NORMAL",
    "PRAGMA cache_size=-65536",
    "PRAGMA temp_store=MEMORY",
    # What is erased is overwritten, not only forgotten.
    "PRAGMA secure_delete=ON",
)
_LOCKED = ("database is locked", "database table is locked", "lock timeout", "deadlock detected")
_NOT_WRITABLE = ("readonly database", "disk is full", "disk i/o error", "no space left", "disk full")


def make_engine(url: str, *, busy_timeout_s: float = BUSY_TIMEOUT_S) -> Engine:
    """Return an engine; nothing is opened yet.

    Parameters
    ----------
    url
        SQLAlchemy address of an SQLite or PostgreSQL database.
    busy_timeout_s
        Seconds to wait for another writer before ``Busy``.
    """
    # Parameters are hidden because residents' texts are among them, and errors are logged.
    if not _is_sqlite(url):
        return create_engine(url, hide_parameters=True, pool_pre_ping=True)
    engine = create_engine(url, hide_parameters=True, connect_args={"timeout": busy_timeout_s})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def make_sessions(engine: Engine) -> sessionmaker[Session]:
    """Return a maker of sessions for work that may write; close each before the next in a thread."""
    return sessionmaker(engine, expire_on_commit=False)


def make_reading_sessions(engine: Engine) -> sessionmaker[Session]:
    """Return a maker of sessions that only read and never wait for a writer."""
    reading = engine.execution_options(sqlite_begin="DEFERRED")
    return sessionmaker(reading, expire_on_commit=False, autoflush=False, info={READS_ONLY: True})


def empty_log_after_commit(session: Session) -> None:
    """Overwrite SQLite's log of changes (WAL) as soon as the session has committed.

    The log keeps every page as it was last written, so that what was erased could still be read there until
    the last program lets go of the database.
    """
    if session.get_bind().dialect.name == "sqlite" and not session.info.get(_EMPTIES_LOG):
        session.info[_EMPTIES_LOG] = True
        event.listen(session, "after_commit", _empty_log, once=True)


def upgrade(url: str) -> None:
    """Create the tables or bring them up to date.

    Raises
    ------
    Busy, StorageFull
        If the database is locked or cannot be written.
    """
    with translate_errors():
        _make_folder(url)
        _run_alembic(url, "upgrade", "head")


def downgrade(url: str, revision: str) -> None:
    """Take migrations back down to a revision; ``base`` removes all tables."""
    with translate_errors():
        _run_alembic(url, "downgrade", revision)


def schema_is_current(engine: Engine) -> bool:
    """Whether the tables are those of this version of the program."""
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    wanted = set(ScriptDirectory.from_config(_alembic_config()).get_heads())
    reading = engine.execution_options(sqlite_begin="DEFERRED")
    with translate_errors(), reading.connect() as connection:
        return set(MigrationContext.configure(connection).get_current_heads()) == wanted


def check_current(engine: Engine) -> None:
    """Refuse to work on tables of another version.

    Raises
    ------
    DatabaseOutdated
        If the tables are missing, older or newer.
    """
    if not schema_is_current(engine):
        raise DatabaseOutdated("The database's tables are not those of this version.")


@contextmanager
def translate_errors() -> Iterator[None]:
    """Raise errors of the database as errors of ours."""
    try:
        yield
    except SQLAlchemyError as error:
        raise translate(error) from error


def translate(error: SQLAlchemyError) -> MatcherError:
    """Return the error of ours that an error of the database means; its message names no values."""
    if isinstance(error, StaleDataError):
        return Conflict("Somebody else changed it at the same time.")
    if isinstance(error, IntegrityError):
        return Conflict("It contradicts something that is already stored.")
    cause = str(error.orig).lower() if isinstance(error, DBAPIError) else ""
    if any(words in cause for words in _LOCKED):
        return Busy("The database is locked by another program.")
    if any(words in cause for words in _NOT_WRITABLE):
        return StorageFull("The database could not be written.")
    return _translate_setup(cause)


def _translate_setup(cause: str) -> MatcherError:
    if "unable to open database file" in cause:
        return StorageFull(
            "The database file cannot be opened.",
            remedy="Let MATCHER_DATA_DIR or MATCHER_DATABASE_URL name a folder that may be written to.",
        )
    if "no such table" in cause or "no such column" in cause or "undefinedtable" in cause:
        return DatabaseOutdated("The database's tables are not those of this version.")
    if "not a database" in cause or "malformed" in cause:
        return MatcherError(
            "The database file is damaged, or is no database.",
            remedy="Restore it from a backup, or name another file in MATCHER_DATABASE_URL.",
        )
    return MatcherError("The database refused the work.")


def _is_sqlite(url: str) -> bool:
    return make_url(url).get_backend_name() == "sqlite"


def _set_up_sqlite(connection: sqlite3.Connection, _: object) -> None:
    # The driver begins no transactions by itself: it would begin them late, and only for some statements.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in _PRAGMAS:
        cursor.execute(pragma)
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("sqlite_begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")


def _empty_log(session: Session) -> None:
    import sqlite3

    session.info.pop(_EMPTIES_LOG, None)
    path = session.get_bind().engine.url.database
    if not path or path == ":memory:":
        return
    try:
        with closing(sqlite3.connect(path, timeout=_EMPTYING_TIMEOUT_S, isolation_level=None)) as connection:
            is_blocked, *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        is_blocked = True
    if is_blocked:
        # The commit stands; the next erasure, or the end of the last program, overwrites the log.
        log.warning("The log of changes is in use and was not overwritten yet.")


def _make_folder(url: str) -> None:
    database = make_url(url).database
    if not _is_sqlite(url) or not database or database == ":memory:":
        return
    try:
        Path(database).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StorageFull(f"The database's folder cannot be made: {error.strerror}.") from error


def _run_alembic(url: str, command: str, revision: str) -> None:
    from alembic import command as commands

    engine = make_engine(url)
    try:
        with engine.begin() as connection:
            config = _alembic_config()
            config.attributes["connection"] = connection
            getattr(commands, command)(config, revision)
    finally:
        engine.dispose()


def _alembic_config() -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
