from datetime import timedelta

import numpy as np
import pytest

from matcher.errors import Conflict
from matcher.services import entries, idempotency, matching
from matcher.types import Direction, EntryStatus
from models.records import StoredAnswer, utc_now
from tests.matcher.services.conftest import proposal


def call(town, service, *arguments, **named):
    with town.sessions.begin() as session:
        return service(session, *arguments, **named)


def test_the_engine_reads_published_entries_alone(town):
    shown = town.need(tags=("vinter",), cpv=("90620000",), regions=("SE331",))
    town.need(status=EntryStatus.DRAFT)
    seq, loaded = call(town, matching.load_all)
    assert [entry.id for entry in loaded] == [shown.id]
    assert loaded[0] == shown.as_entry()
    assert seq == call(town, matching.current_seq) == 2


def test_what_changed_since_is_read_in_order_and_in_pieces(town):
    made = [town.need(f"Nummer {number}.") for number in range(5)]
    seq = call(town, matching.current_seq)
    town.do(entries.withdraw, made[0].id, expected_version=1, by="officer")
    town.do(entries.change, made[3].id, {"text": "Nytt."}, expected_version=1, by="officer")
    town.do(entries.change, made[1].id, {"text": "Nytt."}, expected_version=1, by="officer")
    part = call(town, matching.changed_since, seq, limit=2)
    assert (part.removed, [entry.id for entry in part.entries], part.is_complete) == (
        [made[0].id],
        [made[3].id],
        False,
    )
    whole = call(town, matching.all_changes_since, seq)
    assert whole.removed == [made[0].id]
    assert {entry.id for entry in whole.entries} == {made[3].id, made[1].id}
    assert (whole.seq, whole.is_complete) == (call(town, matching.current_seq), True)
    nothing = call(town, matching.all_changes_since, whole.seq)
    assert (nothing.entries, nothing.removed, nothing.seq) == ([], [], whole.seq)
    found = call(town, matching.published_entries, [each.id for each in made])
    assert {entry.id for entry in found} == {each.id for each in made[1:]}


def test_saving_the_same_again_changes_nothing(town):
    pairs = [proposal(town.need(), town.offering(), value=0.5)]
    first = call(town, matching.save_proposals, pairs)
    again = call(town, matching.save_proposals, pairs)
    assert (first.created, again.created, again.unchanged) == (1, 0, 1)


def test_what_is_proposed_around_one_entry_replaces_what_was(town):
    need, other = town.need(), town.need("Mörkt.")
    offering = town.offering()
    for query in (need, other):
        town.propose(query, offering)
    assert call(town, matching.queries_proposing, offering.id) == {
        Direction.NEED_TO_OFFERING: sorted([need.id, other.id])
    }
    saved = call(
        town,
        matching.save_proposals_around,
        offering.id,
        [proposal(need, offering, value=0.9)],
        directions=(),
    )
    assert (saved.updated, saved.stale) == (1, 1)
    assert call(town, matching.queries_proposing, offering.id) == {Direction.NEED_TO_OFFERING: [need.id]}


@pytest.mark.parametrize(("dtype", "tolerance"), [("float32", 0), ("float16", 1e-3)])
def test_vectors_are_kept_by_text_and_encoder(town, dtype, tolerance):
    from models.repositories.vectors import VectorRepository

    vectors = {
        f"t{number}": row for number, row in enumerate(np.random.default_rng(3).random((5, 8), np.float32))
    }
    with town.sessions.begin() as session:
        kept = VectorRepository(session, dtype=dtype)
        kept.put_many(vectors, "one")
        kept.put_many({"t0": np.zeros(8, np.float32)}, "one")
        kept.put_many({"t0": np.ones(8, np.float32)}, "other")
    with town.sessions() as session:
        found = matching.vectors(session).get_many([*vectors, "none"], "one")
        assert set(found) == set(vectors)
        for digest, vector in vectors.items():
            assert found[digest].dtype == np.float32
            assert np.abs(found[digest] - vector).max() <= tolerance
        assert list(matching.vectors(session).get_many(["t0", "t1"], "other")) == ["t0"]


def remember(town, key="k", owner="o", body=b"{}"):
    call(
        town,
        idempotency.remember,
        owner=owner,
        key=key,
        fingerprint="f",
        status=201,
        content_type="application/json",
        body=body,
    )


def test_an_answer_is_kept_for_its_owner_and_key(town):
    remember(town, body='{"å": 1}'.encode())
    kept = call(town, idempotency.find, owner="o", key="k")
    assert (kept.status, kept.fingerprint, kept.body) == (201, "f", '{"å": 1}'.encode())
    assert call(town, idempotency.find, owner="o", key="other") is None
    assert call(town, idempotency.find, owner="other", key="k") is None


def test_an_answer_is_forgotten_after_a_day(town, monkeypatch):
    remember(town)
    moment = utc_now() + idempotency.KEPT_FOR + timedelta(minutes=1)
    monkeypatch.setattr(idempotency, "utc_now", lambda: moment)
    assert call(town, idempotency.find, owner="o", key="k") is None
    remember(town, key="newer")
    assert [answer.key for answer in town.rows(StoredAnswer)] == ["newer"]
    remember(town)


def test_of_two_requests_with_one_key_the_second_is_told(town):
    remember(town)
    with pytest.raises(Conflict, match="this key"):
        remember(town, body=b"another")
    assert call(town, idempotency.find, owner="o", key="k").body == b"{}"
