"""The application as a whole: how it starts, what it refuses, and how it works while others write."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from api.app import create_app
from matcher.errors import SettingInvalid, UnreadableFile
from matcher.settings import Settings
from tests.api.conftest import ICE, World, form_token

PRODUCTION = {
    "environment": "production",
    "host": "0.0.0.0",
    "secret_key": "s" * 40,
    "public_url": "https://matcher.example",
}


def settings_with(folder: Path, **changes: object) -> Settings:
    return Settings.model_validate({"data_dir": folder, "encoder": "hashing", **changes})


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"host": "0.0.0.0"}, "MATCHER_HOST"),
        ({**PRODUCTION, "secret_key": "short"}, "MATCHER_SECRET_KEY"),
        ({**PRODUCTION, "public_url": "http://matcher.example"}, "MATCHER_PUBLIC_URL"),
    ],
)
def test_what_is_unsafe_does_not_start(tmp_path: Path, changes: dict[str, object], name: str) -> None:
    with pytest.raises(SettingInvalid) as caught:
        create_app(settings_with(tmp_path, **changes))
    assert caught.value.name == name


def test_a_list_of_codes_that_is_missing_does_not_start(tmp_path: Path) -> None:
    app = create_app(settings_with(tmp_path, cpv_file=tmp_path / "none.tsv"), has_worker=False)
    with pytest.raises(UnreadableFile), TestClient(app):
        pass


def test_in_production_cookies_and_headers_are_for_https_alone(world: World) -> None:
    app = create_app(settings_with(world.settings.data_dir, **PRODUCTION), has_worker=False)
    with TestClient(app, base_url="https://matcher.example", follow_redirects=False) as client:
        answer = client.get("/login")
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-matcher=")
        for flag in ("secure", "httponly", "samesite=lax", "path=/"):
            assert flag in cookie.lower()
        assert "max-age" in answer.headers["strict-transport-security"]
        token = form_token(answer.text)
        refused = client.post("/link/x", data={"csrf_token": token})
        assert refused.status_code == 403


def test_without_a_secret_one_is_made_once_and_kept(tmp_path: Path) -> None:
    create_app(settings_with(tmp_path))
    kept = (tmp_path / "secret.key").read_bytes()
    create_app(settings_with(tmp_path))
    assert (tmp_path / "secret.key").read_bytes() == kept
    assert len(kept) >= 32
    assert (tmp_path / "secret.key").stat().st_mode & 0o077 == 0


def test_it_is_ready_once_everything_is_loaded(world: World) -> None:
    before = world.client.get("/api/v1/ready")
    assert (before.status_code, before.json()) == (503, {"database": True, "search": False})
    assert before.headers["retry-after"]
    world.post("/search", json={"text": ICE})
    assert world.client.get("/api/v1/ready").json() == {"database": True, "search": True}


def test_the_worker_starts_and_ends_with_the_application(world: World) -> None:
    app = create_app(world.settings)
    with TestClient(app, base_url="http://127.0.0.1") as client:
        assert client.get("/api/v1/health").status_code == 200


def test_reading_waits_for_no_writer(world: World) -> None:
    entry = world.make_entry(publish=True)
    browser = world.sign_in("officer")
    with world.resources.engine.connect() as connection:
        connection.exec_driver_sql("SELECT 1")  # an open transaction holds the write lock
        assert world.get(f"/entries/{entry['id']}").status_code == 200
        assert world.post("/search", json={"text": ICE}).status_code == 200
        assert browser.client.get("/api/v1/me").status_code == 200


def test_static_files_are_kept_by_browsers_and_nothing_else_is_served_from_there(world: World) -> None:
    assert world.client.get("/static/app.css").headers["cache-control"].startswith("public")
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"):
        assert world.client.get(path).status_code == 404


def test_no_request_waits_for_garbage_among_what_the_program_is_made_of(tmp_path: Path) -> None:
    gc.unfreeze()
    with TestClient(create_app(settings_with(tmp_path), has_worker=False)):
        assert gc.get_freeze_count() > 10_000
    assert gc.get_freeze_count() == 0
