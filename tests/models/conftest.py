import shutil

import pytest

from models.database import make_engine, make_reading_sessions, make_sessions, upgrade


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    """An empty database with all tables; making one is slow, so that tests copy it."""
    path = tmp_path_factory.mktemp("empty") / "empty.db"
    upgrade(f"sqlite:///{path}")
    return path


@pytest.fixture
def url(tmp_path, empty_database):
    shutil.copy(empty_database, tmp_path / "matcher.db")
    return f"sqlite:///{tmp_path / 'matcher.db'}"


@pytest.fixture
def engine(url):
    engine = make_engine(url, busy_timeout_s=0.05)
    yield engine
    engine.dispose()


@pytest.fixture
def sessions(engine):
    return make_sessions(engine)


@pytest.fixture
def reading(engine):
    return make_reading_sessions(engine)
