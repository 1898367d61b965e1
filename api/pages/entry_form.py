"""Writing an entry: a form that shows what is similar while one writes, and loses nothing."""

from __future__ import annotations

import re
import uuid
from decimal import Decimal
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response
from pydantic import ConfigDict, Field, ValidationError
from sqlalchemy.orm import Session

from api import rendering
from api.access import EVERY_ROLE, GuardedRoute, allows
from api.dependencies import Acting, Assets, ReaderTexts, Reading, Work
from api.drafting import read_changes, read_draft
from api.pages.entries import values_of
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of, parts_of
from api.proposing import ready_to_propose
from api.resources import Resources
from api.schemas.entries import EntryCreate, EntryPatch
from matcher.errors import Conflict, InvalidInput, MatcherError, StaleVersion
from matcher.services import duplicates, entries
from matcher.services.actor import STAFF, Actor
from matcher.services.entries import EntryFilters, EntryView
from matcher.services.writing import WrittenMatch, similar_while_writing
from matcher.types import DuplicateAnswer, EntryKind, EntryStatus, Role

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

FORM_SOURCE: Final = "form"
"""Source of entries that were written on a page."""
_N_SIMILAR: Final = 5
_LISTS: Final = ("regions", "cpv", "tags")
_FEWEST_WORDS: Final = 3
_NONCE: Final = re.compile(r"[0-9a-f]{32}")


class EntryFields(Fields):
    """The form's fields as they were typed. ``nonce`` is the same however often the form is sent."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=False)

    kind: str = ""
    title: str = ""
    text: str = ""
    language: str = ""
    municipality: str = ""
    regions: str = ""
    cpv: str = ""
    tags: str = ""
    starts_on: str = ""
    ends_on: str = ""
    estimated_value: str = ""
    currency: str = ""
    capacity: str = ""
    nonce: str = ""
    version: int = 0
    then: str = "save"
    differs_from: list[str] = Field(default_factory=list)
    differs: list[str] = Field(default_factory=list)

    @property
    def differences(self) -> dict[str, str]:
        """Return how the new entry differs from others, by their ids, where somebody said so."""
        pairs = zip(self.differs_from, self.differs, strict=False)
        return {entry_id: how.strip() for entry_id, how in pairs if how.strip()}


Sent = Annotated[EntryFields, Form()]


@router.get("/new")
@allows(EVERY_ROLE)
def show_new(request: Request, session: Reading, actor: Acting, kind: str = "", draft: str = "") -> Response:
    """Show an empty form; a partner's begins as an offering.

    ``draft`` is the nonce of a form that somebody comes back to: what was saved from it is changed.
    """
    nonce = draft if _NONCE.fullmatch(draft) else uuid.uuid4().hex
    made = _find_sent(session, nonce, actor) if nonce == draft else None
    if made is not None:
        rendering.notify(request, "entry.saved_before")
        return rendering.redirect(f"/entries/{made.id}/edit")
    first = kind if kind in set(EntryKind) else _first_kind(actor)
    return _form(request, {"kind": first, "nonce": nonce})


@router.post("/new")
@allows(EVERY_ROLE)
def save_new(
    request: Request, sent: Sent, assets: Assets, texts: ReaderTexts, work: Work, actor: Acting
) -> Response:
    """Keep a new entry as a draft, publish it, or only look for similar ones."""
    if sent.then == "look":
        return _form(request, _kept(sent), similar=_similar_to(sent, assets, work, actor))
    try:
        wanted = EntryCreate.model_validate(_typed(sent) | {"publish": sent.then == "publish"})
        draft = read_draft(wanted, assets.codes, source_id=sent.nonce or uuid.uuid4().hex)
        if wanted.publish:
            ready_to_propose(assets, work)
        entry = entries.create(work, draft, actor=actor)
        for other_id, how in sent.differences.items():
            duplicates.say(work, entry.id, other_id, DuplicateAnswer.DIFFERENT, reason=how, actor=actor)
    except (ValidationError, InvalidInput) as error:
        return _form(request, _kept(sent), faults=faults_of(error, texts), status=422)
    except Conflict:
        return _sent_before(request, sent, work, actor)
    if entry.status is EntryStatus.PUBLISHED:
        assets.live.propose_and_save(work, entry.id)
    rendering.notify(request, f"entry.saved.{entry.status.value}")
    return rendering.redirect(f"/entries/{entry.id}")


@router.post("/entries/similar")
@allows(EVERY_ROLE)
def show_similar(request: Request, sent: Sent, assets: Assets, session: Reading, actor: Acting) -> Response:
    """Return what is similar to what is being written, to be put beside the form."""
    similar = _similar_to(sent, assets, session, actor)
    context = {"similar": similar, "values": _kept(sent), "entry": sent.version or None}
    return rendering.part(request, "parts/similar.html", context)


@router.get("/entries/{entry_id}/edit")
@allows(EVERY_ROLE)
def show_edit(request: Request, entry_id: str, session: Reading, actor: Acting) -> Response:
    """Show the form with what an entry says."""
    entry = entries.get(session, entry_id, actor=actor)
    return _form(request, _editable(session, entry, actor), entry=entry)


@router.post("/entries/{entry_id}/edit")
@allows(EVERY_ROLE)
def save_edit(
    request: Request,
    entry_id: str,
    sent: Sent,
    assets: Assets,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
) -> Response:
    """Keep a change; if somebody else changed it meanwhile, both are shown and nothing is lost."""
    ready_to_propose(assets, work)
    entry = entries.get(work, entry_id, actor=actor)
    if sent.then == "look":
        similar = _similar_to(sent, assets, work, actor, without=entry_id)
        return _form(request, _kept(sent), entry=entry, similar=similar)
    before = _editable(work, entry, actor)
    try:
        changed = _changed(before, _typed(sent))
        if not changed and sent.version == entry.version:
            return rendering.redirect(f"/entries/{entry_id}")
        changes = read_changes(EntryPatch.model_validate(changed), assets.codes) if changed else {}
        entry = entries.change(work, entry_id, changes, expected_version=sent.version, actor=actor)
    except StaleVersion:
        values = {**_kept(sent), "version": entry.version}
        return _form(request, values, entry=entry, theirs=before, status=412)
    except (ValidationError, InvalidInput) as error:
        return _form(request, _kept(sent), entry=entry, faults=faults_of(error, texts), status=422)
    assets.live.propose_and_save(work, entry.id)
    rendering.notify(request, "entry.changed")
    return rendering.redirect(f"/entries/{entry_id}")


def _form(
    request: Request,
    values: dict[str, Any],
    *,
    entry: EntryView | None = None,
    faults: dict[str, str] | None = None,
    theirs: dict[str, Any] | None = None,
    similar: list[WrittenMatch] | None = None,
    status: int = 200,
) -> Response:
    context = {
        "values": values,
        "entry": entry,
        "faults": faults or {},
        "theirs": theirs,
        "similar": similar,
        "is_looked": values.get("then") == "look",
        "kinds": list(EntryKind),
    }
    return rendering.page(request, "entry_form.html", context, status_code=status)


def _kept(sent: EntryFields) -> dict[str, Any]:
    """Return what was typed, to be shown again."""
    return sent.model_dump() | {"differences": sent.differences}


def _typed(sent: EntryFields) -> dict[str, Any]:
    """Return the fields that were filled in, in the form of the API."""
    raw = sent.model_dump(exclude={"nonce", "version", "then", "differs", "differs_from"})
    typed: dict[str, Any] = {name: value for name, value in raw.items() if value.strip()}
    for name in _LISTS:
        typed[name] = parts_of(raw[name])
    if "estimated_value" in typed:
        typed["estimated_value"] = _plain_amount(typed["estimated_value"])
    return typed | {"text": raw["text"], "source": FORM_SOURCE}


def _plain_amount(written: str) -> str:
    """Return an amount without the spaces and with the point that a program wants."""
    bare = "".join(written.split()).replace("\u00a0", "")
    return bare.replace(",", ".") if bare.count(",") == 1 and "." not in bare else bare


def _changed(before: dict[str, Any], typed: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of a form that differ from what it showed; an emptied one becomes nothing."""
    changes: dict[str, Any] = {}
    for name in EntryPatch.model_fields:
        old = parts_of(before[name]) if name in _LISTS else before[name] or None
        new = typed.get(name)
        if not _alike(new, old):
            changes[name] = "" if new is None and name == "title" else new
    return changes


