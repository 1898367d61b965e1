import shutil
from dataclasses import dataclass, field

import pytest
from sqlalchemy import select

from matcher.services import entries, matching, organisations, reviewing
from matcher.services.actor import SYSTEM, Actor
from matcher.services.organisations import OrganisationDraft
from matcher.types import Direction, EntryKind, OrganisationKind, Proposal, Reason, ReasonKind, Role, Score
from models.database import make_engine, make_sessions
from models.records import AuditEvent
from models.repositories.members import MemberRepository
from tests.matcher.living import draft

ORGANISATIONS = {
    "Exempelstad": OrganisationKind.MUNICIPALITY,
    "Grannköping": OrganisationKind.MUNICIPALITY,
    "Isfritt AB": OrganisationKind.SUPPLIER,
}
PEOPLE = {
    "officer": ("Exempelstad", Role.OFFICER),
    "coordinator": ("Exempelstad", Role.COORDINATOR),
    "partner": ("Exempelstad", Role.PARTNER),
    "administrator": ("Exempelstad", Role.ADMINISTRATOR),
    "neighbour": ("Grannköping", Role.OFFICER),
    "neighbours_administrator": ("Grannköping", Role.ADMINISTRATOR),
    "supplier": ("Isfritt AB", Role.PARTNER),
}


@dataclass
class Town:
    """Two municipalities and a supplier, with people in every role."""

    path: object
    engine: object
    sessions: object
    organisations: dict = field(default_factory=dict)
    actors: dict = field(default_factory=dict)

    def __getitem__(self, name):
        return self.actors[name]

    def do(self, service, *arguments, by=SYSTEM, **named):
        """Call a service in a transaction of its own, on behalf of somebody."""
        actor = self.actors[by] if isinstance(by, str) else by
        with self.sessions.begin() as session:
            return service(session, *arguments, actor=actor, **named)

    def add(self, kind, text, *, by="officer", **fields):
        return self.do(entries.create, draft(kind, text, **fields), by=by)

    def need(self, text="Det är halt på gångvägen vid skolan.", **fields):
        return self.add(EntryKind.NEED, text, **fields)

    def offering(self, text="Vi sandar gångvägar när det är halt.", *, by="supplier", **fields):
        return self.add(EntryKind.OFFERING, text, by=by, **fields)

    def propose(self, query, target, *, direction=Direction.NEED_TO_OFFERING, value=0.8, words="halt"):
        """Propose a target for a query, as a run would."""
        with self.sessions.begin() as session:
            matching.save_proposals(session, [proposal(query, target, direction, value=value, words=words)])
        found = self.do(reviewing.proposals_of, query.id)
        return next(each for each in found if each.target.id == target.id and each.direction is direction)

    def audit(self, thing_id=None):
        with self.sessions() as session:
            events = session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
        return [event for event in events if thing_id in (None, event.thing_id)]

    def rows(self, record):
        with self.sessions() as session:
            return session.scalars(select(record)).all()


def proposal(query, target, direction=Direction.NEED_TO_OFFERING, *, value=0.8, words="halt", rank=1):
    reason = Reason(kind=ReasonKind.SHARED_TERMS, contribution=1.0, detail={"terms": [words]})
    return Proposal(
        query_id=query.id,
        target_id=target.id,
        direction=direction,
        rank=rank,
        score=Score(value=value, base=0.1, reasons=(reason,)),
        recipe_digest="recipe",
    )


@pytest.fixture(scope="session")
def peopled_database(tmp_path_factory, empty_database):
    """A database with the organisations and people; tests copy it."""
    path = tmp_path_factory.mktemp("peopled") / "peopled.db"
    shutil.copy(empty_database, path)
    engine = make_engine(f"sqlite:///{path}")
    owners, actors = {}, {}
    with make_sessions(engine).begin() as session:
        for name, kind in ORGANISATIONS.items():
            made = organisations.create(session, OrganisationDraft(name=name, kind=kind), actor=SYSTEM)
            owners[name] = made.id
        members = MemberRepository(session)
        for person, (organisation, role) in PEOPLE.items():
            member = members.add(email=f"{person}@example.org", name=person.title(), password_hash=None)
            members.set_roles(member.id, owners[organisation], [role])
            actors[person] = Actor(member.id, owners[organisation], frozenset({role}))
    engine.dispose()
    return path, owners, actors


@pytest.fixture
def town(tmp_path, peopled_database):
    source, owners, actors = peopled_database
    path = tmp_path / "town.db"
    shutil.copy(source, path)
    engine = make_engine(f"sqlite:///{path}", busy_timeout_s=0.2)
    yield Town(path, engine, make_sessions(engine), dict(owners), dict(actors))
    engine.dispose()
