import numpy as np
import pytest

from matcher.errors import UnreadableFile
from matcher.retrieval import Expansion, load_expansion, save_expansion, unit

N_DIMS = 24


def _rows(n, seed):
    return unit(np.random.default_rng(seed).standard_normal((n, N_DIMS)).astype(np.float32))


@pytest.fixture(scope="module")
def known():
    return Expansion("digest", offerings=_rows(40, 1), needs=_rows(40, 2))


@pytest.fixture(params=["offerings", "needs"])
def sides(known, request):
    """What expands one side, that side of the known topics, and the other."""
    if request.param == "offerings":
        return known.expand_offerings, known.offerings, known.needs
    return known.expand_needs, known.needs, known.offerings


def test_what_is_like_a_known_topic_comes_nearer_to_its_other_side(sides):
    expand, own, other = sides
    vector = unit(own[[7]] + 0.1 * _rows(1, 3))
    before, after = vector @ other.T, expand(vector) @ other.T
    assert after[0, 7] > before[0, 7] + 0.2
    assert (after - before).argmax() == 7
    assert expand(vector) @ vector.T > 0.7


def test_needs_that_share_a_remedy_come_nearer_to_each_other():
    rows = np.eye(8, dtype=np.float32)
    known = Expansion("digest", offerings=rows[[4, 4, 5]], needs=rows[:3])
    expanded = known.expand_needs(rows[:3])
    similar = expanded @ expanded.T
    assert similar[0, 1] > 0.1
    assert similar[0, 2] == pytest.approx(0, abs=1e-6)


def test_nothing_is_added_to_what_is_like_none_of_them():
    eye = np.eye(4, 8, dtype=np.float32)
    known = Expansion("digest", offerings=eye, needs=eye[::-1].copy())
    strange = unit(np.array([[0.2, 0, 0, 0, 0, 1, 0, 0]], dtype=np.float32))
    np.testing.assert_allclose(known.expand_offerings(strange), strange, atol=1e-6)
    np.testing.assert_allclose(known.expand_needs(strange), strange, atol=1e-6)


def test_rows_keep_their_length_and_do_not_depend_on_what_stands_beside_them(sides):
    expand = sides[0]
    rows = np.concatenate([_rows(3000, 4), np.zeros((1, N_DIMS), dtype=np.float32)])
    expanded = expand(rows)
    np.testing.assert_allclose(np.linalg.norm(expanded[:-1], axis=1), 1, atol=1e-5)
    assert not expanded[-1].any()
    np.testing.assert_allclose(expand(rows[2500:2501]), expanded[2500:2501], atol=1e-5)
    assert expand(rows[:0]).shape == (0, N_DIMS)


def test_what_was_written_is_read_again(known, tmp_path):
    save_expansion(known, tmp_path / "e.npz")
    again = load_expansion(tmp_path / "e.npz")
    assert again.encoder == "digest"
    assert (again.offerings * known.offerings).sum(1).min() > 0.999
    assert (again.needs * known.needs).sum(1).min() > 0.999


def test_codes_of_the_nearest_known_topics_are_told_by_their_shares(tmp_path):
    rows = np.eye(4, 8, dtype=np.float32)
    save_expansion(
        Expansion("d", rows, np.roll(rows, 4, axis=1), ["90620000", "33196200", "", "90620000"]),
        tmp_path / "e.npz",
    )
    known = load_expansion(tmp_path / "e.npz")
    offered, needed, uncoded, strange = known.codes_like(
        unit(
            np.array(
                [[1, 0, 0, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1, 0, 0], [0, 0, 1, 0, 0, 0, 0, 0], [1] * 8],
                dtype=np.float32,
            )
        )
    )
    assert offered == {"90620000": pytest.approx(1, abs=1e-3), "33196200": pytest.approx(0, abs=1e-3)}
    assert needed["33196200"] > 0.99
    assert sum(uncoded.values()) < 0.01
    assert 0 < sum(strange.values()) < 0.3
    assert Expansion("d", rows, rows).codes_like(rows) == [{}] * 4


@pytest.mark.parametrize("content", [b"", b"no archive"])
def test_a_file_that_is_no_archive_is_told(content, tmp_path):
    (tmp_path / "e.npz").write_bytes(content)
    with pytest.raises(UnreadableFile, match="expansion"):
        load_expansion(tmp_path / "e.npz")


@pytest.mark.parametrize(
    "broken", [{"needs": np.zeros((3, 3))}, {"codes": np.array([b"1"])}, {"offerings": np.zeros(2)}]
)
def test_parts_that_do_not_belong_together_are_told(broken, tmp_path):
    parts = {"encoder": np.array("d"), "offerings": np.ones((2, 3)), "needs": np.ones((2, 3))}
    whole = parts | {"codes": np.array([], dtype="S8")}
    np.savez(tmp_path / "whole.npz", **whole)
    assert load_expansion(tmp_path / "whole.npz").codes == ()
    np.savez(tmp_path / "e.npz", **whole | broken)
    np.savez(tmp_path / "f.npz", **parts)
    for name in ("e.npz", "f.npz"):
        with pytest.raises(UnreadableFile, match="expansion"):
            load_expansion(tmp_path / name)
