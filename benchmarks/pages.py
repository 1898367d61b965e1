"""Server time of the main pages with many entries: ``python -m benchmarks.pages [--n 100000] [--times 30]``.

Needs, ideas and offerings of 50 municipalities and 200 suppliers are registered, five proposals are kept for
every need and three of what is alike for every need and idea, all of which are in themes of two levels. An
officer's pages are asked for in turn, in process, without a network.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Final

from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from api.app import create_app
from benchmarks.encoding import shipped_texts
from matcher.encoders import load_encoder
from matcher.procurement.places import MUNICIPALITIES
from matcher.services import accounts, importing, organisations
from matcher.services.actor import SYSTEM
from matcher.services.organisations import OrganisationDraft
from matcher.settings import Settings, load_settings
from matcher.types import (
    Direction,
    EntryDraft,
    EntryKind,
    IntakeRow,
    OrganisationKind,
    ProposalState,
    Role,
    ThemeState,
    text_digest,
)
from models.database import make_engine, make_sessions, upgrade
from models.records import Entry, Proposal, Theme, ThemeMember, utc_now
from models.repositories.entries import EntryRepository
from models.repositories.labels import insert_rows
from models.repositories.theme_saving import ThemeSaver
from models.repositories.vectors import VectorRepository

N_BUYERS: Final = 50
N_SUPPLIERS: Final = 200
N_PROPOSALS: Final = 5
N_ALIKE: Final = 3
N_THEMES: Final = 30
N_PARTS: Final = 8
KINDS: Final = (EntryKind.NEED, EntryKind.NEED, EntryKind.IDEA, EntryKind.OFFERING)
PAGES: Final = (
    "/",
    "/review",
    "/review/{need}",
    "/entries",
    "/entries?kind=need&place={place}",
    "/entries?words=vinter",
    "/entries/{need}",
    "/entries/{need}/joint-needs",
    "/new",
    "/search",
    "/overview",
    "/duplicates",
    "/themes",
    "/joint-needs",
    "/cases",
    "/imports",
    "/organisations",
    "/notices",
    "/review?work=mine",
    "/second",
    "/shortlists",
    "/remarks",
    "/inbox",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long a page takes, how much it asks of the database, and how large it is.

    ``processor_ms`` is what it takes of a core: on a machine that does other things, too, read that.
    """

    page: str
    median_ms: float
    p95_ms: float
    processor_ms: float
    n_queries: int
    kilobytes: float


def fill(sessions: sessionmaker[Session], n: int) -> dict[str, str]:
    """Register organisations, entries and proposals; return what stands in the addresses."""
    places = list(MUNICIPALITIES)[:N_BUYERS]
    with sessions.begin() as session:
        buyers = [
            _organise(session, f"Kommun {code}", OrganisationKind.MUNICIPALITY, code) for code in places
        ]
        sellers = [
            _organise(session, f"Bolag {number} AB", OrganisationKind.SUPPLIER)
            for number in range(N_SUPPLIERS)
        ]
        officer = accounts.create_member(
            session,
            email="officer@example.org",
            name="Officer",
            organisation_id=buyers[0],
            roles=[Role.OFFICER, Role.COORDINATOR],
            actor=SYSTEM,
        )
    with sessions() as session:
        importing.import_rows(
            session,
            _rows(n, buyers, sellers, places),
            file_name="benchmark",
            file_digest=uuid.uuid4().hex,
            actor=SYSTEM,
            checkpoint=session.commit,
        )
        session.commit()
    with sessions.begin() as session:
        need = _propose(session, buyers[0])
        _find_alike(session)
        _find_themes(session)
    return {"officer": officer.id, "need": need, "place": places[0]}


