"""``matcher request``: partners that ask for an account, and the answers to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from matcher.cli.accounts import CHOOSES, AsJson, print_account_link
from matcher.cli.console import out, print_json, table
from matcher.cli.doors import open_database
from matcher.types import RequestState

if TYPE_CHECKING:
    from matcher.services.accounts.answering import AccountOffered, PartnerRequestShown
    from matcher.settings import Settings

requests = typer.Typer(help="Partners that ask for an account.", no_args_is_help=True)

_ACCEPTS = "has an account, and accepts the invitation with its password, once and within two weeks"

RequestId = Annotated[str, typer.Argument(help="The request's id.", show_default=False)]


@requests.command("list")
def list_requests(
    state: Annotated[RequestState | None, typer.Option(help="Only those that stand so.")] = None,
    as_json: AsJson = False,
) -> None:
    """List requests for an account, the latest first."""
    from matcher.services.accounts import answering
    from matcher.services.actor import SYSTEM

    found: list[PartnerRequestShown] = []
    with open_database() as database, database.reading() as session:
        after = None
        while True:
            page = answering.list_requests(session, actor=SYSTEM, state=state, after=after)
            found += page.items
            if (after := page.next_after) is None:
                break
    if as_json:
        print_json([_as_json(each) for each in found])
        return
    shown = table("Requests", "organisation", "number", "known here", "who", "e-mail", "state", "id")
    for each in found:
        view = each.request
        known = "" if each.existing is None else each.existing.name
        shown.add_row(
            view.name, view.organisation_number, known, view.contact, view.email, view.state, view.id
        )
    out.print(shown)


@requests.command("approve")
def approve(
    request_id: RequestId,
    joins: Annotated[
        bool, typer.Option("--join", help="Add the person to the organisation that has the number already.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Register the organisation and make the person a partner in it; print the one-time link to hand on."""
    from matcher.services.accounts import answering
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        offered = answering.approve(session, request_id, joins=joins, actor=SYSTEM)
    _print_offered(database.settings, offered, as_json=as_json)


@requests.command("reject")
def reject(
    request_id: RequestId,
    reason: Annotated[str, typer.Option(help="Why; it is kept with the request.", show_default=False)],
) -> None:
    """Say no to a request."""
    from matcher.services.accounts import answering
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        view = answering.reject(session, request_id, reason=reason, actor=SYSTEM)
    out.print(f"The request of {view.name} is rejected; tell {view.email}")


@requests.command("link")
def link(request_id: RequestId, as_json: AsJson = False) -> None:
    """Print a new link for somebody whose request was approved and whose account was never used."""
    from matcher.services.accounts import answering
    from matcher.services.actor import SYSTEM

    with open_database() as database, database.sessions.begin() as session:
        offered = answering.offer_again(session, request_id, actor=SYSTEM)
    _print_offered(database.settings, offered, as_json=as_json)


def _print_offered(settings: Settings, offered: AccountOffered, *, as_json: bool) -> None:
    what = _ACCEPTS if offered.is_invitation else CHOOSES
    shown = {"organisation_id": offered.request.organisation_id, "is_invitation": offered.is_invitation}
    print_account_link(
        settings, offered.path, email=offered.request.email, shown=shown, what=what, as_json=as_json
    )


def _as_json(each: PartnerRequestShown) -> dict[str, Any]:
    view = each.request
    return {
        "id": view.id,
        "state": view.state.value,
        "organisation_number": view.organisation_number,
        "name": view.name,
        "kind": view.kind.value,
        "size": view.size and view.size.value,
        "contact": view.contact,
        "email": view.email,
        "about": view.about,
        "created_at": view.created_at.isoformat(),
        "reason": view.reason,
        "organisation_id": view.organisation_id,
        "existing": each.existing and each.existing.id,
        "namesakes": [other.id for other in each.namesakes],
    }
