import random
import sqlite3
from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import select

from matcher.errors import (
    Conflict,
    EntryNotFound,
    InvalidInput,
    LegalHold,
    NotAllowed,
    NotFound,
    StaleVersion,
)
from matcher.services import entries, erasure, exporting, idempotency, importing, matching, reviewing
from matcher.services.actor import SYSTEM
from matcher.types import EntryKind, EntryStatus, IntakeRow, ProposalState, VerdictKind, text_digest
from models.records import (
    Entry,
    EntryCpv,
    EntryRegion,
    EntryTag,
    EntryVersion,
    ExportFile,
    Passage,
    Proposal,
    StoredAnswer,
    Vector,
    Verdict,
    VerdictReason,
    utc_now,
)
from tests.matcher.living import draft

SECRET = "Zwingelbergska"
LATER = "Quackenbrück"
WORD = "Xerxesgatan"


def keep_vector(town, *texts):
    with town.sessions.begin() as session:
        digests = {text_digest(text): np.ones(4, dtype=np.float32) for text in texts}
        matching.vectors(session).put_many(digests, "encoder")


def everything_about(town, tmp_path):
    """An entry that stands in every table, with its words in each."""
    text = f"{SECRET} villan har halt på gången. " * 12
    entry = town.need(
        text,
        title=f"Halka hos {SECRET}",
        tags=(SECRET,),
        cpv=("90620000",),
        regions=("SE331",),
        capacity=SECRET,
    )
    entry = town.do(
        entries.change,
        entry.id,
        {"text": f"{LATER} har halt på gången."},
        expected_version=entry.version,
        by="officer",
    )
    keep_vector(town, *all_digests_texts(town, entry.id))
    proposal = town.propose(entry, town.offering(), words=LATER)
    town.do(reviewing.give_verdict, proposal.id, VerdictKind.REJECT, reason=f"inte {WORD}", by="officer")
    town.propose(entry, town.offering("En annan som sandar."), words=LATER)
    file = tmp_path / "entries.csv"
    with town.sessions.begin() as session:
        file.write_text(
            "".join(exporting.csv_lines(session, "entries", actor=town["officer"])), encoding="utf-8"
        )
        exporting.register_file(session, file, actor=town["officer"])
        idempotency.remember(
            session, owner="o", key="k", fingerprint="f", status=200, content_type="json",
            body=f'{{"id": "{entry.id}", "text": "{LATER}"}}'.encode(),
        )  # fmt: skip
    return entry, proposal, file


def all_digests_texts(town, entry_id):
    """Every text of the entry that may have been encoded."""
    from matcher.text import split_passages, split_sentences

    texts = set()
    for version in town.do(entries.list_versions, entry_id):
        whole = f"{version.title}. {version.text}"
        parts = [part.text for part in (*split_passages(whole), *split_sentences(whole))]
        texts |= {whole, version.title, version.text, *parts}
    return texts


def bytes_of(town):
    """What the files of the database hold, the log of the latest changes included."""
    return b"".join(file.read_bytes() for file in town.path.parent.glob("town.db*"))


def test_nothing_of_what_an_entry_said_is_left(town, tmp_path):
    entry, _proposal, file = everything_about(town, tmp_path)
    assert SECRET.encode() in bytes_of(town)
    town.do(erasure.erase, entry.id, by="administrator")
    for record in (Passage, EntryVersion, EntryCpv, EntryRegion, EntryTag):
        assert all(row.entry_id != entry.id for row in town.rows(record)), record
    assert town.rows(Vector) == []
    assert town.rows(VerdictReason) == []
    assert town.rows(StoredAnswer) == []
    assert town.rows(ExportFile) == []
    assert not file.exists()
    shown = town.do(entries.get, entry.id, by="administrator")
    assert (shown.status, shown.title, shown.text, shown.source_id) == (EntryStatus.ERASED, "", "", "")
    assert (shown.cpv, shown.regions, shown.tags, shown.estimated_value) == ((), (), (), None)
    for word in (SECRET, LATER, WORD):
        assert word.encode() not in bytes_of(town), word


