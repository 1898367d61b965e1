"""Pages over a world whose search is loaded, with somebody signed in at a browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import event

from matcher.jobs import Worker
from models.records import Theme, ThemeMember
from models.repositories.theme_saving import ThemeSaver
from tests.api.conftest import Browser, World

HTML = {"Accept": "text/html"}


@pytest.fixture
def ready(world: World) -> World:
    """The world with its search loaded."""
    world.resources.live.renew()
    return world


def open_page(browser: Browser, path: str, *, lang: str = "sv", status: int = 200) -> str:
    """Return a page's HTML; its status must be this one."""
    answer = browser.client.get(path, headers=HTML | {"Accept-Language": lang})
    assert answer.status_code == status, (path, answer.status_code, answer.text[:500])
    return answer.text


def send(browser: Browser, path: str, data: dict[str, object], *, status: int = 303) -> str:
    """Send a form as a page does; return where it leads, or the HTML that answers it."""
    answer = browser.client.post(path, data={"csrf_token": browser.token, **data}, headers=HTML)
    assert answer.status_code == status, (path, answer.status_code, answer.text[:800])
    return answer.headers.get("location", answer.text)


def search_groups(world: World, browser: Browser, path: str) -> str:
    """Ask for groups to be searched anew; return the run's page once it is done."""
    address = send(browser, f"{path}/search", {})
    assert address.startswith("/runs/")
    Worker(world.resources.live).work_once()
    return open_page(browser, address)


@contextmanager
def counted(world: World) -> Iterator[list[str]]:
    """Collect the SQL statements that are sent meanwhile."""
    sent: list[str] = []

    def note(*arguments: object) -> None:
        statement = str(arguments[2])
        if not statement.startswith(("BEGIN", "COMMIT", "ROLLBACK", "PRAGMA")):
            sent.append(statement)

    engine = world.resources.engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


def make_theme(
    world: World, name: str, texts: list[str], by: str = "officer", *, kind: str = "need"
) -> tuple[str, list[str]]:
    """Keep a theme of new entries with these texts; return its id and theirs."""
    entries = [world.make_entry(text, by, kind=kind, publish=True)["id"] for text in texts]
    with world.sessions.begin() as session:
        beside = ThemeSaver(session).beside(entries)
        theme = Theme(
            level=0, name_sv=name, name_en=f"{name} en", example_id=entries[0], n_members=len(entries)
        )
        session.add(theme)
        session.flush()
        for position, entry_id in enumerate(entries):
            member = ThemeMember(entry_id=entry_id, theme_id=theme.id, position=position, **beside[entry_id])
            session.add(member)
        return theme.id, entries
