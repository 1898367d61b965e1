"""Versions as entity tags (RFC 9110): a change must name the version it changes."""

from __future__ import annotations

import re
from typing import Annotated

from fastapi import Depends, Header

from matcher.errors import InvalidInput, PreconditionRequired

_TAG = re.compile(r'\s*(?:W/)?"(\d{1,18})"\s*')


def etag(version: int) -> str:
    """Return the entity tag of a version number."""
    return f'"{version}"'


IfMatch = Annotated[
    str | None, Header(description="The ETag of the version that is changed.", examples=['"3"'])
]


def expected_version(if_match: IfMatch = None) -> int:
    """Return the version number in If-Match.

    Raises
    ------
    PreconditionRequired
        If the header is missing.
    InvalidInput
        If it is not an entity tag of ours.
    """
    if if_match is None:
        raise PreconditionRequired("If-Match is missing.")
    found = _TAG.fullmatch(if_match)
    if found is None:
        raise InvalidInput("If-Match is not an ETag of this service.", field="If-Match")
    return int(found.group(1))


def stated_version(if_match: IfMatch = None) -> int | None:
    """Return the version number in If-Match; None if the header is missing, where that is allowed.

    Raises
    ------
    InvalidInput
        If it is not an entity tag of ours.
    """
    return None if if_match is None else expected_version(if_match)


ExpectedVersion = Annotated[int, Depends(expected_version)]
StatedVersion = Annotated[int | None, Depends(stated_version)]
