"""Makes of what was sent what is shown and encoded: cleaned, personal data masked, language told."""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Final, NamedTuple

from matcher.errors import InvalidInput
from matcher.text import clean, identify_language, redact, split_passages
from matcher.types import Entry, EntryDraft, Passage, text_digest
from models.repositories.contents import EntryContent

MAX_TEXT_CHARS: Final = 200_000
MAX_TITLE_CHARS: Final = 1_000
MAX_ROLE_CHARS: Final = 200
_MAX_VALUE: Final = Decimal(10) ** 14
_SHORT_CHARS: Final = 200
_TELLING_CHARS: Final = 600
"""Beginning of a text that tells its language; reading on takes most of an import's time for nothing."""
_MAX_CODE_CHARS: Final = 35
_CPV: Final = re.compile(r"\d{8}(?:-\d)?")
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_MUNICIPALITY: Final = re.compile(r"\d{4}")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")
# Bokmål is what "Norwegian" means where nothing else is said.
_SAME_LANGUAGE: Final = {"no": "nb", "nor": "nb", "swe": "sv", "fin": "fi", "dan": "da", "eng": "en"}


class Problem(NamedTuple):
    """What is wrong with one field of a draft, and how to mend it."""

    field: str
    message: str
    remedy: str


def prepare(draft: EntryDraft) -> EntryContent:
    """Clean a draft, mask personal data, tell its language and split it into passages."""
    title = " ".join(redact(clean(draft.title)).text.split()) if draft.title else ""
    text = redact(clean(draft.text)).text
    language = _language(draft, title, text)
    shown = Entry(id="", kind=draft.kind, title=title, text=text).whole_text
    return EntryContent(
        draft=draft,
        title=title,
        text=text,
        language=language,
        passages=tuple(_passages(shown)),
        capacity=redact(clean(draft.capacity)).text if draft.capacity else None,
    )


def check(content: EntryContent) -> None:
    """Refuse a draft that cannot be used.

    Raises
    ------
    InvalidInput
        With the first field that is wrong.
    """
    for problem in problems_of(content):
        raise InvalidInput(problem.message, field=problem.field, remedy=problem.remedy)


def problems_of(content: EntryContent) -> Iterator[Problem]:
    """Yield everything that is wrong with a draft; no value is repeated, it may be a resident's words."""
    draft = content.draft
    if not content.text:
        yield Problem("text", "The text is empty.", "Write what is needed, thought of or offered.")
    for field, text, longest in (
        ("text", draft.text, MAX_TEXT_CHARS),
        ("title", draft.title, MAX_TITLE_CHARS),
        ("role", draft.role or "", MAX_ROLE_CHARS),
        ("capacity", draft.capacity or "", MAX_TEXT_CHARS),
    ):
        if len(text) > longest:
            yield Problem(field, f"It is longer than {longest} characters.", "Shorten or split it.")
        if "\x00" in text:
            yield Problem(field, "It holds a zero character, which is no text.", "Write it anew without it.")
    yield from _wrong_forms(draft)
    yield from _wrong_lists(draft)
    yield from _wrong_amounts(draft)


def all_digests(title: str, text: str) -> set[str]:
    """Return the digests of every text of an entry that may have been encoded."""
    from matcher.text import split_sentences
    from matcher.types import EntryKind

    whole = Entry(id="", kind=EntryKind.NEED, title=title, text=text).whole_text
    parts = [passage.text for passage in (*split_passages(whole), *split_sentences(whole))]
    return {text_digest(part) for part in (whole, title, text, *parts) if part}


def _language(draft: EntryDraft, title: str, text: str) -> str:
    if draft.language:
        code = draft.language.strip().lower()
        return _SAME_LANGUAGE.get(code, code)
    return identify_language((f"{title}\n{text}" if title else text)[:_TELLING_CHARS]).code


def _passages(whole: str) -> list[Passage]:
    if len(whole) <= _SHORT_CHARS:
        return [Passage(whole, 0, len(whole))]
    return split_passages(whole)


def _wrong_forms(draft: EntryDraft) -> Iterator[Problem]:
    for field, value, form, remedy in (
        ("currency", draft.currency, _CURRENCY, "Write its three capital letters, such as SEK."),
        ("municipality", draft.municipality, _MUNICIPALITY, "Write the municipality code: four digits."),
        ("language", draft.language, _LANGUAGE, "Write a code such as sv, or leave it empty."),
    ):
        if value is not None and (len(value) > _MAX_CODE_CHARS or not form.fullmatch(value.strip())):
            yield Problem(field, f"This is no {field}.", remedy)


def _wrong_lists(draft: EntryDraft) -> Iterator[Problem]:
    if any(not _CPV.fullmatch(code) for code in draft.cpv):
        yield Problem("cpv", "A CPV code has eight digits.", "Write codes such as 90620000-9.")
    for field, values, longest in (("regions", draft.regions, 20), ("tags", draft.tags, 100)):
        if any(not value.strip() or len(value) > longest for value in values):
            yield Problem(field, f"One of them is empty or longer than {longest} characters.", "Shorten it.")
    if max(len(draft.source), len(draft.source_id)) > 300:
        yield Problem("source_id", "Source or id is longer than 300 characters.", "Use a shorter id.")
    if "\x00" in draft.source + draft.source_id:
        yield Problem("source_id", "Source or id holds a zero character.", "Use another id.")


def _wrong_amounts(draft: EntryDraft) -> Iterator[Problem]:
    value, window = draft.estimated_value, draft.window
    if value is not None and not (value.is_finite() and 0 <= value < _MAX_VALUE):
        yield Problem("estimated_value", "This is no amount.", "Write a number that is not negative.")
    if window.starts_on and window.ends_on and window.starts_on > window.ends_on:
        yield Problem("ends_on", "It ends before it begins.", "Swap the two days, or leave one empty.")
