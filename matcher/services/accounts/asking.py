"""Asking for an account: a firm, association or university registers itself, to be approved by somebody."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from sqlalchemy.orm import Session

from matcher.errors import InvalidInput, NotFound, TooManyAttempts
from matcher.services.accounts.secret_digests import normal_address
from matcher.services.actor import ADMINISTRATORS, Actor
from matcher.services.numbers import checked_number
from matcher.settings import Settings
from matcher.text import clean
from matcher.types import BUYERS, NoticeKind, OrganisationKind, OrganisationSize, RequestState
from models.records import PartnerRequest, utc_now
from models.repositories.audit import AuditRepository
from models.repositories.notices import NoticeRepository
from models.repositories.partner_requests import PartnerRequestRepository

KINDS: Final = (OrganisationKind.SUPPLIER, OrganisationKind.ASSOCIATION, OrganisationKind.UNIVERSITY)
"""What may ask: public buyers are registered by an administrator."""
MAX_ABOUT_CHARS: Final = 2_000
MOST_AN_HOUR: Final = 60
"""Requests that are taken in within an hour; more is a flood."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRequestDraft:
    """A request as somebody sent it."""

    organisation_number: str
    name: str
    kind: OrganisationKind
    size: OrganisationSize | None = None
    contact: str
    email: str
    about: str


def check_open(settings: Settings) -> None:
    """Refuse requests where whoever runs the service wants none.

    Raises
    ------
    NotFound
        If so: it looks as if there were no such page.
    """
    if settings.partner_requests != "open":
        raise NotFound("partner-requests")


def ask(session: Session, draft: PartnerRequestDraft, *, sent_id: str, settings: Settings) -> None:
    """Take a request in; no account opens and nothing is shown to others before it is approved.

    Nothing in the answer depends on which organisations and members there are. A form that is sent again is
    taken in once, and so is what the same address asks about the same organisation until it is answered.

    Parameters
    ----------
    session
        An open session.
    draft
        What was told.
    sent_id
        The same however often one form is sent.
    settings
        Whether requests are taken in at all.

    Raises
    ------
    NotFound, InvalidInput
        If none are taken in, or a field cannot be used.
    TooManyAttempts
        If very many came within an hour.
    """
    check_open(settings)
    record, requests = _record(draft, sent_id), PartnerRequestRepository(session)
    if requests.is_sent(record.sent_digest):
        return
    if requests.count_since(utc_now() - timedelta(hours=1)) >= MOST_AN_HOUR:
        raise TooManyAttempts("Very many have written within an hour.", remedy="Try again in an hour.")
    if requests.is_open(record.organisation_number, record.email):
        return
    requests.add(record)
    AuditRepository(session).add("partner_request.received", record.id, by=Actor(), kind=record.kind.value)
    notices = NoticeRepository(session)
    # Once a day, so that many requests are no flood of notices and mails.
    notices.tell(
        notices.staff_of_kinds(BUYERS, ADMINISTRATORS),
        NoticeKind.PARTNER_REQUEST,
        record.id,
        key=f"partner_request:{record.created_at.date().isoformat()}",
    )


def checked_text(written: str, field: str, most: int, *, missing: str) -> str:
    """Return a text without control characters.

    Raises
    ------
    InvalidInput
        If it is empty or too long.
    """
    text = clean(written).strip()
    if not text:
        raise InvalidInput(missing, field=field)
    if len(text) > most:
        raise InvalidInput(f"It is longer than {most} characters.", field=field, remedy="Shorten it.")
    return text


def _record(draft: PartnerRequestDraft, sent_id: str) -> PartnerRequest:
    number, email = _number(draft.organisation_number), normal_address(draft.email)
    about = checked_text(draft.about, "about", MAX_ABOUT_CHARS, missing="Say in a few words what you can do.")
    if draft.kind not in KINDS:
        raise InvalidInput("Suppliers, associations and universities ask for an account.", field="kind")
    return PartnerRequest(
        state=RequestState.OPEN,
        organisation_number=number,
        name=_line(draft.name, "name", 300, wrong="A name has between 1 and 300 characters."),
        kind=draft.kind,
        size=draft.size,
        contact=_line(draft.contact, "contact", 200, wrong="A name has between 1 and 200 characters."),
        email=email,
        about=about,
        # What was corrected is another request, even if it is sent from the same form.
        sent_digest=hashlib.sha256(f"{sent_id}\n{number}\n{email}".encode("utf-8", "replace")).hexdigest(),
        reason="",
    )


def _number(written: str) -> str:
    try:
        number = checked_number(written)
    except InvalidInput as error:
        remedy = "Write it like 212000-2643, or with its country (FI, DK, NO)."
        raise InvalidInput(str(error), field=error.field, remedy=remedy) from error
    if number is None:
        raise InvalidInput("The organisation number is missing.", field="organisation_number")
    return number


def _line(written: str, field: str, most: int, *, wrong: str) -> str:
    tidy = " ".join(clean(written).split())
    if not 0 < len(tidy) <= most:
        raise InvalidInput(wrong, field=field)
    return tidy
