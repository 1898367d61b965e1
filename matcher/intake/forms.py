"""Tells the form of a file from a look at its beginning."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path, PurePath
from typing import Any, Final

from matcher.errors import FileTooLarge, UnreadableFile
from matcher.intake.columns import kind_in, left_out, recognise
from matcher.intake.lines import find_encoding, open_lines
from matcher.intake.notices import is_notice
from matcher.intake.options import Column, FileForm, Format, Options, Shape
from matcher.intake.records import find_array, read_array, read_json_lines
from matcher.intake.releases import is_release
from matcher.intake.sheets import Sheet, is_spreadsheet
from matcher.intake.tables import find_delimiter, find_header, no_text
from matcher.intake.words import read_kind
from matcher.types import EntryKind, Fault

_SAMPLE_RECORDS: Final = 200
_TABLE_NAMES: Final = frozenset({".csv", ".tsv", ".tab", ".txt"})
_MAX_SOURCE_CHARS: Final = 200
_NO_KIND: Final = (
    "Say for the whole file whether its rows are needs, ideas or offerings, or add a column kind."
)


@dataclass(frozen=True, slots=True)
class Opened:
    """A file's form, and its sheet if it is a spreadsheet."""

    form: FileForm
    sheet: Sheet | None = None


def sniff(path: Path | str, options: Options | None = None) -> FileForm:
    """Look at the beginning of a file: its format, encoding and delimiter, and which column is which field.

    Raises
    ------
    UnreadableFile
        If the file is missing, empty, too large, no text or table, or nothing says where its texts are or of
        which kind they are.
    """
    return look(Path(path), options or Options()).form


def look(path: Path, options: Options) -> Opened:
    """Look at a file; a spreadsheet is opened by that."""
    try:
        n_bytes = _size(path, options)
        with explained(path):
            return _look(path, options, n_bytes)
    except UnreadableFile as error:
        if options.name is None:
            raise
        raise type(error)(options.name, error.why, remedy=error.remedy, columns=error.columns) from error


