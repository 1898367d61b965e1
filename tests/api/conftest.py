"""A service with two municipalities, a supplier and members in every role, over a database of its own."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx2
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session, sessionmaker

from api import running
from api.app import create_app
from api.resources import Resources
from matcher.jobs import Worker
from matcher.services import accounts, organisations
from matcher.services.actor import SYSTEM, Actor
from matcher.services.organisations import OrganisationDraft
from matcher.settings import Settings
from matcher.types import OrganisationKind, Role
from models.database import make_engine, make_sessions, upgrade

BASE_URL = "http://127.0.0.1:8000"
ICE = "Halkiga gångvägar vid äldreboendet. Våra äldre vågar inte gå ut när det är is på vägen."
ICE_OFFERING = "Halkiga gångvägar vid äldreboendet? Vi sandar, så att våra äldre vågar gå ut när det är is."
ICE_AGAIN = "Halkiga gångvägar vid äldreboendet. De äldre vågar inte gå ut när det är is på vägen."
LUNCH = "Barnen i skolan får vänta länge i kön till lunchen och hinner inte äta klart."

_PEOPLE = {
    "officer": ("Exempelstad", {Role.OFFICER}),
    "coordinator": ("Exempelstad", {Role.COORDINATOR}),
    "partner": ("Exempelstad", {Role.PARTNER}),
    "administrator": ("Exempelstad", {Role.ADMINISTRATOR}),
    "neighbour": ("Grannköping", {Role.OFFICER, Role.COORDINATOR, Role.ADMINISTRATOR}),
    "supplier": ("Isfritt AB", {Role.PARTNER, Role.ADMINISTRATOR}),
}
_ORGANISATIONS = {
    "Exempelstad": OrganisationKind.MUNICIPALITY,
    "Grannköping": OrganisationKind.MUNICIPALITY,
    "Isfritt AB": OrganisationKind.SUPPLIER,
}


@dataclass(slots=True)
class Person:
    """A member with an API key."""

    id: str
    organisation_id: str
    key: str
    actor: Actor


@dataclass(slots=True, repr=False)
class World:
    """The service, and who calls it."""

    app: FastAPI
    settings: Settings
    people: dict[str, Person] = field(default_factory=dict)
    client: TestClient = field(init=False)

    @property
    def resources(self) -> Resources:
        found: Resources = self.app.state.resources
        return found

    @property
    def sessions(self) -> sessionmaker[Session]:
        return self.resources.sessions

    def call(self, method: str, path: str, by: str | None = "officer", **options: object) -> httpx2.Response:
        """Call the API with somebody's key; nobody's if it is None."""
        headers = dict(options.pop("headers", None) or {})  # type: ignore[call-overload]
        if by is not None:
            headers["Authorization"] = f"Bearer {self.people[by].key}"
        return self.client.request(method, f"/api/v1{path}", headers=headers, **options)  # type: ignore[arg-type]

    def get(self, path: str, by: str | None = "officer", **options: object) -> httpx2.Response:
        return self.call("GET", path, by, **options)

    def post(self, path: str, by: str | None = "officer", **options: object) -> httpx2.Response:
        return self.call("POST", path, by, **options)

    def search_groups(self, name: str, by: str = "officer") -> dict:
        """Search duplicates, themes or joint needs anew; return the run that did."""
        asked = self.post(f"/{name}/search", by)
        assert asked.status_code == 202, asked.text
        Worker(self.resources.live).work_once()
        run: dict = self.get(f"/runs/{asked.json()['id']}").json()
        assert run["state"] == "done"
        return run

    def make_entry(self, text: str = ICE, by: str = "officer", *, kind: str = "need", **more: object) -> dict:
        answer = self.post("/entries", by, json={"kind": kind, "text": text, **more})
        assert answer.status_code == 201, answer.text
        return answer.json()["entry"]

    def make_alike(self) -> None:
        """Publish needs of two municipalities about two things, in nearly the same words."""
        for text in (ICE, LUNCH):
            for n in range(5):
                owner, place = ("neighbour", "2580") if n % 2 else ("officer", "2581")
                self.make_entry(f"{text} Nummer {n}.", owner, publish=True, municipality=place)

    def make_pair(self) -> dict:
        """Publish a need and an offering that fits it; return their proposal."""
        need = self.make_entry(ICE, publish=True)
        self.make_entry(ICE_OFFERING, "supplier", kind="offering", publish=True)
        proposals = self.get("/proposals", params={"entry_id": need["id"]}).json()["items"]
        return next(each for each in proposals if each["direction"] == "need_to_offering")

    def browser(self) -> TestClient:
        """Return a client with cookies of its own."""
        return TestClient(self.app, base_url=BASE_URL, follow_redirects=False)

    def sign_in(self, name: str) -> Browser:
        """Sign somebody in with a one-time link, as a browser does."""
        with self.sessions() as session:
            token = accounts.make_sign_in_link(session, self.people[name].id, settings=self.settings)
            session.commit()
        browser = Browser(self.browser())
        page = browser.client.get(f"/link/{token}")
        answer = browser.client.post(f"/link/{token}", data={"csrf_token": form_token(page.text)})
        assert answer.status_code == 303, answer.text
        browser.token = form_token(browser.client.get("/docs").text)
        return browser


@dataclass(slots=True)
class Browser:
    """A browser with a session, and the token that its pages' forms carry."""

    client: TestClient
    token: str = ""

    def post(self, path: str, **options: object) -> httpx2.Response:
        headers = {"X-CSRF-Token": self.token, **dict(options.pop("headers", None) or {})}  # type: ignore[call-overload]
        return self.client.post(path, headers=headers, **options)  # type: ignore[arg-type]


