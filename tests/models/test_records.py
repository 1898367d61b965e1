from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.exc import DBAPIError, StatementError

from matcher.errors import Conflict
from matcher.types import Direction, EntryKind, EntryStatus, OrganisationKind, ProposalState, VerdictKind
from models.database import translate_errors
from models.records import (
    AuditEvent,
    Entry,
    EntryVersion,
    Member,
    Organisation,
    Proposal,
    SavedMapping,
    Token,
    Verdict,
    VerdictReason,
    new_id,
    utc_now,
)


def make_entry(number=1, **fields):
    return Entry(
        id=new_id(),
        source_key=str(number),
        draft_digest="",
        source="test",
        source_id=str(number),
        kind=EntryKind.NEED,
        status=EntryStatus.PUBLISHED,
        title="",
        text="Det är halt.",
        language="sv",
        changed_seq=number,
        **fields,
    )


@pytest.fixture
def judged(sessions):
    """One of each record that may only be added to."""
    with sessions.begin() as session:
        need, offering = make_entry(1), make_entry(2)
        session.add_all([need, offering])
        session.flush()
        version = EntryVersion(
            entry_id=need.id,
            number=1,
            original_title="",
            original_text="Det är halt.",
            title="",
            text="Det är halt.",
            language="sv",
            fields={},
        )
        proposal = Proposal(
            query_id=need.id,
            target_id=offering.id,
            direction=Direction.NEED_TO_OFFERING,
            score=0.5,
            base=0.1,
            rank=1,
            reasons=[],
            recipe_digest="",
            state=ProposalState.OPEN,
        )
        session.add_all([version, proposal])
        session.flush()
        verdict = Verdict(proposal_id=proposal.id, number=1, kind=VerdictKind.ACCEPT)
        session.add_all([verdict, AuditEvent(action="proposal.judged", thing_id=proposal.id)])
        session.flush()
        session.add(VerdictReason(verdict_id=verdict.id, text="passar"))


CHANGES = [
    (AuditEvent, "action", "entry.erased"),
    (Verdict, "kind", VerdictKind.REJECT),
    (EntryVersion, "original_text", "Något annat."),
]


@pytest.mark.parametrize(("record", "name", "value"), CHANGES)
def test_what_is_only_added_to_cannot_be_changed(judged, sessions, record, name, value):
    with pytest.raises(Conflict, match="never changed"), sessions.begin() as session:
        setattr(session.scalars(select(record)).one(), name, value)
    with sessions() as session:
        assert getattr(session.scalars(select(record)).one(), name) != value


@pytest.mark.parametrize(("record", "name", "value"), CHANGES)
def test_the_database_itself_refuses_the_change(judged, sessions, record, name, value):
    with pytest.raises(Conflict), translate_errors(), sessions.begin() as session:
        session.execute(update(record).values({name: value}))
    with sessions() as session:
        assert getattr(session.scalars(select(record)).one(), name) != value


@pytest.mark.parametrize("record", [AuditEvent, Verdict])
def test_decisions_and_the_log_cannot_be_removed(judged, sessions, record):
    with pytest.raises(Conflict, match="never changed or removed"), sessions.begin() as session:
        session.delete(session.scalars(select(record)).one())
    for statement in (delete(record), text(f"DELETE FROM {record.__tablename__}")):
        with pytest.raises(Conflict), translate_errors(), sessions.begin() as session:
            session.execute(delete(VerdictReason))
            session.execute(statement)
    with sessions() as session:
        assert session.scalars(select(record)).one()


def test_what_was_written_about_a_decision_can_be_erased(judged, sessions):
    with sessions.begin() as session:
        session.execute(delete(VerdictReason))
        session.execute(delete(EntryVersion))
    with sessions() as session:
        assert session.scalars(select(Verdict)).one().kind is VerdictKind.ACCEPT


def test_two_verdicts_never_have_one_number(judged, sessions):
    with pytest.raises(Conflict), translate_errors(), sessions.begin() as session:
        proposal = session.scalars(select(Proposal)).one()
        session.add(Verdict(proposal_id=proposal.id, number=1, kind=VerdictKind.REJECT))


def test_a_pair_is_proposed_once_in_each_direction(judged, sessions):
    with pytest.raises(Conflict), translate_errors(), sessions.begin() as session:
        known = session.scalars(select(Proposal)).one()
        names = [column.key for column in Proposal.__mapper__.column_attrs if column.key != "id"]
        session.add(Proposal(**{name: getattr(known, name) for name in names}))


@pytest.mark.parametrize(
    ("make", "name", "values"),
    [
        (lambda: make_entry(3), "title", ("ena", "andra")),
        (
            lambda: Organisation(kind=OrganisationKind.MUNICIPALITY, name="A", name_key="a"),
            "place",
            ("Norr", "Söder"),
        ),
        (lambda: Member(email="a@example.org", name="A"), "name", ("B", "C")),
        (lambda: SavedMapping(name="odd", columns={}), "columns", ({"a": "text"}, {"b": "text"})),
    ],
)
def test_of_two_who_change_a_thing_at_once_the_second_is_told(sessions, reading, make, name, values):
    with sessions.begin() as session:
        made = make()
        session.add(made)
    kind, made_id = type(made), made.id
    with reading() as one, reading() as other:
        mine, theirs = one.get(kind, made_id), other.get(kind, made_id)
    with sessions.begin() as session:
        session.add(mine)
        setattr(mine, name, values[0])
    with pytest.raises(Conflict, match="at the same time"), translate_errors(), sessions.begin() as session:
        session.add(theirs)
        setattr(theirs, name, values[1])
    with sessions() as session:
        kept = session.get(kind, made_id)
        assert getattr(kept, name) == values[0]
        assert kept.version == 2


def test_times_come_back_in_utc_whatever_zone_they_were_in(sessions):
    moment = datetime(2026, 3, 1, 9, 30, tzinfo=timezone(timedelta(hours=2)))
    with sessions.begin() as session:
        token = Token(purpose="reset", secret_digest="d", expires_at=moment)
        session.add(token)
    with sessions() as session:
        kept = session.get(Token, token.id)
        assert kept.expires_at == moment
        assert kept.expires_at.tzinfo is UTC
        assert kept.expires_at.hour == 7
        assert abs(kept.created_at - utc_now()) < timedelta(minutes=5)
        found = session.scalars(select(Token.id).where(Token.expires_at > moment - timedelta(seconds=1)))
        assert found.all() == [token.id]


def test_a_time_without_zone_is_refused(sessions):
    with pytest.raises(StatementError, match="without zone"), sessions.begin() as session:
        session.add(Token(purpose="reset", secret_digest="d", expires_at=datetime(2026, 3, 1)))


@pytest.mark.parametrize("amount", ["0", "0.01", "19999999999999.99", "1250000"])
def test_amounts_are_exact(sessions, amount):
    with sessions.begin() as session:
        entry = make_entry(4, estimated_value=Decimal(amount))
        session.add(entry)
    with sessions() as session:
        assert session.get(Entry, entry.id).estimated_value == Decimal(amount)
        found = session.scalars(select(Entry.id).where(Entry.estimated_value >= Decimal(amount)))
        assert found.all() == [entry.id]


def test_words_are_kept_as_their_values_and_others_are_refused(sessions):
    with sessions.begin() as session:
        session.add(make_entry(5))
    with sessions() as session:
        assert session.scalar(text("SELECT status FROM entry")) == "published"
    with pytest.raises((StatementError, DBAPIError)), sessions.begin() as session:
        session.execute(update(Entry).values(status="lost"))
