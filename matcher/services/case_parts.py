"""Who and what is in a case: needs, offerings, and organisations with their mandate and expected volume."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from matcher.errors import InvalidInput, NotAllowed
from matcher.services.actor import REVIEWERS, Actor
from matcher.services.casework import TEXTS, add_needs, add_offerings, noted, shared_case
from matcher.services.standing import seen_entries
from models.repositories.cases import CaseOrganisationView, CaseRepository, CaseView

__all__ = ["CaseOrganisationView", "add_entries", "remove_entry", "set_part"]


def add_entries(
    session: Session,
    case_id: str,
    *,
    need_ids: Sequence[str] = (),
    offering_ids: Sequence[str] = (),
    expected_version: int | None = None,
    actor: Actor,
) -> CaseView:
    """Take needs and offerings into a case; their organisations take part from then on.

    Raises
    ------
    CaseNotFound, NotAllowed, EntryNotFound, InvalidInput, StaleVersion
        As for ``change``; who takes part may add needs of the own organisation.
    """
    record = shared_case(session, case_id, expected_version, actor)
    needs = seen_entries(session, list(dict.fromkeys(need_ids)), actor=actor)
    is_leading = actor.may(REVIEWERS, organisation_id=record.organisation_id)
    if not is_leading and (offering_ids or any(n.organisation_id != actor.organisation_id for n in needs)):
        raise NotAllowed("Who takes part may add needs of the own organisation.")
    add_needs(session, record, need_ids, actor, may_be_none=True)
    add_offerings(session, record, offering_ids, actor)
    return noted(session, record, "case.entries_added", actor, entries=[*need_ids, *offering_ids])


def remove_entry(
    session: Session, case_id: str, entry_id: str, *, expected_version: int | None = None, actor: Actor
) -> CaseView:
    """Take a need or an offering out of a case.

    Raises
    ------
    CaseNotFound, NotAllowed, StaleVersion
        As for ``change``; who takes part may take out needs of the own organisation.
    InvalidInput
        If it is not in the case.
    """
    record = shared_case(session, case_id, expected_version, actor)
    repository = CaseRepository(session, actor)
    need = repository.need_record(case_id, entry_id)
    own = need is not None and need.organisation_id == actor.organisation_id
    if not (own or actor.may(REVIEWERS, organisation_id=record.organisation_id)):
        raise NotAllowed("Who takes part may take out needs of the own organisation.")
    found = need or repository.offering_record(case_id, entry_id)
    if found is None:
        raise InvalidInput("The entry is not in the case.", field="entry")
    session.delete(found)
    return noted(session, record, "case.entry_removed", actor, entry=entry_id)


def set_part(
    session: Session,
    case_id: str,
    organisation_id: str,
    *,
    mandate: str = "",
    expected_volume: str = "",
    expected_value: Decimal | None = None,
    currency: str | None = None,
    actor: Actor,
) -> CaseView:
    """Tell who speaks for an organisation in a case, and how much it would buy.

    Raises
    ------
    CaseNotFound, NotAllowed, InvalidInput
        If the actor does not see the case, is a reviewer neither of the organisation nor of the leading one,
        the organisation takes no part, or an amount has no currency.
    """
    record = shared_case(session, case_id, None, actor)
    if not any(
        actor.may(REVIEWERS, organisation_id=each) for each in (organisation_id, record.organisation_id)
    ):
        raise NotAllowed("An organisation tells for itself what it takes part with.")
    part = CaseRepository(session, actor).organisation_record(case_id, organisation_id)
    if part is None:
        raise InvalidInput("The organisation takes no part in the case.", field="organisation")
    if (expected_value is None) != (currency is None):
        raise InvalidInput("An amount and its currency go together.", field="currency")
    if expected_value is not None and not 0 <= expected_value < Decimal(10) ** 14:
        raise InvalidInput("An amount is not negative.", field="expected_value")
    if max(len(mandate), len(expected_volume)) > TEXTS["next_step"]:
        raise InvalidInput("It is too long.", field="mandate")
    part.mandate, part.expected_volume = mandate.strip(), expected_volume.strip()
    part.expected_value, part.currency = expected_value, currency
    return noted(session, record, "case.part_set", actor, organisation=organisation_id)
