import shutil
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from matcher.errors import Conflict, ImportNotFound, InvalidInput, NotAllowed, NotFound
from matcher.intake import Options, digest_file, read_rows
from matcher.services import entries, erasure, importing, reviewing
from matcher.services.actor import SYSTEM
from matcher.services.entries import EntryFilters
from matcher.services.import_batch import BATCH
from matcher.types import EntryKind, EntryStatus, Fault, IntakeRow, OrganisationSize, ProposalState
from models.records import AuditEvent, Base, Entry, EntryVersion, Import, ImportFault, Organisation, Passage
from tests.matcher.living import draft


def rows_of(*texts, **fields):
    """Rows with these texts, the id of each its place."""
    fields.setdefault("source", "register")
    return [
        IntakeRow(
            number=number,
            draft=replace(
                draft(EntryKind.NEED, text, organisation=fields.get("organisation")),
                source_id=str(number),
                source=fields["source"],
            ),
        )
        for number, text in enumerate(texts, start=1)
    ]


def take_in(town, rows, *, by=SYSTEM, digest="file", **options):
    return town.do(importing.import_rows, rows, file_name="behov.csv", file_digest=digest, by=by, **options)


def counts(report):
    return (report.created, report.updated, report.unchanged, report.failed)


def texts(town, **filters):
    page = town.do(entries.list_entries, filters=EntryFilters(**filters), limit=10_000)
    return sorted(entry.text for entry in page.items)


def everything(town):
    """The number of rows of each table."""
    with town.sessions() as session:
        return {
            name: session.scalar(select(func.count()).select_from(table))
            for name, table in Base.metadata.tables.items()
        }


def test_new_rows_become_entries_with_versions_and_passages(town):
    report = take_in(town, rows_of("Det är halt.", "Växeln svarar inte."))
    assert counts(report) == (2, 0, 0, 0)
    assert (report.status, report.dry_run, report.read) == ("done", False, 2)
    assert report.finished_at >= report.created_at
    assert texts(town) == ["Det är halt.", "Växeln svarar inte."]
    assert {version.number for version in town.rows(EntryVersion)} == {1}
    assert len(town.rows(Passage)) == 2
    (event,) = town.audit(report.id)
    assert (event.action, event.detail["created"]) == ("import.finished", 2)


def test_equal_rows_without_ids_are_told_as_equal_rows(town, tmp_path):
    path = tmp_path / "behov.csv"
    path.write_text("Beskrivning;Typ\nDet är halt här.;behov\nDet är halt här.;behov\n", encoding="utf-8")
    for options in ({"dry_run": True}, {}):
        (fault,) = take_in(town, read_rows(path, Options()), **options).faults
        assert (fault.row, fault.field) == (3, "text")
        assert "same row" in fault.message and "column id" in fault.remedy


def test_the_same_rows_again_change_nothing(town):
    rows = rows_of("Det är halt.", "Växeln svarar inte.")
    take_in(town, rows)
    before = {entry.id: (entry.version, entry.updated_at, entry.changed_seq) for entry in town.rows(Entry)}
    for digest in ("file", "the same rows in another file"):
        assert counts(take_in(town, rows, digest=digest)) == (0, 0, 2, 0)
    assert before == {
        entry.id: (entry.version, entry.updated_at, entry.changed_seq) for entry in town.rows(Entry)
    }
    assert len(town.rows(EntryVersion)) == 2


def test_a_changed_row_becomes_a_version_and_the_entry_keeps_its_id(town):
    take_in(town, rows_of("Det är halt.", "Växeln svarar inte."))
    before = {entry.source_id: entry.id for entry in town.rows(Entry)}
    report = take_in(town, rows_of("Det är mycket halt.", "Växeln svarar inte."), digest="newer")
    assert counts(report) == (0, 1, 1, 0)
    assert before == {entry.source_id: entry.id for entry in town.rows(Entry)}
    versions = town.do(entries.list_versions, before["1"])
    assert [(each.number, each.original_text) for each in versions] == [
        (1, "Det är halt."),
        (2, "Det är mycket halt."),
    ]
    assert texts(town) == ["Det är mycket halt.", "Växeln svarar inte."]


def test_what_is_no_longer_in_the_file_stays(town):
    take_in(town, rows_of("Det är halt.", "Växeln svarar inte."))
    take_in(town, rows_of("Det är halt."), digest="shorter")
    assert len(texts(town)) == 2


