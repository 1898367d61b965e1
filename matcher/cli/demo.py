"""``matcher demo``: the whole way on the sample, from its files to pages that can be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Final, NamedTuple

import typer

from matcher.cli import serving
from matcher.cli.accounts import find_member
from matcher.cli.console import out, progress_bar
from matcher.cli.doors import Database, open_database
from matcher.cli.matching import load_shown, print_counts, run_shown
from matcher.cli.showing import named, print_proposals
from matcher.cli.wording import DIRECTIONS
from matcher.errors import SettingInvalid
from matcher.types import EntryKind, Role

if TYPE_CHECKING:
    from matcher.live import LiveMatcher
    from matcher.sample.loading import Loaded
    from matcher.services.entries import EntryView
    from matcher.settings import Settings
    from matcher.types import Group

DATABASE: Final = "demo.db"
N_SHOWN: Final = 4
N_GROUPS: Final = 4
N_MEMBERS: Final = 3


class Person(NamedTuple):
    """A member of the sample, one for each role."""

    role: Role
    organisation: str
    email: str


PEOPLE: Final = (
    Person(Role.OFFICER, "granalven", "officer@granalven.example"),
    Person(Role.COORDINATOR, "granalven", "coordinator@granalven.example"),
    Person(Role.ADMINISTRATOR, "granalven", "administrator@granalven.example"),
    Person(Role.PARTNER, "sparkoll", "partner@sparkoll.example"),
)


def demo(
    once: Annotated[
        bool, typer.Option("--once", help="End after printing, without serving anything.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = None,
) -> None:
    """Show the whole way on invented data: matches, groups and their reasons, then pages and API.

    It has a database of its own in the data folder; your own is not touched.
    """
    from matcher.live import LiveMatcher

    settings = _settings(port)
    with _sample_database(settings) as (database, loaded):
        live = LiveMatcher(database.sessions, settings)
        _match(database, live, loaded)
        _show_proposals(database)
        _show_groups(database, live)
        out.print(
            f"\nOther commands use this data with MATCHER_DATABASE_URL={settings.database_url}", markup=False
        )
        if once:
            out.print("Without --once it serves pages and API and prints links to sign in.", markup=False)
            return
        with serving.listening(settings) as listener:
            _show_addresses(database, loaded, serving.address_of(settings, listener))
            serving.run_server(settings, listener, live)


def _settings(port: int | None) -> Settings:
    from matcher.settings import load_settings

    settings = serving.with_port(load_settings(), port)
    if settings.environment != "development":
        raise SettingInvalid(
            "MATCHER_ENVIRONMENT",
            "the demonstration signs people in with links and is for development alone.",
            remedy="Leave it out, or set it to development.",
        )
    address = f"sqlite:///{(settings.data_dir / DATABASE).as_posix()}"
    return settings.model_copy(update={"database_url": address}).checked()


@contextmanager
def _sample_database(settings: Settings) -> Iterator[tuple[Database, Loaded]]:
    """Open the demonstration's database with the sample in it; made if it is not there."""
    from matcher.sample.loading import load_sample, sample_size
    from models.database import upgrade

    out.print(f"Sample data, all of it invented, in {settings.data_dir / DATABASE}", markup=False)
    upgrade(settings.effective_database_url)
    with open_database(settings) as database:
        with progress_bar("Loading the sample", sample_size()) as bar:
            loaded = load_sample(database.sessions, progress=bar.advance)
        n_entries = loaded.created + loaded.updated + loaded.unchanged
        out.print(
            f"{n_entries} needs, ideas and offerings of {len(loaded.organisations)} organisations.",
            markup=False,
        )
        yield database, loaded


def _match(database: Database, live: LiveMatcher, loaded: Loaded) -> None:
    """Match if anything changed since the last time, else only load what was found then."""
    from matcher.services import matching

    with database.reading() as session:
        before = matching.latest_run(session)
    is_current = before is not None and before.state == "done" and before.recipe_digest == live.recipe.digest
    if is_current and not loaded.is_changed:
        load_shown(live)
    else:
        print_counts(run_shown(live))


def _show_proposals(database: Database) -> None:
    from matcher.services import reviewing
    from matcher.services.actor import SYSTEM
    from matcher.services.reviewing import ProposalFilters

    for direction, heading in DIRECTIONS.items():
        with database.reading() as session:
            page = reviewing.list_proposals(
                session, actor=SYSTEM, filters=ProposalFilters(direction=direction), limit=2 * N_SHOWN
            )
        out.print(f"\n{heading}, the likeliest:", markup=False)
        # Of two entries that are alike each is proposed for the other.
        pairs = {frozenset((each.query.id, each.target.id)): each for each in reversed(page.items)}
        print_proposals(list(reversed(pairs.values()))[:N_SHOWN])


def _show_groups(database: Database, live: LiveMatcher) -> None:
    from matcher.services import entries
    from matcher.services.actor import SYSTEM

    for kind in (EntryKind.NEED, EntryKind.IDEA):
        groups = live.groups(kind)
        out.print(f"\n{len(groups)} groups of {kind}s about one thing, the largest:", markup=False)
        shown = groups[:N_GROUPS]
        with database.reading() as session:
            members = entries.get_many(
                session, [each for group in shown for each in group.member_ids], actor=SYSTEM
            )
        for group in shown:
            _print_group(group, members)


def _print_group(group: Group, members: dict[str, EntryView]) -> None:
    out.print(f"  {len(group.member_ids)} about {', '.join(group.terms)}", markup=False)
    for entry_id in group.member_ids[:N_MEMBERS]:
        out.print(f"     {named(members[entry_id])}", markup=False)


def _show_addresses(database: Database, loaded: Loaded, address: str) -> None:
    out.print(f"\nPages: {address}/\nAPI:   {address}/docs", markup=False)
    out.print("Sign in, once with each link, from this machine:", markup=False)
    for person in PEOPLE:
        secret = _sign_in_link(database, person, loaded.organisations[person.organisation])
        out.print(f"  {person.role:13} {address}/link/{secret}", markup=False)
    out.print("Ctrl-C ends it.", markup=False)


def _sign_in_link(database: Database, person: Person, organisation_id: str) -> str:
    from matcher.services import accounts
    from matcher.services.actor import SYSTEM

    with database.sessions.begin() as session:
        member_id = find_member(session, person.email, organisation_id=organisation_id)
        if member_id is None:
            member_id = accounts.create_member(
                session,
                email=person.email,
                name=f"Sample {person.role}",
                organisation_id=organisation_id,
                roles=[person.role],
                actor=SYSTEM,
            ).id
        return accounts.make_sign_in_link(session, member_id, settings=database.settings)
