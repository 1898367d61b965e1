"""Cases: needs that may be procured together, from the need to its effect, with talks and papers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from types import SimpleNamespace
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Form, Request, Response
from pydantic import Field, TypeAdapter, ValidationError
from sqlalchemy.orm import Session

from api import cursor, formatting, rendering
from api.access import REVIEWERS, STAFF, GuardedRoute, allows
from api.addresses import absolute
from api.dependencies import Acting, ReaderTexts, Reading, Work
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of, with_query
from matcher.errors import Conflict, InvalidInput, NotAllowed, StaleVersion
from matcher.procurement.procedures import Procedure
from matcher.procurement.thresholds import Authority, ContractKind, Law
from matcher.services import case_dialogue, case_papers, case_parts, case_procedures, cases
from matcher.services.actor import Actor
from matcher.services.case_dialogue import DialogueKind, TalkDraft
from matcher.services.cases import CaseView
from matcher.types import CaseState

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 25
_WORD: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_DAY: Final = TypeAdapter(date)
_AMOUNT: Final = TypeAdapter(Decimal)


class CaseFields(Fields):
    """What is changed about a case; ``then`` says which part of the page was sent."""

    then: str = ""
    version: int | None = None
    title: str = ""
    note: str = ""
    next_step: str = ""
    next_step_on: str = ""
    law: str = ""
    contract_kind: str = ""
    authority: str = ""
    state: str = ""
    reason: str = ""
    procedure: str = ""
    entry: str = ""
    organisation: str = ""
    mandate: str = ""
    expected_volume: str = ""
    expected_value: str = ""
    currency: str = ""


class TalkFields(Fields):
    """A talk with the market as it is noted."""

    held_on: str = ""
    kind: str = DialogueKind.MEETING.value
    subject: str = ""
    participants: str = ""
    disclosed: str = ""
    is_disclosed_to_all: bool = False
    corrects: str = ""
    needs: list[str] = Field(default_factory=list)


@router.get("/cases")
@allows(STAFF)
def show_list(
    request: Request, session: Reading, actor: Acting, state: str = "", after: str = ""
) -> Response:
    """List the cases, the newest first."""
    chosen = CaseState(state) if state in set(CaseState) else None
    page = cases.list_cases(
        session,
        actor=actor,
        state=chosen,
        limit=_PER_PAGE,
        after=cursor.decode(after) if after else None,
    )
    context = {
        "listed": page.items,
        "counts": cases.count_by_state(session, actor=actor),
        "states": list(CaseState),
        "state": chosen,
        "more": page.next_after
        and with_query("/cases", {"state": state, "after": cursor.encode(page.next_after)}),
    }
    return rendering.page(request, "cases.html", context)


@router.post("/cases")
@allows(REVIEWERS)
def open_case(
    request: Request,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    title: Annotated[str, Form()],
    need: Annotated[str, Form()],
) -> Response:
    """Open a case for one need; others are added on its page."""
    try:
        made = cases.create(work, title=title, need_ids=[need], actor=actor)
    except (InvalidInput, NotAllowed) as error:
        work.rollback()
        rendering.warn(request, "said", message=texts.message(str(error)))
        return rendering.redirect(rendering.safe_next(f"/entries/{need}"))
    rendering.notify(request, "case.opened")
    return rendering.redirect(f"/cases/{made.id}")


@router.get("/cases/{case_id}")
@allows(STAFF)
def show_case(request: Request, case_id: str, session: Reading, actor: Acting) -> Response:
    """Show a case with everything in it."""
    return _page(request, case_id, session, actor)


@router.post("/cases/{case_id}")
@allows(REVIEWERS)
def change_case(
    request: Request,
    case_id: str,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    sent: Annotated[CaseFields, Form()],
) -> Response:
    """Change a part of a case."""
    here = f"/cases/{case_id}"
    try:
        _changed(work, case_id, sent, actor)
    except StaleVersion:
        work.rollback()
        return _page(request, case_id, work, actor, sent=sent, is_stale=True, status=412)
    except InvalidInput as error:
        work.rollback()
        faults = faults_of(error, texts)
        return _page(request, case_id, work, actor, sent=sent, faults=faults, status=422)
    except (Conflict, NotAllowed) as error:
        work.rollback()
        rendering.warn(request, "said", message=texts.message(str(error)))
        return rendering.redirect(here)
    rendering.notify(request, "case.changed")
    return rendering.redirect(here)


@router.post("/cases/{case_id}/dialogue")
@allows(REVIEWERS)
def log_talk(
    request: Request,
    case_id: str,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    sent: Annotated[TalkFields, Form()],
) -> Response:
    """Add a talk with the market to the log; it is never changed, a later one may correct it."""
    try:
        talk = TalkDraft(
            held_on=_day("held_on", sent.held_on) or _today(),
            kind=DialogueKind(sent.kind) if sent.kind in set(DialogueKind) else DialogueKind.OTHER,
            subject=sent.subject,
            participants=tuple(each.strip() for each in sent.participants.splitlines() if each.strip()),
            disclosed=sent.disclosed,
            is_disclosed_to_all=sent.is_disclosed_to_all,
            corrects_id=sent.corrects or None,
        )
        case_dialogue.log(work, case_id, talk, today=_today(), actor=actor)
    except InvalidInput as error:
        work.rollback()
        faults = faults_of(error, texts)
        return _page(request, case_id, work, actor, talk=sent, faults=faults, status=422)
    rendering.notify(request, "case.talk_logged")
    return rendering.redirect(f"/cases/{case_id}#dialogue")


@router.get("/cases/{case_id}/release.json")
@allows(STAFF)
def download_release(request: Request, case_id: str, work: Work, actor: Acting) -> Response:
    """Return a case as an OCDS planning release."""
    package = case_papers.planning_release(
        work, case_id, now=datetime.now(UTC), uri=absolute(request, f"/cases/{case_id}"), actor=actor
    )
    content = orjson.dumps(package, option=orjson.OPT_INDENT_2)
    return _download(content, "application/json", f"case-{case_id[:8]}.json")


@router.get("/cases/{case_id}/paper.docx")
@allows(STAFF)
def download_word(case_id: str, texts: ReaderTexts, work: Work, actor: Acting) -> Response:
    """Return a case as a Word document in the reader's language."""
    language: case_papers.Language = "en" if texts.language == "en" else "sv"
    content = case_papers.word(work, case_id, language=language, actor=actor)
    return _download(content, _WORD, f"case-{case_id[:8]}.docx")