@pytest.mark.parametrize("field", ["title", "tags", "cpv", "estimated_value", "status", "created_at"])
def test_any_field_that_changed_makes_a_version(town, field):
    values = {
        "title": "Halka",
        "tags": ("vinter",),
        "cpv": ("90620000",),
        "estimated_value": Decimal(5),
        "status": EntryStatus.DRAFT,
        "created_at": datetime(2026, 1, 1, tzinfo=UTC),
    }
    (row,) = rows_of("Det är halt.")
    take_in(town, [row])
    changed = replace(row, draft=replace(row.draft, **{field: values[field]}))
    assert counts(take_in(town, [changed], digest="newer")) == (0, 1, 0, 0)


def test_ids_are_of_their_source(town):
    assert counts(take_in(town, rows_of("Det är halt.", source="a"))) == (1, 0, 0, 0)
    assert counts(take_in(town, rows_of("Det är mörkt.", source="b"))) == (1, 0, 0, 0)


def test_two_organisations_may_number_their_rows_alike(town):
    take_in(town, rows_of("Det är halt."), by="officer")
    assert counts(take_in(town, rows_of("Det är mörkt."), by="neighbour")) == (1, 0, 0, 0)
    assert {entry.organisation_id for entry in town.rows(Entry)} == {
        town["officer"].organisation_id,
        town["neighbour"].organisation_id,
    }


def wrong(number):
    return IntakeRow(
        number=number,
        faults=(Fault(row=number, field="cpv", message="No code.", remedy="Write eight digits."),),
    )


def test_good_rows_come_in_beside_wrong_ones(town):
    good = rows_of("Det är halt.", "Växeln svarar inte.")
    seen = []
    report = take_in(town, [good[0], wrong(7), good[1]], on_fault=seen.append)
    assert counts(report) == (2, 0, 0, 1)
    assert report.faults == (Fault(row=7, field="cpv", message="No code.", remedy="Write eight digits."),)
    assert seen == list(report.faults)
    page = town.do(importing.list_faults, report.id)
    assert (page.items, page.next_after) == (list(report.faults), None)


def test_what_the_file_could_not_know_is_a_fault_of_its_row(town):
    rows = rows_of("Det är halt.", "<p> </p>", "Mörkt.", "Kallt.")
    rows[2] = replace(rows[2], draft=replace(rows[2].draft, title="x" * 2000, currency="kr"))
    rows[3] = replace(rows[3], draft=replace(rows[3].draft, organisation="212000-2644"))
    report = take_in(town, rows)
    assert counts(report) == (1, 0, 0, 3)
    assert [(fault.row, fault.field) for fault in report.faults] == [
        (2, "text"),
        (3, "title"),
        (3, "currency"),
        (4, "organisation_number"),
    ]
    assert all(fault.remedy for fault in report.faults)


def test_an_id_that_stands_twice_is_told_and_the_first_row_counts(town):
    first, second = rows_of("Det är halt.", "Något annat.")
    twice = replace(second, draft=replace(second.draft, source_id="1"))
    for dry_run in (True, False):
        report = take_in(town, [first, twice], dry_run=dry_run)
        assert counts(report) == (1, 0, 0, 1)
        assert (report.faults[0].row, report.faults[0].field) == (2, "source_id")
    assert texts(town) == ["Det är halt."]


def test_an_id_that_stands_twice_in_far_apart_rows_is_told_too(town):
    rows = rows_of(*(f"Rad {number} är hal." for number in range(BATCH + 20)))
    rows[-1] = replace(rows[-1], draft=replace(rows[-1].draft, source_id="1"))
    for dry_run in (True, False):
        assert counts(take_in(town, rows, dry_run=dry_run)) == (len(rows) - 1, 0, 0, 1)


def test_a_dry_run_tells_what_would_happen_and_writes_nothing(town):
    take_in(town, rows_of("Det är halt.", "Växeln svarar inte."))
    before = everything(town)
    bytes_before = town.path.read_bytes()
    rows = [*rows_of("Det är halt.", "Växeln svarar aldrig.", "Nytt."), wrong(9)]
    report = take_in(town, rows, digest="newer", dry_run=True, create_organisations=True)
    assert counts(report) == (1, 1, 1, 1)
    assert (report.id, report.status, report.dry_run, report.n_faults) == (None, "trial", True, 1)
    assert everything(town) == before
    assert town.path.read_bytes() == bytes_before
    assert counts(take_in(town, rows, digest="newer")) == counts(report)


