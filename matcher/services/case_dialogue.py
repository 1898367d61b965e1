"""The market dialogue of a case: who took part, when, on what, and what was disclosed to the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from matcher.errors import InvalidInput, OrganisationNotFound
from matcher.services.actor import Actor
from matcher.services.casework import shared_case
from models.repositories.audit import AuditRepository
from models.repositories.cases import CaseRepository, DialogueView
from models.repositories.organisations import OrganisationRepository

__all__ = ["DialogueKind", "DialogueView", "TalkDraft", "list_dialogue", "log", "unequal"]

MAX_PARTICIPANTS: Final = 200
MAX_SUBJECT_CHARS: Final = 2000
MAX_DISCLOSED_CHARS: Final = 20_000


class DialogueKind(StrEnum):
    """Forms of talks with the market."""

    RFI = "rfi"
    EXTERNAL_CONSULTATION = "external_consultation"
    MEETING = "meeting"
    SITE_VISIT = "site_visit"
    DEMONSTRATION = "demonstration"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class TalkDraft:
    """A talk as somebody tells it. ``participants``: ids of organisations, or names of who has none."""

    held_on: date
    kind: DialogueKind
    subject: str
    participants: tuple[str, ...] = ()
    disclosed: str = ""
    is_disclosed_to_all: bool = False
    corrects_id: str | None = None


def log(session: Session, case_id: str, talk: TalkDraft, *, today: date, actor: Actor) -> DialogueView:
    """Add a talk to a case's log; it is never changed, a later one may correct it.

    Raises
    ------
    CaseNotFound, NotAllowed
        If the actor does not see the case, or is no reviewer of an organisation in it.
    InvalidInput
        With the field that cannot be used.
    """
    record = shared_case(session, case_id, None, actor)
    repository = CaseRepository(session, actor)
    _check(talk, today)
    known = {each.id for each in repository.list_dialogue(case_id)}
    if talk.corrects_id is not None and talk.corrects_id not in known:
        raise InvalidInput("There is no such talk in the case.", field="corrects_id")
    made = repository.add_dialogue(
        case_id,
        held_on=talk.held_on,
        kind=talk.kind.value,
        subject=talk.subject.strip(),
        participants=_participants(session, talk.participants),
        disclosed=talk.disclosed.strip(),
        is_disclosed_to_all=talk.is_disclosed_to_all,
        corrects_id=talk.corrects_id,
    )
    AuditRepository(session).add(
        "case.dialogue_logged", case_id, by=actor, organisation_id=record.organisation_id, talk=made.id
    )
    return next(each for each in repository.list_dialogue(case_id) if each.id == made.id)


def list_dialogue(session: Session, case_id: str, *, actor: Actor) -> list[DialogueView]:
    """Return a case's talks with the market, in the order in which they were noted.

    Raises
    ------
    CaseNotFound
        If there is none that the actor's organisation leads or takes part in.
    """
    repository = CaseRepository(session, actor)
    return repository.list_dialogue(repository.get_record(case_id).id)


def unequal(talks: Sequence[DialogueView]) -> list[DialogueView]:
    """Return the talks of which the others have not been told everything (LOU 4:8): something is to be done.

    A talk that a later one corrects is left out.
    """
    corrected = {talk.corrects_id for talk in talks}
    return [talk for talk in talks if talk.id not in corrected and not talk.is_disclosed_to_all]


def _check(talk: TalkDraft, today: date) -> None:
    if talk.held_on > today:
        raise InvalidInput("The day is still to come.", field="held_on", remedy="Log it when it was held.")
    if not 0 < len(talk.subject.strip()) <= MAX_SUBJECT_CHARS:
        raise InvalidInput(f"A subject has 1 to {MAX_SUBJECT_CHARS} characters.", field="subject")
    if len(talk.disclosed) > MAX_DISCLOSED_CHARS:
        raise InvalidInput(f"It is longer than {MAX_DISCLOSED_CHARS} characters.", field="disclosed")
    if talk.is_disclosed_to_all and not talk.disclosed.strip():
        raise InvalidInput("Tell what was disclosed to all.", field="disclosed")
    if len(talk.participants) > MAX_PARTICIPANTS or any(
        not 0 < len(name.strip()) <= 300 for name in talk.participants
    ):
        raise InvalidInput(f"Name up to {MAX_PARTICIPANTS} who took part.", field="participants")


def _participants(session: Session, named: Sequence[str]) -> list[dict[str, str | None]]:
    organisations = OrganisationRepository(session)
    found: list[dict[str, str | None]] = []
    for name in dict.fromkeys(each.strip() for each in named):
        try:
            record = organisations.get(name)
            found.append({"name": record.name, "organisation_id": record.id})
        except OrganisationNotFound:
            found.append({"name": name, "organisation_id": None})
    return found
