"""The table of thresholds: everybody reads it, administrators of public buyers keep it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated, Any

from fastapi import APIRouter, Form, Request, Response
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session

from api import rendering
from api.access import ADMINISTRATORS, EVERY_ROLE, GuardedRoute, allows
from api.dependencies import Acting, ReaderTexts, Reading, Work
from api.pages.forms import Form as Fields
from api.pages.forms import faults_of
from matcher.errors import Conflict, InvalidInput, NotAllowed
from matcher.procurement.thresholds import ANY, Authority, ContractKind, Law, Rule
from matcher.services import thresholds
from matcher.services.actor import Actor
from matcher.services.thresholds import Threshold

router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


class ThresholdFields(Fields):
    """A row as it is typed."""

    law: str = Law.LOU.value
    rule: str = Rule.ADVERTISING.value
    kind: str = ANY
    authority: str = ANY
    valid_from: str = ""
    valid_to: str = ""
    amount: str = ""
    currency: str = "SEK"
    source: str = ""


class _Row(BaseModel):
    law: Law
    rule: Rule
    kind: str
    authority: str
    valid_from: date
    valid_to: date | None
    amount: Decimal
    currency: str
    source: str


@router.get("/thresholds")
@allows(EVERY_ROLE)
def show_table(request: Request, session: Reading, actor: Acting) -> Response:
    """Show the table."""
    return _page(request, session, actor)


@router.post("/thresholds")
@allows(ADMINISTRATORS)
def add_row(
    request: Request,
    texts: ReaderTexts,
    work: Work,
    actor: Acting,
    sent: Annotated[ThresholdFields, Form()],
) -> Response:
    """Add a row."""
    typed: dict[str, Any] = sent.model_dump() | {"valid_to": sent.valid_to or None}
    typed["amount"] = "".join(sent.amount.split()).replace(",", ".")
    try:
        row = _Row.model_validate(typed)
        thresholds.add(work, Threshold(**row.model_dump()), actor=actor)
    except (ValidationError, InvalidInput) as error:
        faults = faults_of(error, texts)
        return _page(request, work, actor, sent=sent, faults=faults, status=422)
    except (Conflict, NotAllowed) as error:
        faults = {"": texts.message(str(error))}
        return _page(request, work, actor, sent=sent, faults=faults, status=error.status)
    rendering.notify(request, "threshold.added")
    return rendering.redirect("/thresholds")


@router.post("/thresholds/{threshold_id}/withdraw")
@allows(ADMINISTRATORS)
def withdraw(request: Request, threshold_id: str, texts: ReaderTexts, work: Work, actor: Acting) -> Response:
    """Take a row out of the table; it stays readable."""
    try:
        thresholds.withdraw(work, threshold_id, actor=actor)
    except (Conflict, NotAllowed) as error:
        rendering.warn(request, "said", message=texts.message(str(error)))
    else:
        rendering.notify(request, "threshold.withdrawn")
    return rendering.redirect("/thresholds")


def _page(
    request: Request,
    session: Session,
    actor: Actor,
    *,
    sent: ThresholdFields | None = None,
    faults: dict[str, str] | None = None,
    status: int = 200,
) -> Response:
    context = {
        "rows": thresholds.list_rows(session, withdrawn_too=True, actor=actor),
        "may_change": bool(actor.roles & ADMINISTRATORS),
        "laws": list(Law),
        "rules": list(Rule),
        "kinds": [ANY, *ContractKind],
        "authorities": [ANY, *Authority],
        "values": (sent or ThresholdFields()).model_dump(),
        "faults": faults or {},
    }
    return rendering.page(request, "thresholds.html", context, status_code=status)
