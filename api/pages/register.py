"""A partner's register: what it offers, until when, and how a text is understood before it is saved."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from api import cursor, formatting, rendering
from api.access import ADMINISTRATORS, EVERY_ROLE, PARTNERS, GuardedRoute, allows
from api.dependencies import Acting, Assets, ReaderTexts, Reading, Work
from api.explain import Step, waterfall
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of, parts_of, with_query
from api.pages.organisation import SizeFields, save_size
from api.proposing import needs_met
from api.resources import Resources
from api.texts import Texts
from matcher.errors import InvalidInput
from matcher.services import entries, organisations
from matcher.services.actor import Actor
from matcher.services.entries import EntryFilters
from matcher.services.preparing import prepare
from matcher.services.searching import MatchView
from matcher.types import EntryDraft, EntryKind, OrganisationSize
from models.repositories.contents import EntryContent

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 25
_PREVIEW: Final = "preview"


class PreviewFields(Fields):
    """A text to be tried out."""

    title: str = ""
    text: str = ""
    regions: str = ""
    cpv: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Met:
    """A need with how well a text fits it, step by step; ``is_enough``: it would be proposed."""

    match: MatchView
    steps: list[Step]
    is_enough: bool


@router.get("/register")
@allows(EVERY_ROLE)
def show_register(request: Request, session: Reading, actor: Acting, after: str = "") -> Response:
    """Show what the organisation offers."""
    own = EntryFilters(organisation_id=actor.organisation_id, kind=EntryKind.OFFERING)
    position = cursor.decode(after) if after else None
    page = entries.list_entries(session, actor=actor, filters=own, limit=_PER_PAGE, after=position)
    today = datetime.now(formatting.zone()).date()
    own_organisation = organisations.get(session, actor.organisation_id or "", actor=actor)
    context = {
        "organisation": own_organisation,
        "sizes": list(OrganisationSize),
        "may_size": organisations.may_size(session, own_organisation, actor=actor),
        "offerings": [(each, formatting.validity(each.window.ends_on, today)) for each in page.items],
        "more": page.next_after and with_query("/register", {"after": cursor.encode(page.next_after)}),
    }
    return rendering.page(request, "register.html", context)


@router.post("/register/size")
@allows(ADMINISTRATORS | PARTNERS)
def change_size(request: Request, work: Work, actor: Acting, sent: Annotated[SizeFields, Form()]) -> Response:
    """Tell how large the organisation is."""
    save_size(work, actor.organisation_id or "", sent.size, actor=actor)
    rendering.notify(request, "organisation.saved")
    return rendering.redirect("/register")


@router.get("/register/preview")
@allows(EVERY_ROLE)
def show_preview_form(request: Request) -> Response:
    """Show the form with which a text is tried out."""
    return _preview_page(request, PreviewFields())


@router.post("/register/preview")
@allows(EVERY_ROLE)
def preview(
    request: Request,
    assets: Assets,
    texts: ReaderTexts,
    session: Reading,
    actor: Acting,
    sent: Annotated[PreviewFields, Form()],
) -> Response:
    """Show how a text is understood, which needs it would meet, and which it would nearly meet."""
    if not assets.live.ready:
        return _preview_page(request, sent, is_loading=True, status=503)
    try:
        content = prepare(_draft(sent, assets))
        met = _met(content, assets, texts, session, actor)
    except InvalidInput as error:
        return _preview_page(request, sent, faults=faults_of(error, texts), status=422)
    return _preview_page(request, sent, content=content, met=met)


def _draft(sent: PreviewFields, assets: Resources) -> EntryDraft:
    return EntryDraft(
        source=_PREVIEW,
        source_id=_PREVIEW,
        kind=EntryKind.OFFERING,
        title=sent.title,
        text=sent.text,
        regions=tuple(assets.codes.region(each) for each in parts_of(sent.regions)),
        cpv=tuple(assets.codes.cpv(each) for each in parts_of(sent.cpv)),
    )


def _met(content: EntryContent, assets: Resources, texts: Texts, session: Session, actor: Actor) -> list[Met]:
    found = needs_met(content, assets.live, session, actor=actor)
    return [
        Met(match=each, steps=waterfall(each.score, texts), is_enough=is_enough) for each, is_enough in found
    ]


def _preview_page(
    request: Request,
    sent: PreviewFields,
    *,
    content: EntryContent | None = None,
    met: list[Met] | None = None,
    faults: dict[str, str] | None = None,
    is_loading: bool = False,
    status: int = 200,
) -> Response:
    context = {
        "values": sent.model_dump(),
        "content": content,
        "met": [each for each in met or () if each.is_enough],
        "nearly": [each for each in met or () if not each.is_enough],
        "faults": faults or {},
        "is_loading": is_loading,
    }
    return rendering.page(request, "preview.html", context, status_code=status)
