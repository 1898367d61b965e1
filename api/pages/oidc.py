"""Signing in at the organisation's own provider (OpenID Connect: discovery, PKCE, state and nonce)."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response
from fastapi.concurrency import run_in_threadpool

from api import rendering, signing_in
from api.access import GuardedRoute, allows_everybody
from api.addresses import absolute
from api.dependencies import Assets, Work
from api.resources import Provider
from matcher.errors import MatcherError, NotSignedIn, PageNotFound
from matcher.services import accounts
from matcher.settings import Settings

if TYPE_CHECKING:
    import httpx2

log = logging.getLogger("matcher.oidc")
router = APIRouter(route_class=GuardedRoute, include_in_schema=False)


def make_provider(settings: Settings, transport: httpx2.AsyncBaseTransport | None = None) -> Provider | None:
    """Return a client of the provider that the settings name, or None if they name none.

    Parameters
    ----------
    settings
        ``oidc_issuer``, ``oidc_client_id`` and ``oidc_client_secret``.
    transport
        HTTP transport towards the provider, for tests.
    """
    if not settings.oidc_issuer:
        return None
    from authlib.integrations.starlette_client import OAuth

    client_options: dict[str, object] = {
        "scope": "openid email profile",
        "code_challenge_method": "S256",
        "timeout": 10,
    }
    if transport is not None:
        client_options["transport"] = transport
    provider: Provider = OAuth().register(
        "provider",
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret.get_secret_value(),
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}/.well-known/openid-configuration",
        client_kwargs=client_options,
    )
    return provider


# These two are async because the provider's client is: they wait for the network, not for a processor.
@router.get("/oidc/start")
@allows_everybody
async def start(request: Request, assets: Assets) -> Response:
    """Send the browser to the provider."""
    if assets.provider is None:
        raise PageNotFound("/oidc/start")
    try:
        answer: Response = await assets.provider.authorize_redirect(
            request, absolute(request, "/oidc/callback")
        )
    except Exception as error:
        return _refused(request, error)
    return answer


@router.get("/oidc/callback")
@allows_everybody
async def callback(request: Request, assets: Assets, work: Work) -> Response:
    """Take the browser back from the provider and sign its owner in, if we know them."""
    if assets.provider is None:
        raise PageNotFound("/oidc/callback")
    try:
        claims = await _claims(request, assets.provider, issuer=assets.settings.oidc_issuer)
        member = await run_in_threadpool(
            accounts.sign_in_with_provider,
            work,
            issuer=assets.settings.oidc_issuer,
            subject=str(claims["sub"]),
            email=_verified_email(claims),
        )
    except Exception as error:
        return _refused(request, error)
    signing_in.start(request, member.id, session_version=member.session_version)
    rendering.notify(request, "login.welcome")
    return rendering.redirect("/")


async def _claims(request: Request, provider: Provider, *, issuer: str) -> dict[str, object]:
    wanted = {"iss": {"essential": True, "value": issuer}}
    token = await provider.authorize_access_token(request, claims_options=wanted)
    if not token.get("userinfo"):
        raise NotSignedIn("The provider did not say who signed in.")
    return dict(token["userinfo"])


def _verified_email(claims: Mapping[str, object]) -> str | None:
    email = claims.get("email")
    return email if isinstance(email, str) and claims.get("email_verified") is True else None


def _refused(request: Request, error: Exception) -> Response:
    # The provider's client fails in many ways (network, signature, state, claims); to the one who
    # signs in they are all the same, and a message may name them: only the class is logged.
    log.warning("Signing in at the provider failed: %s", type(error).__name__)
    if isinstance(error, MatcherError) and error.status >= 500:
        raise error
    rendering.notify(request, "login.provider_failed")
    return rendering.redirect("/login")
