"""A small database with needs, ideas and offerings, and searches over it."""

import itertools
import random
import shutil

from matcher.encoders import HashingEncoder
from matcher.live import LiveMatcher
from matcher.recipe import Recipe
from matcher.services import entries, matching, reviewing
from matcher.services.actor import SYSTEM
from matcher.settings import Settings
from matcher.types import Direction, EntryDraft, EntryKind
from models.database import make_engine, make_sessions, upgrade

WORDS = (
    "sandning gångväg halka snö telefon växel busshållplats skolmat hemtjänst gatlampa trappa park "
    "hundrastgård badhus återvinning cykelväg bibliotek fritidsgård färdtjänst e-tjänst"
).split()
GENEROUS = Recipe(thresholds=tuple((direction, 0.01) for direction in Direction))
"""Proposes what is at all alike, so that tests do not hang on the calibration of few short texts."""
_numbers = itertools.count(1)


def migrated(folder):
    """Make an empty database with all tables; slow, so that tests copy it."""
    path = folder / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


class World:
    def __init__(self, folder, empty_database):
        self.folder = folder
        shutil.copy(empty_database, folder / "matcher.db")
        self.settings = Settings(encoder="hashing", data_dir=folder)
        self.engine = make_engine(self.settings.effective_database_url)
        self.sessions = make_sessions(self.engine)

    def close(self):
        self.engine.dispose()

    def live(self, encoder=None, *, recipe=None):
        return LiveMatcher(self.sessions, self.settings, encoder=encoder or HashingEncoder(), recipe=recipe)

    def add(self, kind, text, **fields):
        with self.sessions.begin() as session:
            return entries.create(session, draft(kind, text, **fields), actor=SYSTEM)

    def add_many(self, n, *, seed=7):
        """Add as many of each kind, every text of five words."""
        chance = random.Random(seed)
        with self.sessions.begin() as session:
            for _ in range(n):
                for kind in EntryKind:
                    text = " ".join(chance.sample(WORDS, 5))
                    entries.create(session, draft(kind, text), actor=SYSTEM)

    def withdraw(self, entry):
        with self.sessions.begin() as session:
            return entries.withdraw(session, entry.id, expected_version=entry.version, actor=SYSTEM)

    def change(self, entry, text):
        with self.sessions.begin() as session:
            return entries.change(
                session, entry.id, {"text": text}, expected_version=entry.version, actor=SYSTEM
            )

    def proposing(self, n):
        """Add as many of each kind, and return a search whose proposals for needs are kept."""
        self.add_many(n)
        live = self.live(recipe=GENEROUS)
        live.renew()
        batch = live.propose_block(live.ids(EntryKind.NEED), Direction.NEED_TO_OFFERING)
        with self.sessions.begin() as session:
            matching.save_proposals(session, batch.proposals)
        return live

    def propose(self, live, entry):
        with self.sessions.begin() as session:
            return live.propose_and_save(session, entry.id)

    def proposals(self, **filters):
        """Every proposal that is made at present, as (direction, query, target)."""
        with self.sessions() as session:
            page = reviewing.list_proposals(
                session, actor=SYSTEM, filters=reviewing.ProposalFilters(**filters), limit=10_000
            )
        return {(each.direction, each.query.id, each.target.id) for each in page.items}

    def found(self, live, text):
        with self.sessions.begin() as session:
            return [match.entry_id for match in live.similar_to_text(session, text)]


def draft(kind, text, **fields):
    return EntryDraft(
        source="test", source_id=str(next(_numbers)), kind=kind, text=text, language="sv", **fields
    )
