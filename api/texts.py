"""The texts of the pages: one catalogue a language, chosen by address, cookie or browser."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Final

from fastapi import Request

from matcher.procurement.places import place_name

LANGUAGES = ("sv", "en")
"""Languages with a complete catalogue, which are offered; the first is the default."""
PREPARED = ("fi", "se")
"""Languages whose catalogue has begun: shown when asked for, in Swedish where a text is missing."""
DEFAULT_LANGUAGE = LANGUAGES[0]
LANGUAGE_COOKIE = "language"
_SLOT: Final = "{}"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the texts of one of ``LANGUAGES`` or ``PREPARED`` by their keys."""
    texts = _read(f"{language}.json")
    return texts if language in LANGUAGES else {**catalogue(DEFAULT_LANGUAGE), **texts}


def choose_language(request: Request) -> str:
    """Return the language of the address (``?lang=``), else the cookie's, the browser's, or Swedish."""
    for chosen in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if chosen in LANGUAGES or chosen in PREPARED:
            return str(chosen)
    return _accepted(request.headers.get("accept-language", ""))


def _accepted(header: str) -> str:
    weighted = []
    for position, part in enumerate(header.split(",")):
        tag, _, parameter = part.strip().partition(";")
        weighted.append((-_quality(parameter), position, tag.split("-")[0].lower()))
    return next((code for _, _, code in sorted(weighted) if code in LANGUAGES), DEFAULT_LANGUAGE)


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


class Texts:
    """Looks a text up by its key and fills in values: ``texts("review.count", count=3)``."""

    def __init__(self, language: str) -> None:
        self.language = language

    def __call__(self, key: str, /, **values: object) -> str:
        """Return the text; an unknown key is shown as it is, so that a page never fails for a word."""
        template = catalogue(self.language).get(key, key)
        return template.format(**values) if values else template

    def has(self, key: str) -> bool:
        """Whether the catalogue knows the key."""
        return key in catalogue(self.language)

    def place(self, code: str) -> str:
        """Return the name of a municipality, county or region, else its code."""
        named = f"region.{code}"
        return place_name(code) or (self(named) if self.has(named) else code)

    def message(self, english: str) -> str:
        """Return what an error, a remedy or a fault says in this language, else as it is in English."""
        if self.language == "en":
            return english
        exact, formed = _messages("sv")
        if english in exact:
            return exact[english]
        for form, template in formed:
            if found := form.fullmatch(english):
                return template.format(*(self.message(part) for part in found.groups()))
        return english


def _read(name: str) -> dict[str, str]:
    source = resources.files("api").joinpath("locales", name)
    texts: dict[str, str] = json.loads(source.read_text(encoding="utf-8"))
    return texts


@cache
def _messages(language: str) -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """Return messages by their English, those with slots (``{}``) apart as patterns."""
    known = _read(f"messages.{language}.json")
    formed = [
        (re.compile("(.+?)".join(map(re.escape, english.split(_SLOT))), re.DOTALL), translated)
        for english, translated in known.items()
        if _SLOT in english
    ]
    return {key: text for key, text in known.items() if _SLOT not in key}, formed