def test_its_words_are_gone_from_the_files_while_others_are_connected(town, tmp_path):
    entry, _, _ = everything_about(town, tmp_path)
    other = sqlite3.connect(town.path, isolation_level=None)
    other.execute("SELECT count(*) FROM entry").fetchall()
    town.do(erasure.erase, entry.id, by="administrator")
    assert SECRET.encode() not in bytes_of(town)
    other.close()


def test_that_it_was_there_and_what_was_decided_remains_without_its_text(town, tmp_path):
    entry, proposal, _ = everything_about(town, tmp_path)
    town.do(erasure.erase, entry.id, by="administrator")
    actions = [event.action for event in town.audit(entry.id)]
    assert actions == ["entry.created", "entry.changed", "entry.erased"]
    assert town.audit(entry.id)[-1].member_id == town["administrator"].member_id
    told = repr([event.detail for event in town.audit()])
    assert not any(word in told for word in (SECRET, LATER, WORD))
    (verdict,) = town.rows(Verdict)
    assert (verdict.kind, verdict.member_id) == (VerdictKind.REJECT, town["officer"].member_id)
    (kept,) = town.rows(Proposal)
    assert (kept.id, kept.reasons, kept.is_current) == (proposal.id, [], False)
    assert kept.state is ProposalState.REJECTED


def test_what_others_say_stays(town):
    entry = town.need("Det är halt vid skolan.", by="officer")
    other = town.need("Det är mörkt vid skolan.", by="neighbour")
    keep_vector(town, entry.text, other.text)
    proposal = town.propose(other, town.offering(), words="mörkt")
    town.do(reviewing.give_verdict, proposal.id, VerdictKind.ACCEPT, reason="bra", by="neighbour")
    town.do(erasure.erase, entry.id, by="administrator")
    assert [vector.text_digest for vector in town.rows(Vector)] == [text_digest(other.text)]
    assert town.do(entries.get, other.id).text == "Det är mörkt vid skolan."
    assert [reason.text for reason in town.rows(VerdictReason)] == ["bra"]
    assert town.do(reviewing.get_proposal, proposal.id).score.reasons


def test_a_vector_that_another_entry_needs_stays_until_that_goes_too(town):
    first, second = town.need("Det är halt."), town.need("Det är halt.")
    keep_vector(town, first.text)
    town.do(erasure.erase, first.id)
    assert len(town.rows(Vector)) == 1
    town.do(erasure.erase, second.id)
    assert town.rows(Vector) == []


def test_vectors_of_every_earlier_version_go_too(town):
    entry = town.need("Det är halt.")
    changed = town.do(entries.change, entry.id, {"text": "Det är mörkt."}, expected_version=1)
    keep_vector(town, "Det är halt.", "Det är mörkt.", "Något annat.")
    town.do(erasure.erase, changed.id)
    assert [vector.text_digest for vector in town.rows(Vector)] == [text_digest("Något annat.")]


def test_an_erased_entry_can_be_erased_again_and_changed_no_more(town):
    entry = town.need()
    town.do(erasure.erase, entry.id)
    n_events = len(town.audit(entry.id))
    town.do(erasure.erase, entry.id)
    assert len(town.audit(entry.id)) == n_events
    version = town.do(entries.get, entry.id).version
    for work in (entries.publish, entries.withdraw):
        with pytest.raises(Conflict):
            town.do(work, entry.id, expected_version=version)
    with pytest.raises(Conflict):
        town.do(erasure.restrict, entry.id)
    with pytest.raises(Conflict):
        town.do(erasure.set_hold, entry.id, reason="tvist")


def test_an_erased_entry_is_matched_no_more(town):
    need, offering = town.need(), town.offering()
    with town.sessions() as session:
        seq = matching.current_seq(session)
    town.do(erasure.erase, offering.id)
    with town.sessions() as session:
        changes = matching.all_changes_since(session, seq)
        assert changes.removed == [offering.id]
        assert [entry.id for entry in matching.load_all(session)[1]] == [need.id]
    with town.sessions.begin() as session:
        from tests.matcher.services.conftest import proposal

        assert matching.save_proposals(session, [proposal(need, offering)]).created == 0


