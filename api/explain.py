"""Reasons as sentences in the reader's language."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from api.texts import Texts
from matcher.types import Reason, ReasonKind

_SHOWN_TERMS = 6
_SHOWN_CHARS = 160


def sentence(reason: Reason, texts: Texts) -> str:
    """Say one reason in words, with the terms, codes or sentences that it rests on."""
    key = f"reason.{reason.kind.value}"
    if reason.contribution < 0:
        return texts(f"{key}.against")
    if reason.kind is ReasonKind.MEANING:
        return _meaning(reason.detail, texts)
    if reason.kind is ReasonKind.SHARED_TERMS:
        return texts(key, terms=", ".join(terms_of(reason)[:_SHOWN_TERMS]))
    if reason.kind in (ReasonKind.CPV, ReasonKind.REGION):
        return texts(key, codes=", ".join(_strings(reason.detail.get("codes", ()))))
    return texts(key)


def terms_of(reason: Reason) -> list[str]:
    """Return the shared terms that a reason names."""
    return _strings(reason.detail.get("terms", ()))


def sentences_of(reasons: Iterable[Reason]) -> tuple[list[str], list[str]]:
    """Return the best matching sentences of the query and of the target that the reasons name."""
    found = [reason.detail for reason in reasons]
    return (
        [str(detail["query_sentence"]) for detail in found if detail.get("query_sentence")],
        [str(detail["target_sentence"]) for detail in found if detail.get("target_sentence")],
    )


def _meaning(detail: Mapping[str, Any], texts: Texts) -> str:
    query, target = detail.get("query_sentence"), detail.get("target_sentence")
    if not query or not target:
        return texts("reason.meaning.plain")
    return texts("reason.meaning", query=_shortened(str(query)), target=_shortened(str(target)))


def _shortened(text: str) -> str:
    if len(text) <= _SHOWN_CHARS:
        return text
    return text[:_SHOWN_CHARS].rsplit(" ", 1)[0] + " …"


def _strings(values: object) -> list[str]:
    return [str(value) for value in values] if isinstance(values, (list, tuple)) else []
