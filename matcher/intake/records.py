"""JSON: records one a line, or in an array inside a document, read as a stream."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

import orjson

from matcher.errors import UnreadableFile
from matcher.intake.lines import MAX_LINE_CHARS, CutLine, open_lines, read_lines

_BROKEN: Final = "This is no valid JSON."
_REMEDY: Final = "Write one object a line, as a program does that saves JSON Lines."
_KNOWN_ARRAYS: Final = ("releases", "records")
_RECORD_KEYS: Final = frozenset({"ocid", "ojs_no", "title", "text"})
_WHOLE_DOCUMENT_BYTES: Final = 64_000_000
_MAX_DEPTH: Final = 100
_MAX_KEY_CHARS: Final = 1_000
_QUOTE: Final = re.compile(rb'(?<!\\)"')


class JsonRecord(NamedTuple):
    """A record with its number in the file, or why it cannot be read."""

    number: int
    value: dict[str, Any] | None
    message: str = ""
    remedy: str = ""


def find_array(path: Path, encoding: str) -> str | None:
    """Return where the records of a JSON document are, as ijson writes it; None for JSON Lines.

    Raises
    ------
    UnreadableFile
        If there are no records in it.
    """
    with open_lines(path, encoding) as (text, _):
        line = next((line for line in read_lines(text) if line.strip()), "")
        first = _parsed(line)
        if isinstance(first, dict):
            return (
                None if next((more for more in read_lines(text) if more.strip()), None) else _in_object(first)
            )
        stripped = line.strip()
        if stripped.startswith("{") and stripped.endswith("}"):
            return None
    return _search(path, encoding)


def read_json_lines(text: IO[str]) -> Iterator[JsonRecord]:
    """Yield the object of each line that is not empty."""
    for number, line in enumerate(read_lines(text), start=1):
        if isinstance(line, CutLine):
            remedy = "Shorten the longest field, or split the record."
            yield JsonRecord(number, None, f"The line is longer than {MAX_LINE_CHARS} characters.", remedy)
        elif line.strip():
            value = _parsed(line)
            is_object = isinstance(value, dict)
            message = "" if is_object else _BROKEN if value is None else "This is no JSON object."
            yield JsonRecord(number, value if is_object else None, message, "" if is_object else _REMEDY)


def read_array(text: IO[str], prefix: str) -> Iterator[JsonRecord]:
    """Yield the objects of an array; where the document breaks off, the last record says so."""
    import ijson

    number = 0
    try:
        events = _bounded(ijson.basic_parse(_Utf8(text), use_float=True))
        for number, value in enumerate(ijson.items(ijson.parse(events), prefix), start=1):
            is_object = isinstance(value, dict)
            message = "" if is_object else "This is no JSON object."
            yield JsonRecord(number, value if is_object else None, message, "" if is_object else _REMEDY)
    except (ijson.JSONError, ValueError, RecursionError):
        remedy = "Save the file again; what stands before this record was read."
        yield JsonRecord(number + 1, None, "The file is broken from here on.", remedy)


class _Utf8:
    """The bytes of a text, for a parser of UTF-8; refuses a single value that would fill the memory."""

    def __init__(self, text: IO[str]) -> None:
        self._text = text
        self._since_quote = 0

    def read(self, size: int = -1) -> bytes:
        chunk = self._text.read(size).encode("utf-8", "replace")
        self._since_quote = 0 if _QUOTE.search(chunk) else self._since_quote + len(chunk)
        if self._since_quote > MAX_LINE_CHARS:
            raise ValueError("a value is too long")
        return chunk


def _bounded(events: Iterable[tuple[str, Any]]) -> Iterator[tuple[str, Any]]:
    """Pass on what a parser tells until objects lie too deep in each other.

    The parser above keeps the whole way to each open object, so that brackets alone could fill the memory.
    """
    depth = 0
    for event, value in events:
        if event in ("start_map", "start_array"):
            depth += 1
        elif event in ("end_map", "end_array"):
            depth -= 1
        if depth > _MAX_DEPTH or (event == "map_key" and len(value) > _MAX_KEY_CHARS):
            raise ValueError("nested too deep, or a name is too long")
        yield event, value


def _parsed(line: str) -> Any:  # noqa: ANN401
    try:
        return orjson.loads(line.removeprefix("\ufeff"))
    except orjson.JSONDecodeError:
        return None


def _in_object(document: dict[str, Any]) -> str | None:
    """Return the place of the records in the only line of a file; None if it is itself a record."""
    arrays = [key for key in _KNOWN_ARRAYS if isinstance(document.get(key), list)]
    if not arrays and len(document) == 1:
        arrays = [key for key, value in document.items() if isinstance(value, list)]
    return f"{arrays[0]}.item" if arrays else None


def _search(path: Path, encoding: str) -> str:
    """Look for the first array of objects in a document that goes over several lines."""
    import ijson

    try:
        with open_lines(path, encoding) as (text, _):
            last = ("", "")
            for prefix, event, value in ijson.parse(_bounded(ijson.basic_parse(_Utf8(text)))):
                if event == "start_map" and last[1] == "start_array" and prefix.count(".") <= 1:
                    return str(prefix)
                if event == "map_key" and prefix == "" and value in _RECORD_KEYS:
                    break
                last = (prefix, event)
    except (ijson.JSONError, ValueError, RecursionError) as error:
        raise UnreadableFile(path, "it is no valid JSON.", remedy=_REMEDY) from error
    if path.stat().st_size > _WHOLE_DOCUMENT_BYTES:
        raise UnreadableFile(path, "it holds no list of records.", remedy=_REMEDY)
    return ""
