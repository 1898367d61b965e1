"""Members of the caller's organisation, their roles, and invitations to it."""

from __future__ import annotations

from fastapi import APIRouter, Request

from api.access import ADMINISTRATORS, EVERY_ROLE, GuardedRoute, allows, shows_secret
from api.addresses import absolute
from api.dependencies import Acting, Reading, Work
from api.schemas.accounts import (
    InvitationCreate,
    InvitationCreated,
    InvitationShown,
    LinkCreated,
    MemberShown,
    RolesChange,
)
from api.schemas.common import AnyPage, Id, Listing, listing
from matcher.services import accounts

router = APIRouter(route_class=GuardedRoute, tags=["members"])


@router.get("/members")
@allows(ADMINISTRATORS)
def list_members(query: AnyPage, session: Reading, actor: Acting) -> Listing[MemberShown]:
    """List the members of the caller's organisation, by address."""
    page = accounts.list_members(session, actor=actor, limit=query.limit, after=query.after)
    return listing(map(MemberShown.model_validate, page.items), page.next_after)


@router.put("/members/{member_id}/roles")
@allows(ADMINISTRATORS)
def set_roles(member_id: Id, body: RolesChange, work: Work, actor: Acting) -> MemberShown:
    """Replace a member's roles; an organisation keeps at least one administrator."""
    return MemberShown.model_validate(accounts.set_roles(work, member_id, body.roles, actor=actor))


@router.delete("/members/{member_id}", status_code=204)
@allows(ADMINISTRATORS)
def end_membership(member_id: Id, work: Work, actor: Acting) -> None:
    """End a membership; what the member did stays."""
    accounts.deactivate(work, member_id, actor=actor)


@router.post("/members/{member_id}/reset-link", status_code=201)
@allows(ADMINISTRATORS)
@shows_secret
def make_reset_link(member_id: Id, request: Request, work: Work, actor: Acting) -> LinkCreated:
    """Make a one-time address under which a member chooses a new password."""
    secret = accounts.make_reset_link(work, member_id, actor=actor)
    return LinkCreated(address=absolute(request, f"/reset/{secret}"))


@router.post("/members/{member_id}/sign-out", status_code=204)
@allows(EVERY_ROLE)
def sign_out_everywhere(member_id: Id, work: Work, actor: Acting) -> None:
    """Sign a member out wherever it is signed in: oneself, or for an administrator any member."""
    accounts.sign_out_everywhere(work, member_id, actor=actor)


@router.post("/invitations", status_code=201)
@allows(ADMINISTRATORS)
@shows_secret
def invite(body: InvitationCreate, request: Request, work: Work, actor: Acting) -> InvitationCreated:
    """Invite somebody to the caller's organisation."""
    secret = accounts.invite(work, email=body.email, roles=body.roles, actor=actor)
    return InvitationCreated(address=absolute(request, f"/invitation/{secret}"))


@router.get("/invitations")
@allows(ADMINISTRATORS)
def list_invitations(session: Reading, actor: Acting) -> Listing[InvitationShown]:
    """List the open invitations to the caller's organisation."""
    return listing(map(InvitationShown.model_validate, accounts.list_invitations(session, actor=actor)), None)


@router.delete("/invitations/{invitation_id}", status_code=204)
@allows(ADMINISTRATORS)
def revoke_invitation(invitation_id: Id, work: Work, actor: Acting) -> None:
    """Make an open invitation worthless."""
    accounts.revoke_invitation(work, invitation_id, actor=actor)
