"""Which encoder served last, so that it goes on while the vectors of another one are made."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy.orm import Session

from models.repositories.encoder_uses import EncoderUseRepository

__all__ = ["EncoderUsed", "find_to_go_on", "note"]

_NEARLY_ALL: Final = 0.9
"""Part of the vectors of before from which another encoder serves at once: the rest is soon made."""


@dataclass(frozen=True, slots=True)
class EncoderUsed:
    """An encoder's digest, and the settings that named it."""

    digest: str
    options: Mapping[str, Any]


def note(session: Session, digest: str, options: Mapping[str, Any]) -> None:
    """Keep that an encoder has all its vectors and begins to serve."""
    uses = EncoderUseRepository(session)
    latest = uses.find_latest()
    if latest is None or latest.encoder_digest != digest or latest.options != options:
        uses.put(digest, options)


def find_to_go_on(session: Session, digest: str) -> EncoderUsed | None:
    """Return the encoder that served last, if it is another one that has far more vectors than this."""
    uses = EncoderUseRepository(session)
    latest = uses.find_latest()
    if latest is None or latest.encoder_digest == digest:
        return None
    if uses.count_vectors(digest) >= _NEARLY_ALL * uses.count_vectors(latest.encoder_digest):
        return None
    return EncoderUsed(latest.encoder_digest, dict(latest.options))
