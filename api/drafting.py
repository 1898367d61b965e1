"""What a form or a program sends about an entry, made into a draft with its codes in their usual form."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from api.schemas.entries import EntryCreate, EntryPatch
from matcher.errors import InvalidInput
from matcher.procurement import CodeBook
from matcher.types import EntryDraft, EntryStatus, TimeWindow

API_SOURCE: Final = "api"
"""Source of entries that do not say where they come from."""


def read_draft(sent: EntryCreate, codes: CodeBook, *, source_id: str) -> EntryDraft:
    """Return the draft of a new entry.

    Parameters
    ----------
    sent
        What was sent.
    codes
        Checks CPV codes, regions, municipality and currency.
    source_id
        Its id in its source if none was sent.

    Raises
    ------
    InvalidInput
        If a code is not one; the field is named.
    """
    return EntryDraft(
        source=sent.source or API_SOURCE,
        source_id=sent.source_id or source_id,
        kind=sent.kind,
        title=sent.title,
        text=sent.text,
        language=sent.language or None,
        municipality=_read_one("municipality", codes.municipality, sent.municipality),
        cpv=_read_all("cpv", codes.cpv, sent.cpv),
        regions=_read_all("regions", codes.region, sent.regions),
        window=TimeWindow(starts_on=sent.starts_on, ends_on=sent.ends_on),
        estimated_value=sent.estimated_value,
        currency=_read_one("currency", codes.currency, sent.currency),
        tags=tuple(dict.fromkeys(sent.tags)),
        capacity=sent.capacity or None,
        status=EntryStatus.PUBLISHED if sent.publish else EntryStatus.DRAFT,
    )


def read_changes(sent: EntryPatch, codes: CodeBook) -> dict[str, object]:
    """Return new values by field, of those that were sent.

    Raises
    ------
    InvalidInput
        If nothing was sent, or a code is not one; the field is named.
    """
    changes: dict[str, object] = {name: getattr(sent, name) for name in sent.model_fields_set}
    if not changes:
        raise InvalidInput("Nothing is to be changed.", field="body", remedy="Send at least one field.")
    if "cpv" in changes:
        changes["cpv"] = _read_all("cpv", codes.cpv, sent.cpv or ())
    if "regions" in changes:
        changes["regions"] = _read_all("regions", codes.region, sent.regions or ())
    if "municipality" in changes:
        changes["municipality"] = _read_one("municipality", codes.municipality, sent.municipality)
    if "currency" in changes:
        changes["currency"] = _read_one("currency", codes.currency, sent.currency)
    return changes


def _read_one(field: str, read: Callable[[str], str], raw: str | None) -> str | None:
    return _read_all(field, read, (raw,))[0] if raw else None


def _read_all(field: str, read: Callable[[str], str], raw: Iterable[str]) -> tuple[str, ...]:
    try:
        return tuple(dict.fromkeys(read(code) for code in raw))
    except InvalidInput as error:
        raise InvalidInput(str(error), field=field, remedy=error.remedy) from error
