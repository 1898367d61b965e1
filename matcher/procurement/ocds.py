"""A case as a planning release of the Open Contracting Data Standard 1.1.

Codes are those of the standard's code lists: release tag, organisation roles, document and milestone types,
procurement method and category.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, Final

from matcher.procurement.papers import CasePaper, DialoguePaper, NeedPaper, Party

VERSION: Final = "1.1"
_METHODS: Final = {
    "open": "open",
    "dynamic-purchasing": "open",
    "restricted": "selective",
    "neg-w-call": "selective",
    "comp-dial": "selective",
    "innovation": "selective",
    "pre-commercial": "selective",
    "oth-mult": "selective",
    "neg-wo-call": "limited",
    "oth-single": "limited",
    "direct-award": "direct",
}
_CATEGORIES: Final = {"works": "works", "goods_services": "services", "social_special": "services"}
Json = dict[str, Any]


def planning_package(
    paper: CasePaper, *, publisher: str, now: datetime, ocid_prefix: str = "", uri: str = ""
) -> Json:
    """Return a release package that holds one planning release.

    Parameters
    ----------
    paper
        What the case says.
    publisher
        Name of the organisation that publishes it.
    now
        When it is published.
    ocid_prefix
        The publisher's registered prefix, such as ``ocds-a1b2c3``; without one the id is known here alone.
    uri
        Where the package can be fetched; left out if it is empty.
    """
    package: Json = {
        "version": VERSION,
        "publishedDate": _time(now),
        "publisher": {"name": publisher},
        "releases": [_release(paper, now, ocid_prefix)],
    }
    return {"uri": uri, **package} if uri else package


def _release(paper: CasePaper, now: datetime, prefix: str) -> Json:
    leading = next((party for party in paper.parties if party.is_leading), None)
    release: Json = {
        "ocid": f"{prefix}-{paper.id}" if prefix else f"case-{paper.id}",
        "id": f"{paper.id}-{now:%Y%m%dT%H%M%SZ}",
        "date": _time(now),
        "language": "sv",
        "tag": ["planning"],
        "initiationType": "tender",
        "parties": list(_parties(paper)),
        "planning": _planning(paper),
        "tender": _tender(paper),
    }
    if leading is not None:
        release["buyer"] = {"id": leading.id, "name": leading.name}
    return release


def _parties(paper: CasePaper) -> Iterator[Json]:
    for party in paper.parties:
        yield _filled(
            {
                "id": party.id,
                "name": party.name,
                "identifier": _filled({"id": party.organisation_number, "legalName": party.name}),
                "roles": _roles(party),
                "details": _filled(
                    {
                        "mandate": party.mandate,
                        "expectedVolume": party.expected_volume,
                        "expectedValue": _money(party.expected_value, party.currency),
                    }
                ),
            }
        )
    known = {party.id for party in paper.parties}
    told: set[str] = set()
    for talk in paper.dialogue:
        for person in talk.participants:
            party_id = person.organisation_id or f"participant-{len(told) + 1}"
            if person.name not in told and party_id not in known:
                told.add(person.name)
                yield {"id": party_id, "name": person.name, "roles": ["interestedParty"]}


def _roles(party: Party) -> list[str]:
    roles = ["wholesaleBuyer"] if party.is_purchasing_body else ["buyer"]
    return [*roles, "procuringEntity"] if party.is_leading else roles


def _planning(paper: CasePaper) -> Json:
    value = paper.values[0] if paper.values else None
    return _filled(
        {
            "rationale": paper.note,
            "budget": _filled(
                {
                    "amount": _money(value.value, value.currency) if value else None,
                    "description": f"{value.low}-{value.high} {value.currency}" if value else None,
                }
            ),
            "documents": [_need_document(need) for need in paper.needs],
            "milestones": [*(_talk_milestone(talk) for talk in paper.dialogue), *_next_milestone(paper)],
        }
    )


def _need_document(need: NeedPaper) -> Json:
    return _filled(
        {
            "id": need.id,
            "documentType": "needsAssessment",
            "title": need.title or need.text[:80],
            "description": need.text,
            "datePublished": _time(need.created_at),
            "language": need.language,
        }
    )


def _talk_milestone(talk: DialoguePaper) -> Json:
    return _filled(
        {
            "id": f"dialogue-{talk.number}",
            "type": "engagement",
            "title": talk.subject,
            "description": talk.disclosed,
            "dateMet": _day(talk.held_on),
            "status": "met",
        }
    )


def _next_milestone(paper: CasePaper) -> Iterator[Json]:
    if paper.next_step:
        yield _filled(
            {
                "id": "next-step",
                "type": "preProcurement",
                "title": paper.next_step,
                "dueDate": _day(paper.next_step_on) if paper.next_step_on else None,
                "status": "scheduled",
            }
        )


def _tender(paper: CasePaper) -> Json:
    codes = list(dict.fromkeys(code for need in paper.needs for code in need.cpv))
    return _filled(
        {
            "id": paper.id,
            "title": paper.title,
            "status": "cancelled" if paper.state == "stopped" else "planning",
            "mainProcurementCategory": _CATEGORIES.get(paper.contract_kind),
            "procurementMethod": _METHODS.get(paper.procedure or ""),
            "procurementMethodDetails": f"{paper.procedure} ({paper.law})" if paper.procedure else None,
            "items": [
                {"id": str(number), "classification": {"scheme": "CPV", "id": code}}
                for number, code in enumerate(codes, 1)
            ],
        }
    )


def _money(amount: Decimal | None, currency: str | None) -> Json | None:
    if amount is None or currency is None:
        return None
    return {"amount": float(amount), "currency": currency}


def _filled(values: Mapping[str, Any]) -> Json:
    """Leave out what is not known: the standard wants no empty fields."""
    return {name: value for name, value in values.items() if value not in (None, "", [], {})}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _day(day: date) -> str:
    return _time(datetime.combine(day, time(), UTC))
