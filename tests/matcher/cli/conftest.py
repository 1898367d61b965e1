import json
import shutil
from functools import partial

import pytest
from typer.testing import CliRunner

from matcher.cli import console
from matcher.cli.app import app
from matcher.settings import Settings
from models import database
from models.database import make_engine, make_sessions


class Cli:
    """Runs commands in a folder of their own, with the hashing encoder."""

    def __init__(self, folder, environment):
        self.folder, self.environment = folder, environment

    def __call__(self, *arguments, code=0, **environment):
        result = CliRunner().invoke(app, [str(each) for each in arguments], env=environment)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result

    def json(self, *arguments, code=0):
        return json.loads(self(*arguments, "--json", code=code).stdout)

    def settings(self):
        return Settings(data_dir=self.folder / "data", encoder="hashing")

    def write(self, name, content):
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return path


@pytest.fixture
def bare(tmp_path, monkeypatch):
    """The command line without a database."""
    monkeypatch.chdir(tmp_path)
    environment = {"MATCHER_DATA_DIR": str(tmp_path / "data"), "MATCHER_ENCODER": "hashing"}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(console.out, "width", 200)  # a narrow table breaks names
    monkeypatch.setattr(database, "make_engine", partial(make_engine, busy_timeout_s=0.05))
    return Cli(tmp_path, environment)


@pytest.fixture
def cli(bare, empty_database):
    """The command line with an empty database."""
    (bare.folder / "data").mkdir()
    shutil.copy(empty_database, bare.folder / "data" / "matcher.db")
    return bare


@pytest.fixture
def sessions(cli):
    engine = make_engine(cli.settings().effective_database_url)
    yield make_sessions(engine)
    engine.dispose()


def raise_interrupt(*arguments, **named):
    raise KeyboardInterrupt
