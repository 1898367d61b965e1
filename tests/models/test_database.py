import sqlite3
import threading

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError, SQLAlchemyError

from matcher.errors import Busy, Conflict, DatabaseOutdated, MatcherError, StorageFull
from models.database import READS_ONLY, make_engine, make_sessions, translate, translate_errors, upgrade
from models.records import Counter, EntryTag


def locked(url):
    """Another program in the middle of writing."""
    other = sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    return other


def test_every_connection_is_safe(engine):
    def pragma(name):
        with engine.connect() as connection:
            return connection.scalar(text(f"PRAGMA {name}"))

    assert pragma("journal_mode") == "wal"
    assert pragma("foreign_keys") == 1
    assert pragma("secure_delete") == 1


def test_a_reference_to_nothing_is_a_conflict(sessions):
    with (
        pytest.raises(Conflict, match="already stored") as caught,
        translate_errors(),
        sessions.begin() as session,
    ):
        session.add(EntryTag(entry_id="nobody", position=0, tag="hemligt ord"))
    assert "hemligt" not in str(caught.value)
    with sessions() as session:
        assert session.query(EntryTag).count() == 0


def test_errors_of_the_database_repeat_no_values(sessions):
    with pytest.raises(SQLAlchemyError) as caught, sessions.begin() as session:
        session.add(EntryTag(entry_id="nobody", position=0, tag="hemligt ord"))
    assert "hemligt" not in str(caught.value)


def test_another_program_that_writes_makes_a_writer_busy(url, sessions):
    other = locked(url)
    with (
        pytest.raises(Busy, match="another program") as caught,
        translate_errors(),
        sessions.begin() as session,
    ):
        session.connection()
    other.close()
    assert "nothing is lost" in caught.value.remedy
    with translate_errors(), sessions.begin() as session:
        session.get(Counter, "entry").value += 1


def test_readers_do_not_wait_for_a_writer_and_see_what_was_before(sessions, reading):
    with sessions.begin() as writer:
        writer.get(Counter, "entry").value = 7
        writer.flush()
        with reading() as reader:
            assert reader.get(Counter, "entry").value == 0
    with reading() as reader:
        assert reader.get(Counter, "entry").value == 7
        assert reader.info[READS_ONLY]


def test_a_second_writer_waits_until_the_first_has_committed(url):
    engine = make_engine(url, busy_timeout_s=20)
    sessions = make_sessions(engine)
    holds, may_commit, order = threading.Event(), threading.Event(), []

    def first():
        with sessions.begin() as session:
            session.get(Counter, "entry").value += 1
            session.flush()
            holds.set()
            assert may_commit.wait(20)
            order.append("first")

    def second():
        assert holds.wait(20)
        may_commit.set()
        with sessions.begin() as session:
            session.get(Counter, "entry").value += 1
            order.append("second")

    threads = [threading.Thread(target=first), threading.Thread(target=second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    with sessions() as session:
        assert session.get(Counter, "entry").value == 2
    assert order == ["first", "second"]
    engine.dispose()


def test_many_writers_at_once_lose_nothing(url):
    engine = make_engine(url, busy_timeout_s=30)
    sessions = make_sessions(engine)

    def add():
        for _ in range(10):
            with sessions.begin() as session:
                session.get(Counter, "entry").value += 1

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    with sessions() as session:
        assert session.get(Counter, "entry").value == 40
    engine.dispose()


def test_what_is_not_committed_leaves_no_trace(sessions):
    with pytest.raises(KeyboardInterrupt), sessions.begin() as session:
        session.get(Counter, "entry").value = 99
        session.flush()
        raise KeyboardInterrupt
    with sessions() as session:
        assert session.get(Counter, "entry").value == 0


def test_a_file_that_is_no_database_is_told_with_a_remedy(tmp_path):
    path = tmp_path / "matcher.db"
    path.write_text("id;text\n1;Halka\n" * 200)
    with pytest.raises(MatcherError, match="damaged, or is no database") as caught:
        upgrade(f"sqlite:///{path}")
    assert "backup" in caught.value.remedy
    assert path.read_text().startswith("id;text")


def test_a_damaged_database_is_told(url):
    path = url.removeprefix("sqlite:///")
    with open(path, "r+b") as stream:
        stream.seek(4096)
        stream.write(b"\xff" * 8 * 4096)
    engine = make_engine(url)
    with pytest.raises(MatcherError, match="damaged"), translate_errors(), engine.connect() as connection:
        for name in ("counter", "entry", "member"):
            connection.execute(text(f"SELECT * FROM {name}")).all()
    engine.dispose()


def test_a_missing_table_says_that_the_database_is_outdated(tmp_path):
    engine = make_engine(f"sqlite:///{tmp_path / 'bare.db'}")
    with pytest.raises(DatabaseOutdated), translate_errors(), make_sessions(engine)() as session:
        session.get(Counter, "entry")
    engine.dispose()


def test_a_folder_that_is_a_file_is_told(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(StorageFull, match="folder cannot be made"):
        upgrade(f"sqlite:///{tmp_path / 'data' / 'matcher.db'}")


def test_a_file_that_cannot_be_opened_is_told(tmp_path):
    with pytest.raises(StorageFull, match="cannot be opened") as caught:
        upgrade(f"sqlite:///{tmp_path}")
    assert "MATCHER_DATA_DIR" in caught.value.remedy


def test_a_full_disk_is_told_and_nothing_is_half_written(sessions, engine):
    with engine.connect() as connection:
        pages = connection.scalar(text("PRAGMA page_count"))
    with pytest.raises(StorageFull), translate_errors(), sessions.begin() as session:
        session.execute(text(f"PRAGMA max_page_count={pages + 2}"))
        session.get(Counter, "entry").value = 5
        session.add_all(Counter(name=f"{number:040}", value=number) for number in range(5000))
    with sessions() as session:
        assert session.get(Counter, "entry").value == 0
        assert session.query(Counter).count() == 1


@pytest.mark.parametrize("words", ["lock timeout", "deadlock detected"])
def test_other_databases_are_busy_too(words):
    error = OperationalError("", {}, Exception(words))
    assert isinstance(translate(error), Busy)


def test_an_error_that_nobody_foresaw_is_ours_all_the_same():
    found = translate(OperationalError("", {}, Exception("the moon is full: Anna Andersson")))
    assert type(found) is MatcherError
    assert "Anna" not in str(found)


def test_nothing_is_opened_before_it_is_needed(tmp_path):
    make_engine(f"sqlite:///{tmp_path / 'new.db'}")
    assert not (tmp_path / "new.db").exists()
