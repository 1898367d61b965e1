"""The form of people without an account: an organisation opens it, and reads what came before it is seen."""

from __future__ import annotations

from datetime import timedelta
from typing import Final, Protocol

from sqlalchemy.orm import Session

from matcher.errors import InvalidInput, NotAllowed, NotFound, StaleVersion, TooManyAttempts
from matcher.retrieval import Filters
from matcher.services.actor import ADMINISTRATORS, SYSTEM, Actor
from matcher.services.preparing import check, prepare
from matcher.text import clean
from matcher.types import EntryDraft, EntryKind, EntryStatus, Match
from models.records import utc_now
from models.repositories.audit import AuditRepository
from models.repositories.contents import draft_digest, source_key
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.entry_writing import EntryWriter, NewContent
from models.repositories.organisations import OrganisationRepository
from models.repositories.public_forms import FormView, PublicFormRepository

__all__ = [
    "SOURCE",
    "FormView",
    "change_form",
    "find_form",
    "get_open_form",
    "list_forms",
    "similar",
    "submit",
]

SOURCE: Final = "public form"
"""Source of every entry that came through such a form."""
MAX_TEXT_CHARS: Final = 20_000
MAX_NOTE_CHARS: Final = 2_000
MOST_AN_HOUR: Final = 60
"""Entries that one organisation takes in within an hour; more is a flood."""
_KINDS: Final = (EntryKind.NEED, EntryKind.IDEA)


class LiveSearch(Protocol):
    """The search in memory, in step with the database."""

    def similar_to_text(self, session: Session, text: str, *, filters: Filters, k: int) -> list[Match]:
        """Find the published entries that fit a text best."""
        ...


def find_form(session: Session, *, actor: Actor) -> FormView:
    """Return the form of the actor's organisation, open or closed.

    Raises
    ------
    NotAllowed
        If the actor belongs to no organisation.
    """
    form = PublicFormRepository(session).find(actor.organisation_id or "")
    if form is None:
        raise NotAllowed("A form belongs to an organisation.")
    return form


def get_open_form(session: Session, organisation_id: str) -> FormView:
    """Return an organisation's form that anybody may use.

    Raises
    ------
    NotFound
        If there is no such organisation, or its form is closed: the two look alike.
    """
    form = PublicFormRepository(session).find(organisation_id)
    if form is None or not form.is_open:
        raise NotFound(organisation_id)
    return form


def list_forms(session: Session) -> list[FormView]:
    """Return the forms that anybody may use, by the name of the organisation."""
    return PublicFormRepository(session).list_open()


def change_form(
    session: Session,
    *,
    is_open: bool,
    shows_published: bool,
    note: str,
    expected_version: int,
    actor: Actor,
) -> FormView:
    """Open, close or reword the form of the actor's organisation.

    Parameters
    ----------
    session
        An open session.
    is_open
        Whether anybody may send a need or an idea.
    shows_published
        Whether whoever writes sees the organisation's published needs and ideas that are alike.
    note
        What people are told: what becomes of what they write, and what becomes public.
    expected_version
        Version that the change was made from; 0 the first time.
    actor
        Who changes it.

    Raises
    ------
    NotAllowed, InvalidInput, StaleVersion
        If the actor is no administrator, an open form says nothing, or somebody else changed it.
    """
    actor.require(ADMINISTRATORS, organisation_id=actor.organisation_id)
    words = note.strip()
    if len(words) > MAX_NOTE_CHARS or (is_open and not words):
        raise InvalidInput(
            f"An open form says in up to {MAX_NOTE_CHARS} characters what becomes of what people write.",
            field="note",
            remedy="Say who reads it, what becomes public, and how to ask.",
        )
    form = find_form(session, actor=actor)
    if form.version != expected_version:
        raise StaleVersion(form.organisation_id, expected=expected_version, actual=form.version)
    record = PublicFormRepository(session).get_record(form.organisation_id)
    record.is_open, record.shows_published, record.note = is_open, shows_published, words
    AuditRepository(session).add(
        "public_form.changed",
        form.organisation_id,
        by=actor,
        is_open=is_open,
        shows_published=shows_published,
    )
    session.flush()
    return find_form(session, actor=actor)


def submit(
    session: Session, organisation_id: str, *, kind: EntryKind, title: str, text: str, sent_id: str
) -> str:
    """Take in what somebody without an account wrote, as a draft that the organisation's staff reads.

    Parameters
    ----------
    session
        An open session.
    organisation_id
        Whose form it is.
    kind
        A need or an idea.
    title, text
        What was written.
    sent_id
        The same however often one form is sent; it is taken in once.

    Returns
    -------
    str
        The entry's id, which serves as a receipt.

    Raises
    ------
    NotFound, InvalidInput
        If the form is closed, or a field cannot be used.
    TooManyAttempts
        If the organisation got very many within an hour.
    """
    form = get_open_form(session, organisation_id)
    if kind not in _KINDS:
        raise InvalidInput("The form takes needs and ideas.", field="kind")
    if len(text) > MAX_TEXT_CHARS:
        raise InvalidInput(
            f"It is longer than {MAX_TEXT_CHARS} characters.", field="text", remedy="Shorten or split it."
        )
    writer, key = EntryWriter(session), source_key(organisation_id, SOURCE, sent_id)
    known = writer.find_known([key])
    if known:
        return known[key].id
    forms = PublicFormRepository(session)
    if forms.count_since(organisation_id, SOURCE, utc_now() - timedelta(hours=1)) >= MOST_AN_HOUR:
        raise TooManyAttempts("Very many have written within an hour.", remedy="Try again in an hour.")
    draft = EntryDraft(
        source=SOURCE,
        source_id=sent_id,
        kind=kind,
        title=title,
        text=text,
        municipality=OrganisationRepository(session).get(organisation_id).municipality,
        status=EntryStatus.DRAFT,
    )
    content = prepare(draft)
    check(content)
    new = NewContent(
        content=content,
        source_key=key,
        draft_digest=draft_digest(draft),
        status=EntryStatus.DRAFT,
        organisation_id=organisation_id,
    )
    writer.insert_many([new])
    AuditRepository(session).add(
        "public_form.received", new.entry_id, by=Actor(None, form.organisation_id), kind=kind.value
    )
    session.flush()
    return new.entry_id


def similar(
    session: Session, live: LiveSearch, organisation_id: str, text: str, *, limit: int = 5
) -> list[EntryView]:
    """Return an organisation's published needs and ideas like a text, if its form shows them.

    Raises
    ------
    NotFound
        If the form is closed.
    """
    form, cleaned = get_open_form(session, organisation_id), clean(text)
    if not form.shows_published or not any(sign.isalnum() for sign in cleaned):
        return []
    filters = Filters(kinds=_KINDS, organisations=(organisation_id,))
    found = live.similar_to_text(session, cleaned[:MAX_TEXT_CHARS], filters=filters, k=limit)
    entries = EntryRepository(session, SYSTEM).get_many(match.entry_id for match in found)
    return [each for each in entries.values() if each.status is EntryStatus.PUBLISHED]
