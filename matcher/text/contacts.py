"""E-mail addresses and phone numbers of the Nordic countries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

Span = tuple[int, int]

_EMAIL: Final = re.compile(
    r"(?<![\w.+%'-])[\w.+%'-]{1,64}(?:@|\s?[\[(](?:at|snabel-?a|ät)[\])]\s?)"
    r"[^\W_](?:[\w-]{0,62})(?:\.[^\W_][\w-]{0,62}){1,5}",
    re.IGNORECASE,
)
# What may be a phone number: a plus or a nought, then digits in groups; perhaps more than one number.
_PHONE: Final = re.compile(
    r"(?<![\w/=#@&-])(?<!\d[.,])\(?[+0]\d(?:[ \u00a0]?[-–‐/()]?[ \u00a0]?\d){5,14}(?!\d)(?![.,]\d)(?!\w*@)"
)
_NEXT_PHONE: Final = re.compile(r"(?<=[ \u00a0])0\d\d")
_DIGIT: Final = re.compile(r"\d")
_GROUP: Final = re.compile(r"\d+")
_ANNOUNCED: Final = re.compile(
    r"\b(?:tel|tfn|tlf|telefon|telefonnr|telefonnummer|mobil|mobilnr|mobilnummer|puh|puhelin|puhelinnumero|gsm"
    r"|phone|mobile)\b[.:]?\s?(?:är|er|on|is|nr|no)?[.:]?\s{0,2}(\+?\d(?:[ \u00a0.()/–-]{0,2}\d){5,14})(?!\d)"
    r"(?!\s?(?:kr\b|kronor|kroner|sek\b|nok\b|dkk\b|eur|€|%))",
    re.IGNORECASE,
)
_EIGHT: Final = re.compile(
    r"(?<![\w/=#@&-])(?<!\d[.,])(?<!\d[ \u00a0])"
    r"(?:\d\d(?:[ \u00a0]\d\d){3}|\d{3}[ \u00a0]\d\d[ \u00a0]\d{3})(?![ \u00a0]?\d)(?![.,]\d)"
)
_HOURS: Final = re.compile(r"[012]\d[0-5]\d[ ]?[-–][ ]?[012]\d[0-5]\d")
_DATE: Final = re.compile(r"[0-3]?\d[-/ ][01]?\d[-/ ](?:19|20)\d\d")


def find_emails(text: str) -> Iterator[Span]:
    """Yield where e-mail addresses stand, "(at)" and "[snabel-a]" for the sign included."""
    if "@" in text or "(" in text or "[" in text:
        for found in _EMAIL.finditer(text):
            yield found.span()


def find_phones(text: str) -> Iterator[Span]:
    """Yield where phone numbers stand: announced ones, and valid ones of any country or of SE and FI.

    Opening hours, dates, amounts and codes are none (validity by phonenumbers).
    """
    if _DIGIT.search(text) is None:
        return
    position = 0
    for found in _ANNOUNCED.finditer(text):
        yield from _valid_phones(text, position, found.start(1))
        yield found.span(1)
        position = found.end(1)
    yield from _valid_phones(text, position, len(text))


def find_grouped_phones(text: str) -> Iterator[Span]:
    """Yield where Norwegian and Danish numbers without a country code stand, written in groups."""
    for found in _EIGHT.finditer(text):
        if _is_valid(found[0], "NO") or _is_valid(found[0], "DK"):
            yield found.span()


def _valid_phones(text: str, start: int, stop: int) -> Iterator[Span]:
    """Yield valid numbers between two places; of groups in a row, as many as make one."""
    while (found := _PHONE.search(text, start, stop)) is not None:
        following = _NEXT_PHONE.search(text, found.start() + 1, found.end())
        likely_end = following.start() if following else found.end()
        ends = [group.end() for group in _GROUP.finditer(text, found.start(), found.end())]
        ends.sort(key=lambda end: (end > likely_end, -end))
        end = next((end for end in ends if _is_phone(text[found.start() : end])), None)
        if end is not None:
            yield found.start(), end
        start = end or likely_end


def _is_phone(written: str) -> bool:
    if _HOURS.fullmatch(written) or _DATE.match(written):
        return False
    digits = "".join(char for char in written if char.isdigit())
    if "+" in written or digits.startswith("00"):
        return _is_valid("+" + digits.removeprefix("00"), None)
    return _is_valid(digits, "SE") or _is_valid(digits, "FI")


def _is_valid(digits: str, region: str | None) -> bool:
    import phonenumbers

    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(digits, region)))
    except phonenumbers.NumberParseException:
        return False
