"""What stands in forms: read with the checks of the API, and shown again with its faults."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, ValidationError

from api.texts import Texts
from matcher.errors import InvalidInput, MatcherError

_TYPES: Final = {
    "date_from_datetime_parsing": "date",
    "date_parsing": "date",
    "date_from_datetime_inexact": "date",
    "decimal_parsing": "number",
    "decimal_max_digits": "number",
    "decimal_max_places": "number",
    "decimal_whole_digits": "number",
    "int_parsing": "number",
    "float_parsing": "number",
    "greater_than_equal": "too_small",
    "less_than_equal": "too_large",
    "string_too_long": "too_long",
    "too_long": "too_many",
    "string_too_short": "missing",
    "too_short": "missing",
    "missing": "missing",
    "string_pattern_mismatch": "form",
    "enum": "choice",
}

_MAX_DIGITS: Final = 18


class Form(BaseModel):
    """Base of what a page sends: texts alone, trimmed; what is not known, such as the token, is left out."""

    model_config = ConfigDict(extra="ignore", str_strip_whitespace=True)


def said(error: MatcherError, texts: Texts) -> str:
    """Return what an error says in the reader's language, with its remedy where it has one of its own."""
    remedy = texts.message(error.remedy) if error.remedy != type(error).remedy else ""
    return f"{texts.message(str(error))} {remedy}".strip()


def faults_of(error: InvalidInput | ValidationError, texts: Texts) -> dict[str, str]:
    """Return what is wrong by field, in the reader's language; no value is repeated."""
    if isinstance(error, InvalidInput):
        return {error.field or "": said(error, texts)}
    faults: dict[str, str] = {}
    for each in error.errors():
        name = str(each["loc"][0]) if each["loc"] else ""
        faults.setdefault(name, worded(each["type"], each.get("ctx", {}), texts))
    return faults


def parts_of(text: str) -> list[str]:
    """Return the values of a field that holds several, separated by commas, semicolons or lines."""
    for separator in (";", "\n"):
        text = text.replace(separator, ",")
    return [part for part in (each.strip() for each in text.split(",")) if part]


def version_of(text: str) -> int | None:
    """Return a version that a form sent, None if it sent none; what is no number is one that nothing has."""
    if not text:
        return None
    return int(text) if text.isdecimal() and len(text) <= _MAX_DIGITS else -1


def with_query(path: str, values: Mapping[str, Any]) -> str:
    """Return an address with those values that are there; empty ones are left out."""
    kept = {name: value for name, value in values.items() if value not in (None, "", [])}
    return f"{path}?{urlencode(kept, doseq=True)}" if kept else path


def worded(kind: str, context: Mapping[str, Any], texts: Texts) -> str:
    """Return what is wrong with a field, by the kind of fault, in the reader's language."""
    known = _TYPES.get(kind, "wrong")
    limit = next((context[name] for name in ("max_length", "ge", "le") if name in context), "")
    return texts(f"fault.{known}", limit=limit)
