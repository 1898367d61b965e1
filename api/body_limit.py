"""How much a request may send, counted while it is read."""

from __future__ import annotations

from typing import Final

from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import Message

MAX_BYTES: Final = 4 << 20
"""Largest request, in bytes, apart from files (the setting ``max_upload_bytes``)."""
FORM_OVERHEAD_BYTES: Final = 1 << 20
"""What a form may hold beside its file."""
TOO_LARGE: Final = 413
"""Its name in ``HTTPStatus`` differs between the versions of Python that are supported."""


def limited(request: Request, max_bytes: int) -> Request:
    """Return the request so that no more than this can be read of it.

    It is the framework's exception that is raised, at once or while the body is read: whatever else is
    raised there, the framework turns into a broken body.

    Raises
    ------
    HTTPException
        With 413, if the request says that it is larger.
    """
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > max_bytes:
        raise HTTPException(TOO_LARGE)
    n_read = 0

    async def receive() -> Message:
        nonlocal n_read
        message = await request.receive()
        n_read += len(message.get("body", b""))
        if n_read > max_bytes:
            raise HTTPException(TOO_LARGE)
        return message

    return Request(request.scope, receive)