def test_a_dry_run_registers_no_organisation(town):
    rows = rows_of("Det är halt.", organisation="Nyköpings kommun")
    before = len(town.rows(Organisation))
    take_in(town, rows, dry_run=True, create_organisations=True)
    assert len(town.rows(Organisation)) == before
    take_in(town, rows, create_organisations=True)
    assert len(town.rows(Organisation)) == before + 1
    take_in(town, rows, digest="again", create_organisations=True)
    assert len(town.rows(Organisation)) == before + 1


class Interrupted:
    """Commits after each batch until somebody presses Ctrl-C."""

    def __init__(self, session, after):
        self.session, self.left = session, after

    def __call__(self):
        self.session.commit()
        self.left -= 1
        if self.left == 0:
            raise KeyboardInterrupt


def interrupt(town, rows, *, after, **options):
    with pytest.raises(KeyboardInterrupt), town.sessions() as session:
        importing.import_rows(
            session,
            rows,
            file_name="behov.csv",
            file_digest="file",
            actor=SYSTEM,
            checkpoint=Interrupted(session, after),
            **options,
        )


def many(count=3 * BATCH + 50):
    return rows_of(*(f"Rad {number} är hal och mörk." for number in range(count)))


def test_an_interrupted_import_carries_on_where_it_stopped(town):
    rows = many()
    rows[3] = wrong(4)
    interrupt(town, rows, after=2)
    assert len(town.rows(Entry)) == 2 * BATCH - 1
    (record,) = town.rows(Import)
    assert (record.status, record.n_read) == ("running", 2 * BATCH)
    done = []
    report = take_in(town, rows, progress=done.append)
    assert (report.id, report.status, report.read) == (record.id, "done", len(rows))
    assert counts(report) == (len(rows) - 1, 0, 0, 1)
    assert [fault.row for fault in report.faults] == [4]
    assert done[0] == 2 * BATCH
    assert sum(done) == len(rows)
    assert len(town.rows(Import)) == 1
    assert len(town.rows(EntryVersion)) == len(rows) - 1
    assert counts(take_in(town, rows)) == (0, 0, len(rows) - 1, 1)


def test_what_was_not_committed_before_the_interruption_comes_in_later(town):
    rows = many(BATCH + 5)

    def stops():
        yield from rows[: BATCH + 2]
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), town.sessions() as session:
        importing.import_rows(
            session, stops(), file_name="b", file_digest="file", actor=SYSTEM, checkpoint=session.commit
        )
    assert len(town.rows(Entry)) == BATCH
    assert counts(take_in(town, rows)) == (len(rows), 0, 0, 0)


def test_without_checkpoints_an_interrupted_import_leaves_nothing(town):
    before = everything(town)

    def stops():
        yield from many()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        take_in(town, stops())
    assert everything(town) == before


def test_only_what_is_read_alike_carries_on(town):
    rows = many(2 * BATCH)
    interrupt(town, rows, after=1, options={"kind": "need"})
    report = take_in(town, rows, options={"kind": "idea"})
    assert counts(report) == (BATCH, 0, BATCH, 0)
    assert len(town.rows(Import)) == 2


def test_of_two_who_import_one_file_at_once_one_is_told_and_nothing_comes_in_twice(town):
    rows = many(3 * BATCH)
    reports = []

    def overtake():
        session.commit()
        if not reports:
            reports.append(take_in(town, rows))

    with pytest.raises(Conflict, match="Another program imports"), town.sessions() as session:
        importing.import_rows(
            session, rows, file_name="b", file_digest="file", actor=SYSTEM, checkpoint=overtake
        )
    assert counts(reports[0]) == (len(rows), 0, 0, 0)
    assert len(town.rows(Entry)) == len(town.rows(EntryVersion)) == len(rows)
    assert counts(take_in(town, rows)) == (0, 0, len(rows), 0)


def test_an_id_that_came_before_the_interruption_is_still_known_as_twice(town):
    rows = many(BATCH + 10)
    rows[-1] = replace(rows[-1], draft=replace(rows[-1].draft, source_id="1"))
    interrupt(town, rows, after=1)
    assert counts(take_in(town, rows)) == (len(rows) - 1, 0, 0, 1)


