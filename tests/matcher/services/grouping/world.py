"""Municipalities, a supplier and their members, over a database of its own."""

import shutil
import zlib
from dataclasses import dataclass, field

import numpy as np

from matcher.encoders.hashing import HashingEncoder
from matcher.services import accounts, entries, organisations
from matcher.services.actor import SYSTEM, Actor
from matcher.services.organisations import OrganisationDraft
from matcher.types import EntryDraft, EntryKind, EntryStatus, OrganisationKind, Role
from models.database import make_engine, make_reading_sessions, make_sessions, upgrade

KINDS = {
    "Exempelstad": (OrganisationKind.MUNICIPALITY, "2581"),
    "Grannköping": (OrganisationKind.MUNICIPALITY, "2580"),
    "Fjärran": (OrganisationKind.MUNICIPALITY, "1280"),
    "Isfritt AB": (OrganisationKind.SUPPLIER, None),
    "Sand AB": (OrganisationKind.SUPPLIER, None),
}
PEOPLE = {
    "officer": ("Exempelstad", {Role.OFFICER}),
    "coordinator": ("Exempelstad", {Role.COORDINATOR}),
    "partner": ("Exempelstad", {Role.PARTNER}),
    "administrator": ("Exempelstad", {Role.ADMINISTRATOR}),
    "neighbour": ("Grannköping", {Role.OFFICER, Role.COORDINATOR, Role.ADMINISTRATOR}),
    "resident": ("Grannköping", {Role.PARTNER}),
    "stranger": ("Fjärran", {Role.OFFICER, Role.COORDINATOR}),
    "supplier": ("Isfritt AB", {Role.PARTNER, Role.ADMINISTRATOR}),
}


@dataclass
class World:
    engine: object
    actors: dict[str, Actor] = field(default_factory=dict)
    organisation_ids: dict[str, str] = field(default_factory=dict)
    encoder: HashingEncoder = field(default_factory=HashingEncoder)
    n: int = 0

    def __post_init__(self):
        self.sessions = make_sessions(self.engine)
        self.reading = make_reading_sessions(self.engine)

    def register(self, text, by="officer", *, kind=EntryKind.NEED, status=EntryStatus.PUBLISHED, **more):
        """Register an entry and return its id."""
        self.n += 1
        draft = EntryDraft(
            source="test", source_id=str(self.n), kind=kind, text=text, status=status, language="sv", **more
        )
        with self.sessions.begin() as session:
            return entries.create(session, draft, actor=self.actors[by]).id

    def version(self, entry_id, by="administrator"):
        with self.reading() as session:
            return entries.get(session, entry_id, actor=SYSTEM).version


def peopled(path):
    """Make a database with organisations and members; return what it holds."""
    url = f"sqlite:///{path.as_posix()}"
    upgrade(url)
    engine = make_engine(url)
    actors, ids = {}, {}
    with make_sessions(engine).begin() as session:
        for name, (kind, municipality) in KINDS.items():
            draft = OrganisationDraft(name=name, kind=kind, municipality=municipality)
            ids[name] = organisations.create(session, draft, actor=SYSTEM).id
        for name, (organisation, roles) in PEOPLE.items():
            member = accounts.create_member(
                session,
                email=f"{name}@exempel.example",
                name=name.capitalize(),
                organisation_id=ids[organisation],
                roles=roles,
                actor=SYSTEM,
            )
            actors[name] = Actor(member.id, ids[organisation], frozenset(roles))
    engine.dispose()
    return actors, ids


def copy_of(path, target, actors, ids):
    """Open a copy of a peopled database."""
    shutil.copy(path, target)
    engine = make_engine(f"sqlite:///{target.as_posix()}", busy_timeout_s=0.05)
    return World(engine, dict(actors), dict(ids))


class TopicEncoder:
    """An encoder for tests: texts with the same first word lie around one point, the others elsewhere."""

    name, languages, role_matters, n_dims = "topics", frozenset({"sv", "en"}), False, 64
    digest = "topics".ljust(64, "0")

    def __init__(self, spread=0.5):
        self.spread = spread

    def encode(self, texts, *, role="passage", progress=None):
        rows = np.zeros((len(texts), self.n_dims), dtype=np.float32)
        for row, text in zip(rows, texts, strict=True):
            words = text.split()
            if words:
                centre = self._direction(words[0].strip(".,:"))
                row[:] = centre + self.spread * self._direction(text)
                row /= np.linalg.norm(row)
        return rows

    def _direction(self, text):
        rng = np.random.default_rng(zlib.crc32(text.encode()))
        made = rng.standard_normal(self.n_dims)
        return made / np.linalg.norm(made)
