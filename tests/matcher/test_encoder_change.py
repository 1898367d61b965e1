"""Another encoder: its vectors are made beside the old ones, which serve until it is ready."""

import pytest
from sqlalchemy import func, select

from matcher.encoders import HashingEncoder, encode_cached
from matcher.jobs import run_match
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
