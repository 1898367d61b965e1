"""Idempotency-Key: a POST that is sent again gets the first answer again and is done once.

The answer is stored in the same transaction as the work, so that neither can exist without the other.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Awaitable, Callable
from typing import Final

from fastapi import Request, Response
from fastapi.concurrency import run_in_threadpool
from sqlalchemy.orm import Session
from starlette.datastructures import UploadFile

from api import identity
from api.resources import resources
from matcher.errors import Conflict, IdempotencyKeyReused, InvalidInput
from matcher.services import idempotency
from matcher.services.idempotency import Stored

HEADER: Final = "Idempotency-Key"
REPLAYED: Final = "Idempotency-Replayed"
MAX_KEY_CHARS: Final = 200
_CHUNK_BYTES: Final = 1 << 20
_KEPT_HEADERS: Final = ("etag", "location")


async def once(
    request: Request, answer: Callable[[Request], Awaitable[Response]], *, keeps_body: bool = True
) -> Response:
    """Answer a request, or repeat the answer that its key got before.

    Parameters
    ----------
    request
        The request; who calls is known.
    answer
        What answers it the first time, inside the transaction of its work.
    keeps_body
        False where the answer shows a secret: that it was answered is kept, what was said is not.

    Raises
    ------
    InvalidInput
        If the key is empty or too long.
    IdempotencyKeyReused
        If the key came before with another request.
    Conflict
        If a request with the key is being done, or its answer held a secret.
    """
    key, owner = request.headers.get(HEADER), _owner(request)
    if key is None or owner is None or request.method != "POST" or not request.url.path.startswith("/api/"):
        return await answer(request)
    if not 0 < len(key.strip()) <= MAX_KEY_CHARS:
        raise InvalidInput(f"A key has between 1 and {MAX_KEY_CHARS} characters.", field=HEADER)
    fingerprint = await _fingerprint(request)
    stored = await run_in_threadpool(_find, request, owner, key)
    if stored is not None:
        return _repeat(stored, fingerprint)
    response = await answer(request)
    await run_in_threadpool(
        _remember, request, owner, key, fingerprint=fingerprint, response=response, keeps_body=keeps_body
    )
    return response


def _owner(request: Request) -> str | None:
    """Whose key it is: of a member acting for an organisation; a stranger's are not kept."""
    caller = identity.caller_of(request)
    return None if caller is None else f"{caller.actor.member_id}:{caller.actor.organisation_id}"


def _find(request: Request, owner: str, key: str) -> Stored | None:
    with resources(request).reading_sessions() as session:
        return idempotency.find(session, owner=owner, key=key)


def _repeat(stored: Stored, fingerprint: str) -> Response:
    if stored.fingerprint != fingerprint:
        raise IdempotencyKeyReused("This key came before with another request.")
    kept = json.loads(stored.body)
    if kept["body"] is None:
        raise Conflict(
            "This was done; its answer held a secret, which is shown once.",
            remedy="Revoke what was made and repeat with a new key.",
        )
    headers = {**kept["headers"], REPLAYED: "true"}
    media_type = stored.content_type or None
    return Response(kept["body"].encode("utf-8"), stored.status, headers=headers, media_type=media_type)


def _remember(
    request: Request, owner: str, key: str, *, fingerprint: str, response: Response, keeps_body: bool
) -> None:
    session: Session = request.state.session
    body = bytes(response.body).decode("utf-8") if keeps_body else None
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    idempotency.remember(
        session,
        owner=owner,
        key=key,
        fingerprint=fingerprint,
        status=response.status_code,
        content_type=response.headers.get("content-type", ""),
        body=json.dumps({"headers": headers, "body": body}, ensure_ascii=False).encode("utf-8"),
    )


async def _fingerprint(request: Request) -> str:
    digest = hashlib.sha256(f"{request.method} {request.url.path}?{request.url.query}\n".encode())
    if request.headers.get("content-type", "").startswith("multipart/"):
        await _digest_form(request, digest)
    else:
        digest.update(await request.body())
    return digest.hexdigest()


async def _digest_form(request: Request, digest: hashlib._Hash) -> None:
    # The boundary differs each time a form is sent, so that its parts are compared and not its bytes.
    for name, value in (await request.form()).multi_items():
        digest.update(f"\n{name}=".encode())
        if not isinstance(value, UploadFile):
            digest.update(value.encode())
            continue
        while chunk := await value.read(_CHUNK_BYTES):
            digest.update(chunk)
        await value.seek(0)