def _changed(session: Session, case_id: str, sent: CaseFields, actor: Actor) -> CaseView:
    common: dict[str, Any] = {"expected_version": sent.version, "actor": actor}
    if sent.then == "move":
        state = CaseState(sent.state) if sent.state in set(CaseState) else CaseState.NEED
        return cases.move(session, case_id, state, reason=sent.reason, **common)
    if sent.then == "procedure":
        procedure = Procedure(sent.procedure) if sent.procedure in set(Procedure) else Procedure.OPEN
        return case_procedures.confirm_procedure(session, case_id, procedure, today=_today(), **common)
    if sent.then == "own":
        return cases.change(session, case_id, {"owner_id": actor.member_id}, **common)
    if sent.then == "remove":
        return case_parts.remove_entry(session, case_id, sent.entry, **common)
    if sent.then == "part":
        return case_parts.set_part(
            session,
            case_id,
            sent.organisation,
            mandate=sent.mandate,
            expected_volume=sent.expected_volume,
            expected_value=_amount("expected_value", sent.expected_value),
            currency=sent.currency or None,
            actor=actor,
        )
    changes = {name: getattr(sent, name) for name in ("title", "note", "next_step")}
    words = {name: getattr(sent, name) for name in ("law", "contract_kind", "authority")}
    before = cases.get(session, case_id, actor=actor)
    changes |= {name: value for name, value in words.items() if value != getattr(before, name)}
    changes["next_step_on"] = _day("next_step_on", sent.next_step_on)
    return cases.change(session, case_id, changes, **common)


def _page(
    request: Request,
    case_id: str,
    session: Session,
    actor: Actor,
    *,
    sent: CaseFields | None = None,
    talk: TalkFields | None = None,
    faults: dict[str, str] | None = None,
    is_stale: bool = False,
    status: int = 200,
) -> Response:
    view = cases.get(session, case_id, actor=actor)
    talks = case_dialogue.list_dialogue(session, case_id, actor=actor)
    typed = sent.model_dump() if sent is not None and sent.then == "facts" else _values(view)
    context = {
        "case": view,
        "steps": cases.list_steps(session, case_id, actor=actor),
        "states": list(CaseState),
        "worth": [
            SimpleNamespace(
                currency=each.total.currency,
                low=each.total.low,
                value=each.total.value,
                high=each.total.high,
                n_unknown=each.total.n_unknown,
                assessments=each.assessments,
                hints=each.hints,
            )
            for each in case_procedures.worth(session, view, today=_today())
        ],
        "talks": talks,
        "unequal": {each.id for each in case_dialogue.unequal(talks)},
        "procedures": list(Procedure),
        "laws": list(Law),
        "contract_kinds": list(ContractKind),
        "authorities": list(Authority),
        "talk_kinds": list(DialogueKind),
        "may_lead": actor.may(REVIEWERS, organisation_id=view.organisation_id),
        "may_share": bool(actor.roles & REVIEWERS),
        "own_organisation": actor.organisation_id,
        "own_member": actor.member_id,
        # What was typed in another part of the page, to be shown there again.
        "again": sent.model_dump() if sent is not None else {},
        "values": typed | (talk or TalkFields()).model_dump(),
        "faults": faults or {},
        "is_stale": is_stale,
    }
    return rendering.page(request, "case.html", context, status_code=status)


def _values(view: CaseView) -> dict[str, Any]:
    return {
        "title": view.title,
        "note": view.note,
        "next_step": view.next_step,
        "next_step_on": view.next_step_on.isoformat() if view.next_step_on else "",
        "law": view.law,
        "contract_kind": view.contract_kind,
        "authority": view.authority,
    }


def _today() -> date:
    return datetime.now(formatting.zone()).date()


def _day(field: str, written: str) -> date | None:
    try:
        return _DAY.validate_python(written) if written else None
    except ValidationError as error:
        raise InvalidInput(
            "This is no date.", field=field, remedy="Write it like 2026-03-01, or leave it empty."
        ) from error


def _amount(field: str, written: str) -> Decimal | None:
    bare = "".join(written.split()).replace(",", ".")
    try:
        return _AMOUNT.validate_python(bare) if bare else None
    except ValidationError as error:
        raise InvalidInput(
            "This is no amount.", field=field, remedy="Write a number that is not negative."
        ) from error


def _download(content: bytes, media_type: str, name: str) -> Response:
    return Response(
        content, media_type=media_type, headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
