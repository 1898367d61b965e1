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


def test_an_offering_like_a_known_one_comes_nearer_to_what_was_needed_there(known):
    offering = unit(known.offerings[[7]] + 0.1 * _rows(1, 3))
    before, after = offering @ known.needs.T, known(offering) @ known.needs.T
    assert after[0, 7] > before[0, 7] + 0.4
    assert after.argmax() == 7
    assert known(offering) @ offering.T > 0.7


def test_nothing_is_added_to_what_is_like_none_of_them():
    known = Expansion(
        "digest", offerings=np.eye(4, 8, dtype=np.float32), needs=np.eye(4, 8, dtype=np.float32)
    )
    strange = unit(np.array([[0.2, 0, 0, 0, 0, 1, 0, 0]], dtype=np.float32))
    np.testing.assert_allclose(known(strange), strange, atol=1e-6)


def test_rows_keep_their_length_and_do_not_depend_on_what_stands_beside_them(known):
    rows = np.concatenate([_rows(3000, 4), np.zeros((1, N_DIMS), dtype=np.float32)])
    expanded = known(rows)
    np.testing.assert_allclose(np.linalg.norm(expanded[:-1], axis=1), 1, atol=1e-5)
    assert not expanded[-1].any()
    np.testing.assert_allclose(known(rows[2500:2501]), expanded[2500:2501], atol=1e-5)
    assert known(rows[:0]).shape == (0, N_DIMS)


def test_what_was_written_is_read_again(known, tmp_path):
    save_expansion(known, tmp_path / "e.npz")
    again = load_expansion(tmp_path / "e.npz")
    assert again.encoder == "digest"
    assert (again.offerings * known.offerings).sum(1).min() > 0.999
    assert (again.needs * known.needs).sum(1).min() > 0.999


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_a_broken_file_is_told(content, tmp_path):
    path = tmp_path / "e.npz"
    if content is None:
        np.savez(path, encoder=np.array("d"), offerings=np.zeros((2, 3)), needs=np.zeros((3, 3)))
    else:
        path.write_bytes(content)
    with pytest.raises(UnreadableFile, match="expansion"):
        load_expansion(path)
