"""The files of data sets: rows of JSON Lines and of tab-separated tables."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import orjson

from matcher.errors import InvalidInput

Row = dict[str, Any]


def read_jsonl(path: Path) -> list[Row]:
    """Rows of a JSON Lines file; blank lines are passed over."""
    rows = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            if line.strip():
                try:
                    rows.append(orjson.loads(line))
                except orjson.JSONDecodeError as error:
                    raise InvalidInput(
                        f"{path.name}, line {number}: not JSON ({error.msg}).",
                        field=path.name,
                        remedy="Write one JSON object a line, in UTF-8.",
                    ) from error
    return rows


def read_tsv(path: Path) -> list[Row]:
    """Rows of a tab-separated file with a header; quotes are ordinary characters."""
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, restval=""))
