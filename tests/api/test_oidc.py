"""Signing in at a provider: only who it vouches for, and whom we know, gets in."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

import httpx2
import pytest
from fastapi.testclient import TestClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from api.app import create_app
from tests.api.conftest import BASE_URL, World

ISSUER = "https://provider.example"


@dataclass(slots=True)
class FakeProvider:
    """An OpenID Connect provider behind a transport; ``claims`` are what it says of whoever signs in."""

    claims: dict[str, object] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "1"}))
    signs_with: RSAKey | None = None
    nonce: str = ""
    verifiers: list[str] = field(default_factory=list)

    def transport(self) -> httpx2.AsyncBaseTransport:
        return httpx2.MockTransport(self.answer)

    def answer(self, request: httpx2.Request) -> httpx2.Response:
        path = request.url.path
        if path == "/.well-known/openid-configuration":
            addresses = {
                name: f"{ISSUER}/{part}"
                for name, part in (
                    ("authorization_endpoint", "authorize"),
                    ("token_endpoint", "token"),
                    ("jwks_uri", "keys"),
                )
            }
            return httpx2.Response(
                200,
                json={"issuer": ISSUER, "id_token_signing_alg_values_supported": ["RS256"], **addresses},
            )
        if path == "/keys":
            return httpx2.Response(200, json={"keys": [self.key.as_dict(private=False)]})
        if path == "/token":
            self.verifiers.append(parse_qs(request.content.decode())["code_verifier"][0])
            return httpx2.Response(200, json=self.tokens())
        return httpx2.Response(404)

    def tokens(self) -> dict[str, object]:
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": "matcher",
            "iat": now,
            "exp": now + 300,
            "nonce": self.nonce,
            "sub": "17",
            **self.claims,
        }
        signed = jwt.encode({"alg": "RS256", "kid": "1"}, claims, self.signs_with or self.key)
        return {"access_token": "x", "token_type": "Bearer", "id_token": signed}


@pytest.fixture(scope="module")
def provider_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": "1"})


@pytest.fixture
def provider(provider_key: RSAKey) -> FakeProvider:
    return FakeProvider(key=provider_key)


@pytest.fixture
def browser(world: World, provider: FakeProvider) -> Iterator[TestClient]:
    changes = {"oidc_issuer": ISSUER, "oidc_client_id": "matcher"}
    app = create_app(
        world.settings.model_copy(update=changes), transport=provider.transport(), has_worker=False
    )
    with TestClient(app, base_url=BASE_URL, follow_redirects=False) as client:
        yield client


def sign_in(browser: TestClient, provider: FakeProvider, **changed: str) -> httpx2.Response:
    """Go to the provider and come back as its answer sends the browser."""
    sent = browser.get("/oidc/start")
    assert sent.status_code in (302, 303), sent.text
    asked = {name: values[0] for name, values in parse_qs(urlsplit(sent.headers["location"]).query).items()}
    assert asked["redirect_uri"] == f"{BASE_URL}/oidc/callback"
    assert asked["code_challenge_method"] == "S256"
    provider.nonce = asked["nonce"]
    return browser.get("/oidc/callback", params={"code": "c", "state": asked["state"], **changed})


def who(browser: TestClient) -> str | None:
    answer = browser.get("/api/v1/me")
    return answer.json()["name"] if answer.status_code == 200 else None


def test_a_member_is_known_by_its_verified_address_and_then_by_the_provider(
    browser: TestClient, provider: FakeProvider
) -> None:
    provider.claims = {"email": "Officer@exempel.example", "email_verified": True}
    assert sign_in(browser, provider).headers["location"] == "/"
    assert who(browser) == "Officer"
    assert all(len(each) >= 43 for each in provider.verifiers)
    browser.cookies.clear()
    provider.claims = {}
    sign_in(browser, provider)
    assert who(browser) == "Officer"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "officer@exempel.example"},
        {"email": "officer@exempel.example", "email_verified": False},
        {"email": "officer@exempel.example", "email_verified": "true"},
        {"email": "nobody@exempel.example", "email_verified": True},
        {"email": ["officer@exempel.example"], "email_verified": True},
        {"email": "officer@exempel.example", "email_verified": True, "iss": "https://evil.example"},
        {"email": "officer@exempel.example", "email_verified": True, "aud": "another"},
        {"email": "officer@exempel.example", "email_verified": True, "nonce": "another"},
        {"email": "officer@exempel.example", "email_verified": True, "exp": 1},
    ],
)
def test_whom_the_provider_does_not_vouch_for_stays_outside(
    browser: TestClient, provider: FakeProvider, claims: dict[str, object]
) -> None:
    provider.claims = claims
    assert sign_in(browser, provider).headers["location"] == "/login"
    assert who(browser) is None


def test_a_token_that_somebody_else_signed_is_refused(browser: TestClient, provider: FakeProvider) -> None:
    provider.claims = {"email": "officer@exempel.example", "email_verified": True}
    provider.signs_with = RSAKey.generate_key(2048, {"kid": "1"})
    sign_in(browser, provider)
    assert who(browser) is None


def test_an_answer_that_was_not_asked_for_is_refused(browser: TestClient, provider: FakeProvider) -> None:
    provider.claims = {"email": "officer@exempel.example", "email_verified": True}
    assert browser.get("/oidc/callback", params={"code": "c", "state": "x"}).status_code == 303
    assert who(browser) is None
    sign_in(browser, provider, state="x")
    assert who(browser) is None


def test_without_a_provider_there_is_no_such_page(world: World) -> None:
    assert world.client.get("/oidc/start").status_code == 404
    assert world.client.get("/oidc/callback").status_code == 404


def test_the_sign_in_page_offers_the_provider_where_there_is_one(world: World, browser: TestClient) -> None:
    assert "/oidc/start" in browser.get("/login").text
    assert "/oidc/start" not in world.client.get("/login").text
