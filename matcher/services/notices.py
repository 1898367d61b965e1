"""Notices to members: listed, as a feed for readers of feeds, and as mails for those who want them."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from xml.etree import ElementTree

from sqlalchemy.orm import Session

from matcher.errors import NotAllowed, NoticeNotFound
from matcher.services.actor import SYSTEM, Actor
from matcher.services.notice_words import HEADINGS, Language, notice_words
from matcher.types import EntryKind, EntryStatus, NoticeKind, Role
from models.repositories.audit import AuditRepository
from models.repositories.entries import EntryRepository, EntryView
from models.repositories.notices import NoticeRepository, NoticeView, Unmailed
from models.repositories.pages import Page
from models.repositories.supports import SupportRepository

__all__ = [
    "Language",
    "Mail",
    "NoticeChoices",
    "NoticeView",
    "Told",
    "choices",
    "count_unread",
    "feed",
    "list_notices",
    "make_feed",
    "mark_mailed",
    "mark_read",
    "set_mailed",
    "tell_expiring",
    "unmailed",
]

FEED_LENGTH: Final = 50
MAILED_AT_ONCE: Final = 500
_ATOM: Final = "http://www.w3.org/2005/Atom"
_PATHS: Final = {
    NoticeKind.JOINT_NEED: "/joint-needs/{thing}",
    NoticeKind.ASSIGNED: "/review/{entry}",
    NoticeKind.REMARK: "/remarks",
    NoticeKind.ANSWERED: "/remarks",
    NoticeKind.PARTNER_REQUEST: "/requests",
}
_ENTRY_PATH: Final = "/entries/{entry}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A notice as it is shown, with the entry that it is about if the member sees it."""

    notice: NoticeView
    entry: EntryView | None
    heading: str
    sentence: str
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeChoices:
    """How a member wants to be told."""

    is_mailed: bool
    has_feed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """One mail to a member with what it has not been told yet."""

    to: str
    subject: str
    text: str
    notice_ids: tuple[str, ...]


def list_notices(
    session: Session,
    *,
    actor: Actor,
    language: Language = "sv",
    unread_only: bool = False,
    limit: int = 50,
    after: Sequence[Any] | None = None,
) -> Page[Told]:
    """Return a page of the actor's notices, the latest first.

    Raises
    ------
    NotAllowed
        If the actor is no member.
    """
    page = NoticeRepository(session).list_views(
        _member(actor), unread_only=unread_only, limit=limit, after=after
    )
    return Page(_told(session, page.items, actor, language), page.next_after)


def count_unread(session: Session, *, actor: Actor) -> int:
    """Return how many notices the actor has not read."""
    return 0 if actor.member_id is None else NoticeRepository(session).count_unread(actor.member_id)


def mark_read(session: Session, notice_id: str | None = None, *, actor: Actor) -> int:
    """Note that the actor has read a notice, or all of them; return how many are left.

    Raises
    ------
    NotAllowed, NoticeNotFound
        If the actor is no member, or has no such notice.
    """
    repository = NoticeRepository(session)
    repository.mark_read(_member(actor), notice_id)
    return repository.count_unread(_member(actor))


def choices(session: Session, *, actor: Actor) -> NoticeChoices:
    """Return how the actor wants to be told.

    Raises
    ------
    NotAllowed
        If the actor is no member.
    """
    record = NoticeRepository(session).find_choice(_member(actor))
    return NoticeChoices(
        is_mailed=bool(record and record.is_mailed), has_feed=bool(record and record.feed_digest)
    )


def set_mailed(session: Session, is_mailed: bool, *, actor: Actor) -> NoticeChoices:
    """Choose whether notices come by mail, too.

    Raises
    ------
    NotAllowed
        If the actor is no member.
    """
    record = NoticeRepository(session).choice(_member(actor))
    record.is_mailed, record.organisation_id = is_mailed, actor.organisation_id
    session.flush()
    return choices(session, actor=actor)


def make_feed(session: Session, *, actor: Actor) -> str:
    """Make the secret in the address of the actor's feed, which no other can guess; the old one ends.

    Raises
    ------
    NotAllowed
        If the actor is no member.
    """
    record = NoticeRepository(session).choice(_member(actor))
    secret = secrets.token_urlsafe(24)
    record.feed_digest, record.organisation_id = _digest(secret), actor.organisation_id
    session.flush()
    AuditRepository(session).add("notices.feed_made", _member(actor), by=actor)
    return secret


def feed(session: Session, secret: str, *, public_url: str, language: Language = "sv") -> bytes:
    """Return a member's latest notices as an Atom feed (RFC 4287).

    What anybody may see is told: titles of published entries alone, since the address is the only key.

    Raises
    ------
    NoticeNotFound
        If there is no such feed.
    """
    repository = NoticeRepository(session)
    member_id = repository.reader_of(_digest(secret))
    if member_id is None:
        raise NoticeNotFound("feed")
    page = repository.list_views(member_id, unread_only=False, limit=FEED_LENGTH, after=None)
    return _atom(_told(session, page.items, SYSTEM, language), public_url, language)


