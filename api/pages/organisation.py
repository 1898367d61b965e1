"""The organisation: what is known of it, its form for people without an account, and the others."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response
from sqlalchemy.orm import Session

from api import cursor, rendering
from api.access import ADMINISTRATORS, EVERY_ROLE, GuardedRoute, allows
from api.addresses import absolute
from api.dependencies import Acting, Assets, ReaderTexts, Reading, Work
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of, parts_of, with_query
from matcher.errors import Conflict, InvalidInput, StaleVersion
from matcher.services import organisations, public_form
from matcher.services.actor import Actor
from matcher.services.organisations import OrganisationDraft, OrganisationView
from matcher.types import BUYERS, OrganisationKind, OrganisationSize

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 50


class OrganisationFields(Fields):
    """What is known of an organisation."""

    name: str = ""
    kind: str = ""
    size: str = ""
    organisation_number: str = ""
    municipality: str = ""
    place: str = ""
    languages: str = ""
    version: int = 0


class SizeFields(Fields):
    """How large an organisation is."""

    organisation: str = ""
    size: str = ""


class FormFields(Fields):
    """The form for people without an account."""

    is_open: bool = False
    shows_published: bool = False
    note: str = ""
    version: int = 0


@router.get("/organisation")
@allows(EVERY_ROLE)
def show_own(request: Request, session: Reading, actor: Acting) -> Response:
    """Show the organisation that the reader acts for."""
    return _own_page(request, session, actor)


@router.post("/organisation")
@allows(ADMINISTRATORS)
def change_own(
    request: Request,
    assets: Assets,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    sent: Annotated[OrganisationFields, Form()],
) -> Response:
    """Change what is known of the organisation."""
    try:
        changes = {
            "name": sent.name,
            "size": size_of(sent.size),
            "municipality": _municipality(sent, assets.codes.municipality),
            "place": sent.place or None,
            "languages": parts_of(sent.languages),
        }
        organisations.change(
            work, actor.organisation_id or "", changes, expected_version=sent.version, actor=actor
        )
    except StaleVersion:
        return _own_page(request, work, actor, sent=sent, is_stale=True, status=412)
    except InvalidInput as error:
        return _own_page(request, work, actor, sent=sent, faults=faults_of(error, texts), status=422)
    rendering.notify(request, "organisation.saved")
    return rendering.redirect("/organisation")


@router.post("/organisation/form")
@allows(ADMINISTRATORS)
def change_form(
    request: Request,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    sent: Annotated[FormFields, Form()],
) -> Response:
    """Open, close or reword the form for people without an account."""
    try:
        public_form.change_form(
            work,
            is_open=sent.is_open,
            shows_published=sent.shows_published,
            note=sent.note,
            expected_version=sent.version,
            actor=actor,
        )
    except StaleVersion:
        return _own_page(request, work, actor, form=sent, is_stale=True, status=412)
    except InvalidInput as error:
        return _own_page(request, work, actor, form=sent, faults=faults_of(error, texts), status=422)
    rendering.notify(request, "organisation.form_saved")
    return rendering.redirect("/organisation")


@router.get("/organisations")
@allows(EVERY_ROLE)
def list_all(request: Request, session: Reading, actor: Acting, kind: str = "", after: str = "") -> Response:
    """List the organisations, by name."""
    return _list_page(request, session, actor, kind=kind, after=after)


@router.post("/organisations")
@allows(ADMINISTRATORS)
def register(
    request: Request,
    assets: Assets,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    sent: Annotated[OrganisationFields, Form()],
) -> Response:
    """Register an organisation; its number is checked."""
    try:
        draft = OrganisationDraft(
            name=sent.name,
            kind=_kind(sent.kind),
            size=size_of(sent.size),
            organisation_number=sent.organisation_number or None,
            municipality=_municipality(sent, assets.codes.municipality),
            place=sent.place or None,
            languages=tuple(parts_of(sent.languages)),
        )
        made = organisations.create(work, draft, actor=actor)
    except InvalidInput as error:
        return _list_page(request, work, actor, sent=sent, faults=faults_of(error, texts), status=422)
    except Conflict as error:
        faults = {"organisation_number": texts.message(str(error))}
        return _list_page(request, work, actor, sent=sent, faults=faults, status=error.status)
    rendering.notify(request, "organisation.registered", name=made.name)
    return rendering.redirect("/organisations")


@router.post("/organisations/size")
@allows(ADMINISTRATORS)
def change_size(request: Request, work: Work, actor: Acting, sent: Annotated[SizeFields, Form()]) -> Response:
    """Tell how large an organisation is that nobody acts for here."""
    view = save_size(work, sent.organisation, sent.size, actor=actor)
    rendering.notify(request, "organisation.saved")
    return rendering.redirect(with_query("/organisations", {"kind": view.kind}))


def save_size(work: Session, organisation_id: str, written: str, *, actor: Actor) -> OrganisationView:
    """Save the size that was chosen for an organisation."""
    view = organisations.get(work, organisation_id, actor=actor)
    changes = {"size": size_of(written)}
    return organisations.change(work, view.id, changes, expected_version=view.version, actor=actor)


def size_of(written: str) -> OrganisationSize | None:
    """Return a size that was chosen, or none.

    Raises
    ------
    InvalidInput
        If there is no such size.
    """
    if written and written not in set(OrganisationSize):
        raise InvalidInput("There is no such size.", field="size", remedy="Choose one of the list.")
    return OrganisationSize(written) if written else None


def _kind(written: str) -> OrganisationKind:
    try:
        return OrganisationKind(written)
    except ValueError as error:
        raise InvalidInput("Say what kind of organisation it is.", field="kind") from error


def _municipality(sent: OrganisationFields, read: Any) -> str | None:  # noqa: ANN401  a cached function
    return read(sent.municipality) if sent.municipality else None


def _values(view: OrganisationView) -> dict[str, Any]:
    return {
        "name": view.name,
        "size": view.size or "",
        "municipality": view.municipality or "",
        "place": view.place or "",
        "languages": ", ".join(view.languages),
        "version": view.version,
    }


def _own_page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    sent: OrganisationFields | None = None,
    form: FormFields | None = None,
    faults: dict[str, str] | None = None,
    is_stale: bool = False,
    status: int = 200,
) -> Response:
    view = organisations.get(session, actor.organisation_id or "", actor=actor)
    shown_form = public_form.find_form(session, actor=actor)
    form_values = {
        "is_open": shown_form.is_open if form is None else form.is_open,
        "shows_published": shown_form.shows_published if form is None else form.shows_published,
        "note": shown_form.note if form is None else form.note,
        "version": shown_form.version,
    }
    values = _values(view) if sent is None else sent.model_dump() | {"version": view.version}
    context = {
        "organisation": view,
        "sizes": [] if view.kind in BUYERS else list(OrganisationSize),
        "values": values | {"note": form_values["note"]},
        "form": form_values,
        "form_address": absolute(request, f"/tell/{view.id}"),
        "may_change": actor.may(ADMINISTRATORS, organisation_id=view.id),
        "is_stale": is_stale,
        "faults": faults or {},
    }
    return rendering.page(request, "organisation.html", context, status_code=status)


def _list_page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    kind: str = "",
    after: str = "",
    sent: OrganisationFields | None = None,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    page = organisations.list_organisations(
        session,
        actor=actor,
        kind=OrganisationKind(kind) if kind in set(OrganisationKind) else None,
        limit=_PER_PAGE,
        after=cursor.decode(after) if after else None,
    )
    context = {
        "organisations": page.items,
        "kinds": list(OrganisationKind),
        "sizes": list(OrganisationSize),
        "sizeable": organisations.sizeable(session, page.items, actor=actor),
        "kind": kind,
        "more": page.next_after
        and with_query("/organisations", {"kind": kind, "after": cursor.encode(page.next_after)}),
        "may_register": actor.may(ADMINISTRATORS, organisation_id=actor.organisation_id),
        "values": (sent or OrganisationFields()).model_dump(),
        "faults": faults or {},
    }
    return rendering.page(request, "organisations.html", context, status_code=status)
