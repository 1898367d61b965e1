"""The papers of a case: a planning release for programs, and a Word document for people."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from matcher.grouping.joint import sum_amounts
from matcher.procurement.documents import Language, word_document
from matcher.procurement.ocds import planning_package
from matcher.procurement.papers import (
    AssessmentPaper,
    CasePaper,
    DialoguePaper,
    NeedPaper,
    OfferingPaper,
    Participant,
    Party,
    ValuePaper,
)
from matcher.services.actor import Actor
from matcher.services.casework import amounts_of
from matcher.types import OrganisationKind
from models.repositories.audit import AuditRepository
from models.repositories.cases import CaseRepository, CaseView, DialogueView

__all__ = ["Language", "planning_release", "word"]


def planning_release(
    session: Session, case_id: str, *, now: datetime, ocid_prefix: str = "", uri: str = "", actor: Actor
) -> dict[str, Any]:
    """Return a case as an OCDS release package with one planning release; the export is noted.

    Raises
    ------
    CaseNotFound
        If there is none that the actor's organisation leads or takes part in.
    """
    paper = _paper(session, case_id, actor)
    leading = next((party.name for party in paper.parties if party.is_leading), "")
    AuditRepository(session).add("case.exported", case_id, by=actor, form="ocds")
    return planning_package(paper, publisher=leading, now=now, ocid_prefix=ocid_prefix, uri=uri)


def word(session: Session, case_id: str, *, language: Language = "sv", actor: Actor) -> bytes:
    """Return a case as a Word document; the export is noted.

    Raises
    ------
    CaseNotFound
        As for ``planning_release``.
    """
    paper = _paper(session, case_id, actor)
    AuditRepository(session).add("case.exported", case_id, by=actor, form="word")
    return word_document(paper, language=language)


def _paper(session: Session, case_id: str, actor: Actor) -> CasePaper:
    repository = CaseRepository(session, actor)
    view = repository.get(case_id)
    return CasePaper(
        id=view.id,
        title=view.title,
        note=view.note,
        state=view.state.value,
        stop_reason=view.stop_reason,
        owner=view.owner_name,
        next_step=view.next_step,
        next_step_on=view.next_step_on,
        law=view.law,
        contract_kind=view.contract_kind,
        procedure=view.procedure,
        confirmed_by=view.confirmed_by,
        confirmed_at=view.confirmed_at,
        created_at=view.created_at,
        updated_at=view.updated_at,
        parties=_parties(view),
        needs=_needs(view),
        offerings=tuple(
            OfferingPaper(
                id=each.id, title=each.title or each.text[:80], supplier=each.organisation_name or ""
            )
            for each in view.offerings
        ),
        dialogue=_dialogue(repository.list_dialogue(case_id)),
        values=tuple(
            ValuePaper(
                currency=each.currency,
                low=each.low,
                value=each.value,
                high=each.high,
                n_unknown=each.n_unknown,
            )
            for each in sum_amounts(amounts_of(view))
        ),
        assessments=tuple(
            AssessmentPaper(
                rule=each["rule"],
                standing=each["standing"],
                amount=None if each["amount"] is None else Decimal(each["amount"]),
                currency=each["currency"],
                source=each["source"],
            )
            for each in view.assessments
        ),
    )


def _parties(view: CaseView) -> tuple[Party, ...]:
    return tuple(
        Party(
            id=each.organisation_id,
            name=each.name,
            organisation_number=each.organisation_number,
            municipality=each.municipality,
            is_leading=each.is_leading,
            is_purchasing_body=each.kind is OrganisationKind.PURCHASING_BODY,
            mandate=each.mandate,
            expected_volume=each.expected_volume,
            expected_value=each.expected_value,
            currency=each.currency,
        )
        for each in view.organisations
    )


def _needs(view: CaseView) -> tuple[NeedPaper, ...]:
    return tuple(
        NeedPaper(
            id=each.id,
            title=each.title,
            text=each.text,
            language=each.language,
            party_id=each.organisation_id,
            cpv=each.cpv,
            created_at=each.created_at,
        )
        for each in view.needs
    )


def _dialogue(talks: list[DialogueView]) -> tuple[DialoguePaper, ...]:
    numbers = {talk.id: talk.number for talk in talks}
    return tuple(
        DialoguePaper(
            number=talk.number,
            held_on=talk.held_on,
            kind=talk.kind,
            subject=talk.subject,
            participants=tuple(
                Participant(name=each["name"], organisation_id=each["organisation_id"])
                for each in talk.participants
            ),
            disclosed=talk.disclosed,
            is_disclosed_to_all=talk.is_disclosed_to_all,
            corrects=numbers.get(talk.corrects_id or ""),
        )
        for talk in talks
    )
