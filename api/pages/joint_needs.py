"""Joint needs: what several organisations could procure together, and how one becomes a case."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Form, Request, Response
from markupsafe import Markup
from sqlalchemy.orm import Session

from api import cursor, formatting, rendering
from api.access import REVIEWERS, STAFF, GuardedRoute, allows
from api.dependencies import Acting, Assets, Live, ReaderTexts, Reading, Work
from api.highlight import highlighted
from api.pages.forms import Form as Fields
from api.pages.forms import said, with_query
from api.running import search_from_page
from matcher.errors import Conflict, InvalidInput, NotAllowed, StaleVersion
from matcher.live import LiveMatcher
from matcher.services import cases, entries, joint_candidates, joint_needs
from matcher.services.actor import Actor
from matcher.services.joint_candidates import Candidate
from matcher.services.joint_needs import JointMemberView, JointNeedView, JointOfferingView
from matcher.types import JointNeedState, RunKind

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)

_PER_PAGE: Final = 20
STATES: Final = (
    JointNeedState.PROPOSED,
    JointNeedState.ACCEPTED,
    JointNeedState.CASE,
    JointNeedState.DISMISSED,
)
_CHANGES: Final[dict[str, Callable[..., Any]]] = {
    "accept": joint_needs.accept,
    "dismiss": joint_needs.dismiss,
    "reopen": joint_needs.reopen,
}
_OF_MEMBERS: Final[dict[str, Callable[..., Any]]] = {
    "drop": joint_needs.drop_member,
    "take_in": joint_needs.take_in,
}


_DONE: Final = {
    "accept": "joint.done.accept",
    "case": "joint.done.case",
    "dismiss": "joint.done.dismiss",
    "take_in": "joint.done.take_in",
}
"""What is said after a change that has words of its own."""
_SETTLED: Final = (JointNeedState.CASE, JointNeedState.DISMISSED)


class JointFields(Fields):
    """What somebody decides about a joint need."""

    then: str = ""
    entry: str = ""
    title: str = ""
    version: int | None = None


@router.get("/joint-needs")
@allows(STAFF)
def show_list(
    request: Request, session: Reading, actor: Acting, state: str = "", after: str = ""
) -> Response:
    """List joint needs, the best first."""
    chosen = JointNeedState(state) if state in STATES else JointNeedState.PROPOSED
    position = cursor.decode(after) if after else None
    page = joint_needs.list_joint_needs(session, actor=actor, state=chosen, limit=_PER_PAGE, after=position)
    context = {
        "listed": page.items,
        "worth": {each.id: joint_needs.worth_of(each) for each in page.items},
        "counts": joint_needs.count_by_state(session, actor=actor),
        "states": STATES,
        "state": chosen,
        "may_change": bool(actor.roles & REVIEWERS),
        "more": page.next_after
        and with_query("/joint-needs", {"state": state, "after": cursor.encode(page.next_after)}),
    }
    return rendering.page(request, "joint_needs.html", context)


@router.post("/joint-needs/search")
@allows(REVIEWERS)
def search(request: Request, assets: Assets, work: Work, actor: Acting) -> Response:
    """Look for joint needs anew; what people decided stays."""
    return search_from_page(request, assets, work, RunKind.JOINT_NEEDS, actor=actor)


@router.get("/joint-needs/{joint_need_id}")
@allows(STAFF)
def show_joint_need(
    request: Request, joint_need_id: str, live: Live, session: Reading, actor: Acting
) -> Response:
    """Show a joint need: the needs with what is special in each, others that may belong, worth, offerings."""
    return _joint_page(request, joint_need_id, live, session, actor)


def _joint_page(
    request: Request,
    joint_need_id: str,
    live: LiveMatcher,
    session: Session,
    actor: Actor,
    *,
    sent: JointFields | None = None,
    status: int = 200,
) -> Response:
    """Return a joint need's page; ``sent`` is what somebody typed in vain."""
    view = joint_needs.get(session, joint_need_id, actor=actor)
    may_change = bool(actor.roles & REVIEWERS)
    others: list[Candidate] = []
    if may_change and view.state not in _SETTLED:
        others = joint_candidates.may_belong(session, live, joint_need_id, actor=actor)
    context = {
        "joint": view,
        "members": [(each, _own_text(each)) for each in view.members],
        "fits": {each.entry.id: _whom_it_fits(view, each) for each in view.offerings},
        "assessed": joint_needs.assessed(session, view, today=datetime.now(formatting.zone()).date()),
        "may_change": may_change,
        "others": others,
        "typed": sent.title if sent is not None and sent.then == "case" else "",
    }
    return rendering.page(request, "joint_need.html", context, status_code=status)