def form_token(html: str) -> str:
    """Return the token in the first form of a page."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', html)
    assert found, "the page has no form token"
    return found[1]


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("empty") / "matcher.db"
    upgrade(f"sqlite:///{path.as_posix()}")
    return path


@pytest.fixture(scope="session")
def peopled(empty_database: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Person]]:
    path = tmp_path_factory.mktemp("peopled") / "matcher.db"
    shutil.copy(empty_database, path)
    engine = make_engine(f"sqlite:///{path.as_posix()}")
    with make_sessions(engine).begin() as session:
        people = _add_people(session)
    engine.dispose()
    return path, people


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, encoder="hashing", secret_key="s" * 40)  # type: ignore[arg-type, call-arg]


@pytest.fixture
def world(peopled: tuple[Path, dict[str, Person]], settings: Settings) -> Iterator[World]:
    with served(peopled, settings, has_worker=False) as made:
        yield made


@pytest.fixture
def worked(
    peopled: tuple[Path, dict[str, Person]], settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    """A world whose runs are carried out, and whose requests wait until that is done."""
    monkeypatch.setattr(running, "PATIENCE_S", 120)
    with served(peopled, settings, has_worker=True) as made:
        yield made


@contextmanager
def served(
    peopled: tuple[Path, dict[str, Person]], settings: Settings, *, has_worker: bool
) -> Iterator[World]:
    database, people = peopled
    shutil.copy(database, settings.data_dir / "matcher.db")
    app = create_app(settings, has_worker=has_worker)
    made = World(app, settings, people)
    with TestClient(app, base_url=BASE_URL, follow_redirects=False) as client:
        made.client = client
        yield made


def _add_people(session: Session) -> dict[str, Person]:
    ids = {
        name: organisations.create(session, OrganisationDraft(name=name, kind=kind), actor=SYSTEM).id
        for name, kind in _ORGANISATIONS.items()
    }
    people = {}
    for name, (organisation, roles) in _PEOPLE.items():
        member = accounts.create_member(
            session,
            email=f"{name}@exempel.example",
            name=name.capitalize(),
            organisation_id=ids[organisation],
            roles=roles,
            actor=SYSTEM,
        )
        actor = Actor(member.id, ids[organisation], frozenset(roles))
        key = accounts.make_key(session, name="Test", roles=roles, actor=actor)
        people[name] = Person(member.id, ids[organisation], key.secret, actor)
    return people
