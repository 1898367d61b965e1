"""The served application with the sample in it, and a real browser that looks at it."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from api.app import create_app
from matcher.grouping.themes import ThemeRecipe
from matcher.live import LiveMatcher
from matcher.recipe import Recipe
from matcher.retrieval import QUERY_DIRECTIONS
from matcher.sample.loading import load_sample
from matcher.services import (
    accounts,
    case_dialogue,
    cases,
    duplicate_search,
    interests,
    joint_needs,
    matching,
    shortlists,
    theme_search,
)
from matcher.services.actor import SYSTEM, Actor
from matcher.services.case_dialogue import DialogueKind, TalkDraft
from matcher.settings import Settings
from matcher.types import Direction, EntryKind, Role
from models.database import make_engine, make_sessions, upgrade
from models.records import Proposal

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
ELSEWHERE = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
    "C:/Program Files/Google/Chrome/Application/chrome.exe",
    "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
)
PEOPLE = {
    "officer": (Role.OFFICER, "granalven"),
    "coordinator": (Role.COORDINATOR, "granalven"),
    "administrator": (Role.ADMINISTRATOR, "granalven"),
    "partner": (Role.PARTNER, "sparkoll"),
}
PASSWORD = "en lång mening som man minns"


def find_browser() -> str | None:
    """Return the program of a Chromium that is on this machine."""
    on_path = (shutil.which(name) for name in NAMES)
    return next((each for each in on_path if each), None) or next(
        (each for each in ELSEWHERE if Path(each).exists()), None
    )


@dataclass(slots=True, repr=False)
class Site:
    """The served application."""

    address: str
    app: FastAPI
    settings: Settings
    members: dict[str, str] = field(default_factory=dict)
    organisations: dict[str, str] = field(default_factory=dict)

    @property
    def sessions(self) -> sessionmaker[Session]:
        found: sessionmaker[Session] = self.app.state.resources.sessions
        return found

    def sign_in_address(self, who: str) -> str:
        with self.sessions.begin() as session:
            token = accounts.make_sign_in_link(session, self.members[who], settings=self.settings)
        return f"{self.address}/link/{token}"


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("site")
    settings = Settings(data_dir=folder, encoder="hashing", secret_key="s" * 40)  # type: ignore[arg-type, call-arg]
    upgrade(settings.effective_database_url)
    engine = make_engine(settings.effective_database_url)
    sessions = make_sessions(engine)
    organisations = dict(load_sample(sessions).organisations)
    # The hashing encoder knows letters alone: more is shown than would be in earnest.
    recipe = Recipe(thresholds=tuple((each, 0.05) for each in Direction))
    live = LiveMatcher(sessions, settings, recipe=recipe)
    live.renew()
    with sessions.begin() as session:
        _propose(session, live)
        members = {who: _member(session, who, organisations) for who in PEOPLE}
        _group(session, live, members["officer"], organisations["granalven"])
    app = create_app(settings, live=live, has_worker=False)
    with _served(app) as address:
        yield Site(address, app, settings, members, organisations)
    engine.dispose()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = find_browser()
    if program is None:
        reason = "no Chromium, Chrome or Edge was found; on Debian and Ubuntu: apt install chromium"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    arguments = ["--disable-background-networking", *(["--no-sandbox"] if is_root else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=arguments)
        yield browser
        browser.close()


@dataclass(slots=True, repr=False)
class Visitor:
    """Somebody at a browser window of its own; what the page complains about is noted."""

    site: Site
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)

    def go(self, path: str) -> None:
        self.page.goto(self.site.address + path)

    def sign_in(self, who: str) -> None:
        self.page.goto(self.site.sign_in_address(who))
        self.page.click("main button[type=submit]")
        self.page.wait_for_url(f"{self.site.address}/")

    def text(self, selector: str = "main") -> str:
        return self.page.inner_text(selector)


@pytest.fixture
def visitors(site: Site, chromium: Browser) -> Iterator[VisitorMaker]:
    maker = VisitorMaker(site, chromium)
    yield maker
    maker.close()


class VisitorMaker:
    """Opens windows; after a test no page may have complained."""

    def __init__(self, site: Site, chromium: Browser) -> None:
        self.site, self.chromium = site, chromium
        self.opened: list[Visitor] = []

    def __call__(self, who: str | None = None, *, width: int = 1280, **options: object) -> Visitor:
        """Open a window, signed in as somebody; options are Playwright's."""
        context = self.chromium.new_context(
            viewport={"width": width, "height": 900},
            **{"locale": "sv-SE", "color_scheme": "light", **options},  # type: ignore[arg-type]
        )
        visitor = Visitor(self.site, context, context.new_page())
        visitor.page.set_default_timeout(15_000)
        visitor.page.on("console", lambda message: self._note(visitor, message.type, message.text))
        visitor.page.on("pageerror", lambda error: visitor.complaints.append(str(error)))
        self.opened.append(visitor)
        if who is not None:
            visitor.sign_in(who)
        return visitor

    @staticmethod
    def _note(visitor: Visitor, kind: str, text: str) -> None:
        if kind == "error" and "Failed to load resource" not in text:
            visitor.complaints.append(text)

    def close(self) -> None:
        for visitor in self.opened:
            visitor.context.close()
        assert not [text for visitor in self.opened for text in visitor.complaints]


