"""What is known of encoders by their names: the prompts that they were trained with and their languages."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

_NORDIC: Final = frozenset("da en fi is nb nn no sv".split())
_EUROPEAN: Final = _NORDIC | frozenset(
    "bg bs cs de el es et fr ga hr hu it lt lv nl pl pt ro ru sk sl sq sr tr uk ar fa he".split()
)


@dataclass(frozen=True, slots=True)
class Family:
    """Encoders of one kind: languages (ISO 639-1), and what is put before a query and before a passage."""

    languages: frozenset[str]
    query_prompt: str = ""
    passage_prompt: str = ""


_FAMILIES: Final = (
    (r"multilingual-e5-(?:small|base|large)$", Family(_EUROPEAN, "query: ", "passage: ")),
    (r"\be5-(?:small|base|large)(?:-v2)?$", Family(frozenset({"en"}), "query: ", "passage: ")),
    (
        r"bge-m3|labse|paraphrase-multilingual|distiluse-base-multilingual|use-cmlm-multilingual",
        Family(_EUROPEAN),
    ),
    (r"sentence-bert-swedish", Family(frozenset({"en", "sv"}))),
    (
        r"\bbge-(?:small|base|large)-en",
        Family(frozenset({"en"}), "Represent this sentence for searching relevant passages: "),
    ),
)
ENGLISH: Final = Family(frozenset({"en"}))


def family_of(name: str) -> Family:
    """Return what is known of an encoder by the last part of its name; else English without prompts."""
    last = re.split(r"[\\/]", name.rstrip("\\/"))[-1]
    for pattern, family in _FAMILIES:
        if re.search(pattern, last, re.IGNORECASE):
            return family
    return ENGLISH
