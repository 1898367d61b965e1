"""``matcher serve``: pages and API, until Ctrl-C."""

from __future__ import annotations

import logging
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Annotated, Final

import typer

from matcher.cli.console import Interrupted, out
from matcher.cli.doors import open_database
from matcher.errors import SettingInvalid

if TYPE_CHECKING:
    from matcher.live import LiveMatcher
    from matcher.settings import Settings

_BACKLOG: Final = 128
_GRACE_S: Final = 5
_STOPPED: Final = "The service has stopped; a match that was under way carries on with the next start."


def serve(
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = None,
) -> None:
    """Serve pages and API until Ctrl-C, and carry out the matches that are asked for."""
    from matcher.live import LiveMatcher
    from matcher.settings import load_settings

    settings = with_port(load_settings(), port).checked()
    with open_database(settings) as database, listening(settings) as listener:
        out.print(f"Pages: {address_of(settings, listener)}/")
        out.print(f"API:   {address_of(settings, listener)}/docs")
        out.print("Ctrl-C ends it.")
        run_server(settings, listener, LiveMatcher(database.sessions, settings, goes_on=True))


def with_port(settings: Settings, port: int | None) -> Settings:
    """Return the settings with another port, if one is given."""
    return settings if port is None else settings.model_copy(update={"port": port})


@contextmanager
def listening(settings: Settings) -> Iterator[socket.socket]:
    """Take the port that is set, or a free one.

    Raises
    ------
    SettingInvalid
        If the port is taken, or may not be.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name != "nt":  # there it would let two programs share a port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        _bind(listener, settings)
        listener.listen(_BACKLOG)
        yield listener
    finally:
        listener.close()


def address_of(settings: Settings, listener: socket.socket) -> str:
    """Return the address under which the service is reached, without a slash at the end."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    return f"http://{host}:{listener.getsockname()[1]}"


def run_server(settings: Settings, listener: socket.socket, live: LiveMatcher) -> None:
    """Serve until Ctrl-C, and carry out the matches that are asked for.

    Raises
    ------
    Interrupted
        When it was ended.
    """
    import uvicorn

    from api.app import create_app

    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    config = uvicorn.Config(
        create_app(settings, live=live),
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=_GRACE_S,
    )
    try:
        with _ending_softly():
            uvicorn.Server(config).run(sockets=[listener])
    except KeyboardInterrupt:
        raise Interrupted(_STOPPED) from None


def _bind(listener: socket.socket, settings: Settings) -> None:
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        raise SettingInvalid(
            "MATCHER_PORT",
            f"{settings.host}:{settings.port} cannot be listened on ({error.strerror}).",
            remedy="Choose another port with --port, or 0 for a free one.",
        ) from error


@contextmanager
def _ending_softly() -> Iterator[None]:
    """Let the signal of a service manager end the program as Ctrl-C does, so that work is put away.

    Ctrl-C is taken here too: a shell starts what runs in its background with that signal ignored,
    and the server would stop at it without a word.
    """

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
