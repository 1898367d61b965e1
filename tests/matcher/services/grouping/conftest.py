import socket

import pytest

from tests.matcher.services.grouping.world import copy_of, peopled


@pytest.fixture(scope="session")
def peopled_database(tmp_path_factory):
    path = tmp_path_factory.mktemp("grouping") / "peopled.db"
    return path, *peopled(path)


@pytest.fixture
def world(tmp_path, peopled_database):
    path, actors, ids = peopled_database
    made = copy_of(path, tmp_path / "matcher.db", actors, ids)
    yield made
    made.engine.dispose()


@pytest.fixture
def free_port():
    """A port of this machine on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
