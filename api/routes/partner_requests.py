"""Requests of partners for an account: anybody asks, administrators answer."""

from __future__ import annotations

import uuid
from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Query, Request

from api import flood, idempotency
from api.access import ADMINISTRATORS, GuardedRoute, allows, allows_everybody, shows_secret
from api.addresses import absolute
from api.dependencies import Acting, Assets, Reading, Work
from api.schemas.common import Id, Listing, listing
from api.schemas.partner_requests import (
    AccountOffered,
    PartnerRequestApproval,
    PartnerRequestCreate,
    PartnerRequestQuery,
    PartnerRequestRejection,
    PartnerRequestShown,
    RequestedOrganisation,
)
from matcher.services.accounts import answering, asking
from matcher.services.accounts.asking import PartnerRequestDraft

router = APIRouter(route_class=GuardedRoute, tags=["requests of partners"])


@router.post("/partner-requests", status_code=204)
@allows_everybody
def ask(body: PartnerRequestCreate, request: Request, assets: Assets, work: Work) -> None:
    """Ask for an account for a firm, an association or a university; an administrator answers.

    The answer is the same whether the organisation is known here or not. The same address and number are one
    request until it is answered, however often they are sent.
    """
    asking.check_open(assets.settings)
    flood.ASKING.check(flood.client_of(request))
    sent_id = request.headers.get(idempotency.HEADER, "")[: idempotency.MAX_KEY_CHARS] or uuid.uuid4().hex
    asking.ask(work, PartnerRequestDraft(**dict(body)), sent_id=sent_id, settings=assets.settings)


@router.get("/partner-requests")
@allows(ADMINISTRATORS)
def list_requests(
    query: Annotated[PartnerRequestQuery, Query()], session: Reading, actor: Acting
) -> Listing[PartnerRequestShown]:
    """List the requests that the caller may answer, the latest first."""
    page = answering.list_requests(
        session, actor=actor, state=query.state, limit=query.limit, after=query.after
    )
    return listing(map(_shown, page.items), page.next_after)


@router.get("/partner-requests/{request_id}")
@allows(ADMINISTRATORS)
def get_request(request_id: Id, session: Reading, actor: Acting) -> PartnerRequestShown:
    """Return a request, and which organisation has its number already."""
    return _shown(answering.get_request(session, request_id, actor=actor))


@router.post("/partner-requests/{request_id}/approve", status_code=201)
@allows(ADMINISTRATORS)
@shows_secret
def approve(
    request_id: Id, body: PartnerRequestApproval, request: Request, work: Work, actor: Acting
) -> AccountOffered:
    """Register the organisation, or join the one that is there, and make the person a partner in it."""
    return _offered(request, answering.approve(work, request_id, joins=body.joins, actor=actor))


@router.post("/partner-requests/{request_id}/reject", status_code=204)
@allows(ADMINISTRATORS)
def reject(request_id: Id, body: PartnerRequestRejection, work: Work, actor: Acting) -> None:
    """Say no to a request, and why."""
    answering.reject(work, request_id, reason=body.reason, actor=actor)


@router.post("/partner-requests/{request_id}/link", status_code=201)
@allows(ADMINISTRATORS)
@shows_secret
def offer_again(request_id: Id, request: Request, work: Work, actor: Acting) -> AccountOffered:
    """Make a new address for somebody whose request was approved and whose account was never used."""
    return _offered(request, answering.offer_again(work, request_id, actor=actor))


def _shown(found: answering.PartnerRequestShown) -> PartnerRequestShown:
    existing = None if found.existing is None else RequestedOrganisation.model_validate(found.existing)
    return PartnerRequestShown(
        **asdict(found.request),
        existing=existing,
        namesakes=[RequestedOrganisation.model_validate(each) for each in found.namesakes],
        may_approve=found.may_approve,
    )


def _offered(request: Request, offered: answering.AccountOffered) -> AccountOffered:
    return AccountOffered(
        address=absolute(request, offered.path),
        is_invitation=offered.is_invitation,
        organisation_id=offered.request.organisation_id or "",
    )
