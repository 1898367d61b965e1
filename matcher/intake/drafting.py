"""Makes a draft of a row's cells, or says everything that is wrong with them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, Final, TypeVar

from matcher.errors import InvalidInput
from matcher.intake.amounts import CROWNS, read_amount
from matcher.intake.columns import kind_in
from matcher.intake.dates import read_moment, read_period
from matcher.intake.options import Codes, Column, Options
from matcher.intake.words import read_kind, read_language, read_size, read_status
from matcher.types import EntryDraft, EntryKind, EntryStatus, Fault, IntakeRow, TimeWindow

T = TypeVar("T")
TEXT_ID: Final = "text-"
"""Begins the id of a row that has none: the rest is told by its text."""

_UNREADABLE: Final = re.compile("[\x00\ud800-\udfff]")
_SEPARATORS: Final = re.compile(r"[;,|\n]+")
_CPV_LIKE: Final = re.compile(r"\d[\d-]*")
_ORGANISATION_NUMBER: Final = re.compile(r"(?:16)?\d{6}[-\s]?\d{4}")
_MAX_NAME_CHARS: Final = 300
_CROWNS_OF: Final = {"nb": "NOK", "nn": "NOK", "no": "NOK", "da": "DKK", "is": "ISK"}
_KINDLESS: Final = InvalidInput(
    "Nothing says whether this is a need, an idea or an offering.",
    remedy="Fill in the column, or say for the whole file which kind its rows are.",
)


@dataclass(slots=True)
class _Row:
    """A row on its way to a draft: cells by field, and what was found wrong."""

    number: int
    cells: Mapping[str, Any]
    columns: Mapping[str, Column]
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, name: str, message: str, remedy: str) -> None:
        column = self.columns.get(name)
        label = column.name if column else name
        self.faults.append(Fault(row=self.number, field=label, message=message, remedy=remedy))

    def read(self, name: str, reader: Callable[[Any], T]) -> T | None:
        """Return what the reader makes of a cell; None if it is empty or wrong."""
        value = self.cells.get(name)
        if value is None:
            return None
        try:
            return reader(value)
        except InvalidInput as error:
            self.refuse(name, str(error), error.remedy)
            return None


class Drafter:
    """Makes drafts of rows.

    Parameters
    ----------
    options
        How the file is read.
    source
        Source of rows that name none.
    kind
        Kind of rows that name none.
    """

    def __init__(self, options: Options, *, source: str, kind: EntryKind | None) -> None:
        self._codes: Codes = options.codes
        self._defaults = options.mapping.defaults
        self._max_chars = options.limits.max_field_chars
        self._source = source
        self._kind = kind
        self._told = options.kind

    def draft(self, number: int, columns: Sequence[Column], values: Sequence[Any]) -> IntakeRow:
        """Return the draft of a row, or its faults; a wrong row makes no draft."""
        row = _Row(number, {}, {column.field: column for column in columns if column.field})
        row.cells = self._cells(row, columns, values)
        size = row.read("organisation_size", _texted(read_size))
        draft = None if row.faults else self._draft(row)
        faults = tuple(row.faults)
        return IntakeRow(number=number, draft=draft, faults=faults, organisation_size=size)

    def _cells(self, row: _Row, columns: Sequence[Column], values: Sequence[Any]) -> dict[str, Any]:
        """Return the cells that are not empty, by field, defaults filled in."""
        cells: dict[str, Any] = {}
        for column, value in zip(columns, values, strict=False):
            name = column.field
            if name is None or value is None or value == "":
                continue
            plain = self._plain(row, column, value)
            if plain is None:
                continue
            cells[name] = f"{cells[name]}\n\n{plain}" if name in cells else plain
        for name, default in self._defaults.items():
            cells.setdefault(name, default)
        return cells

    def _plain(self, row: _Row, column: Column, value: Any) -> Any:  # noqa: ANN401
        """Return a text, number or moment; None for what is empty or wrong."""
        if isinstance(value, dict):
            row.faults.append(
                _fault(row, column, "This is an object, not a text.", "Write a text or a number.")
            )
            return None
        if isinstance(value, list | tuple):
            value = "\n".join(str(item) for item in value if item is not None)
        if not isinstance(value, str):
            return _number_as_text(value) if isinstance(value, bool | int | float) else value
        if len(value) > self._max_chars:
            message = f"It is longer than {self._max_chars} characters."
            row.faults.append(_fault(row, column, message, "Shorten it, or split it into several rows."))
            return None
        if _UNREADABLE.search(value):
            remedy = "Write the row anew, or save the file again as UTF-8."
            row.faults.append(_fault(row, column, "It holds bytes that are no text.", remedy))
            return None
        stripped = value.strip()
        return stripped or None

    def _draft(self, row: _Row) -> EntryDraft | None:
        title, text = str(row.cells.get("title", "")), str(row.cells.get("text", ""))
        if not text:  # a title alone is a short text
            title, text = "", title
        if not text:
            row.refuse("text", "The text is empty.", "Write what is needed, thought of or offered.")
        language = row.read("language", _texted(read_language))
        value, currency = self._money(row, language)
        organisation = self._organisation(row)
        kind = self._kind_of(row)
        draft = EntryDraft(
            source=str(row.cells.get("source", self._source)),
            source_id=str(row.cells.get("id") or _digest(title, text, organisation)),
            kind=kind or EntryKind.NEED,
            title=title,
            text=text,
            language=language,
            organisation=organisation,
            municipality=self._municipality(row, organisation),
            cpv=row.read("cpv", self._cpv) or (),
            regions=row.read("regions", self._regions) or (),
            window=self._window(row),
            estimated_value=value,
            currency=currency,
            tags=row.read("tags", _tags) or (),
            status=row.read("status", _texted(read_status)) or EntryStatus.PUBLISHED,
            role=row.read("role", str),
            capacity=row.read("capacity", str),
            created_at=row.read("created_at", read_moment),
        )
        return None if row.faults else draft

    def _kind_of(self, row: _Row) -> EntryKind | None:
        """Return the kind that a row says; where its word is not known, the one told for the whole file."""
        if "kind" in row.cells and (self._told is None or kind_in(str(row.cells["kind"])) is not None):
            return row.read("kind", _texted(read_kind))
        if self._kind is None:
            row.refuse("kind", str(_KINDLESS), _KINDLESS.remedy)
        return self._kind

    def _organisation(self, row: _Row) -> str | None:
        number = row.read("organisation_number", _texted(self._codes.organisation_number))
        name = row.read("organisation", str)
        if name is not None and _ORGANISATION_NUMBER.fullmatch(name):
            name = row.read("organisation", _texted(self._codes.organisation_number))
        return number or name

    def _municipality(self, row: _Row, organisation: str | None) -> str | None:
        code = row.read("municipality", _texted(self._codes.municipality))
        is_name = organisation is not None and len(organisation) <= _MAX_NAME_CHARS
        if organisation and is_name and code is None and "municipality" not in row.cells:
            return self._codes.find_municipality(organisation)
        return code

    def _window(self, row: _Row) -> TimeWindow:
        starts_on = row.read("starts_on", lambda value: read_period(value)[0])
        ends_on = row.read("ends_on", lambda value: read_period(value)[1])
        if starts_on and ends_on and starts_on > ends_on:
            row.refuse("ends_on", "It ends before it begins.", "Swap the two days, or leave one empty.")
        return TimeWindow(starts_on=starts_on, ends_on=ends_on)

    def _money(self, row: _Row, language: str | None) -> tuple[Decimal | None, str | None]:
        column = row.columns.get("estimated_value")
        unit = column.unit if column else ""
        amount = row.read("estimated_value", lambda value: read_amount(value, unit=unit))
        told = amount.currency if amount else None
        own = row.read("currency", lambda raw: self._currency(str(raw), language))
        if amount is None:
            return None, own
        return amount.value, self._crowns(language, own) if told == CROWNS else told or own

    def _currency(self, raw: str, language: str | None) -> str:
        if raw.strip().lower() in ("kr", "kronor", "kroner"):
            return self._crowns(language, None)
        return self._codes.currency("EUR" if raw.strip() == "€" else raw)

    @staticmethod
    def _crowns(language: str | None, told: str | None) -> str:
        """Say whose crowns are meant: what the row says, else by its language, else Swedish ones."""
        return told or _CROWNS_OF.get(language or "", "SEK")

    def _cpv(self, value: Any) -> tuple[str, ...]:  # noqa: ANN401
        """Read codes, which may have their labels beside them."""
        raw = [code.strip("-") for code in _CPV_LIKE.findall(str(value))]
        codes = [code for code in raw if len(code) >= 5]
        return tuple(dict.fromkeys(self._codes.cpv(code) for code in codes or [str(value)]))

    def _regions(self, value: Any) -> tuple[str, ...]:  # noqa: ANN401
        return tuple(dict.fromkeys(self._codes.region(part) for part in _parts(value)))


def _parts(value: Any) -> Iterator[str]:  # noqa: ANN401
    return (part.strip() for part in _SEPARATORS.split(str(value)) if part.strip())


def _tags(value: Any) -> tuple[str, ...]:  # noqa: ANN401
    return tuple(dict.fromkeys(_parts(value)))


def _texted(reader: Callable[[str], T]) -> Callable[[Any], T]:
    return lambda value: reader(str(value))


def _number_as_text(value: bool | float) -> Any:  # noqa: ANN401
    """Spreadsheets and JSON hold numbers as floats: 12.0 is meant as 12."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return str(value).lower() if isinstance(value, bool) else value


def _fault(row: _Row, column: Column, message: str, remedy: str) -> Fault:
    return Fault(row=row.number, field=column.name, message=message, remedy=remedy)


def _digest(title: str, text: str, organisation: str | None) -> str:
    whole = "\0".join((title, text, organisation or ""))
    return f"{TEXT_ID}{hashlib.sha256(whole.encode('utf-8', 'replace')).hexdigest()[:32]}"
