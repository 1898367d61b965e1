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


def expected_version(
    if_match: Annotated[
        str | None, Header(description="The ETag of the version that is changed.", examples=['"3"'])
    ] = None,
) -> int:
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


ExpectedVersion = Annotated[int, Depends(expected_version)]
