"""Cursors, entity tags, languages, safe redirects, and whose requests count together."""

from __future__ import annotations

import string

import pytest
from fastapi import Request
from hypothesis import given
from hypothesis import strategies as st

from api import cursor, texts
from api.etag import etag, expected_version
from api.flood import Limit, client_of
from api.rendering import amount, percent, safe_next
from api.texts import LANGUAGES, catalogue, choose_language
from matcher.errors import InvalidInput, MatcherError, PreconditionRequired, TooManyAttempts

POSITIONS = st.lists(st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(), max_size=4)


@given(POSITIONS)
def test_a_cursor_gives_back_its_position_and_is_safe_in_an_address(position: list[object]) -> None:
    packed = cursor.encode(position)
    assert cursor.decode(packed) == position
    assert set(packed) <= set(string.ascii_letters + string.digits + "-_")


@pytest.mark.parametrize("broken", ["!", "a", "e30=x", "ÅÄÖ", "bm90IGpzb24", "MTI", "W" * 2000])
def test_a_broken_cursor_is_invalid_input_that_names_the_field(broken: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        cursor.decode(broken)
    assert caught.value.field == "cursor"


@given(st.integers(0, 10**15))
def test_an_entity_tag_gives_back_its_version(version: int) -> None:
    assert expected_version(etag(version)) == version
    assert expected_version(f"W/{etag(version)}") == version


def test_a_missing_version_is_another_error_than_a_wrong_one() -> None:
    with pytest.raises(PreconditionRequired):
        expected_version(None)
    for wrong in ("3", '"x"', "*", '"1", "2"', ""):
        with pytest.raises(InvalidInput):
            expected_version(wrong)


def request_with(*, query: str = "", cookie: str = "", accept: str = "") -> Request:
    headers = [(b"accept-language", accept.encode()), (b"cookie", cookie.encode())]
    return Request({"type": "http", "query_string": query.encode(), "headers": headers})


@pytest.mark.parametrize(
    ("query", "cookie", "accept", "language"),
    [
        ("", "", "", "sv"),
        ("", "", "en-GB,en;q=0.9", "en"),
        ("", "", "fi,en;q=0.5,sv;q=0.8", "sv"),
        ("", "", "fi,de", "sv"),
        ("", "", "sv;q=x,en;q=0.1", "en"),
        ("", "language=en", "sv", "en"),
        ("lang=sv", "language=en", "en", "sv"),
        ("lang=klingon", "language=xx", "en", "en"),
    ],
)
def test_language_is_the_address_then_the_cookie_then_the_browser(
    query: str, cookie: str, accept: str, language: str
) -> None:
    assert choose_language(request_with(query=query, cookie=cookie, accept=accept)) == language


def test_catalogues_have_equal_keys_and_equal_placeholders() -> None:
    formats = {
        language: {
            key: sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)
            for key, text in catalogue(language).items()
        }
        for language in LANGUAGES
    }
    assert formats["sv"] == formats["en"]
    assert all(text.strip() for language in LANGUAGES for text in catalogue(language).values())


def every_error(kind: type[MatcherError] = MatcherError) -> list[type[MatcherError]]:
    return [kind, *(found for child in kind.__subclasses__() for found in every_error(child))]


def test_every_error_has_a_status_and_is_worded_in_every_language() -> None:
    import api.errors  # noqa: F401  its classes count, too

    assert texts.DEFAULT_LANGUAGE == "sv"
    ours = [kind for kind in every_error() if kind.__module__.split(".")[0] in ("matcher", "api")]
    for kind in ours:
        assert 400 <= kind.status <= 599
        assert kind.title and kind.remedy
        code = kind.__new__(kind).code
        for language in LANGUAGES:
            assert f"error.{code}.title" in catalogue(language), code
            assert f"error.{code}.remedy" in catalogue(language), code


@pytest.mark.parametrize(
    "away", ["https://evil.example", "//evil.example", "/\\evil.example", "", None, "x", "/a\nb"]
)
def test_redirects_stay_inside_the_service(away: str | None) -> None:
    assert safe_next(away) == "/"


def test_an_address_inside_is_kept() -> None:
    assert safe_next("/review?state=open") == "/review?state=open"


def test_numbers_are_written_the_nordic_way() -> None:
    assert percent(0.816) == "82\u00a0%"
    assert amount(1234567, "SEK") == "1\u00a0234\u00a0567\u00a0SEK"


@pytest.mark.parametrize(
    ("one", "other", "is_one"),
    [
        ("203.0.113.7", "203.0.113.7", True),
        ("203.0.113.7", "203.0.113.8", False),
        ("203.0.113.7", "::ffff:203.0.113.7", True),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("fe80::1%eth0", "fe80::2%eth0", True),
        ("testclient", "testclient", True),
        ("testclient", "", False),
    ],
)
def test_requests_of_one_ipv6_network_count_together(one: str, other: str, is_one: bool) -> None:
    clients = [client_of(Request({"type": "http", "client": (host, 1)})) for host in (one, other)]
    assert (clients[0] == clients[1]) is is_one


def test_a_limit_forgets_who_came_long_ago_and_no_others() -> None:
    now = [0.0]
    limit = Limit(2, seconds=10, clock=lambda: now[0])
    for at, client in ((0.0, "a"), (1.0, "b"), (9.0, "a"), (12.0, "c")):
        now[0] = at
        limit.check(client)
    assert set(limit._seen) == {"a", "c"}
    limit.check("a")
    with pytest.raises(TooManyAttempts):
        limit.check("a")
