"""Every error has one form: a problem with a code and a remedy, and never what somebody wrote."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError

from api.errors import add_error_handlers
from api.pages.reference import all_errors
from matcher.errors import MatcherError
from tests.api.conftest import BASE_URL, ICE, World

OURS = [kind for kind in all_errors() if kind.__module__.split(".")[0] in ("matcher", "api")]


def answer_to(error: Exception, *, accept: str = "*/*") -> tuple[int, dict, str]:
    app = FastAPI()
    add_error_handlers(app)

    @app.get("/api/v1/x")
    def fail() -> None:
        raise error

    answer = TestClient(app, base_url=BASE_URL).get("/api/v1/x", headers={"Accept": accept})
    return answer.status_code, answer.json(), answer.headers["content-type"]


@pytest.mark.parametrize("kind", OURS, ids=lambda kind: kind.__name__)
def test_every_error_is_a_problem_with_its_own_status_and_code(kind: type[MatcherError]) -> None:
    error = kind.__new__(kind, "What went wrong.")
    error.field = "text"  # type: ignore[attr-defined]
    error.faults = [{"field": "text", "message": "Wrong."}]  # type: ignore[attr-defined]
    status, problem, content_type = answer_to(error, accept="text/html")
    assert content_type == "application/problem+json"
    assert (status, problem["status"], problem["title"]) == (kind.status, kind.status, kind.title)
    assert problem["code"] == error.code
    assert problem["type"] == f"/docs#{error.code}"
    assert problem["detail"] == "What went wrong."
    assert problem["remedy"] == error.remedy
    assert problem["instance"] == "/api/v1/x"


def test_codes_are_unique() -> None:
    codes = [kind.__new__(kind).code for kind in OURS]
    assert len(codes) == len(set(codes))


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (IntegrityError("INSERT", {}, Exception("UNIQUE constraint failed")), 409),
        (StaleDataError("0 rows"), 409),
        (OperationalError("BEGIN", {}, Exception("database is locked")), 503),
        (OperationalError("INSERT", {}, Exception("database or disk is full")), 507),
        (OperationalError("SELECT", {}, Exception("no such table: entry")), 503),
        (OperationalError("SELECT", {}, Exception("something else")), 500),
    ],
)
def test_an_error_of_the_database_is_one_of_ours_and_tells_no_statement(
    error: Exception, status: int
) -> None:
    answered, problem, _ = answer_to(error)
    assert answered == status
    assert "SELECT" not in json.dumps(problem) and "INSERT" not in json.dumps(problem)


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/nowhere", 404, "page-not-found"),
        ("GET", "/entries/", 404, "page-not-found"),
        ("PUT", "/entries", 405, "method-not-allowed"),
        ("GET", "/entries/none", 404, "entry-not-found"),
        ("GET", "/entries/a%00b", 422, "invalid-fields"),
        ("GET", "/organisations/none", 404, "organisation-not-found"),
        ("GET", "/proposals/none", 404, "proposal-not-found"),
        ("GET", "/imports/none", 404, "import-not-found"),
        ("GET", "/runs/none", 404, "job-not-found"),
        ("GET", "/mappings/none", 404, "not-found"),
        ("GET", "/exports/none", 422, "invalid-fields"),
    ],
)
def test_what_is_not_there_is_a_problem(world: World, method: str, path: str, status: int, code: str) -> None:
    answer = world.call(method, path)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"{", "application/json"),
        (b"[]", "application/json"),
        (b'{"kind": "need", "text": "\\ud800"}', "application/json"),
        (b'{"kind": "need", "text": "x", "estimated_value": NaN}', "application/json"),
        (b'{"kind": "need", "text": "x", "estimated_value": 1e999}', "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 100_000, "application/json"),
        (b"kind=need&text=x", "application/x-www-form-urlencoded"),
        (b"", "application/json"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_problem(world: World, content: bytes, content_type: str) -> None:
    answer = world.post("/entries", content=content, headers={"Content-Type": content_type})
    assert answer.status_code in (400, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_broken_form_is_a_problem(world: World) -> None:
    answer = world.post(
        "/imports", content=b"--x\r\nbroken", headers={"Content-Type": "multipart/form-data; boundary=x"}
    )
    assert answer.status_code in (400, 422)
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_that_is_too_large_is_refused(world: World) -> None:
    answer = world.post("/entries", json={"kind": "need", "text": "x" * (5 << 20)})
    assert (answer.status_code, answer.json()["code"]) == (413, "file-too-large")
    assert "content-security-policy" in answer.headers


def test_a_body_of_unknown_length_is_counted_while_it_is_read(world: World) -> None:
    sent = 0

    def parts() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(40):
            sent += 1 << 20
            yield b" " * (1 << 20)

    answer = world.post("/entries", content=parts(), headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (413, "file-too-large")


def test_a_rejected_value_is_not_repeated(world: World) -> None:
    answer = world.post("/entries", json={"kind": ICE, "text": [ICE], ICE: 1})
    assert answer.status_code == 422
    assert "äldreboendet" not in json.dumps([each["message"] for each in answer.json()["errors"]])


def test_a_crash_tells_nothing_to_the_outside_and_no_text_to_the_log(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    @world.app.get("/api/v1/crash")
    def crash() -> None:
        raise RuntimeError(ICE)

    with caplog.at_level(logging.DEBUG):
        answer = world.client.get("/api/v1/crash")
    assert answer.status_code == 500
    assert answer.json()["code"] == "matcher-error"
    assert "äldreboendet" not in answer.text
    assert "RuntimeError" in caplog.text
    assert "äldreboendet" not in caplog.text


def test_no_address_query_or_text_is_logged(world: World, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, logger="matcher"):
        entry = world.make_entry(ICE)
        world.get("/entries", params={"words": "gångvägar"})
        world.get(f"/entries/{entry['id']}")
        world.client.get("/link/secret-token")
    assert "GET /api/v1/entries/{entry_id} 200" in caplog.text
    for told in ("gångvägar", "words", "secret-token", entry["id"], world.people["officer"].key):
        assert told not in caplog.text


def test_a_commit_that_fails_is_never_answered_with_success(world: World) -> None:
    def fail(_: object) -> None:
        raise OperationalError("COMMIT", {}, Exception("database or disk is full"))

    sessions = world.sessions
    event.listen(sessions, "before_commit", fail)
    answer = world.post("/entries", json={"kind": "need", "text": ICE, "publish": True})
    event.remove(sessions, "before_commit", fail)
    assert answer.status_code == 507
    assert world.get("/entries").json()["items"] == []
    assert world.post("/search", json={"text": ICE}).json()["items"] == []


def test_tables_of_another_version_are_named_with_the_remedy(world: World) -> None:
    with world.resources.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = 'older'")
    world.resources.is_schema_checked = False
    answer = world.get("/entries")
    assert (answer.status_code, answer.json()["code"]) == (503, "database-outdated")
    assert "matcher init" in answer.json()["remedy"]
    assert answer.headers["retry-after"]
    assert world.client.get("/api/v1/ready").json()["database"] is False


def test_people_get_a_page_and_programs_a_problem(world: World) -> None:
    page = world.client.get("/nowhere", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert world.client.get("/nowhere").headers["content-type"] == "application/problem+json"
    assert (
        world.client.get("/api/v1/nowhere", headers={"Accept": "text/html"})
        .headers["content-type"]
        .startswith("application/problem+json")
    )


@pytest.mark.parametrize("path", ["/api/v1/health", "/login", "/api/v1/nowhere", "/static/app.css"])
def test_every_answer_carries_the_security_headers(world: World, path: str) -> None:
    headers = world.client.get(path).headers
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert ("no-store" in headers["cache-control"]) == (not path.startswith("/static/"))
