"""The Common Procurement Vocabulary (CPV 2008): the form of its codes, and its official list.

The list is not part of the program: its labels are the European Union's (CC BY 4.0) and it is a file of the
deployment (``MATCHER_CPV_FILE``). Without it a code is checked by its form and division alone.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from matcher.errors import InvalidInput
from matcher.procurement.cpv_lists import read_cpv_rows, unreadable

DIVISIONS: Final = frozenset(
    "03 09 14 15 16 18 19 22 24 30 31 32 33 34 35 37 38 39 41 42 43 44 45 48 50 51 55 60 63 64 65 66 70 71"
    " 72 73 75 76 77 79 80 85 90 92 98".split()
)
"""The first two digits that a code may have (Regulation (EC) No 213/2008)."""

N_DIGITS: Final = 8
_FORM: Final = re.compile(r"(\d{7,8})(?:-\d)?")
_REMEDY: Final = "Write eight digits, such as 90620000 or 90620000-9, or leave the field empty."
_MAX_LIST_BYTES: Final = 50_000_000


def read_cpv(raw: str) -> str:
    """Return the eight digits of a code whose form is right and whose division exists.

    The digit after the hyphen is left out and not checked: the usual formula is wrong for 532 real codes.
    A leading zero that a spreadsheet dropped is put back.

    Raises
    ------
    InvalidInput
        If it is no CPV code.
    """
    found = _FORM.fullmatch(raw.strip())
    if found is None:
        raise InvalidInput("This is no CPV code.", field="cpv", remedy=_REMEDY)
    code = found[1].zfill(N_DIGITS)
    if code[:2] not in DIVISIONS:
        raise InvalidInput(f"No CPV division begins with {code[:2]}.", field="cpv", remedy=_REMEDY)
    return code


def cpv_level(code: str) -> int:
    """Return how many digits of a code tell something: 2 (division) to 8."""
    return max(2, len(code[:N_DIGITS].rstrip("0")))


class CpvTable:
    """The official list: codes with their labels in several languages.

    Parameters
    ----------
    labels
        Label by language (ISO 639-1) by code (eight digits).
    """

    def __init__(self, labels: Mapping[str, Mapping[str, str]]) -> None:
        self._labels = labels

    @classmethod
    def load(cls, path: Path) -> CpvTable:
        """Read the official list: tab-separated, as a spreadsheet, or as eForms genericode.

        In tables a column is called ``code`` and one for each language by its code (``sv``, ``en``).

        Raises
        ------
        UnreadableFile
            If the file is missing or no such list.
        """
        try:
            if path.stat().st_size > _MAX_LIST_BYTES:
                raise unreadable(path, "it is too large for a list of CPV codes.")
            labels = dict(read_cpv_rows(path))
        except (OSError, UnicodeError, csv.Error) as error:
            raise unreadable(path, "it cannot be read as UTF-8 text.") from error
        if not labels:
            raise unreadable(path, "it holds no codes.")
        return cls(labels)

    def __len__(self) -> int:
        return len(self._labels)

    def __contains__(self, code: object) -> bool:
        return code in self._labels

    def __iter__(self) -> Iterator[str]:
        return iter(self._labels)

    def read(self, raw: str) -> str:
        """Return the eight digits of a code that stands in the list.

        Raises
        ------
        InvalidInput
            If it is no code, or not in the list.
        """
        code = read_cpv(raw)
        if code not in self:
            nearest = self.nearest(code)
            hint = f" The nearest code above it is {nearest}." if nearest else ""
            raise InvalidInput(
                f"The CPV code {code} does not exist.",
                field="cpv",
                remedy=f"Look the code up in the CPV list, or leave the field empty.{hint}",
            )
        return code

    def label(self, code: str, language: str) -> str | None:
        """Return a code's label in a language, else in English, else in any; None for an unknown code."""
        labels = self._labels.get(code, {})
        return labels.get(language) or labels.get("en") or next(iter(labels.values()), None)

    def labels(self, code: str) -> Mapping[str, str]:
        """Return a code's labels by language; none for an unknown code."""
        return self._labels.get(code, {})

    def ancestors(self, code: str) -> Iterator[str]:
        """Yield the codes of the list that hold this one, nearest first.

        Some codes lack a direct parent; levels that are not in the list are passed over.
        """
        for level in range(cpv_level(code) - 1, 1, -1):
            above = code[:level].ljust(N_DIGITS, "0")
            if cpv_level(above) == level and above in self:
                yield above

    def nearest(self, code: str) -> str | None:
        """Return the code itself if it is in the list, else the nearest one that holds it."""
        return code if code in self else next(self.ancestors(code), None)
