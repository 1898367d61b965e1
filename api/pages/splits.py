"""Parting an entry that tells of several needs, what came of it, and the way back."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request, Response
from pydantic import Field
from sqlalchemy.orm import Session

from api import rendering
from api.access import EVERY_ROLE, GuardedRoute, allows
from api.dependencies import Acting, ReaderTexts, Reading, Work
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of
from matcher.errors import Conflict, InvalidInput, StaleVersion
from matcher.services import entries, splitting
from matcher.services.actor import EVERYBODY, Actor
from matcher.services.splitting import SplitPartDraft
from matcher.types import EntryStatus

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

N_PARTS: Final = 3


class Parts(Fields):
    """The needs that an entry tells of, as somebody wrote them apart; empty ones are left out."""

    version: int
    title: list[str] = Field(default_factory=list)
    text: list[str] = Field(default_factory=list)

    @property
    def drafts(self) -> list[SplitPartDraft]:
        """Return the parts that say something."""
        titles = [*self.title, *[""] * len(self.text)]
        pairs = zip(titles, self.text, strict=False)
        return [SplitPartDraft(title=title, text=text) for title, text in pairs if text]


@router.get("/entries/{entry_id}/split")
@allows(EVERY_ROLE)
def show_split(request: Request, entry_id: str, session: Reading, actor: Acting) -> Response:
    """Show a form for the parts of an entry, and how it was parted before."""
    entry = entries.get(session, entry_id, actor=actor)
    parts = [SplitPartDraft(title=entry.title, text=entry.text)]
    return rendering.page(request, "split.html", _context(session, entry_id, parts, actor))


@router.post("/entries/{entry_id}/split")
@allows(EVERY_ROLE)
def split(
    request: Request,
    entry_id: str,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    sent: Annotated[Parts, Form()],
) -> Response:
    """Part an entry; where that cannot be done, what was written stays."""
    try:
        splitting.split(work, entry_id, sent.drafts, expected_version=sent.version, actor=actor)
    except (InvalidInput, StaleVersion, Conflict) as error:
        work.rollback()
        faults = faults_of(error, texts) if isinstance(error, InvalidInput) else {}
        said = next(iter(faults.values()), texts.message(f"{error} {error.remedy}"))
        context = {**_context(work, entry_id, sent.drafts, actor), "fault": said}
        return rendering.page(request, "split.html", context, status_code=422 if faults else 409)
    rendering.notify(request, "split.done")
    return rendering.redirect(f"/entries/{entry_id}/split")


@router.post("/splits/{split_id}/undo")
@allows(EVERY_ROLE)
def undo_split(request: Request, split_id: str, texts: ReaderTexts, work: Work, actor: Acting) -> Response:
    """Bring a parted entry back as it was."""
    try:
        view = splitting.undo_split(work, split_id, actor=actor)
    except Conflict as error:
        rendering.warn(request, "said", message=texts.message(f"{error} {error.remedy}"))
        return rendering.redirect("/entries")
    rendering.notify(request, "split.undone")
    return rendering.redirect(f"/entries/{view.entry_id}")


def _context(session: Session, entry_id: str, parts: list[SplitPartDraft], actor: Actor) -> dict[str, object]:
    entry = entries.get(session, entry_id, actor=actor)
    splits = splitting.list_splits(session, entry_id, actor=actor)
    ids = [each for split in splits for each in (split.entry_id, *split.part_ids)]
    return {
        "fault": "",
        "entry": entry,
        "parts": [*parts, *[SplitPartDraft(text="")] * N_PARTS][: max(N_PARTS, len(parts))],
        "splits": splits,
        "seen": entries.get_many(session, ids, actor=actor),
        "may_change": actor.may(EVERYBODY, organisation_id=entry.organisation_id),
        "can_be_parted": entry.status in (EntryStatus.PUBLISHED, EntryStatus.DRAFT),
    }
