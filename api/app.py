"""The web application: put together here, started by ``matcher serve``."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import httpx2
from fastapi import FastAPI
from fastapi.concurrency import run_in_threadpool
from fastapi.staticfiles import StaticFiles
from starlette.middleware.sessions import SessionMiddleware
from starlette.middleware.trustedhost import TrustedHostMiddleware

from api import errors, openapi, pages, rendering, routes
from api.middleware import API_PREFIX, AccessLog, CrashGuard, SecurityHeaders
from api.pages import oidc
from api.resources import Resources
from api.secret import signing_secret
from matcher import __version__
from matcher.jobs import Worker
from matcher.live import LiveMatcher
from matcher.settings import LOOPBACK_HOSTS, Settings, load_settings


def create_app(
    settings: Settings | None = None,
    *,
    live: LiveMatcher | None = None,
    transport: httpx2.AsyncBaseTransport | None = None,
    has_worker: bool = True,
) -> FastAPI:
    """Build the application.

    Parameters
    ----------
    settings
        Settings of the deployment; read from the environment when left out.
    live
        A search in memory to use instead of a new one over the database.
    transport
        HTTP transport towards the OpenID Connect provider, for tests.
    has_worker
        Whether runs are carried out, and the search kept fresh, in the background of this process.

    Raises
    ------
    SettingInvalid
        If the settings are unsafe for where the service runs.
    """
    settings = (settings or load_settings()).checked()
    app = FastAPI(
        title="Matcher",
        version=__version__,
        description="Finds which needs, ideas and offerings belong together. It suggests; a person decides.",
        lifespan=_lifespan,
        openapi_url=f"{API_PREFIX}/openapi.json",
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses=openapi.PROBLEM_RESPONSES,
    )
    app.state.settings, app.state.live, app.state.has_worker = settings, live, has_worker
    app.state.provider = oidc.make_provider(settings, transport)
    _add_routes(app)
    errors.add_error_handlers(app)
    openapi.describe_access(app)
    _add_middleware(app, settings)
    return app


def _add_routes(app: FastAPI) -> None:
    for router in routes.API:
        app.include_router(router, prefix=API_PREFIX)
    for router in pages.PAGES:
        app.include_router(router)
    app.mount("/static", StaticFiles(directory=rendering.STATIC), name="static")


def _add_middleware(app: FastAPI, settings: Settings) -> None:
    is_production = settings.environment == "production"
    # The one that is added last sees the request first.
    app.add_middleware(
        SessionMiddleware,
        secret_key=signing_secret(settings),
        session_cookie="__Host-matcher" if is_production else "matcher",
        max_age=settings.session_hours * 3600,
        same_site="lax",
        https_only=is_production,
    )
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=_trusted_hosts(settings), www_redirect=False)
    app.add_middleware(CrashGuard)
    app.add_middleware(AccessLog)
    app.add_middleware(SecurityHeaders, is_https_only=is_production)


def _trusted_hosts(settings: Settings) -> list[str]:
    public = urlsplit(settings.public_url).hostname
    return sorted(LOOPBACK_HOSTS | {"[::1]"} | ({public} if public else set()))


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    opened = await run_in_threadpool(_open, app)
    app.state.resources = opened
    # It loads the encoder and the entries, too: /health answers at once, /ready tells when that is done.
    if app.state.has_worker:
        opened.worker = Worker(opened.live)
        opened.worker.start()
    # What the program is made of stays: to look through it for garbage holds a request up for 0.1 to 0.2 s.
    gc.freeze()
    yield
    gc.unfreeze()
    if opened.worker is not None:
        await run_in_threadpool(opened.worker.stop)
    opened.engine.dispose()


def _open(app: FastAPI) -> Resources:
    return Resources.open(app.state.settings, live=app.state.live, provider=app.state.provider)
