import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.schema import CreateTable

from matcher.errors import DatabaseOutdated
from matcher.types import EntryKind, EntryStatus, NoticeKind, OrganisationKind, OrganisationSize, RequestState
from models.database import (
    check_current,
    downgrade,
    make_engine,
    make_sessions,
    schema_is_current,
    upgrade,
)
from models.migrations import __path__ as migrations_path
from models.records import (
    Base,
    Counter,
    Entry,
    Member,
    Notice,
    Organisation,
    PartnerRequest,
    Theme,
    ThemeMember,
)
from models.records.append_only import NEVER_CHANGED, NEVER_REMOVED

SCRIPTS = ScriptDirectory(migrations_path[0])
REVISIONS = [script.revision for script in SCRIPTS.walk_revisions()]


@pytest.fixture
def fresh(tmp_path):
    """The address of a database that is not there yet, and an engine for it."""
    url = f"sqlite:///{tmp_path / 'fresh.db'}"
    engine = make_engine(url)
    yield url, engine
    engine.dispose()


def tables(engine):
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"))
        found = {tuple(row) for row in rows} - {("table", "alembic_version")}
    seen = inspect(engine)
    columns = {
        (name, each["name"]) for kind, name in found if kind == "table" for each in seen.get_columns(name)
    }
    return found | columns


def differences(engine):
    with engine.connect() as connection:
        options = {"compare_type": True, "compare_server_default": True, "render_as_batch": True}
        return compare_metadata(MigrationContext.configure(connection, opts=options), Base.metadata)


def test_the_history_has_one_beginning_and_one_end():
    assert len(SCRIPTS.get_heads()) == 1
    assert len(SCRIPTS.get_bases()) == 1
    assert not any(script.is_merge_point for script in SCRIPTS.walk_revisions())


def test_migrations_make_exactly_the_tables_of_the_records(fresh):
    url, engine = fresh
    upgrade(url)
    assert differences(engine) == []
    assert set(inspect(engine).get_table_names()) == {*Base.metadata.tables, "alembic_version"}


def test_every_column_key_and_constraint_is_as_the_records_say(fresh):
    # Alembic compares neither primary keys nor the names of foreign keys.
    url, engine = fresh
    upgrade(url)
    seen = inspect(engine)
    for name, table in Base.metadata.tables.items():
        columns = {column["name"]: column["nullable"] for column in seen.get_columns(name)}
        assert columns == {column.name: column.nullable for column in table.columns}, name
        assert seen.get_pk_constraint(name)["constrained_columns"] == [
            column.name for column in table.primary_key
        ], name
        keys = {(key["name"], key["referred_table"]) for key in seen.get_foreign_keys(name)}
        assert keys == {(key.name, key.referred_table.name) for key in table.foreign_key_constraints}, name


def test_the_way_down_leaves_nothing(fresh):
    url, engine = fresh
    upgrade(url)
    downgrade(url, "base")
    assert tables(engine) == set()


def test_every_step_can_be_taken_back_and_taken_again(fresh):
    url, engine = fresh
    upgrade(url)
    whole = tables(engine)
    for revision in [*REVISIONS[1:], "base"]:
        before = tables(engine)
        downgrade(url, revision)
        assert tables(engine) < before, revision
    upgrade(url)
    assert tables(engine) == whole
    assert differences(engine) == []


def test_what_is_stored_survives_the_last_step_down_and_up(fresh):
    url, engine = fresh
    upgrade(url)
    with engine.begin() as connection:
        connection.execute(Counter.__table__.update().values(value=41))
    downgrade(url, REVISIONS[1] if len(REVISIONS) > 1 else REVISIONS[0])
    upgrade(url)
    with engine.connect() as connection:
        assert connection.scalars(select(Counter.value).where(Counter.name == "entry")).one() == 41


def test_an_organisation_has_no_size_before_it_tells_one(fresh):
    url, engine = fresh
    upgrade(url)
    downgrade(url, "0007")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO organisation "
                "(id, kind, name, name_key, languages, version, created_at, updated_at) "
                "VALUES ('o', 'supplier', 'A', 'a', '[]', 1, '2026-01-01', '2026-01-01')"
            )
        )
    upgrade(url)
    with engine.begin() as connection:
        assert connection.scalars(select(Organisation.size)).one() is None
        connection.execute(Organisation.__table__.update().values(size=OrganisationSize.SMALL))
    downgrade(url, "0007")
    upgrade(url)
    with engine.connect() as connection:
        assert connection.execute(select(Organisation.name, Organisation.size)).one() == ("A", None)


def test_a_database_of_before_takes_in_requests_of_partners_and_each_form_once(fresh):
    url, engine = fresh
    upgrade(url)
    downgrade(url, "0010")
    assert "partner_request" not in inspect(engine).get_table_names()
    upgrade(url)

    def take_in(session):
        session.add(
            PartnerRequest(
                organisation_number="556036-0793",
                name="Sand AB",
                kind=OrganisationKind.SUPPLIER,
                contact="Siv",
                email="siv@sand.example",
                about="Vi sandar.",
                sent_digest="a",
            )
        )

    with make_sessions(engine).begin() as session:
        take_in(session)
    with make_sessions(engine)() as session:
        kept = session.scalars(select(PartnerRequest)).one()
        assert (kept.state, kept.reason, kept.decided_at) == (RequestState.OPEN, "", None)
    with pytest.raises(IntegrityError), make_sessions(engine).begin() as session:
        take_in(session)


