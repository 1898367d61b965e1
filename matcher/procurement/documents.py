"""A case as a Word document, in Swedish or English, for a file or a meeting."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Final, Literal

from matcher.procurement.papers import CasePaper

Language = Literal["sv", "en"]

_FORBIDDEN: Final = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_WORDS: Final[dict[str, dict[str, str]]] = {
    "sv": {
        "case": "Ärende", "state": "Läge", "stop_reason": "Skäl till att det avbröts", "owner": "Ansvarig",
        "next_step": "Nästa steg", "law": "Lag", "procedure": "Förfarande", "confirmed": "Bekräftat av",
        "not_confirmed": "Inte bekräftat", "parties": "Organisationer", "name": "Namn", "number": "Nummer",
        "mandate": "Mandat", "volume": "Förväntad volym", "value": "Värde", "needs": "Behov",
        "offerings": "Erbjudanden", "supplier": "Leverantör", "title": "Rubrik", "worth": "Uppskattat värde",
        "low": "Lägst", "high": "Högst", "unknown": "Utan uppgift", "thresholds": "Tröskelvärden",
        "rule": "Regel", "standing": "Läge", "amount": "Belopp", "source": "Källa",
        "dialogue": "Dialog med marknaden", "date": "Dag", "kind": "Form", "subject": "Ämne",
        "participants": "Deltagare", "disclosed": "Vad de andra fick veta", "to_all": "till alla",
        "corrects": "rättar", "created": "Skapat", "updated": "Ändrat", "leading": "leder",
        "vat": "Belopp utan moms. Det här är ett underlag: en människa beslutar.",
        "advertising": "Annonsering i EU", "direct_award": "Direktupphandling", "below": "under",
        "straddles": "kan ligga på båda sidor", "at_or_above": "på eller över",
        "standing_unknown": "inte känt",
        "need": "behov", "idea": "idé", "test": "test", "procurement": "upphandling", "effect": "effekt",
        "stopped": "avbrutet", "none": "Inga.",
    },
    "en": {
        "case": "Case", "state": "State", "stop_reason": "Why it was stopped", "owner": "Owner",
        "next_step": "Next step", "law": "Law", "procedure": "Procedure", "confirmed": "Confirmed by",
        "not_confirmed": "Not confirmed", "parties": "Organisations", "name": "Name", "number": "Number",
        "mandate": "Mandate", "volume": "Expected volume", "value": "Value", "needs": "Needs",
        "offerings": "Offerings", "supplier": "Supplier", "title": "Title", "worth": "Estimated value",
        "low": "Lowest", "high": "Highest", "unknown": "Not told", "thresholds": "Thresholds",
        "rule": "Rule", "standing": "Standing", "amount": "Amount", "source": "Source",
        "dialogue": "Market dialogue", "date": "Day", "kind": "Form", "subject": "Subject",
        "participants": "Who took part", "disclosed": "What was disclosed to the others", "to_all": "to all",
        "corrects": "corrects", "created": "Created", "updated": "Changed", "leading": "leads",
        "vat": "Amounts without VAT. This is material for a decision: a person decides.",
        "advertising": "Advertising in the Union", "direct_award": "Direct award", "below": "below",
        "straddles": "may lie on either side", "at_or_above": "at or above", "standing_unknown": "not known",
        "need": "need", "idea": "idea", "test": "test", "procurement": "procurement", "effect": "effect",
        "stopped": "stopped", "none": "None.",
    },
}  # fmt: skip


def word_document(paper: CasePaper, *, language: Language = "sv") -> bytes:
    """Write a case as a Word document (Office Open XML)."""
    from docx import Document

    words = _WORDS[language]
    document = Document()
    document.core_properties.title = paper.title
    document.core_properties.author = document.core_properties.comments = ""
    document.core_properties.created = paper.created_at.replace(tzinfo=None)
    document.core_properties.modified = paper.updated_at.replace(tzinfo=None)
    document.core_properties.language = {"sv": "sv-SE", "en": "en-GB"}[language]
    _heading(document, paper.title, level=0)
    _add_facts(document, paper, words)
    if paper.note:
        _paragraph(document, paper.note)
    _add_parties(document, paper, words)
    _add_needs(document, paper, words)
    _add_worth(document, paper, words)
    _add_offerings(document, paper, words)
    _add_dialogue(document, paper, words)
    _paragraph(document, words["vat"])
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _add_facts(document: Any, paper: CasePaper, words: dict[str, str]) -> None:  # noqa: ANN401 -- docx
    confirmed = words["not_confirmed"]
    if paper.confirmed_at is not None:
        confirmed = f"{paper.confirmed_by or ''} {paper.confirmed_at:%Y-%m-%d}".strip()
    step = paper.next_step
    if paper.next_step_on is not None:
        step = f"{step} ({paper.next_step_on.isoformat()})".strip()
    facts = [
        (words["state"], words.get(paper.state, paper.state)),
        (words["stop_reason"], paper.stop_reason),
        (words["owner"], paper.owner or ""),
        (words["next_step"], step),
        (words["law"], paper.law),
        (words["procedure"], paper.procedure or words["not_confirmed"]),
        (words["confirmed"], confirmed),
        (words["created"], f"{paper.created_at:%Y-%m-%d}"),
        (words["updated"], f"{paper.updated_at:%Y-%m-%d}"),
    ]
    _add_table(document, None, [fact for fact in facts if fact[1]])


def _add_parties(document: Any, paper: CasePaper, words: dict[str, str]) -> None:  # noqa: ANN401 -- docx
    _heading(document, words["parties"], level=1)
    header = (words["name"], words["number"], words["mandate"], words["volume"], words["value"])
    rows = [
        (
            f"{party.name} ({words['leading']})" if party.is_leading else party.name,
            party.organisation_number or "",
            party.mandate,
            party.expected_volume,
            _amount(party.expected_value, party.currency),
        )
        for party in paper.parties
    ]
    _add_table(document, header, rows, empty=words["none"])


def _add_needs(document: Any, paper: CasePaper, words: dict[str, str]) -> None:  # noqa: ANN401 -- docx
    _heading(document, words["needs"], level=1)
    names = {party.id: party.name for party in paper.parties}
    for number, need in enumerate(paper.needs, 1):
        owner = names.get(need.party_id or "", "")
        _heading(document, f"{number}. {need.title or owner}".strip(), level=2)
        _paragraph(document, need.text)
        details = ", ".join(part for part in (owner, *need.cpv) if part)
        if details:
            _paragraph(document, details)
    if not paper.needs:
        _paragraph(document, words["none"])


def _add_worth(document: Any, paper: CasePaper, words: dict[str, str]) -> None:  # noqa: ANN401 -- docx
    _heading(document, words["worth"], level=1)
    header = (words["value"], words["low"], words["high"], words["unknown"])
    rows = [
        (
            _amount(each.value, each.currency),
            _amount(each.low, each.currency),
            _amount(each.high, each.currency),
            str(each.n_unknown),
        )
        for each in paper.values
    ]
    _add_table(document, header, rows, empty=words["none"])
    if paper.assessments:
        _heading(document, words["thresholds"], level=2)
        told = [
            (
                words.get(each.rule, each.rule),
                words["standing_unknown"] if each.standing == "unknown" else words.get(each.standing, ""),
                _amount(each.amount, each.currency),
                each.source,
            )
            for each in paper.assessments
        ]
        _add_table(document, (words["rule"], words["standing"], words["amount"], words["source"]), told)


def _add_offerings(document: Any, paper: CasePaper, words: dict[str, str]) -> None:  # noqa: ANN401 -- docx
    _heading(document, words["offerings"], level=1)
    rows = [(offering.title, offering.supplier) for offering in paper.offerings]
    _add_table(document, (words["title"], words["supplier"]), rows, empty=words["none"])


def _add_dialogue(document: Any, paper: CasePaper, words: dict[str, str]) -> None:  # noqa: ANN401 -- docx
    _heading(document, words["dialogue"], level=1)
    header = (words["date"], words["kind"], words["subject"], words["participants"], words["disclosed"])
    rows = []
    for talk in paper.dialogue:
        subject = f"{talk.number}. {talk.subject}"
        if talk.corrects is not None:
            subject += f" ({words['corrects']} {talk.corrects})"
        disclosed = f"{talk.disclosed} ({words['to_all']})" if talk.is_disclosed_to_all else talk.disclosed
        people = ", ".join(person.name for person in talk.participants)
        rows.append((talk.held_on.isoformat(), talk.kind, subject, people, disclosed))
    _add_table(document, header, rows, empty=words["none"])


def _add_table(
    document: Any,  # noqa: ANN401 -- docx
    header: Sequence[str] | None,
    rows: Iterable[Sequence[str]],
    *,
    empty: str = "",
) -> None:
    lines = list(rows)
    if not lines:
        if empty:
            _paragraph(document, empty)
        return
    table = document.add_table(rows=0, cols=len(lines[0]))
    table.style = "Table Grid"
    for line in [*([header] if header else []), *lines]:
        cells = table.add_row().cells
        for cell, text in zip(cells, line, strict=True):
            cell.text = _printable(text)
    if header:
        for cell in table.rows[0].cells:
            for run in cell.paragraphs[0].runs:
                run.bold = True
        _mark_as_header(table.rows[0])


def _mark_as_header(row: Any) -> None:  # noqa: ANN401 -- docx
    """Let the first row be told as a header: it is repeated on each page and read out by screen readers."""
    from docx.oxml import OxmlElement

    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))


def _heading(document: Any, text: str, *, level: int) -> None:  # noqa: ANN401 -- docx
    document.add_heading(_printable(text), level=level)


def _paragraph(document: Any, text: str) -> None:  # noqa: ANN401 -- docx
    document.add_paragraph(_printable(text))


def _printable(text: str) -> str:
    """Leave out what no XML may hold."""
    return _FORBIDDEN.sub("", text)


def _amount(amount: Decimal | None, currency: str | None) -> str:
    if amount is None:
        return ""
    return f"{amount:,.0f} {currency or ''}".replace(",", "\u00a0").strip()
