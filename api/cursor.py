"""Opaque cursors: where a list goes on. Clients hand them back unread."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Sequence

from matcher.errors import InvalidInput


def encode(position: Sequence[object]) -> str:
    """Return a position (whose parts JSON can hold) as an opaque text that is safe in an address."""
    packed = json.dumps(list(position), separators=(",", ":")).encode("utf-8")
    return base64.urlsafe_b64encode(packed).decode("ascii").rstrip("=")


def decode(cursor: str) -> list[object]:
    """Return the position that ``encode`` packed.

    Raises
    ------
    InvalidInput
        If the text is not a cursor of ours.
    """
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise _broken() from error
    if not isinstance(position, list):
        raise _broken()
    return position


def _broken() -> InvalidInput:
    return InvalidInput(
        "The cursor is not one that this service gave.",
        field="cursor",
        remedy="Start again without a cursor, then use `next_cursor` as it is.",
    )