def test_notices_that_earlier_versions_do_not_know_go_with_the_requests(fresh):
    url, engine = fresh
    upgrade(url)
    kinds = (NoticeKind.PARTNER_REQUEST, NoticeKind.MERGED)
    with make_sessions(engine).begin() as session:
        member = Member(email="siv@byn.example", name="Siv")
        session.add(member)
        session.flush()
        session.add_all(Notice(member_id=member.id, key=kind, kind=kind, thing_id="a") for kind in kinds)
    downgrade(url, "0010")
    with engine.connect() as connection:
        assert list(connection.scalars(text("SELECT kind FROM notice"))) == ["merged"]
    upgrade(url)
    assert differences(engine) == []


def test_what_themes_hold_is_told_beside_them_and_follows_its_entries(fresh):
    url, engine = fresh
    upgrade(url)
    downgrade(url, "0011")
    kept = {
        "title": "A",
        "text": "A",
        "language": "sv",
        "draft_digest": "a",
        "source": "a",
        "content_number": 1,
    }
    entry = {"id": "e", "source_key": "a", "source_id": "a", "changed_seq": 1, **kept}
    whole = {"id": "t", "level": 0, "name_sv": "A", "name_en": "A", "terms_sv": [], "terms_en": []}
    with engine.begin() as connection:
        connection.execute(Entry.__table__.insert().values(kind="need", status="published", **entry))
        connection.execute(Theme.__table__.insert().values(state="alive", n_members=1, **whole))
        connection.execute(
            text(
                "INSERT INTO theme_member (entry_id, theme_id, position, is_pinned, joined_at) "
                "VALUES ('e', 't', 3, 1, '2026-01-01 00:00:00.000000')"
            )
        )
    upgrade(url)
    beside = (ThemeMember.kind, ThemeMember.status, ThemeMember.created_at)
    with engine.begin() as connection:
        came_at = connection.scalars(select(Entry.created_at)).one()
        assert connection.execute(select(*beside)).one() == (EntryKind.NEED, EntryStatus.PUBLISHED, came_at)
        connection.execute(update(Entry).values(kind=EntryKind.IDEA, status=EntryStatus.WITHDRAWN))
        assert connection.execute(select(*beside)).one() == (EntryKind.IDEA, EntryStatus.WITHDRAWN, came_at)
        assert connection.execute(select(ThemeMember.position, ThemeMember.is_pinned)).one() == (3, True)
    with pytest.raises(IntegrityError), engine.begin() as connection:
        connection.execute(update(ThemeMember).values(status=EntryStatus.PUBLISHED))
    downgrade(url, "0011")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT entry_id, position FROM theme_member")).one() == ("e", 3)


def test_bringing_a_current_database_up_to_date_changes_nothing(fresh):
    url, engine = fresh
    upgrade(url)
    before = tables(engine)
    upgrade(url)
    assert tables(engine) == before


def test_work_on_tables_of_another_version_is_refused(fresh):
    url, engine = fresh
    assert not schema_is_current(engine)
    upgrade(url)
    check_current(engine)
    downgrade(url, "base")
    with pytest.raises(DatabaseOutdated) as caught:
        check_current(engine)
    assert "matcher init" in caught.value.remedy


def test_the_folder_of_a_new_database_is_made(tmp_path):
    upgrade(f"sqlite:///{tmp_path / 'data' / 'deep' / 'matcher.db'}")
    assert (tmp_path / "data" / "deep" / "matcher.db").exists()


def test_append_only_tables_are_guarded_by_triggers(fresh):
    url, engine = fresh
    upgrade(url)
    wanted = {("trigger", f"{record.__tablename__}_refuses_update") for record in NEVER_CHANGED}
    wanted |= {("trigger", f"{record.__tablename__}_refuses_delete") for record in NEVER_REMOVED}
    assert wanted <= tables(engine)


@pytest.mark.parametrize(
    "name",
    "api_key audit_event entry entry_version export_file import legal_hold membership proposal run "
    "saved_mapping token verdict".split(),
)
def test_what_belongs_to_an_organisation_says_so(name):
    assert "organisation_id" in Base.metadata.tables[name].columns


def test_relationships_never_load_by_themselves():
    for mapper in Base.registry.mappers:
        assert all(each.lazy in ("raise", "raise_on_sql") for each in mapper.relationships), mapper


def test_the_tables_can_be_made_in_postgresql_too():
    from sqlalchemy.dialects import postgresql

    for table in Base.metadata.sorted_tables:
        assert (
            str(CreateTable(table).compile(dialect=postgresql.dialect())).strip().startswith("CREATE TABLE")
        )