def test_a_restricted_entry_keeps_its_text_for_administrators_alone(town, tmp_path):
    entry, _, file = everything_about(town, tmp_path)
    town.do(erasure.restrict, entry.id, by="administrator")
    assert not file.exists()
    assert town.rows(Vector) == []
    assert town.rows(VerdictReason) == []
    assert all(row.entry_id != entry.id for row in town.rows(Passage))
    shown = town.do(entries.get, entry.id, by="administrator")
    assert (shown.status, shown.text) == (EntryStatus.RESTRICTED, f"{LATER} har halt på gången.")
    assert len(town.do(entries.list_versions, entry.id, by="administrator")) == 2
    for person in ("officer", "coordinator", "partner", "neighbour", "neighbours_administrator", "supplier"):
        with pytest.raises(EntryNotFound):
            town.do(entries.get, entry.id, by=person)
    assert town.audit(entry.id)[-1].action == "entry.restricted"


def test_a_legal_hold_is_obeyed_until_it_is_lifted(town):
    entry = town.need()
    town.do(erasure.set_hold, entry.id, reason=" överprövning ", by="administrator")
    for work in (erasure.erase, erasure.restrict):
        with pytest.raises(LegalHold):
            town.do(work, entry.id, by="administrator")
    assert town.do(entries.get, entry.id).is_held
    (hold,) = town.do(erasure.list_holds, by="administrator")
    assert (hold.entry_id, hold.reason) == (entry.id, "överprövning")
    assert town.do(erasure.list_holds, by="neighbours_administrator") == []
    with pytest.raises(Conflict):
        town.do(erasure.set_hold, entry.id, reason="en till", by="administrator")
    town.do(erasure.lift_hold, entry.id, by="administrator")
    with pytest.raises(NotFound):
        town.do(erasure.lift_hold, entry.id, by="administrator")
    assert town.do(erasure.list_holds, by="administrator") == []
    town.do(erasure.erase, entry.id, by="administrator")
    assert [event.action for event in town.audit(entry.id)] == [
        "entry.created",
        "entry.held",
        "entry.hold_lifted",
        "entry.erased",
    ]
    assert "överprövning".encode() not in bytes_of(town)


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001])
def test_a_hold_needs_a_reason(town, reason):
    with pytest.raises(InvalidInput) as caught:
        town.do(erasure.set_hold, town.need().id, reason=reason, by="administrator")
    assert caught.value.field == "reason"


@pytest.mark.parametrize(
    "person", ["officer", "coordinator", "partner", "neighbours_administrator", "supplier"]
)
def test_only_administrators_of_its_organisation_erase_an_entry(town, person):
    entry = town.need()
    for work in (erasure.erase, erasure.restrict, erasure.lift_hold):
        with pytest.raises(NotAllowed):
            town.do(work, entry.id, by=person)
    with pytest.raises(NotAllowed):
        town.do(erasure.set_hold, entry.id, reason="x", by=person)
    assert town.do(entries.get, entry.id).status is EntryStatus.PUBLISHED


def test_nobody_erases_what_it_has_not_seen_in_its_present_form(town):
    entry = town.need()
    town.do(entries.change, entry.id, {"text": "Något annat."}, expected_version=entry.version)
    with pytest.raises(StaleVersion):
        town.do(erasure.erase, entry.id, expected_version=entry.version)
    town.do(erasure.erase, entry.id, expected_version=entry.version + 1)


def test_an_export_that_cannot_be_removed_stops_the_erasure(town, tmp_path):
    entry = town.need()
    folder = tmp_path / "a folder in place of the file"
    folder.mkdir()
    with town.sessions.begin() as session:
        exporting.register_file(session, folder, actor=town["officer"])
    with pytest.raises(Conflict, match="exported file"):
        town.do(erasure.erase, entry.id)
    assert town.do(entries.get, entry.id).text == entry.text
    folder.rmdir()
    town.do(erasure.erase, entry.id)


def withdrawn(town, text):
    entry = town.need(text)
    return town.do(entries.withdraw, entry.id, expected_version=entry.version)


def retain(town, *, days, after=timedelta(0), **options):
    with town.sessions.begin() as session:
        return erasure.run_retention(session, days=days, now=utc_now() + after, **options)


