"""Text files as lines: the encoding is found out, and no line is longer than memory allows."""

from __future__ import annotations

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from matcher.errors import UnreadableFile

MAX_LINE_CHARS: Final = 16_000_000
_CHUNK: Final = 1 << 20
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_BINARIES: Final = (
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"\x1f\x8b", "a compressed file; unpack it first"),
    (b"7z\xbc\xaf", "a compressed file; unpack it first"),
    (b"Rar!", "a compressed file; unpack it first"),
    (b"SQLite format 3", "a database"),
)
_CONTROLS: Final = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_MAX_CONTROLS: Final = 0.05
_MARKUP: Final = re.compile(rb"\s*<(?:\?xml|!doctype|html|table|[a-z]+:)", re.IGNORECASE)
_REMEDY: Final = "Save it as CSV (UTF-8), XLSX or JSON Lines and choose that file."


class CutLine(str):
    """The beginning of a line that is longer than ``MAX_LINE_CHARS``."""

    __slots__ = ()


def find_encoding(path: Path) -> str:
    """Find out how a text file is encoded.

    A byte order mark tells; else what is valid UTF-8 is UTF-8, and what is not is one of the encodings of
    western spreadsheets: Windows-1252, or those of old DOS and Macintosh programs where å and ä say so.
    A file whose beginning is plain ASCII is read on until something tells.

    Raises
    ------
    UnreadableFile
        If it is no text.
    """
    with path.open("rb") as stream:
        chunk = stream.read(_CHUNK)
        by_mark = next((encoding for mark, encoding in _BOMS if chunk.startswith(mark)), None)
        if by_mark or (by_mark := _unmarked_utf16(chunk)):
            return by_mark
        _refuse_binary(path, chunk)
        while chunk:
            if not chunk.isascii():
                # A chunk may end inside a letter: the line that is cut is finished first.
                return _encoding_of(chunk + stream.readline(_CHUNK))
            chunk = stream.read(_CHUNK)
    return "utf-8"


@contextmanager
def open_lines(path: Path, encoding: str) -> Iterator[tuple[IO[str], IO[bytes]]]:
    """Open a text file; yields the text and the bytes below it, whose position tells how far it is read.

    Bytes that are no text come through as lone surrogates (U+FFFD in UTF-16), for the row's report.
    """
    errors = "replace" if encoding.replace("_", "-").startswith(("utf-16", "utf-32")) else "surrogateescape"
    with path.open("rb") as raw, io.TextIOWrapper(raw, encoding, errors, newline="") as text:
        yield text, raw


def read_lines(text: IO[str]) -> Iterator[str]:
    """Yield lines with their ends; of one that is too long, its beginning as a ``CutLine``."""
    while line := text.readline(MAX_LINE_CHARS):
        if len(line) < MAX_LINE_CHARS or line.endswith(("\n", "\r")):
            yield line
            continue
        while (rest := text.readline(_CHUNK)) and not rest.endswith(("\n", "\r")):
            pass
        yield CutLine(line)


def _refuse_binary(path: Path, chunk: bytes) -> None:
    what = next((what for mark, what in _BINARIES if chunk.startswith(mark)), None)
    if what is None and _MARKUP.match(chunk):
        what = "a web page or XML file"
    if what is None and len(_CONTROLS.findall(chunk)) > _MAX_CONTROLS * len(chunk):
        what = "no text file"
    if what is not None:
        raise UnreadableFile(path, f"it is {what}.", remedy=_REMEDY)


def _unmarked_utf16(chunk: bytes) -> str | None:
    """UTF-16 of western text without a mark has a zero in every second byte."""
    sample = chunk[:4096]
    half = len(sample) // 2
    if half and sample[1::2].count(0) > 0.7 * half and sample[::2].count(0) < 0.1 * half:
        return "utf-16-le"
    if half and sample[::2].count(0) > 0.7 * half and sample[1::2].count(0) < 0.1 * half:
        return "utf-16-be"
    return None


def _encoding_of(chunk: bytes) -> str:
    decoded = chunk.decode("utf-8", "replace")
    n_wrong = decoded.count("\ufffd")
    n_letters = sum(1 for char in decoded if char > "\x7f") - n_wrong
    if n_letters > 9 * n_wrong:
        return "utf-8"
    usual = sum(chunk.count(letter.encode("cp1252")) for letter in "åäöÅÄÖæøÆØé")
    for other in ("cp850", "mac_roman"):
        counts = [chunk.count(letter.encode(other)) for letter in "åä"]
        if min(counts) > 0 and sum(counts) > usual:
            return other
    return "cp1252"
