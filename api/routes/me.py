"""Who calls, for which organisation it acts, and its API keys."""

from __future__ import annotations

from fastapi import APIRouter, Request

from api import signing_in
from api.access import EVERY_ROLE, GuardedRoute, allows, shows_secret
from api.dependencies import Acting, CurrentCaller, Reading, Work
from api.schemas.accounts import KeyCreate, KeyCreated, KeyShown, Me, OrganisationChoice, OwnOrganisation
from api.schemas.common import Id, Listing, listing
from matcher.errors import NotAllowed, OrganisationNotFound
from matcher.services import accounts

router = APIRouter(route_class=GuardedRoute, tags=["me"])


@router.get("/me")
@allows(EVERY_ROLE)
def show_me(session: Reading, caller: CurrentCaller) -> Me:
    """Tell who calls, in which roles, and for which of its organisations."""
    own = accounts.own_organisations(session, actor=caller.actor)
    return Me(
        member_id=caller.actor.member_id,
        name=caller.name,
        email=caller.email,
        organisation_id=caller.actor.organisation_id,
        organisation=caller.organisation,
        roles=sorted(caller.actor.roles),
        organisations=[OwnOrganisation(id=each.id, name=each.name) for each in own],
    )


@router.put("/me/organisation", status_code=204)
@allows(EVERY_ROLE)
def choose_organisation(
    body: OrganisationChoice, request: Request, session: Reading, caller: CurrentCaller
) -> None:
    """Act for another of one's organisations, as long as one is signed in; a key acts for its own alone."""
    if not caller.has_session:
        raise NotAllowed("A key acts for one organisation.", remedy="Make a key in the other organisation.")
    own = {each.id for each in accounts.own_organisations(session, actor=caller.actor)}
    if body.organisation_id not in own:
        raise OrganisationNotFound(body.organisation_id)
    signing_in.act_for(request, body.organisation_id)


@router.post("/api-keys", status_code=201)
@allows(EVERY_ROLE)
@shows_secret
def make_key(body: KeyCreate, work: Work, actor: Acting) -> KeyCreated:
    """Make an API key of the caller, with some of its roles; the secret is shown this once."""
    made = accounts.make_key(work, name=body.name, roles=body.roles, expires_at=body.expires_at, actor=actor)
    return KeyCreated(key=KeyShown.model_validate(made.key), secret=made.secret)


@router.get("/api-keys")
@allows(EVERY_ROLE)
def list_keys(session: Reading, actor: Acting) -> Listing[KeyShown]:
    """List the caller's keys that work; an administrator sees those of its organisation."""
    return listing(map(KeyShown.model_validate, accounts.list_keys(session, actor=actor)), None)


@router.delete("/api-keys/{key_id}", status_code=204)
@allows(EVERY_ROLE)
def revoke_key(key_id: Id, work: Work, actor: Acting) -> None:
    """Make a key worthless: the caller's own or, for an administrator, one of its organisation."""
    accounts.revoke_key(work, key_id, actor=actor)
