"""Members of the organisation: who they are, what they may do, and invitations."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from api import cursor, rendering
from api.access import ADMINISTRATORS, GuardedRoute, allows
from api.addresses import absolute
from api.dependencies import Acting, ReaderTexts, Reading, Work
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of, with_query
from matcher.errors import Conflict, InvalidInput, MatcherError, NotAllowed
from matcher.services import accounts
from matcher.services.actor import Actor
from matcher.types import Role

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 50


class InvitationFields(Fields):
    """Whom to invite, in which roles."""

    email: str = ""
    roles: list[Role] = Field(default_factory=list)


@router.get("/members")
@allows(ADMINISTRATORS)
def show_members(request: Request, session: Reading, actor: Acting, after: str = "") -> Response:
    """List members and open invitations."""
    return _page(request, session, actor, after=after)


@router.post("/members/invitations")
@allows(ADMINISTRATORS)
def invite(
    request: Request,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    sent: Annotated[InvitationFields, Form()],
) -> Response:
    """Invite somebody, and show the address to hand on, this once."""
    try:
        secret = accounts.invite(work, email=sent.email, roles=sent.roles, actor=actor)
    except InvalidInput as error:
        return _page(request, work, actor, sent=sent, faults=faults_of(error, texts), status=422)
    address = absolute(request, f"/invitation/{secret}")
    return _page(request, work, actor, link=("members.invited", sent.email, address))


@router.post("/members/invitations/{invitation_id}/revoke")
@allows(ADMINISTRATORS)
def revoke_invitation(request: Request, invitation_id: str, work: Work, actor: Acting) -> Response:
    """Make an invitation worthless."""
    accounts.revoke_invitation(work, invitation_id, actor=actor)
    rendering.notify(request, "members.invitation_revoked")
    return rendering.redirect("/members")


@router.post("/members/{member_id}/roles")
@allows(ADMINISTRATORS)
def set_roles(
    request: Request,
    member_id: str,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    roles: Annotated[list[Role], Form()] = [],  # noqa: B006  read, never changed
) -> Response:
    """Replace a member's roles."""
    try:
        accounts.set_roles(work, member_id, roles, actor=actor)
    except (InvalidInput, Conflict) as error:
        return _refused(request, work, actor, texts.message(str(error)), error)
    rendering.notify(request, "members.roles_saved")
    return rendering.redirect("/members")


@router.post("/members/{member_id}/end")
@allows(ADMINISTRATORS)
def end_membership(
    request: Request, member_id: str, texts: ReaderTexts, work: Work, actor: Acting
) -> Response:
    """End a membership; what the member did stays."""
    try:
        accounts.deactivate(work, member_id, actor=actor)
    except Conflict as error:
        return _refused(request, work, actor, texts.message(str(error)), error)
    rendering.notify(request, "members.ended")
    return rendering.redirect("/members")


@router.post("/members/{member_id}/reset")
@allows(ADMINISTRATORS)
def make_reset_link(
    request: Request, member_id: str, texts: ReaderTexts, work: Work, actor: Acting
) -> Response:
    """Make an address under which a member chooses a new password, and show it this once."""
    try:
        secret = accounts.make_reset_link(work, member_id, actor=actor)
    except NotAllowed as error:
        return _refused(request, work, actor, texts.message(str(error)), error)
    return _page(request, work, actor, link=("members.reset", "", absolute(request, f"/reset/{secret}")))


def _refused(request: Request, session: Session, actor: Actor, said: str, error: MatcherError) -> Response:
    session.rollback()
    return _page(request, session, actor, faults={"": said}, status=error.status)


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    after: str = "",
    sent: InvitationFields | None = None,
    link: tuple[str, str, str] | None = None,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    page = accounts.list_members(
        session, actor=actor, limit=_PER_PAGE, after=cursor.decode(after) if after else None
    )
    context = {
        "members": page.items,
        "more": page.next_after and with_query("/members", {"after": cursor.encode(page.next_after)}),
        "invitations": accounts.list_invitations(session, actor=actor),
        "roles": list(Role),
        "own_id": actor.member_id,
        "values": (sent or InvitationFields()).model_dump(),
        "link": link,
        "faults": faults or {},
    }
    return rendering.page(request, "members.html", context, status_code=status)
