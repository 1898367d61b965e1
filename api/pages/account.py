"""One's own account: password, keys for programs, which organisation one acts for."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from api import formatting, rendering, signing_in
from api.access import EVERY_ROLE, GuardedRoute, allows
from api.dependencies import Acting, CurrentCaller, ReaderTexts, Reading, Work
from api.identity import Caller
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of
from matcher.errors import InvalidInput, NotAllowed, OrganisationNotFound
from matcher.services import accounts
from matcher.types import Role

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


class KeyFields(Fields):
    """A new key: its name, what it may do and until when."""

    name: str = ""
    roles: list[Role] = Field(default_factory=list)
    expires_on: str = ""


@router.get("/account")
@allows(EVERY_ROLE)
def show_account(request: Request, session: Reading, caller: CurrentCaller) -> Response:
    """Show the account."""
    return _page(request, session, caller)


@router.post("/account/password")
@allows(EVERY_ROLE)
def change_password(
    request: Request,
    texts: ReaderTexts,
    work: Work,
    caller: CurrentCaller,
    old: Annotated[str, Form(max_length=1000)],
    new: Annotated[str, Form(max_length=1000)],
) -> Response:
    """Change the password; whatever else was signed in with the old one is signed out."""
    try:
        member = accounts.set_password(work, old=old, new=new, actor=caller.actor)
    except InvalidInput as error:
        # The failed try is counted, so that the work is committed.
        found = faults_of(error, texts)
        faults = {"old" if name == "old" else "new": message for name, message in found.items()}
        return _page(request, work, caller, faults=faults, status=422)
    signing_in.start(request, member.id, session_version=member.session_version)
    rendering.notify(request, "account.password_saved")
    return rendering.redirect("/account")


@router.post("/account/organisation")
@allows(EVERY_ROLE)
def choose_organisation(
    request: Request, session: Reading, caller: CurrentCaller, organisation_id: Annotated[str, Form()]
) -> Response:
    """Act for another of one's organisations."""
    if not caller.has_session:
        raise NotAllowed("A key acts for one organisation.", remedy="Make a key in the other organisation.")
    own = {each.id for each in accounts.own_organisations(session, actor=caller.actor)}
    if organisation_id not in own:
        raise OrganisationNotFound(organisation_id)
    signing_in.act_for(request, organisation_id)
    return rendering.redirect("/")


@router.post("/account/sign-out")
@allows(EVERY_ROLE)
def sign_out_everywhere(request: Request, work: Work, actor: Acting) -> Response:
    """Sign out wherever one is signed in."""
    accounts.sign_out_everywhere(work, actor.member_id or "", actor=actor)
    signing_in.end(request)
    rendering.notify(request, "login.signed_out")
    return rendering.redirect("/login")


@router.post("/account/keys")
@allows(EVERY_ROLE)
def make_key(
    request: Request,
    texts: ReaderTexts,
    work: Work,
    caller: CurrentCaller,
    sent: Annotated[KeyFields, Form()],
) -> Response:
    """Make a key and show its secret, this once."""
    try:
        made = accounts.make_key(
            work,
            name=sent.name,
            roles=sent.roles,
            expires_at=_end_of(sent.expires_on),
            actor=caller.actor,
        )
    except InvalidInput as error:
        return _page(request, work, caller, sent=sent, faults=faults_of(error, texts), status=422)
    return _page(request, work, caller, secret=made.secret)


@router.post("/account/keys/{key_id}/revoke")
@allows(EVERY_ROLE)
def revoke_key(request: Request, key_id: str, work: Work, actor: Acting) -> Response:
    """Make a key worthless."""
    accounts.revoke_key(work, key_id, actor=actor)
    rendering.notify(request, "keys_page.revoked")
    return rendering.redirect("/account")


def _end_of(written: str) -> datetime | None:
    """Return the end of a day, at which a key stops."""
    if not written:
        return None
    try:
        chosen = datetime.fromisoformat(written).date()
    except ValueError as error:
        raise InvalidInput(
            "This is no date.", field="expires_on", remedy="Write it like 2026-03-01, or leave it empty."
        ) from error
    return datetime.combine(chosen, time.max, formatting.zone()).astimezone(UTC)


def _page(
    request: Request,
    session: Session,
    caller: Caller,
    *,
    sent: KeyFields | None = None,
    secret: str | None = None,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    context: dict[str, Any] = {
        "account": caller,
        "organisations": accounts.own_organisations(session, actor=caller.actor),
        "keys": accounts.list_keys(session, actor=caller.actor),
        "roles": sorted(caller.actor.roles),
        "values": (sent or KeyFields()).model_dump(),
        "secret": secret,
        "faults": faults or {},
    }
    return rendering.page(request, "account.html", context, status_code=status)
