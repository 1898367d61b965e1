"""Another encoder: its vectors are made beside the old ones, which serve until it is ready."""

import pytest
from sqlalchemy import func, select

from matcher.encoders import HashingEncoder, encode_cached
from matcher.jobs import Worker, run_match
from matcher.live import LiveMatcher
from matcher.types import EntryKind
from models.records import Vector
from tests.matcher.living import GENEROUS


class OtherEncoder(HashingEncoder):
    """An encoder of other vectors that is interrupted when it has been asked a number of times."""

    def __init__(self, *, after=10**9):
        super().__init__(n_dims=64)
        self.left, self.n_texts = after, 0

    def encode(self, texts, *, role="passage", progress=None):
        if not self.left:
            raise KeyboardInterrupt
        self.left -= 1
        self.n_texts += len(texts)
        return super().encode(texts, role=role, progress=progress)


class ThirdEncoder(HashingEncoder):
    """Yet another one."""

    def __init__(self):
        super().__init__(n_dims=32)


QUERY = "sandning gångväg halka snö trappa"


def restarted(world, encoder):
    """Return the search of a service that is started with an encoder, whatever served before."""
    return LiveMatcher(world.sessions, world.settings, encoder=encoder, recipe=GENEROUS, goes_on=True)


def vectors(world):
    with world.sessions() as session:
        query = select(Vector.encoder_digest, func.count(), func.max(func.length(Vector.data)))
        return {
            digest: (n, size) for digest, n, size in session.execute(query.group_by(Vector.encoder_digest))
        }


@pytest.fixture
def serving(world, monkeypatch):
    """A service that matched with the encoder of before; new vectors are kept a few at a time."""
    monkeypatch.setitem(encode_cached.__kwdefaults__, "chunk", 16)
    world.add_many(20)
    old = world.live(recipe=GENEROUS)
    run_match(old)
    return old


def test_an_interrupted_change_carries_on_and_the_old_vectors_serve_meanwhile(world, serving):
    ((old, (n_old, _)),) = vectors(world).items()
    with pytest.raises(KeyboardInterrupt):
        run_match(world.live(OtherEncoder(after=2), recipe=GENEROUS))
    again = OtherEncoder()
    assert vectors(world)[again.digest][0] == 32
    need = world.add(EntryKind.NEED, "sandning gångväg halka snö trappa")
    serving.renew()
    assert need.id in world.found(serving, "sandning gångväg halka snö trappa"), "it serves on"
    live = world.live(again, recipe=GENEROUS)
    live.renew()
    assert again.n_texts == n_old + 1 - 32, "what was kept is not made again"
    assert run_match(live).state == "done"
    kept = vectors(world)
    assert {digest: size for digest, (_, size) in kept.items()} == {old: 4 * 256, again.digest: 4 * 64}


def test_going_back_costs_nothing(world, serving):
    run_match(world.live(OtherEncoder(), recipe=GENEROUS))
    before = vectors(world)
    serving.renew()
    assert run_match(world.live(recipe=GENEROUS)).state == "done"
    assert vectors(world) == before


@pytest.fixture
def half_changed(world, serving):
    """A service that was ended in the middle of a change of encoder; returns the digest of the old one."""
    with pytest.raises(KeyboardInterrupt):
        world.live(OtherEncoder(after=2), recipe=GENEROUS).renew(fit=True)
    return serving.encoder.digest


def test_after_a_restart_in_the_middle_of_a_change_the_old_encoder_serves(world, half_changed):
    need = world.add(EntryKind.NEED, QUERY)
    live = restarted(world, OtherEncoder(after=0))
    assert live.encoder_digest == half_changed
    assert need.id in world.found(live, QUERY)
    late = world.add(EntryKind.NEED, QUERY + " park")
    live.renew()
    assert late.id in world.found(live, QUERY + " park"), "what is new is found, too"
    assert {live.encoder.digest, live.encoder_digest, live.recipe.encoder} == {half_changed}
    assert live.next_recipe.encoder != half_changed


def test_the_worker_makes_the_new_vectors_and_then_the_new_encoder_serves(world, half_changed):
    new = OtherEncoder()
    live, found_meanwhile = restarted(world, new), []
    encode = new.encode

    def look_first(texts, **how):
        if live.is_of_before:
            found_meanwhile.append(live.encoder.digest)
            assert world.found(live, QUERY)
        return encode(texts, **how)

    new.encode = look_first
    Worker(live).work_once()
    assert found_meanwhile and set(found_meanwhile) == {half_changed}
    assert (live.encoder, live.is_of_before) == (new, False)
    assert vectors(world)[new.digest][0] == vectors(world)[half_changed][0]
    assert world.found(live, QUERY)
    assert not restarted(world, OtherEncoder()).is_of_before


def test_a_match_that_was_interrupted_by_the_restart_is_carried_on_with_the_new_encoder(world, serving):
    with pytest.raises(KeyboardInterrupt):
        run_match(world.live(OtherEncoder(after=2), recipe=GENEROUS))
    new = OtherEncoder()
    live = restarted(world, new)
    live.renew()
    assert live.is_of_before
    run = Worker(live).work_once()
    assert (run.state, run.recipe_digest) == ("done", live.recipe.digest)
    assert live.recipe.encoder == new.digest


def test_a_service_that_is_stopped_while_it_makes_vectors_keeps_them_and_ends(world, half_changed):
    new = OtherEncoder()
    worker, encode = Worker(restarted(world, new)), new.encode

    def encode_and_stop(texts, **how):
        worker.stop()
        return encode(texts, **how)

    new.encode = encode_and_stop
    assert worker.work_once() is None
    assert vectors(world)[new.digest][0] == 48


def test_what_was_fitted_while_another_encoder_took_over_is_not_mixed_with_it(world, half_changed):
    live = restarted(world, OtherEncoder())
    live.renew()
    late, reading = world.add(EntryKind.NEED, QUERY), live.encoder.encode
    taken_over = []

    def take_over_first(texts, **how):
        if not taken_over:
            taken_over.append(True)
            live.renew(fit=True)
        return reading(texts, **how)

    live.encoder.encode = take_over_first
    live.renew()
    assert taken_over and live.encoder.n_dims == 64
    assert late.id in world.found(live, QUERY)


def test_an_encoder_that_has_its_vectors_serves_at_once(world, serving):
    run_match(world.live(OtherEncoder(), recipe=GENEROUS))
    live = restarted(world, HashingEncoder())
    live.renew()
    assert (live.encoder.digest, live.is_of_before) == (serving.encoder.digest, False)


def test_where_the_old_encoder_is_gone_the_new_one_makes_its_vectors_first(world, serving, caplog):
    # The settings that are kept name the encoder with 256 numbers, and not the one that used them.
    run_match(world.live(OtherEncoder(), recipe=GENEROUS))
    live = restarted(world, ThirdEncoder())
    live.renew()
    assert (live.encoder.n_dims, live.is_of_before) == (32, False)
    assert caplog.messages == ["The encoder of before cannot go on: its files are others now."]