@router.get("/entries/{entry_id}/joint-needs")
@allows(STAFF)
def show_who_else(request: Request, entry_id: str, live: Live, session: Reading, actor: Acting) -> Response:
    """Show which other public buyers need the same, to put needs together by hand."""
    return _who_else_page(request, entry_id, live, session, actor)


def _who_else_page(
    request: Request,
    entry_id: str,
    live: LiveMatcher,
    session: Session,
    actor: Actor,
    *,
    chosen: Sequence[str] = (),
    status: int = 200,
) -> Response:
    """Return the page; ``chosen`` is what somebody chose in vain."""
    context = {
        "entry": entries.get(session, entry_id, actor=actor),
        "joint": joint_needs.list_joint_needs(session, actor=actor, entry_id=entry_id).items,
        "others": joint_candidates.candidates(session, live, entry_id, actor=actor),
        "chosen": chosen,
        "may_change": bool(actor.roles & REVIEWERS),
    }
    return rendering.page(request, "who_else.html", context, status_code=status)


@router.post("/entries/{entry_id}/joint-needs")
@allows(REVIEWERS)
def put_together(
    request: Request,
    entry_id: str,
    live: Live,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    need: Annotated[list[str], Form()] = [],  # noqa: B006  read, never changed
) -> Response:
    """Put a need together with those that were chosen."""
    if not need:
        rendering.warn(request, "who_else.choose_one")
        return _who_else_page(request, entry_id, live, work, actor, status=422)
    try:
        made = joint_needs.create(work, [entry_id, *need], actor=actor)
    except (Conflict, InvalidInput, NotAllowed) as error:
        work.rollback()
        rendering.warn(request, "said", message=texts.message(str(error)))
        return _who_else_page(request, entry_id, live, work, actor, chosen=need, status=error.status)
    rendering.notify(request, "joint.done.accept")
    return rendering.redirect(f"/joint-needs/{made.id}")


@router.post("/joint-needs/{joint_need_id}")
@allows(REVIEWERS)
def change_joint_need(
    request: Request,
    joint_need_id: str,
    live: Live,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    sent: Annotated[JointFields, Form()],
) -> Response:
    """Take it up or put it aside, leave needs out or take them in, or open a case; what was typed stays."""
    here = f"/joint-needs/{joint_need_id}"
    try:
        address = _changed(work, joint_need_id, sent, actor) or here
    except StaleVersion as error:
        work.rollback()
        rendering.warn(request, "joint.meanwhile")
        return _joint_page(request, joint_need_id, live, work, actor, sent=sent, status=error.status)
    except (Conflict, InvalidInput, NotAllowed) as error:
        work.rollback()
        rendering.warn(request, "said", message=said(error, texts))
        return _joint_page(request, joint_need_id, live, work, actor, sent=sent, status=error.status)
    rendering.notify(request, _DONE.get(sent.then, "joint.changed"))
    return rendering.redirect(address)


def _changed(session: Session, joint_need_id: str, sent: JointFields, actor: Actor) -> str | None:
    """Carry a change out; return the case's address if one was opened."""
    common: dict[str, Any] = {"expected_version": sent.version, "actor": actor}
    if sent.then == "case":
        made = cases.from_joint_need(session, joint_need_id, title=sent.title, **common)
        return f"/cases/{made.id}"
    if sent.then in _OF_MEMBERS:
        _OF_MEMBERS[sent.then](session, joint_need_id, sent.entry, **common)
    elif sent.then in _CHANGES:
        _CHANGES[sent.then](session, joint_need_id, **common)
    return None


def _whom_it_fits(view: JointNeedView, offering: JointOfferingView) -> dict[str, Any]:
    """Tell which organisations' needs an offering fits, and whether it reaches all that are in now."""
    names = [each.organisation_name or "" for each in view.kept if each.entry_id in offering.need_ids]
    is_for_all = offering.reaches_all and {each.entry_id for each in view.kept} <= set(offering.need_ids)
    return {"names": [name for name in dict.fromkeys(names) if name], "reaches_all": is_for_all}


def _own_text(member: JointMemberView) -> Markup | None:
    """Return a need's text with what the others do not ask for marked; None where it is not seen."""
    if member.entry is None:
        return None
    whole = member.entry.as_entry().whole_text
    start, end = member.own_wish or (0, 0)
    return highlighted(member.entry.text, sentences=[whole[start:end]] if end else [])