def test_what_a_person_changed_is_not_undone_by_the_same_file(town):
    take_in(town, rows_of("Det är halt."), by="officer")
    (entry,) = town.rows(Entry)
    town.do(
        entries.change,
        entry.id,
        {"text": "Det är halt vid skolan."},
        expected_version=entry.version,
        by="officer",
    )
    assert counts(take_in(town, rows_of("Det är halt."), by="officer", digest="again")) == (0, 0, 1, 0)
    assert texts(town) == ["Det är halt vid skolan."]
    report = take_in(town, rows_of("Det är halt och mörkt."), by="officer", digest="newer")
    assert counts(report) == (0, 1, 0, 0)
    assert [each.original_text for each in town.do(entries.list_versions, entry.id)] == [
        "Det är halt.",
        "Det är halt vid skolan.",
        "Det är halt och mörkt.",
    ]


def test_what_was_withdrawn_stays_withdrawn(town):
    take_in(town, rows_of("Det är halt."))
    (entry,) = town.rows(Entry)
    town.do(entries.withdraw, entry.id, expected_version=entry.version)
    for digest, text in (("again", "Det är halt."), ("newer", "Det är mycket halt.")):
        take_in(town, rows_of(text), digest=digest)
    assert town.do(entries.get, entry.id).status is EntryStatus.WITHDRAWN


def test_an_entry_that_the_source_takes_back_is_proposed_no_more(town):
    take_in(town, rows_of("Det är halt."))
    need, offering = town.rows(Entry)[0], town.offering()
    proposal = town.propose(need, offering)
    (row,) = rows_of("Det är halt.")
    gone = replace(row, draft=replace(row.draft, status=EntryStatus.WITHDRAWN))
    take_in(town, [gone], digest="newer")
    assert town.do(reviewing.get_proposal, proposal.id).state is ProposalState.STALE


@pytest.mark.parametrize(("work", "word"), [(erasure.erase, "erased"), (erasure.restrict, "restricted")])
def test_what_was_erased_or_restricted_does_not_come_back(town, work, word):
    take_in(town, rows_of("Det är halt.", "Mörkt."))
    entry = next(each for each in town.rows(Entry) if each.source_id == "1")
    town.do(work, entry.id)
    for digest, text in (("again", "Det är halt."), ("newer", "Det är mycket halt.")):
        report = take_in(town, rows_of(text, "Mörkt."), digest=digest)
        assert counts(report) == (0, 0, 1, 1)
        assert word in report.faults[0].message
        assert "halt" not in report.faults[0].message + report.faults[0].remedy
    assert len(town.rows(Entry)) == 2


def test_rows_go_to_the_organisation_that_they_name(town):
    take_in(town, rows_of("Det är halt.", organisation="  grannköping "))
    assert town.rows(Entry)[0].organisation_id == town.organisations["Grannköping"]
    take_in(town, rows_of("Mörkt.", source="b", organisation="Ingenstans"))
    assert {entry.organisation_id for entry in town.rows(Entry)} == {town.organisations["Grannköping"], None}


def sized(size, name, *, source="sizes"):
    (row,) = rows_of("Vi sandar.", organisation=name, source=source)
    return [replace(row, organisation_size=size)]


def size_of(town, name):
    return next(each.size for each in town.rows(Organisation) if each.name == name)


def test_the_size_of_a_supplier_is_noted_where_nobody_told_it(town):
    rows = sized(OrganisationSize.SMALL, "Isfritt AB")
    take_in(town, rows, create_organisations=True, dry_run=True)
    assert size_of(town, "Isfritt AB") is None
    take_in(town, rows, create_organisations=True)
    assert size_of(town, "Isfritt AB") is OrganisationSize.SMALL
    take_in(town, sized(OrganisationSize.LARGE, "Isfritt AB"), digest="newer")
    assert size_of(town, "Isfritt AB") is OrganisationSize.SMALL
    assert [each.action for each in town.rows(AuditEvent)].count("organisation.changed") == 1


