"""Asking for an account as a partner: a form for firms, associations and universities without one."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request, Response
from pydantic import ValidationError

from api import flood, rendering
from api.access import GuardedRoute, allows_everybody
from api.dependencies import Assets, ReaderTexts, Work
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of
from api.resources import Resources
from api.schemas.partner_requests import PartnerRequestCreate
from matcher.errors import InvalidInput, TooManyAttempts
from matcher.services.accounts import asking
from matcher.services.accounts.asking import PartnerRequestDraft
from matcher.types import OrganisationKind, OrganisationSize

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


class JoinFields(Fields):
    """What somebody writes. ``website`` is not shown to people: only a program fills it in."""

    organisation_number: str = ""
    name: str = ""
    kind: str = OrganisationKind.SUPPLIER.value
    size: str = ""
    contact: str = ""
    email: str = ""
    about: str = ""
    website: str = ""
    nonce: str = ""


@router.get("/join")
@allows_everybody
def show_form(request: Request, assets: Assets) -> Response:
    """Show the form."""
    asking.check_open(assets.settings)
    return _page(request, assets, JoinFields(nonce=uuid.uuid4().hex))


@router.get("/join/thanks")
@allows_everybody
def thank(request: Request, assets: Assets) -> Response:
    """Say that it came in, and what happens now; the same to everybody."""
    asking.check_open(assets.settings)
    return rendering.page(request, "join_thanks.html")


@router.post("/join")
@allows_everybody
def send(
    request: Request, assets: Assets, texts: ReaderTexts, work: Work, sent: Annotated[JoinFields, Form()]
) -> Response:
    """Take a request in."""
    asking.check_open(assets.settings)
    try:
        if not sent.website:
            flood.ASKING.check(flood.client_of(request))
            sent_id = sent.nonce[:64] or uuid.uuid4().hex
            asking.ask(work, _draft(sent), sent_id=sent_id, settings=assets.settings)
    except (InvalidInput, ValidationError) as error:
        return _page(request, assets, sent, faults=faults_of(error, texts), status=422)
    except TooManyAttempts as error:
        said = f"{texts.message(str(error))} {texts.message(error.remedy)}"
        return _page(request, assets, sent, faults={"": said}, status=error.status)
    return rendering.redirect("/join/thanks")


def _draft(sent: JoinFields) -> PartnerRequestDraft:
    told = sent.model_dump(exclude={"website", "nonce"}) | {"size": sent.size or None}
    return PartnerRequestDraft(**dict(PartnerRequestCreate.model_validate(told)))


def _page(
    request: Request,
    assets: Resources,
    sent: JoinFields,
    *,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    context = {
        "kinds": asking.KINDS,
        "sizes": list(OrganisationSize),
        "days": assets.settings.retention_days,
        "most": asking.MAX_ABOUT_CHARS,
        "values": sent.model_dump(),
        "faults": faults or {},
    }
    return rendering.page(request, "join.html", context, status_code=status)
