"""Secrets that are shown once: random, and kept as a digest. They are long, so that no salt is needed."""

from __future__ import annotations

import hashlib
import re
import secrets
import unicodedata
from typing import Final

from matcher.errors import InvalidInput

_KEY_MARK = "mk_"
# Signs with a meaning of their own in lists of addresses and in links to write to one are left out.
_ADDRESS: Final = re.compile(r"[^@\s()<>\[\]:;,\\\"]+@[^@\s()<>\[\]:;,\\\"/?#&=%]+")


def new_token() -> str:
    """Return a new secret for a one-time link, 256 bits."""
    return secrets.token_urlsafe(32)


def new_key() -> tuple[str, str]:
    """Return the visible beginning of a new API key, and the whole key."""
    prefix = f"{_KEY_MARK}{secrets.token_hex(4)}"
    return prefix, f"{prefix}_{secrets.token_urlsafe(32)}"


def digest_of(secret: str) -> str:
    """Return the digest under which a secret is kept."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def normal_address(email: str) -> str:
    """Return an e-mail address in small letters.

    Raises
    ------
    InvalidInput
        If it is none, is several, or holds signs that are not seen or turn those around them.
    """
    address = email.strip().lower()
    is_seen = not any(unicodedata.category(sign).startswith(("C", "Z")) for sign in address)
    if not _ADDRESS.fullmatch(address) or len(address) > 320 or not is_seen:
        raise InvalidInput("This is no e-mail address.", field="email")
    return address