def tell_expiring(session: Session, *, today: date, days: int) -> int:
    """Tell who registered an offering that it ends within some days; return how many were told.

    Where nobody is known to have registered it, the members of its organisation are told.
    """
    notices, supports = NoticeRepository(session), SupportRepository(session)
    n_told = 0
    for entry in EntryRepository(session, SYSTEM).list_ending(
        EntryKind.OFFERING, first=today, last=today + timedelta(days=days)
    ):
        author = supports.authors([entry.id]).get(entry.id)
        members = [author] if author is not None else []
        if not members and entry.organisation_id is not None:
            members = notices.staff_of(entry.organisation_id, tuple(Role))
        day = entry.window.ends_on.isoformat() if entry.window.ends_on else ""
        n_told += notices.tell(
            members,
            NoticeKind.EXPIRES,
            entry.id,
            key=f"expires:{entry.id}:{day}",
            entry_id=entry.id,
            organisation_id=entry.organisation_id,
            day=day,
        )
    return n_told


def unmailed(session: Session, *, public_url: str, language: Language = "sv") -> list[Mail]:
    """Return the mails that are to be sent: one a member, with all that it has not been told yet."""
    return [
        _mail(session, each, public_url, language)
        for each in NoticeRepository(session).list_unmailed(limit=MAILED_AT_ONCE)
    ]


def mark_mailed(session: Session, notice_ids: Sequence[str]) -> None:
    """Note that notices went out."""
    NoticeRepository(session).mark_mailed(notice_ids)


def _member(actor: Actor) -> str:
    if actor.member_id is None:
        raise NotAllowed("Only members are told something.")
    return actor.member_id


def _told(session: Session, notices: Sequence[NoticeView], actor: Actor, language: Language) -> list[Told]:
    wanted = {notice.entry_id for notice in notices if notice.entry_id is not None}
    entries = EntryRepository(session, actor).get_many(sorted(wanted))
    told = []
    for notice in notices:
        entry = entries.get(notice.entry_id or "")
        # For the program itself, and so for feeds and mails, what is published is all that may be told.
        is_shown = entry is not None and (not actor.is_system or entry.status is EntryStatus.PUBLISHED)
        title = _title(entry) if entry is not None and is_shown else ""
        heading, sentence = notice_words(
            notice.kind, language, title=title, day=str(notice.detail.get("day", ""))
        )
        path = _PATHS.get(notice.kind, _ENTRY_PATH).format(
            entry=notice.entry_id or notice.thing_id, thing=notice.thing_id
        )
        told.append(
            Told(
                notice=notice,
                entry=entry if is_shown else None,
                heading=heading,
                sentence=sentence,
                path=path,
            )
        )
    return told


def _title(entry: EntryView) -> str:
    return entry.title or (entry.text if len(entry.text) <= 80 else f"{entry.text[:77]}...")


def _mail(session: Session, each: Unmailed, public_url: str, language: Language) -> Mail:
    told = _told(session, each.notices, SYSTEM, language)
    parts = [f"{one.heading}\n{one.sentence}\n{public_url}{one.path}" for one in told]
    subject = told[0].heading if len(told) == 1 else f"{HEADINGS[language]} ({len(told)})"
    return Mail(
        to=each.email,
        # A heading may hold a title of two lines; a mail's subject has one.
        subject=" ".join(subject.split()),
        text="\n\n".join(parts) + "\n",
        notice_ids=tuple(notice.id for notice in each.notices),
    )


def _atom(told: Sequence[Told], public_url: str, language: Language) -> bytes:
    ElementTree.register_namespace("", _ATOM)
    root = ElementTree.Element(f"{{{_ATOM}}}feed", {"xml:lang": language})
    latest = max((one.notice.created_at for one in told), default=datetime(1970, 1, 1, tzinfo=UTC))
    _put(root, "id", f"{public_url}/notices")
    _put(root, "title", HEADINGS[language])
    _put(root, "updated", latest.isoformat())
    author = ElementTree.SubElement(root, f"{{{_ATOM}}}author")
    _put(author, "name", "Matcher")
    for one in told:
        entry = ElementTree.SubElement(root, f"{{{_ATOM}}}entry")
        _put(entry, "id", f"urn:uuid:{one.notice.id}")
        _put(entry, "title", one.heading)
        _put(entry, "updated", one.notice.created_at.isoformat())
        _put(entry, "summary", one.sentence)
        ElementTree.SubElement(entry, f"{{{_ATOM}}}link", {"href": f"{public_url}{one.path}"})
    return bytes(ElementTree.tostring(root, encoding="utf-8", xml_declaration=True))


def _put(parent: ElementTree.Element, name: str, text: str) -> None:
    # Control characters may not stand in XML; texts were cleaned of them when they came in.
    ElementTree.SubElement(parent, f"{{{_ATOM}}}{name}").text = text


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()
