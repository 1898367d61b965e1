"""Redaction: personal data in a text is found and masked before it is shown or encoded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Final

from matcher.text import contacts, identity_numbers, signatures


class FindingKind(StrEnum):
    """What kind of personal data was found."""

    PERSONAL_NUMBER = "personal_number"
    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"


MASKS: Final = {
    FindingKind.PERSONAL_NUMBER: "[personnummer]",
    FindingKind.EMAIL: "[e-post]",
    FindingKind.PHONE: "[telefon]",
    FindingKind.NAME: "[namn]",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """Where personal data stood, ``original[start:end]``, and of which kind; never the data itself."""

    kind: FindingKind
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Redaction:
    """A text with masks in place of personal data, and where in the original they were put."""

    text: str
    findings: tuple[Finding, ...] = ()


def redact(text: str, *, today: date | None = None) -> Redaction:
    """Mask identity numbers, e-mail addresses, phone numbers and the names of those who sign.

    Parameters
    ----------
    text
        A cleaned text.
    today
        The day on which nobody is born later; by default today (UTC).

    Returns
    -------
    Redaction
        The masked text; findings in their order, without overlap.
    """
    findings = tuple(
        sorted(_findings(text, today or datetime.now(UTC).date()), key=lambda found: found.start)
    )
    if not findings:
        return Redaction(text)
    parts, position = [], 0
    for found in findings:
        parts += [text[position : found.start], MASKS[found.kind]]
        position = found.end
    return Redaction("".join([*parts, text[position:]]), findings)


def _findings(text: str, today: date) -> Iterator[Finding]:
    """Yield findings of one kind after the other; what was found is blanked out for those that follow."""
    for kind, find in _DETECTORS:
        found = list(find(text, today))
        for start, end in found:
            yield Finding(kind, start, end)
        text = _blanked(text, found)


_DETECTORS: Final[tuple[tuple[FindingKind, Callable[[str, date], Iterator[tuple[int, int]]]], ...]] = (
    (FindingKind.EMAIL, lambda text, _: contacts.find_emails(text)),
    (FindingKind.PERSONAL_NUMBER, identity_numbers.find_all),
    (FindingKind.PHONE, lambda text, _: contacts.find_phones(text)),
    (FindingKind.PHONE, lambda text, _: contacts.find_grouped_phones(text)),
    (FindingKind.NAME, lambda text, _: signatures.find_names(text)),
)


def _blanked(text: str, spans: list[tuple[int, int]]) -> str:
    parts, position = [], 0
    for start, end in sorted(spans):
        parts += [text[position:start], "\0" * (end - start)]
        position = end
    return "".join([*parts, text[position:]]) if spans else text
