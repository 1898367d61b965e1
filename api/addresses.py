"""Addresses under which people reach the service, for links that are handed on."""

from __future__ import annotations

from fastapi import Request

from api.resources import resources


def absolute(request: Request, path: str) -> str:
    """Return the whole address of a path: under the public address, or as the service was reached."""
    base = resources(request).settings.public_url or str(request.base_url)
    return f"{base.rstrip('/')}{path}"