def _alike(new: object, old: object) -> bool:
    if isinstance(new, str) and isinstance(old, str):
        # A browser sends every line break as two signs.
        same = new.replace("\r\n", "\n").strip() == old.replace("\r\n", "\n").strip()
        return same or _as_number(new) == _as_number(old) is not None
    return new == old


def _as_number(text: str) -> Decimal | None:
    return Decimal(text) if text.replace(".", "", 1).isdecimal() else None


def _editable(session: Session, entry: EntryView, actor: Actor) -> dict[str, Any]:
    """Return what a form shows: to the staff of its organisation the text as it was sent."""
    values = values_of(entry)
    if actor.may(STAFF, organisation_id=entry.organisation_id):
        latest = entries.list_versions(session, entry.id, actor=actor)[-1]
        values |= {"title": latest.original_title, "text": latest.original_text}
    return values


def _similar_to(
    sent: EntryFields, assets: Resources, session: Session, actor: Actor, *, without: str | None = None
) -> list[WrittenMatch] | None:
    """Return what is similar to a text; None if it says too little, or the search is still being loaded."""
    text = f"{sent.title}. {sent.text}" if sent.title.strip() else sent.text
    if len(text.split()) < _FEWEST_WORDS or not assets.live.ready:
        return None
    kind = EntryKind(sent.kind) if sent.kind in set(EntryKind) else EntryKind.NEED
    try:
        found = similar_while_writing(session, assets.live, text, kind=kind, limit=_N_SIMILAR, actor=actor)
    except MatcherError:
        return None
    return [each for each in found if each.entry.id != without]


def _sent_before(request: Request, sent: EntryFields, session: Session, actor: Actor) -> Response:
    """Answer a form that came twice with the entry that the first one made."""
    made = _find_sent(session, sent.nonce, actor)
    return rendering.redirect("/entries" if made is None else f"/entries/{made.id}")


def _find_sent(session: Session, nonce: str, actor: Actor) -> EntryView | None:
    own = EntryFilters(source=FORM_SOURCE, organisation_id=actor.organisation_id)
    latest = entries.list_entries(session, actor=actor, filters=own, limit=20).items
    return next((each for each in latest if each.source_id == nonce), None)


def _first_kind(actor: Actor) -> str:
    is_partner = actor.roles <= {Role.PARTNER, Role.ADMINISTRATOR} and Role.PARTNER in actor.roles
    return (EntryKind.OFFERING if is_partner else EntryKind.NEED).value
