import json
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from matcher.errors import EncoderFilesCorrupt, EncoderUnavailable
from models.encoder import expand as expanding
from models.encoder.expand import expand
from models.encoder.packing import pack_arrays, unpack_arrays
from models.encoder.training import release
from models.encoder.training.students import encode
from tests.models.encoder import tiny

TEXTS = ["lampan vid skolan är trasig", "Trappan vid kajen!", "åäö æø"]


@pytest.fixture
def packed(tmp_path):
    release.pack(tiny.deep(), tmp_path / "packed" / "deep")
    release.pack(tiny.fast(), tmp_path / "packed" / "fast")
    return tmp_path / "packed"


@pytest.mark.parametrize("name", ["deep", "fast"])
def test_the_ordinary_class_loads_what_was_packed_and_gives_the_same_vectors(packed, tmp_path, name):
    from sentence_transformers import SentenceTransformer

    folder = expand(name, tmp_path / "cache", source=packed)
    student = tiny.deep() if name == "deep" else tiny.fast()
    vectors = SentenceTransformer(str(folder), device="cpu").encode(TEXTS)
    assert vectors.shape == (3, 16)
    np.testing.assert_allclose(vectors, encode(student, TEXTS), atol=0.03)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_rounding_is_at_most_half_a_step_of_each_row(tmp_path):
    array = np.random.default_rng(1).normal(size=(40, 12)).astype(np.float32) * np.arange(1, 41)[:, None]
    vector = np.arange(5, dtype=np.float32)
    pack_arrays({"a": array, "b": vector}, tmp_path / "w.npz")
    found = unpack_arrays(tmp_path / "w.npz")
    assert (np.abs(found["a"] - array).max(1) <= np.abs(array).max(1) / 254 * 1.001).all()
    np.testing.assert_array_equal(found["b"], vector)


def test_packing_what_was_unpacked_changes_nothing(tmp_path):
    pack_arrays({"a": np.random.default_rng(1).normal(size=(9, 7)).astype(np.float32)}, tmp_path / "1.npz")
    pack_arrays(unpack_arrays(tmp_path / "1.npz"), tmp_path / "2.npz")
    assert (tmp_path / "1.npz").read_bytes() == (tmp_path / "2.npz").read_bytes()


@pytest.mark.parametrize("file", ["weights.npz", "tokenizer.json.gz"])
def test_a_file_that_is_not_the_shipped_one_is_refused_and_nothing_is_left(packed, tmp_path, file):
    content = bytearray((packed / "deep" / file).read_bytes())
    content[len(content) // 2] ^= 1
    (packed / "deep" / file).write_bytes(content)
    with pytest.raises(EncoderFilesCorrupt, match=file):
        expand("deep", tmp_path / "cache", source=packed)
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize("file", ["weights.npz", "manifest.json"])
def test_a_missing_file_is_said_with_a_remedy(packed, tmp_path, file):
    (packed / "fast" / file).unlink()
    with pytest.raises(EncoderUnavailable) as caught:
        expand("fast", tmp_path / "cache", source=packed)
    assert not isinstance(caught.value, EncoderFilesCorrupt)
    assert "Install" in caught.value.remedy


@pytest.mark.parametrize("content", ["{", "[]", '{"kind": "static"}'])
def test_a_broken_manifest_is_corruption(packed, tmp_path, content):
    (packed / "fast" / "manifest.json").write_text(content)
    with pytest.raises(EncoderFilesCorrupt):
        expand("fast", tmp_path / "cache", source=packed)


def test_expanding_again_reuses_the_folder(packed, tmp_path):
    first = expand("fast", tmp_path / "cache", source=packed)
    (first / "mark").write_text("mine")
    assert expand("fast", tmp_path / "cache", source=packed) == first
    assert (first / "mark").read_text() == "mine"


def test_other_weights_get_another_folder(packed, tmp_path):
    first = expand("fast", tmp_path / "cache", source=packed)
    student = tiny.fast()
    student.rows.weight.data += 1
    release.pack(student, packed / "fast")
    assert expand("fast", tmp_path / "cache", source=packed) != first


def test_several_at_once_get_one_whole_folder_and_leave_no_rests(packed, tmp_path):
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: expand("deep", tmp_path / "cache", source=packed), range(8)))
    assert len(set(found)) == 1
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [found[0].name]


def test_a_write_that_breaks_off_leaves_nothing_that_looks_whole(packed, tmp_path, monkeypatch):
    def broken(packed, manifest, target):
        (target / "half").write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("models.encoder.directory.write_directory", broken)
    with pytest.raises(EncoderUnavailable, match="No space left"):
        expand("deep", tmp_path / "cache", source=packed)
    assert list((tmp_path / "cache").iterdir()) == []


def test_the_digest_is_that_of_the_manifest_whatever_its_order():
    one = {"kind": "static", "files": {"a": "1", "b": "2"}}
    other = json.loads('{"files": {"b": "2", "a": "1"}, "kind": "static"}')
    assert expanding.digest_of(one) == expanding.digest_of(other) != expanding.digest_of(one | {"n_dims": 2})
