"""The texts of the pages: one catalogue a language, chosen by address, cookie or browser."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources

from fastapi import Request

LANGUAGES = ("sv", "en")
DEFAULT_LANGUAGE = LANGUAGES[0]
LANGUAGE_COOKIE = "language"


@cache
def catalogue(language: str) -> Mapping[str, str]:
    """Return the texts of one of ``LANGUAGES`` by their keys."""
    source = resources.files("api").joinpath("locales", f"{language}.json")
    texts: dict[str, str] = json.loads(source.read_text(encoding="utf-8"))
    return texts


def choose_language(request: Request) -> str:
    """Return the language of the address (``?lang=``), else the cookie's, the browser's, or Swedish."""
    for chosen in (request.query_params.get("lang"), request.cookies.get(LANGUAGE_COOKIE)):
        if chosen in LANGUAGES:
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