class _served:
    """Serves an application on a free port of this machine."""

    def __init__(self, app: FastAPI) -> None:
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, log_level="warning", ws="none", lifespan="on")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(
            target=self.server.run, kwargs={"sockets": [self.listener]}, daemon=True
        )

    def __enter__(self) -> str:
        self.thread.start()
        end = time.monotonic() + 60
        while not self.server.started:
            assert time.monotonic() < end, "the server did not start"
            threading.Event().wait(0.02)
        return f"http://127.0.0.1:{self.listener.getsockname()[1]}"

    def __exit__(self, *_: object) -> None:
        self.server.should_exit = True
        self.thread.join(20)
        self.listener.close()


def _propose(session: Session, live: LiveMatcher) -> None:
    for kind, directions in QUERY_DIRECTIONS.items():
        for direction in directions:
            batch = live.propose_block(live.ids(kind), direction)
            matching.save_proposals(session, batch.proposals)


def _group(session: Session, live: LiveMatcher, member_id: str, organisation_id: str) -> None:
    """Ask about a pair, and make a theme, a joint need and a case of some needs."""
    actor = Actor(member_id, organisation_id, frozenset({Role.OFFICER, Role.COORDINATOR}))
    loaded, decided = duplicate_search.load(session, live.encoder)
    duplicate_search.save(session, duplicate_search.find(loaded, decided, min_probability=0.0001))
    given = theme_search.load(session, live.encoder)
    recipe = ThemeRecipe(min_standard=0.5, min_share=0.1)
    theme_search.save(session, theme_search.find(given, recipe=recipe), actor=SYSTEM)
    owners = {entry.id: entry.organisation_id for entry in loaded.entries if entry.kind is EntryKind.NEED}
    own = next(each for each, owner in owners.items() if owner == organisation_id)
    other = next(each for each, owner in owners.items() if owner not in (None, organisation_id))
    joint_needs.create(session, [own, other], actor=actor)
    proposal = session.scalars(
        select(Proposal).where(
            Proposal.organisation_id == organisation_id, Proposal.direction == Direction.NEED_TO_OFFERING
        )
    ).first()
    assert proposal is not None
    shortlists.freeze(session, proposal.query_id, proposal.direction, recipe=live.recipe, actor=actor)
    interests.remark(session, proposal.query_id, "Vi levererar inte dit.", actor=actor)
    case = cases.create(session, title="Dosetter tillsammans", need_ids=[own], actor=actor)
    talk = TalkDraft(held_on=date(2026, 1, 15), kind=DialogueKind.RFI, subject="Vad finns?")
    case_dialogue.log(session, case.id, talk, today=date(2026, 1, 16), actor=actor)


def _member(session: Session, who: str, organisations: dict[str, str]) -> str:
    role, organisation = PEOPLE[who]
    return accounts.create_member(
        session,
        email=f"{who}@exempel.example",
        name=f"Sample {who}",
        organisation_id=organisations[organisation],
        roles=[role],
        password=PASSWORD,
        actor=SYSTEM,
    ).id