def _look(path: Path, options: Options, n_bytes: int) -> Opened:
    if is_spreadsheet(path):
        sheet = Sheet(path, options.mapping.sheet, options.limits)
        sample = list(islice(sheet.records(), _SAMPLE_RECORDS))
        told: dict[str, Any] = {"format": Format.SPREADSHEET, "sheet": sheet.name}
        return Opened(_table(path, options, sample, n_bytes=n_bytes, **told), sheet)
    encoding = options.mapping.encoding or find_encoding(path)
    if _is_json(path, encoding):
        return Opened(_json(path, options, encoding, n_bytes))
    delimiter, sample = find_delimiter(path, encoding, options.mapping)
    told = {"format": Format.CSV, "encoding": encoding, "delimiter": delimiter}
    return Opened(_table(path, options, sample, n_bytes=n_bytes, **told))


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn what the operating system says of a file into an error with a remedy."""
    try:
        yield
    except FileNotFoundError as error:
        raise UnreadableFile(path, "it does not exist.", remedy="Check its name and folder.") from error
    except PermissionError as error:
        remedy = "Close it in other programs, or ask for the right to read it."
        raise UnreadableFile(path, "it may not be read.", remedy=remedy) from error
    except OSError as error:
        remedy = "Copy it to another place and try again."
        raise UnreadableFile(path, "the system cannot read it.", remedy=remedy) from error


def _size(path: Path, options: Options) -> int:
    with explained(path):
        n_bytes = path.stat().st_size
    if path.is_dir():
        raise UnreadableFile(path, "it is a folder.", remedy="Choose a file in it.")
    if not path.is_file():
        raise UnreadableFile(path, "it is no ordinary file.", remedy="Choose a file on disk.")
    if n_bytes == 0:
        raise UnreadableFile(path, "it is empty.", remedy="Choose a file with rows in it.")
    if n_bytes > options.limits.max_file_bytes:
        limit = options.limits.max_file_bytes / 1_000_000
        raise FileTooLarge(path, f"it is larger than {limit:g} MB.", remedy="Split it into smaller files.")
    return n_bytes


def _is_json(path: Path, encoding: str) -> bool:
    """Whether a file begins as JSON does; a table may begin with a bracket, if its name says table."""
    with open_lines(path, encoding) as (text, _):
        start = text.read(4096).lstrip("\ufeff \t\r\n")
    return start.startswith("{") or (start.startswith("[") and path.suffix.lower() not in _TABLE_NAMES)


def _table(path: Path, options: Options, sample: Sequence[Any], **told: Any) -> FileForm:  # noqa: ANN401
    header = find_header(sample, options.mapping)
    if header is None or all(column.field != "text" for column in header.columns):
        raise no_text(path, header)
    return _named(path, options, header.names, header.columns, header_row=header.number, **told)


def _json(path: Path, options: Options, encoding: str, n_bytes: int) -> FileForm:
    prefix = find_array(path, encoding)
    names: dict[str, None] = {}
    shapes = set()
    with open_lines(path, encoding) as (text, _):
        found = read_json_lines(text) if prefix is None else read_array(text, prefix)
        for record in islice(found, _SAMPLE_RECORDS):
            if record.value is not None:
                names.update(dict.fromkeys(record.value))
                shapes.add(_shape(record.value))
    if not shapes:
        remedy = "Write one object a line, or a list of objects."
        raise UnreadableFile(path, "it holds no records.", remedy=remedy)
    told: dict[str, Any] = {
        "format": Format.JSON_LINES if prefix is None else Format.JSON,
        "n_bytes": n_bytes,
        "encoding": encoding,
        "prefix": prefix,
    }
    if shapes != {Shape.ROWS}:
        shape = Shape.TED if Shape.TED in shapes else Shape.OCDS
        return FileForm(shape=shape, source=options.source or shape.value, **told)
    columns = recognise(tuple(names), options.mapping)
    if not any(column.field == "text" for column in columns):
        remedy = "Call the field with the text of each entry text, or say in a mapping which it is."
        raise UnreadableFile(path, "no field is known to hold the text.", remedy=remedy, columns=tuple(names))
    return _named(path, options, tuple(names), columns, **told)


def _shape(record: Mapping[str, Any]) -> Shape:
    return Shape.TED if is_notice(record) else Shape.OCDS if is_release(record) else Shape.ROWS


def _named(
    path: Path,
    options: Options,
    names: Sequence[str],
    columns: tuple[Column, ...],
    **told: Any,  # noqa: ANN401
) -> FileForm:
    """Return the form of a table or of plain objects, with their kind, source and warnings."""
    name = options.name or path.name
    header_row = told.get("header_row", 0)
    kind, is_guessed = _kind(options, names, columns, name)
    warnings = list(left_out(names, columns, options.mapping))
    if is_guessed and kind is not None:
        message = f"All rows are taken to be of the kind {kind.value}, going by names in the file."
        warnings.append(_warning("kind", message, _NO_KIND))
    if all(column.field != "id" for column in columns):
        message = "No column holds an id: a row whose text changes will come in as a new entry."
        warnings.append(_warning("id", message, "Add a column id with a number that each row keeps."))
    source = options.source or options.mapping.defaults.get("source") or PurePath(name).stem
    return FileForm(
        source=source[:_MAX_SOURCE_CHARS],
        columns=columns,
        kind=kind,
        warnings=tuple(
            Fault(row=header_row, field=each.field, message=each.message, remedy=each.remedy)
            for each in warnings
        ),
        **told,
    )


def _kind(
    options: Options, names: Sequence[str], columns: Sequence[Column], file_name: str
) -> tuple[EntryKind | None, bool]:
    """Return the kind of the rows that name none, and whether it is a guess; ``None`` if each names its own.

    Raises
    ------
    UnreadableFile
        If nothing says it.
    """
    if options.kind is not None:
        return options.kind, False
    if "kind" in options.mapping.defaults:
        return read_kind(options.mapping.defaults["kind"]), False
    if any(column.field == "kind" for column in columns):
        return None, False
    kind = _guess_kind(names, columns, file_name)
    if kind is None:
        why = "nothing says whether its rows are needs, ideas or offerings."
        raise UnreadableFile(file_name, why, remedy=_NO_KIND)
    return kind, True


def _guess_kind(names: Sequence[str], columns: Sequence[Column], file_name: str) -> EntryKind | None:
    """Guess the kind by what the columns of text and title, else the file, are called."""
    told = [
        kind_in(name)
        for name, column in zip(names, columns, strict=True)
        if column.field in ("text", "title")
    ]
    kinds = {kind for kind in told if kind is not None}
    return next(iter(kinds)) if len(kinds) == 1 else kind_in(PurePath(file_name).stem)


def _warning(field: str, message: str, remedy: str) -> Fault:
    return Fault(row=0, field=field, message=message, remedy=remedy)
