"""``matcher user`` and ``matcher organisation``: who may sign in, and for whom."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Annotated

import typer

from matcher.cli.console import out, print_json, table
from matcher.cli.doors import open_database, organisation_named
from matcher.errors import MemberNotFound
from matcher.types import OrganisationKind, OrganisationSize, Role

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from matcher.services.accounts import MemberView
    from matcher.services.organisations import OrganisationView
    from matcher.settings import Settings

users = typer.Typer(help="Members: who may sign in.", no_args_is_help=True)
organisations = typer.Typer(help="Organisations: whose entries and members they are.", no_args_is_help=True)

Organisation = Annotated[
    str, typer.Option(help="Id, organisation number or name of the organisation.", show_default=False)
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
CHOOSES = "chooses a password with this link, once and within two days"


@users.command("add")
def add_user(
    email: Annotated[str, typer.Argument(help="E-mail address to sign in with.", show_default=False)],
    organisation: Organisation,
    role: Annotated[list[Role], typer.Option(help="What the member may do; may be given more than once.")],
    name: Annotated[str | None, typer.Option(help="Name that others see; by default the address.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make somebody a member, and print a one-time link to choose a password."""
    from matcher.services import accounts
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        owner = organisation_named(session, organisation)
        member = accounts.create_member(
            session,
            email=email,
            name=name or email.partition("@")[0],
            organisation_id=owner.id,
            roles=role,
            actor=SYSTEM,
        )
        secret = accounts.make_reset_link(session, member.id, actor=SYSTEM)
    _print_link(database.settings, secret, email=member.email, member_id=member.id, as_json=as_json)


@users.command("link")
def link_user(
    email: Annotated[str, typer.Argument(help="The member's e-mail address.", show_default=False)],
    organisation: Organisation,
    as_json: AsJson = False,
) -> None:
    """Print a new one-time link with which a member chooses another password; older links end."""
    from matcher.services import accounts
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        owner = organisation_named(session, organisation)
        member_id = find_member(session, email, organisation_id=owner.id)
        if member_id is None:
            raise MemberNotFound(email)
        secret = accounts.make_reset_link(session, member_id, actor=SYSTEM)
    _print_link(database.settings, secret, email=email, member_id=member_id, as_json=as_json)


@users.command("list")
def list_users(organisation: Organisation, as_json: AsJson = False) -> None:
    """List an organisation's members, by name."""
    with open_database() as database, database.reading() as session:
        owner = organisation_named(session, organisation)
        members = list(_members(session, owner.id))
    if as_json:
        print_json(
            [
                {"id": each.id, "email": each.email, "name": each.name, "roles": sorted(each.roles)}
                for each in members
            ]
        )
        return
    shown = table(f"Members of {owner.name}", "name", "e-mail", "roles", "id")
    for each in members:
        shown.add_row(each.name, each.email, ", ".join(sorted(each.roles)), each.id)
    out.print(shown)


@organisations.command("add")
def add_organisation(
    name: Annotated[str, typer.Argument(help="The organisation's name.", show_default=False)],
    kind: Annotated[OrganisationKind, typer.Option(help="What it is.", show_default=False)],
    size: Annotated[
        OrganisationSize | None,
        typer.Option(help="Persons: micro below 10, small below 50, medium below 250, else large."),
    ] = None,
    number: Annotated[str | None, typer.Option(help="Organisation number or VAT number.")] = None,
    municipality: Annotated[str | None, typer.Option(help="Municipality code, four digits.")] = None,
    place: Annotated[str | None, typer.Option(help="Place where it is.")] = None,
    language: Annotated[list[str] | None, typer.Option(help="Language that it works in.")] = None,
    as_json: AsJson = False,
) -> None:
    """Register an organisation."""
    from matcher.services import organisations as services
    from matcher.services.actor import SYSTEM

    draft = services.OrganisationDraft(
        name=name,
        kind=kind,
        size=size,
        organisation_number=number,
        municipality=municipality,
        place=place,
        languages=tuple(language or ()),
    )
    with open_database() as database, database.sessions.begin() as session:
        view = services.create(session, draft, actor=SYSTEM)
    if as_json:
        print_json(_organisation_as_json(view))
    else:
        out.print(f"{view.name} is registered; its id is {view.id}")


@organisations.command("list")
def list_organisations(as_json: AsJson = False) -> None:
    """List the organisations, by name."""
    from matcher.services import organisations as services
    from matcher.services.actor import SYSTEM

    views: list[OrganisationView] = []
    with open_database() as database, database.reading() as session:
        page = services.list_organisations(session, actor=SYSTEM)
        views += page.items
        while page.next_after is not None:
            page = services.list_organisations(session, actor=SYSTEM, after=page.next_after)
            views += page.items
    if as_json:
        print_json([_organisation_as_json(view) for view in views])
        return
    shown = table("Organisations", "name", "kind", "size", "number", "municipality", "id")
    for view in views:
        number, place = view.organisation_number or "", view.municipality or ""
        shown.add_row(view.name, view.kind, view.size or "", number, place, view.id)
    out.print(shown)


def find_member(session: Session, email: str, *, organisation_id: str) -> str | None:
    """Return the id of an organisation's member with this address, if there is one."""
    address = email.strip().lower()
    found = (each.id for each in _members(session, organisation_id) if each.email == address)
    return next(found, None)


def _members(session: Session, organisation_id: str) -> Iterator[MemberView]:
    from matcher.services import accounts
    from matcher.services.actor import SYSTEM

    after = None
    while True:
        page = accounts.list_members(session, actor=SYSTEM, organisation_id=organisation_id, after=after)
        yield from page.items
        if page.next_after is None:
            return
        after = page.next_after


def print_account_link(
    settings: Settings, path: str, *, email: str, shown: Mapping[str, object], what: str, as_json: bool
) -> None:
    """Print a link that a member is to be given; ``what`` the member does with it, ``shown`` for programs."""
    link = f"{_base(settings)}{path}"
    if as_json:
        print_json({**shown, "email": email, "link": link})
        return
    out.print(f"{email} {what}:\n{link}")
    if link.startswith("/"):
        out.print("Put the address that `matcher serve` prints before it.")


def _print_link(settings: Settings, secret: str, *, email: str, member_id: str, as_json: bool) -> None:
    print_account_link(
        settings, f"/reset/{secret}", email=email, shown={"id": member_id}, what=CHOOSES, as_json=as_json
    )


def _base(settings: Settings) -> str:
    """Return the service's address, empty where it is known only once it runs."""
    if settings.public_url:
        return settings.public_url.rstrip("/")
    return f"http://{settings.host}:{settings.port}" if settings.port else ""


def _organisation_as_json(view: OrganisationView) -> dict[str, object]:
    return {
        "id": view.id,
        "name": view.name,
        "kind": view.kind.value,
        "size": view.size and view.size.value,
        "organisation_number": view.organisation_number,
        "municipality": view.municipality,
    }
