"""What lives as long as the application does, reached from a request."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Final, Protocol, cast

from fastapi import Request, Response

from matcher.errors import MatcherError
from matcher.live import LiveMatcher
from matcher.procurement import CodeBook
from matcher.settings import Settings

if TYPE_CHECKING:
    from sqlalchemy import Engine
    from sqlalchemy.orm import Session, sessionmaker

    from matcher.jobs import Worker

_NOTED_EVERY_S: Final = 3600


class Provider(Protocol):
    """A client of the OpenID Connect provider."""

    async def authorize_redirect(self, request: Request, redirect_uri: str) -> Response:
        """Return the answer that sends the browser to the provider."""
        ...

    async def authorize_access_token(
        self, request: Request, *, claims_options: Mapping[str, object]
    ) -> Mapping[str, Mapping[str, object]]:
        """Return the checked answer of the provider, with the claims about who signed in as ``userinfo``."""
        ...


@dataclass(slots=True, kw_only=True)
class Resources:
    """Settings, doors to the database, the search in memory, code lists, sign-in provider and worker."""

    settings: Settings
    engine: Engine
    sessions: sessionmaker[Session]
    reading_sessions: sessionmaker[Session]
    live: LiveMatcher
    codes: CodeBook
    provider: Provider | None = None
    worker: Worker | None = None
    is_schema_checked: bool = False
    _used: dict[bytes, float] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def open(
        cls, settings: Settings, *, live: LiveMatcher | None = None, provider: Provider | None = None
    ) -> Resources:
        """Open the database; nothing is read from it yet, and no encoder is loaded.

        Raises
        ------
        UnreadableFile
            If the setting names a list of CPV codes that cannot be read.
        """
        from models.database import make_engine, make_reading_sessions, make_sessions

        engine = make_engine(settings.effective_database_url)
        sessions = make_sessions(engine)
        return cls(
            settings=settings,
            engine=engine,
            sessions=sessions,
            reading_sessions=make_reading_sessions(engine),
            live=live or LiveMatcher(sessions, settings),
            codes=CodeBook.load(settings.cpv_file),
            provider=provider,
        )

    def renewed_live(self) -> LiveMatcher:
        """Return the search in memory, loaded and up to date.

        That may take seconds and write vectors; call it before a transaction begins.

        Raises
        ------
        EncoderUnavailable
            If the encoder cannot be loaded.
        """
        self.live.renew()
        return self.live

    def check_schema(self) -> None:
        """Refuse to work on tables of another version; once they are right it is not asked again.

        Raises
        ------
        DatabaseOutdated
            If the tables are missing or of another version.
        """
        if self.is_schema_checked:
            return
        from models.database import check_current

        check_current(self.engine)
        self.is_schema_checked = True

    def schema_is_current(self) -> bool:
        """Whether the database can be worked with."""
        try:
            self.check_schema()
        except MatcherError:
            return False
        return True

    def is_first_use(self, secret: str) -> bool:
        """Whether a valid key is used for the first time in an hour, so that it is worth noting."""
        digest, now = sha256(secret.encode("utf-8", "replace")).digest(), time.monotonic()
        with self._lock:
            is_first = self._used.get(digest, -float("inf")) < now - _NOTED_EVERY_S
            if is_first:
                self._used[digest] = now
        return is_first


def resources(request: Request) -> Resources:
    """Return the application's resources."""
    return cast(Resources, request.app.state.resources)
