"""Around every request: security headers, a line of log without texts, no trace of a crash to the outside."""

from __future__ import annotations

import logging
import time
import traceback

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api import errors
from matcher.errors import MatcherError

API_PREFIX = "/api/v1"
access_log = logging.getLogger("matcher.access")
crash_log = logging.getLogger("matcher.crash")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    # Not no-referrer: browsers would then send `Origin: null` with our own forms.
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


class SecurityHeaders:
    """Adds the security headers; answers that are not static files are never kept by a cache."""

    def __init__(self, app: ASGIApp, *, is_https_only: bool) -> None:
        self.app = app
        self.headers = dict(SECURITY_HEADERS)
        if is_https_only:
            self.headers["Strict-Transport-Security"] = "max-age=31536000; includeSubDomains"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and add the headers to its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
                if scope["path"].startswith("/static/"):
                    headers["Cache-Control"] = "public, max-age=86400"
                else:
                    headers.setdefault("Cache-Control", "no-store")
            await send(message)

        await self.app(scope, receive, send_with_headers)


class AccessLog:
    """Writes one line a request: method, route, status, time. No address, no query, no text, no token.

    The route's pattern is logged, not the path that was asked for: a sign-in link is a secret.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and log how it went."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started_at, status = time.perf_counter(), 500

        async def note_status(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, note_status)
        finally:
            elapsed_ms = (time.perf_counter() - started_at) * 1000
            access_log.info("%s %s %d %.0f ms", scope["method"], _pattern(scope), status, elapsed_ms)


def _pattern(scope: Scope) -> str:
    if scope["path"].startswith("/static/"):
        return "/static"
    pattern = getattr(scope.get("route"), "path_format", None)
    if pattern is None:
        return str(getattr(scope.get("endpoint"), "__name__", "(no route)"))
    # A route does not know under which prefix it was included.
    is_below = scope["path"].startswith(API_PREFIX) and not pattern.startswith(API_PREFIX)
    return f"{API_PREFIX}{pattern}" if is_below else str(pattern)


class CrashGuard:
    """Turns an unforeseen error into a plain answer, and logs where it arose but not what it said.

    An exception's message may quote a resident's text, so that only its class and its place are logged.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; answer 500 if it crashes before an answer began."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        has_started = False

        async def note_start(message: Message) -> None:
            nonlocal has_started
            has_started = has_started or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, note_start)
        except Exception as error:
            frames = "".join(traceback.format_tb(error.__traceback__))
            crash_log.error("%s in %s\n%s", type(error).__name__, _pattern(scope), frames)
            if has_started:
                return  # the server sees that the answer is incomplete and closes the connection
            failure = MatcherError("The service made a mistake; it has been logged.")
            response = errors.respond(Request(scope, receive), failure)
            await response(scope, receive, send)