def measure(client: TestClient, paths: Sequence[str], *, times: int) -> Iterator[Timing]:
    """Ask for each page some times, after once for warming up."""
    engine = client.app.state.resources.engine  # type: ignore[attr-defined]
    for path in paths:
        sent: list[str] = []

        def note(*arguments: object, sent: list[str] = sent) -> None:
            sent.append(str(arguments[2]))

        event.listen(engine, "before_cursor_execute", note)
        answer = client.get(path)
        event.remove(engine, "before_cursor_execute", note)
        assert answer.status_code == 200, (path, answer.status_code)
        seconds = []
        busy = time.process_time()
        for _ in range(times):
            began = time.perf_counter()
            client.get(path)
            seconds.append(time.perf_counter() - began)
        yield Timing(
            page=path,
            median_ms=1000 * median(seconds),
            p95_ms=1000 * quantiles(seconds, n=20)[-1],
            processor_ms=1000 * (time.process_time() - busy) / times,
            n_queries=sum(not each.startswith(("BEGIN", "PRAGMA")) for each in sent),
            kilobytes=len(answer.content) / 1000,
        )


def run(n: int, times: int) -> Iterator[Timing]:
    """Make a database of this size and measure."""
    with tempfile.TemporaryDirectory() as name:
        settings = load_settings().model_copy(
            update={"data_dir": Path(name), "database_url": "", "encoder": "hashing"}
        )
        upgrade(settings.effective_database_url)
        engine = make_engine(settings.effective_database_url)
        known = fill(make_sessions(engine), n)
        with make_sessions(engine).begin() as session:
            _encode_examples(session, settings)
        engine.dispose()
        app = create_app(settings, has_worker=False)
        with TestClient(app, base_url="http://127.0.0.1:8000", headers={"Accept": "text/html"}) as client:
            _sign_in(client, known["officer"], settings)
            paths = [path.format(**known) for path in PAGES]
            yield from measure(client, paths, times=times)


def _organise(session: Session, name: str, kind: OrganisationKind, municipality: str | None = None) -> str:
    draft = OrganisationDraft(name=name, kind=kind, municipality=municipality)
    return organisations.create(session, draft, actor=SYSTEM).id


