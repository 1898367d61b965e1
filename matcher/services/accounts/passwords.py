"""Passwords: argon2id digests, and what a password must be."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Final

from sqlalchemy.orm import Session

from matcher.errors import InvalidInput, TooManyAttempts
from matcher.services.accounts.secret_digests import digest_of
from models.records import Member, utc_now
from models.repositories.credentials import FailedSignInRepository

if TYPE_CHECKING:
    from argon2 import PasswordHasher

MIN_CHARS: Final = 12
MAX_CHARS: Final = 1_000
MAX_FAILED: Final = 10
"""Failed tries at one address within the window, after which even the right password is refused."""
FAILED_WINDOW: Final = timedelta(minutes=15)


def hashed(password: str, *, email: str) -> str:
    """Return the argon2id digest of a password.

    Raises
    ------
    InvalidInput
        If it is too short, too long, or the e-mail address.
    """
    if not MIN_CHARS <= len(password) <= MAX_CHARS:
        raise InvalidInput(
            f"A password has at least {MIN_CHARS} characters, and {MAX_CHARS} at most.",
            field="password",
            remedy="Choose a longer one; a sentence that you remember is best.",
        )
    if password.casefold() == email.casefold() or len(set(password)) < 4:
        raise InvalidInput(
            "This password is too easy to guess.",
            field="password",
            remedy="Choose another; a sentence that you remember is best.",
        )
    return _hasher().hash(password)


def verify(
    session: Session, address: str, member: Member | None, password: str, *, or_ended: bool = False
) -> bool:
    """Tell whether a password is the member's; failed tries at an address are counted.

    An unknown address takes as long as a wrong password, so that nobody learns who has an account.
    ``or_ended``: the account may have ended with its last membership.

    Raises
    ------
    TooManyAttempts
        If too many tries at this address failed lately.
    """
    failed, now, address_digest = FailedSignInRepository(session), utc_now(), digest_of(address)
    if failed.count_since(address_digest, now - FAILED_WINDOW) >= MAX_FAILED:
        raise TooManyAttempts("Too many tries with this address failed.")
    is_open = member is not None and (member.is_active or or_ended)
    stored = member.password_hash if member is not None and is_open else None
    is_right = _matches(stored or _nobodys(), password) and stored is not None
    if not is_right:
        failed.add(address_digest, now=now)
        return False
    failed.clear(address_digest, older_than=now - FAILED_WINDOW)
    if member is not None and stored is not None and _hasher().check_needs_rehash(stored):
        member.password_hash = _hasher().hash(password)
    return True


def _matches(stored: str, password: str) -> bool:
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        return _hasher().verify(stored, password[:MAX_CHARS])
    except (VerificationError, InvalidHashError):
        return False


@cache
def _hasher() -> PasswordHasher:
    from argon2 import PasswordHasher

    return PasswordHasher()


@cache
def _nobodys() -> str:
    return _hasher().hash("nobody's password")
