"""A request that is sent again with its key is done once, and answered alike."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest

from matcher.services import idempotency as service
from tests.api.conftest import ICE, LUNCH, World

NEED = {"kind": "need", "text": ICE}
KEY = {"Idempotency-Key": "a1"}


def n_entries(world: World) -> int:
    return len(world.get("/entries", params={"limit": 200}).json()["items"])


def test_the_same_key_gets_the_same_answer_and_does_nothing(world: World) -> None:
    first = world.post("/entries", json=NEED, headers=KEY)
    again = world.post("/entries", json=NEED, headers=KEY)
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    for name in ("etag", "location", "content-type"):
        assert again.headers[name] == first.headers[name]
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert n_entries(world) == 1


def test_a_key_that_comes_again_with_another_request_is_refused(world: World) -> None:
    world.post("/entries", json=NEED, headers=KEY)
    for method_path, body in (("/entries", {"kind": "need", "text": LUNCH}), ("/search", NEED)):
        answer = world.post(method_path, json=body, headers=KEY)
        assert (answer.status_code, answer.json()["code"]) == (422, "idempotency-key-reused")
    assert n_entries(world) == 1


def test_another_callers_key_is_another_key(world: World) -> None:
    world.post("/entries", json=NEED, headers=KEY)
    other = world.post("/entries", "coordinator", json=NEED, headers=KEY)
    assert "idempotency-replayed" not in other.headers
    assert n_entries(world) == 2


def test_of_two_at_once_one_is_done(world: World) -> None:
    both = Barrier(2, timeout=30)

    def send(_: int) -> tuple[int, str]:
        both.wait()
        answer = world.post("/entries", json=NEED, headers=KEY)
        return answer.status_code, answer.headers.get("idempotency-replayed", "")

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(send, range(2)))
    assert answers in ([(201, ""), (409, "")], [(201, ""), (201, "true")])
    assert n_entries(world) == 1
    assert world.post("/entries", json=NEED, headers=KEY).headers["idempotency-replayed"] == "true"


def test_a_request_that_failed_can_be_corrected_under_the_same_key(world: World) -> None:
    assert world.post("/entries", json={**NEED, "cpv": ["x"]}, headers=KEY).status_code == 422
    assert world.post("/entries", json=NEED, headers=KEY).status_code == 201


@pytest.mark.parametrize("key", ["", " ", "x" * 201])
def test_a_key_has_a_length(world: World, key: str) -> None:
    answer = world.post("/entries", json=NEED, headers={"Idempotency-Key": key})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "Idempotency-Key"


def test_after_a_day_a_key_is_new(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.post("/entries", json=NEED, headers=KEY)
    monkeypatch.setattr(service, "KEPT_FOR", timedelta(0))
    assert "idempotency-replayed" not in world.post("/entries", json=NEED, headers=KEY).headers
    assert n_entries(world) == 2


def test_a_file_counts_by_its_content_and_not_by_its_boundary(world: World) -> None:
    rows = "id;typ;text\n1;behov;Det är halt på gångvägen.\n".encode()

    def send(content: bytes) -> dict:
        answer = world.post("/imports", files={"file": ("a.csv", content)}, headers=KEY)
        return {"status": answer.status_code, "replayed": "idempotency-replayed" in answer.headers}

    assert send(rows) == {"status": 201, "replayed": False}
    assert send(rows) == {"status": 201, "replayed": True}
    assert send(rows + b"2;behov;Mer.\n") == {"status": 422, "replayed": False}


def test_an_answer_with_a_secret_is_not_kept(world: World) -> None:
    body = {"name": "Nightly", "roles": ["officer"]}
    made = world.post("/api-keys", json=body, headers=KEY)
    secret = made.json()["secret"]
    again = world.post("/api-keys", json=body, headers=KEY)
    assert again.status_code == 409
    assert len([each for each in world.get("/api-keys").json()["items"] if each["name"] == "Nightly"]) == 1
    with world.resources.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT body FROM stored_answer").scalars().all()
    assert kept and all(secret not in each for each in kept)


def test_what_was_erased_is_not_repeated(world: World) -> None:
    made = world.post("/entries", json=NEED, headers=KEY)
    entry = made.json()["entry"]
    erased = world.call("DELETE", f"/entries/{entry['id']}", "administrator", headers={"If-Match": '"1"'})
    assert erased.status_code == 204
    with world.resources.engine.connect() as connection:
        kept = connection.exec_driver_sql("SELECT body FROM stored_answer").scalars().all()
    assert all("gångvägar" not in each for each in kept)


def test_a_get_takes_no_notice_of_a_key(world: World) -> None:
    assert world.get("/entries", headers=KEY).status_code == 200
    world.make_entry()
    assert n_entries(world) == 1