def test_retention_erases_what_was_withdrawn_long_ago_and_is_not_held(town):
    old, held, open_entry = withdrawn(town, "Gammalt."), withdrawn(town, "Hållet."), town.need("Öppet.")
    town.do(erasure.set_hold, held.id, reason="tvist")
    assert retain(town, days=30, after=timedelta(days=29)) == 0
    assert retain(town, days=30, after=timedelta(days=31)) == 1
    states = {entry.id: entry.status for entry in town.rows(Entry)}
    assert states == {
        old.id: EntryStatus.ERASED,
        held.id: EntryStatus.WITHDRAWN,
        open_entry.id: EntryStatus.PUBLISHED,
    }
    event = town.audit(old.id)[-1]
    assert (event.action, event.member_id, event.organisation_id) == (
        "entry.erased",
        None,
        old.organisation_id,
    )
    town.do(erasure.lift_hold, held.id)
    assert retain(town, days=30, after=timedelta(days=31)) == 1


def test_retention_of_no_days_keeps_everything_for_ever(town):
    entry = withdrawn(town, "Gammalt.")
    assert retain(town, days=0, after=timedelta(days=9999)) == 0
    assert town.do(entries.get, entry.id).text == "Gammalt."


def test_retention_counts_from_the_day_of_withdrawal_whatever_changed_since(town):
    entry = withdrawn(town, "Gammalt.")
    town.do(entries.change, entry.id, {"text": "Ändrat."}, expected_version=entry.version)
    assert retain(town, days=30, after=timedelta(days=31)) == 1


def test_a_long_retention_run_keeps_what_it_did_so_far(town, monkeypatch):
    monkeypatch.setattr(erasure, "_RETENTION_BATCH", 10)
    with town.sessions.begin() as session:
        for number in range(12):
            made = entries.create(session, draft(EntryKind.NEED, f"Rad {number}."), actor=town["officer"])
            entries.withdraw(session, made.id, expected_version=1, actor=town["officer"])

    def stop():
        session.commit()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), town.sessions() as session:
        erasure.run_retention(session, days=1, now=utc_now() + timedelta(days=2), checkpoint=stop)
    assert sum(entry.status is EntryStatus.ERASED for entry in town.rows(Entry)) == 10
    assert retain(town, days=1, after=timedelta(days=2)) == 2


def test_an_erased_entry_is_known_again_though_its_source_id_is_gone(town):
    row = IntakeRow(number=1, draft=draft(EntryKind.NEED, f"{SECRET} villan."))
    options = {"file_name": "b.csv", "by": "officer"}
    town.do(importing.import_rows, [row], file_digest="1", **options)
    (entry,) = town.rows(Entry)
    town.do(erasure.erase, entry.id, by="administrator")
    report = town.do(importing.import_rows, [row], file_digest="2", **options)
    assert (report.created, report.failed) == (0, 1)
    with town.sessions() as session:
        assert session.scalars(select(Entry.source_key)).one() == entry.source_key
    assert SECRET.encode() not in bytes_of(town)


def test_no_word_of_many_erased_entries_is_left_between_those_that_stay(town):
    chance = random.Random(11)
    words = [f"Ord{chance.getrandbits(64):016x}" for _ in range(90)]
    made = []
    with town.sessions.begin() as session:
        for word in words:
            text = f"{word} " * chance.choice((2, 20, 300))
            made.append(
                entries.create(session, draft(EntryKind.NEED, text, title=word), actor=town["officer"])
            )
    with town.sessions.begin() as session:
        for entry in made[::3]:
            entries.change(session, entry.id, {"text": "Kort."}, expected_version=1, actor=town["officer"])
    gone = {number for number in range(len(made)) if chance.random() < 0.5}
    with town.sessions.begin() as session:
        for number in sorted(gone, key=lambda _: chance.random()):
            erasure.erase(session, made[number].id, actor=SYSTEM)
    stored = bytes_of(town)
    assert [words[number] for number in sorted(gone) if words[number].encode() in stored] == []
    assert all(words[number].encode() in stored for number in range(len(made)) if number not in gone)
