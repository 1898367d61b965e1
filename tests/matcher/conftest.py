import pytest

from tests.matcher.living import World, migrated


@pytest.fixture(scope="session")
def empty_database(tmp_path_factory):
    return migrated(tmp_path_factory.mktemp("empty"))


@pytest.fixture
def world(tmp_path, empty_database):
    made = World(tmp_path, empty_database)
    yield made
    made.close()