def test_public_buyers_have_no_size_and_officers_tell_none(town):
    take_in(town, sized(OrganisationSize.LARGE, "Grannköping"))
    assert size_of(town, "Grannköping") is None
    take_in(town, sized(OrganisationSize.LARGE, None, source="own"), by="officer")
    assert all(each.size is None for each in town.rows(Organisation))


def test_a_member_imports_for_its_own_organisation_alone(town):
    report = take_in(town, rows_of("Det är halt.", organisation="Grannköping"), by="officer")
    assert counts(report) == (0, 0, 0, 1)
    assert report.faults[0].field == "organisation"
    take_in(town, rows_of("Mörkt.", organisation="Ingenstans"), by="officer")
    assert town.rows(Entry)[0].organisation_id == town["officer"].organisation_id
    with pytest.raises(NotAllowed):
        take_in(town, [], by="officer", organisation_id=town.organisations["Grannköping"])
    with pytest.raises(NotAllowed):
        take_in(town, [], by="administrator", create_organisations=True)


def test_imports_are_seen_by_their_organisation_alone(town):
    report = take_in(town, [wrong(1)], by="officer")
    assert town.do(importing.get_import, report.id, by="coordinator") == report
    assert [each.id for each in town.do(importing.list_imports, by="officer").items] == [report.id]
    assert town.do(importing.list_imports, by="neighbour").items == []
    for service in (importing.get_import, importing.list_faults):
        with pytest.raises(ImportNotFound):
            town.do(service, report.id, by="neighbour")
        with pytest.raises(ImportNotFound):
            town.do(service, "none", by="officer")


def test_the_report_shows_the_first_thousand_faults_and_pages_give_all(town):
    report = take_in(town, [wrong(number) for number in range(1, 1301)])
    assert (len(report.faults), report.n_faults, report.failed) == (1000, 1300, 1300)
    numbers, after = [], None
    while True:
        page = town.do(importing.list_faults, report.id, limit=400, after=after)
        numbers += [fault.row for fault in page.items]
        if (after := page.next_after) is None:
            break
    assert numbers == list(range(1, 1301))
    trial = take_in(town, [wrong(number) for number in range(1, 1301)], dry_run=True)
    assert (len(trial.faults), trial.n_faults) == (1000, 1300)


def test_mappings_are_kept_by_name_for_the_organisation(town):
    saved = town.do(importing.save_mapping, " Vår  fil ", {"Fritext": "text"}, by="officer")
    assert saved.name == "Vår fil"
    again = town.do(importing.save_mapping, "Vår fil", {"Fritext2": "text"}, by="coordinator")
    assert (again.id, again.columns) == (saved.id, {"Fritext2": "text"})
    assert [each.name for each in town.do(importing.list_mappings, by="partner")] == ["Vår fil"]
    assert town.do(importing.list_mappings, by="neighbour") == []
    with pytest.raises(NotFound):
        town.do(importing.get_mapping, "Vår fil", by="neighbour")
    with pytest.raises(NotAllowed):
        town.do(importing.save_mapping, "x", {"a": "text"}, by="partner")
    for name, columns in ((" ", {"a": "text"}), ("x" * 201, {"a": "text"}), ("x", {})):
        with pytest.raises(InvalidInput):
            town.do(importing.save_mapping, name, columns, by="officer")
    town.do(importing.remove_mapping, "Vår fil", by="officer")
    assert town.do(importing.list_mappings, by="officer") == []


def test_a_file_from_the_intake_comes_in_once_however_often(town, tmp_path):
    path = tmp_path / "behov.csv"
    path.write_text("id;text;cpv\n1;Det är halt;90620000\n2;Mörkt;kod\n", encoding="cp1252")
    for expected in ((1, 0, 0, 1), (0, 0, 1, 1)):
        report = take_in(town, read_rows(path, Options(kind=EntryKind.NEED)), digest=digest_file(path))
        assert counts(report) == expected
    shutil.copy(path, tmp_path / "copy.csv")
    assert len(town.rows(ImportFault)) == 2


def test_personal_data_is_masked_in_what_is_shown_and_kept_in_the_original(town):
    take_in(town, rows_of("Ring mig på 070-123 45 67 om halkan, mvh Anna Andersson"))
    (entry,) = town.do(entries.list_entries).items
    assert "070" not in entry.text
    assert "Andersson" not in entry.text
    assert "Anna Andersson" in town.do(entries.list_versions, entry.id)[0].original_text
