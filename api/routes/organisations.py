"""Organisations: register, read and change them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from api.access import ADMINISTRATORS, EVERY_ROLE, PARTNERS, GuardedRoute, allows
from api.dependencies import Acting, Assets, Reading, Work
from api.etag import ExpectedVersion, etag
from api.openapi import CHANGE_RESPONSES
from api.schemas.accounts import OrganisationCreate, OrganisationPatch, OrganisationQuery, OrganisationShown
from api.schemas.common import Id, Listing, listing
from matcher.errors import InvalidInput
from matcher.services import organisations
from matcher.services.organisations import OrganisationDraft, OrganisationView

router = APIRouter(route_class=GuardedRoute, tags=["organisations"])


@router.post("/organisations", status_code=201)
@allows(ADMINISTRATORS)
def create_organisation(
    body: OrganisationCreate, response: Response, assets: Assets, work: Work, actor: Acting
) -> OrganisationShown:
    """Register an organisation."""
    municipality = body.municipality and assets.codes.municipality(body.municipality)
    draft = OrganisationDraft(
        name=body.name,
        kind=body.kind,
        size=body.size,
        organisation_number=body.organisation_number,
        municipality=municipality or None,
        place=body.place,
        languages=tuple(body.languages),
    )
    view = organisations.create(work, draft, actor=actor)
    response.headers["Location"] = f"/api/v1/organisations/{view.id}"
    return _shown(view, response)


@router.get("/organisations")
@allows(EVERY_ROLE)
def list_organisations(
    query: Annotated[OrganisationQuery, Query()], session: Reading, actor: Acting
) -> Listing[OrganisationShown]:
    """List the organisations, by name."""
    page = organisations.list_organisations(
        session, actor=actor, kind=query.kind, limit=query.limit, after=query.after
    )
    return listing(map(OrganisationShown.model_validate, page.items), page.next_after)


@router.get("/organisations/{organisation_id}")
@allows(EVERY_ROLE)
def get_organisation(
    organisation_id: Id, response: Response, session: Reading, actor: Acting
) -> OrganisationShown:
    """Return an organisation."""
    return _shown(organisations.get(session, organisation_id, actor=actor), response)


@router.patch("/organisations/{organisation_id}", responses=CHANGE_RESPONSES)
@allows(ADMINISTRATORS | PARTNERS)
def change_organisation(
    organisation_id: Id,
    body: OrganisationPatch,
    version: ExpectedVersion,
    response: Response,
    work: Work,
    actor: Acting,
) -> OrganisationShown:
    """Change the caller's own organisation.

    Its partners change its size, and a public buyer's administrators that of one without members.
    """
    changes = body.model_dump(exclude_unset=True)
    if not changes:
        raise InvalidInput("Nothing is to be changed.", field="body", remedy="Send at least one field.")
    view = organisations.change(work, organisation_id, changes, expected_version=version, actor=actor)
    return _shown(view, response)


def _shown(view: OrganisationView, response: Response) -> OrganisationShown:
    response.headers["ETag"] = etag(view.version)
    return OrganisationShown.model_validate(view)
