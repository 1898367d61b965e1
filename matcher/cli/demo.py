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
from matcher.cli.matching import load_shown, print_counts, run_shown, search_shown
from matcher.cli.showing import named, print_proposals
from matcher.cli.wording import DIRECTIONS, percent
from matcher.errors import SettingInvalid
from matcher.types import DuplicateState, Role, RunKind

if TYPE_CHECKING:
    from matcher.live import LiveMatcher
    from matcher.sample.loading import Loaded
    from matcher.services.joint_needs import JointNeedView
    from matcher.settings import Settings

DATABASE: Final = "demo.db"
N_SHOWN: Final = 4
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
        if _match(database, live, loaded) or not _is_grouped(database):
            _group(live)
        _show_proposals(database)
        _show_groups(database)
        _show_key(database)
        out.print(f"\nOther commands use this data with MATCHER_DATABASE_URL={settings.database_url}")
        if once:
            out.print("Without --once it serves pages and API and prints links to sign in.")
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

    out.print(f"Sample data, all of it invented, in {settings.data_dir / DATABASE}")
    upgrade(settings.effective_database_url)
    with open_database(settings) as database:
        with progress_bar("Loading the sample", sample_size()) as bar:
            loaded = load_sample(database.sessions, progress=bar.advance)
        n_entries = loaded.created + loaded.updated + loaded.unchanged
        out.print(f"{n_entries} needs, ideas and offerings of {len(loaded.organisations)} organisations.")
        yield database, loaded


def _match(database: Database, live: LiveMatcher, loaded: Loaded) -> bool:
    """Match if anything changed since the last time, else only load what was found; return whether it did."""
    from matcher.services import runs

    with database.reading() as session:
        before = runs.find_latest(session, RunKind.MATCH)
    is_current = before is not None and before.state == "done" and before.recipe_digest == live.recipe.digest
    if is_current and not loaded.is_changed:
        load_shown(live)
        return False
    print_counts(run_shown(live))
    return True


def _is_grouped(database: Database) -> bool:
    from matcher.services import themes
    from matcher.services.actor import SYSTEM

    with database.reading() as session:
        return bool(themes.list_themes(session, actor=SYSTEM, limit=1).items)


def _group(live: LiveMatcher) -> None:
    """Look for duplicates, themes and joint needs."""
    from matcher.group_jobs import SEARCHES

    for kind in SEARCHES:
        search_shown(live, kind)


def _show_proposals(database: Database) -> None:
    from matcher.services import reviewing
    from matcher.services.actor import SYSTEM
    from matcher.services.reviewing import ProposalFilters

    for direction, heading in DIRECTIONS.items():
        with database.reading() as session:
            page = reviewing.list_proposals(
                session, actor=SYSTEM, filters=ProposalFilters(direction=direction), limit=2 * N_SHOWN
            )
        out.print(f"\n{heading}, the likeliest:")
        # Of two entries that are alike each is proposed for the other.
        pairs = {frozenset((each.query.id, each.target.id)): each for each in reversed(page.items)}
        print_proposals(list(reversed(pairs.values()))[:N_SHOWN])


def _show_groups(database: Database) -> None:
    from matcher.services import duplicates, joint_needs, themes
    from matcher.services.actor import SYSTEM

    with database.reading() as session:
        counts = duplicates.count_by_state(session, actor=SYSTEM, min_probability=duplicates.LIKELY)
        pairs = duplicates.list_pairs(session, actor=SYSTEM, limit=N_SHOWN).items
        largest = themes.list_themes(session, actor=SYSTEM, limit=N_SHOWN).items
        outside = themes.outside(session, actor=SYSTEM)
        joint = joint_needs.list_joint_needs(session, actor=SYSTEM, limit=N_SHOWN).items
    out.print(f"\n{counts[DuplicateState.OPEN]} pairs may be one entry told twice, the likeliest:")
    for pair in pairs:
        out.print(f"{percent(pair.probability):>4}  {named(pair.left)}")
        out.print(f"  =   {named(pair.right)}")
    out.print(f"\nThemes, the largest ({percent(outside.share)} of the entries are in none):")
    for theme in largest:
        out.print(f"{theme.n_members:4}  {theme.name_sv} ({theme.name_en})")
    out.print("\nWhat several organisations could procure together, the best:")
    for view in joint:
        _print_joint_need(view)


def _print_joint_need(view: JointNeedView) -> None:
    owners = sorted({each.organisation_name or "" for each in view.members})
    out.print(f"{view.score:4.2f}  {len(view.members)} needs of {', '.join(owners)}")
    for member in [each for each in view.members if each.entry][:N_MEMBERS]:
        out.print(f"      {named(member.entry) if member.entry else member.entry_id}")
    for offering in view.offerings[:1]:
        out.print(f"  ->  {named(offering.entry)}")


def _show_key(database: Database) -> None:
    """Tell how much of what was planted in the sample was found, and among how much."""
    from matcher.sample.key import found_of_key
    from matcher.services import duplicates

    with database.reading() as session:
        likely, found = found_of_key(session, min_probability=duplicates.LIKELY), found_of_key(session)
    out.print("\nOf what was planted in the sample:")
    for each, which in ((likely, "likely pairs"), (found, "with the unlikely ones")):
        out.print(
            f"  duplicates   {each.n_whole} of {each.n_groups} groups whole and {each.n_part - each.n_whole} "
            f"in part; {each.n_pairs_found} of {each.n_pairs} pairs, among {each.n_asked} {which}"
        )
    out.print(
        f"  joint needs  {found.n_cases_whole} of {found.n_cases} whole and "
        f"{found.n_cases_part - found.n_cases_whole} in part, among {found.n_proposed} proposed"
    )


def _show_addresses(database: Database, loaded: Loaded, address: str) -> None:
    """Print what is to be opened next, set apart from what stands above it and in the order of use."""
    out.rule()
    out.print("Open one of these links to sign in; each works once, on this machine:\n")
    for person in PEOPLE:
        secret = _sign_in_link(database, person, loaded.organisations[person.organisation])
        out.print(f"  {person.role:13} {address}/link/{secret}")
    out.print(f"\nPages, once signed in:  {address}/")
    out.print("  (Before that it asks for a password, which these people do not have.)")
    out.print(f"API, described:         {address}/docs")
    out.print("Ctrl-C ends it.")


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
