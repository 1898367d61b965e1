"""Telling an organisation what one needs, without an account; protected against floods."""

from __future__ import annotations

import uuid
from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from api import flood, rendering
from api.access import GuardedRoute, allows_everybody
from api.dependencies import Assets, ReaderTexts, Reading, Work
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of
from api.resources import Resources
from matcher.errors import InvalidInput, MatcherError, TooManyAttempts
from matcher.services import public_form
from matcher.services.entries import EntryView
from matcher.services.public_form import FormView
from matcher.types import EntryKind

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_KINDS: Final = (EntryKind.NEED, EntryKind.IDEA)
_FEWEST_WORDS: Final = 3


class TellFields(Fields):
    """What somebody writes. ``website`` is not shown to people: only a program fills it in."""

    kind: str = EntryKind.NEED.value
    title: str = ""
    text: str = ""
    website: str = ""
    nonce: str = ""
    then: str = "send"


@router.get("/tell")
@allows_everybody
def list_forms(request: Request, session: Reading) -> Response:
    """List the organisations that take in what people write."""
    return rendering.page(request, "tell_list.html", {"forms": public_form.list_forms(session)})


@router.get("/tell/thanks")
@allows_everybody
def thank(request: Request, receipt: str = "") -> Response:
    """Say that it came in, and what happens now."""
    return rendering.page(request, "tell_thanks.html", {"receipt": receipt[:36]})


@router.get("/tell/{organisation_id}")
@allows_everybody
def show_form(request: Request, organisation_id: str, session: Reading) -> Response:
    """Show an organisation's form."""
    form = public_form.get_open_form(session, organisation_id)
    return _page(request, form, TellFields(nonce=uuid.uuid4().hex))


@router.post("/tell/{organisation_id}")
@allows_everybody
def send(
    request: Request,
    organisation_id: str,
    assets: Assets,
    texts: ReaderTexts,
    work: Work,
    sent: Annotated[TellFields, Form()],
) -> Response:
    """Take in what was written, or show what is alike."""
    form = public_form.get_open_form(work, organisation_id)
    if sent.then == "look":
        return _page(request, form, sent, similar=_similar(request, form, sent, assets, work))
    if sent.website:
        return rendering.redirect("/tell/thanks")
    try:
        flood.SENDING.check(flood.client_of(request))
        receipt = public_form.submit(
            work,
            organisation_id,
            kind=EntryKind(sent.kind) if sent.kind in _KINDS else EntryKind.NEED,
            title=sent.title[:500],
            text=sent.text,
            sent_id=sent.nonce[:64] or uuid.uuid4().hex,
        )
    except (InvalidInput, TooManyAttempts) as error:
        faults = faults_of(error, texts) if isinstance(error, InvalidInput) else {"": _said(error, texts)}
        return _page(request, form, sent, faults=faults, status=error.status)
    return rendering.redirect(f"/tell/thanks?receipt={receipt}")


@router.post("/tell/{organisation_id}/similar")
@allows_everybody
def show_similar(
    request: Request,
    organisation_id: str,
    assets: Assets,
    session: Reading,
    sent: Annotated[TellFields, Form()],
) -> Response:
    """Return what is alike, to be put beside the form."""
    form = public_form.get_open_form(session, organisation_id)
    similar = _similar(request, form, sent, assets, session)
    return rendering.part(request, "parts/tell_similar.html", {"similar": similar})


def _similar(
    request: Request, form: FormView, sent: TellFields, assets: Resources, session: Session
) -> list[EntryView] | None:
    text = f"{sent.title}. {sent.text}" if sent.title else sent.text
    if not form.shows_published or len(text.split()) < _FEWEST_WORDS or not assets.live.ready:
        return None
    try:
        flood.LOOKING.check(flood.client_of(request))
        return public_form.similar(session, assets.live, form.organisation_id, text)
    except MatcherError:
        return None


def _said(error: MatcherError, texts: ReaderTexts) -> str:
    return f"{texts.message(str(error))} {texts.message(error.remedy)}"


def _page(
    request: Request,
    form: FormView,
    sent: TellFields,
    *,
    similar: list[EntryView] | None = None,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    context = {
        "form": form,
        "kinds": _KINDS,
        "values": sent.model_dump(),
        "similar": similar,
        "is_looked": sent.then == "look",
        "faults": faults or {},
    }
    return rendering.page(request, "tell.html", context, status_code=status)