def _rows(
    n: int, buyers: Sequence[str], sellers: Sequence[str], places: Sequence[str]
) -> Iterator[IntakeRow]:
    for number, text in enumerate(shipped_texts(n)):
        kind = KINDS[number % len(KINDS)]
        is_offered = kind is EntryKind.OFFERING
        owners = sellers if is_offered else buyers
        place = number // len(KINDS) % len(places)
        draft = EntryDraft(
            source="benchmark",
            source_id=str(number),
            kind=kind,
            text=text,
            language="sv",
            organisation=owners[number // len(KINDS) % len(owners)],
            municipality=None if is_offered else places[place],
        )
        yield IntakeRow(number=number + 1, draft=draft)


def _propose(session: Session, own: str) -> str:
    """Keep proposals for every need; return a need of an organisation."""
    needs = session.query(Entry.id, Entry.organisation_id).filter(Entry.kind == EntryKind.NEED).all()
    offerings = [row[0] for row in session.query(Entry.id).filter(Entry.kind == EntryKind.OFFERING)]
    rows = [
        _proposal(
            need_id,
            offerings[(place * N_PROPOSALS + rank) % len(offerings)],
            Direction.NEED_TO_OFFERING,
            owner,
            rank=rank + 1,
            score=((place * 37 + rank * 11) % 97) / 100,
        )
        for place, (need_id, owner) in enumerate(needs)
        for rank in range(min(N_PROPOSALS, len(offerings)))
    ]
    insert_rows(session, Proposal, rows)
    return str(next(need_id for need_id, owner in needs if owner == own))


def _find_alike(session: Session) -> None:
    """Keep for every need and idea a few others of its kind as alike."""
    for kind in (EntryKind.NEED, EntryKind.IDEA):
        entries = session.query(Entry.id, Entry.organisation_id).filter(Entry.kind == kind).all()
        rows = [
            _proposal(
                entry_id,
                entries[(place * 7 + rank * 13 + 1) % len(entries)][0],
                Direction.SIMILAR,
                owner,
                rank=rank + 1,
                score=0.9 - rank / 10,
            )
            for place, (entry_id, owner) in enumerate(entries)
            for rank in range(N_ALIKE)
            if (place * 7 + rank * 13 + 1) % len(entries) != place
        ]
        insert_rows(session, Proposal, rows)


def _find_themes(session: Session) -> None:
    """Put every need and idea into a part of a theme."""
    kinds = (EntryKind.NEED, EntryKind.IDEA)
    found = session.query(Entry.id).filter(Entry.kind.in_(kinds)).order_by(Entry.changed_seq)
    entries = [entry_id for (entry_id,) in found]
    beside = ThemeSaver(session).beside(entries)
    wholes = [_theme(f"Tema {number}", 0, len(entries) // N_THEMES) for number in range(N_THEMES)]
    parts = [
        _theme(f"Del {number}", 1, len(entries) // N_THEMES // N_PARTS, str(whole["id"]))
        for whole in wholes
        for number in range(N_PARTS)
    ]
    for place, theme in enumerate([*wholes, *parts]):
        theme["example_id"] = entries[place % len(entries)]
    insert_rows(session, Theme, [*wholes, *parts])
    rows = [
        {
            "entry_id": entry_id,
            "theme_id": parts[place % len(parts)]["id"],
            **beside[entry_id],
            "position": place // len(parts),
            "is_pinned": False,
            "joined_at": utc_now(),
        }
        for place, entry_id in enumerate(entries)
    ]
    insert_rows(session, ThemeMember, rows)


def _encode_examples(session: Session, settings: Settings) -> None:
    """Keep the vectors of the themes' examples, without which no map is drawn."""
    encoder = load_encoder(settings)
    rows = session.query(Theme.example_id).filter(Theme.level == 0)
    ids = [entry_id for (entry_id,) in rows if entry_id is not None]
    views = EntryRepository(session, SYSTEM).get_many(ids).values()
    texts = [view.as_entry().whole_text for view in views]
    vectors = dict(zip(map(text_digest, texts), encoder.encode(texts), strict=True))
    VectorRepository(session).put_many(vectors, encoder.digest)


def _proposal(
    query_id: str, target_id: str, direction: Direction, owner: str | None, *, rank: int, score: float
) -> dict[str, object]:
    now = utc_now()
    return {
        "id": str(uuid.uuid4()),
        "query_id": query_id,
        "target_id": target_id,
        "direction": direction,
        "organisation_id": owner,
        "score": score,
        "base": -5.0,
        "rank": rank,
        "reasons": [{"kind": "meaning", "contribution": 4.0, "detail": {}}],
        "recipe_digest": "benchmark",
        "state": ProposalState.OPEN,
        "is_current": True,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }


def _theme(name: str, level: int, n_members: int, parent_id: str | None = None) -> dict[str, object]:
    now = utc_now()
    return {
        "id": str(uuid.uuid4()),
        "level": level,
        "parent_id": parent_id,
        "name_sv": name,
        "name_en": name,
        "terms_sv": ["vinter"],
        "terms_en": ["winter"],
        "state": ThemeState.ALIVE,
        "n_members": n_members,
        "is_named": False,
        "is_kept": False,
        "has_taken_in": False,
        "version": 1,
        "created_at": now,
        "updated_at": now,
    }


def _sign_in(client: TestClient, member_id: str, settings: Settings) -> None:
    with client.app.state.resources.sessions.begin() as session:  # type: ignore[attr-defined]
        secret = accounts.make_sign_in_link(session, member_id, settings=settings)
    page = client.get(f"/link/{secret}").text
    token = page.split('name="csrf_token" value="')[1].split('"')[0]
    client.post(f"/link/{secret}", data={"csrf_token": token})


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark and print a table; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.pages", description=__doc__)
    parser.add_argument("--n", type=int, default=100_000, help="entries")
    parser.add_argument("--times", type=int, default=30, help="requests a page")
    options = parser.parse_args(arguments)
    sys.stdout.write(
        "| page | median, ms | 95th percentile, ms | processor, ms | queries | kB |\n"
        "|---|---|---|---|---|---|\n"
    )
    for each in run(options.n, options.times):
        sys.stdout.write(
            f"| {each.page.split('?')[0]} | {each.median_ms:.0f} | {each.p95_ms:.0f} "
            f"| {each.processor_ms:.0f} | {each.n_queries} | {each.kilobytes:.0f} |\n"
        )
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
