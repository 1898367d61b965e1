"""What an entry holds: what was sent beside what is shown, and the keys by which it is known again."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

from matcher.types import Entry, EntryDraft, EntryKind, Passage, TimeWindow, text_digest

_TEXTS = ("title", "text", "source", "source_id", "created_at", "organisation")


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryContent:
    """A draft beside what was made of it.

    Attributes
    ----------
    draft
        What was sent; its title and text are kept as the originals.
    title, text, capacity
        Cleaned, personal data masked.
    language
        Told by the draft or identified.
    passages
        Parts of title and text together (``Entry.whole_text``).
    """

    draft: EntryDraft
    title: str
    text: str
    language: str
    passages: tuple[Passage, ...]
    capacity: str | None = None

    @property
    def columns(self) -> dict[str, Any]:
        """The entry's own columns, without ids and states."""
        draft = self.draft
        return {
            "kind": draft.kind,
            "title": self.title,
            "text": self.text,
            "language": self.language,
            "municipality": draft.municipality,
            "starts_on": draft.window.starts_on,
            "ends_on": draft.window.ends_on,
            "estimated_value": draft.estimated_value,
            "currency": draft.currency,
            "role": draft.role,
            "capacity": self.capacity,
        }

    def as_entry(self) -> Entry:
        """Return the content as the engine sees it, as if it were published."""
        draft = self.draft
        return Entry(
            id=draft.source_id,
            kind=draft.kind,
            title=self.title,
            text=self.text,
            language=self.language,
            organisation_id=draft.organisation,
            municipality=draft.municipality,
            cpv=draft.cpv,
            regions=draft.regions,
            window=draft.window,
            estimated_value=draft.estimated_value,
            currency=draft.currency,
            tags=draft.tags,
        )

    def version_columns(self) -> dict[str, Any]:
        """Return the columns of the version that keeps this content."""
        return {
            "original_title": self.draft.title,
            "original_text": self.draft.text,
            "title": self.title,
            "text": self.text,
            "language": self.language,
            "fields": fields_of(self.draft),
        }

    def passage_rows(self, entry_id: str) -> list[dict[str, Any]]:
        """Rows of the passages; their text is a slice of the entry's."""
        return [
            {
                "entry_id": entry_id,
                "number": number,
                "start": passage.start,
                "end": passage.end,
                "text_digest": text_digest(passage.text),
            }
            for number, passage in enumerate(self.passages)
        ]


def source_key(scope: str | None, source: str, source_id: str) -> str:
    """Return the digest by which an entry is known again when its source sends it once more.

    ``scope`` is the organisation that registers it (``None``: the program itself), so that two
    municipalities may number their rows alike.
    """
    return hashlib.sha256("\0".join((scope or "", source, source_id)).encode("utf-8", "replace")).hexdigest()


def draft_digest(draft: EntryDraft) -> str:
    """Return the digest of everything in a draft: equal as long as its source did not change it."""
    whole = {"title": draft.title, "text": draft.text, "organisation": draft.organisation, **fields_of(draft)}
    whole["created_at"] = draft.created_at
    packed = repr(sorted(whole.items(), key=lambda item: item[0])).encode("utf-8", "replace")
    return hashlib.sha256(packed).hexdigest()


def fields_of(draft: EntryDraft) -> dict[str, Any]:
    """Return all but the texts of a draft as JSON can hold it."""
    window = draft.window
    values = {field.name: getattr(draft, field.name) for field in fields(draft) if field.name not in _TEXTS}
    return {
        **values,
        "kind": draft.kind.value,
        "status": draft.status.value,
        "cpv": list(draft.cpv),
        "regions": list(draft.regions),
        "tags": list(draft.tags),
        "estimated_value": None if draft.estimated_value is None else str(draft.estimated_value),
        "window": [day.isoformat() if day else None for day in (window.starts_on, window.ends_on)],
    }


def draft_of(source: str, source_id: str, *, title: str, text: str, fields: dict[str, Any]) -> EntryDraft:
    """Return the draft that a version was made of."""
    starts_on, ends_on = (date.fromisoformat(day) if day else None for day in fields["window"])
    value = fields["estimated_value"]
    return EntryDraft(
        source=source,
        source_id=source_id,
        kind=EntryKind(fields["kind"]),
        title=title,
        text=text,
        language=fields["language"],
        municipality=fields["municipality"],
        cpv=tuple(fields["cpv"]),
        regions=tuple(fields["regions"]),
        tags=tuple(fields["tags"]),
        window=TimeWindow(starts_on=starts_on, ends_on=ends_on),
        estimated_value=None if value is None else Decimal(value),
        currency=fields["currency"],
        role=fields["role"],
        capacity=fields["capacity"],
    )
