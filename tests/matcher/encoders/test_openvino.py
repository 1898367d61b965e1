import sys
from types import SimpleNamespace

import numpy as np
import pytest

from matcher.encoders import SentenceTransformerEncoder, openvino
from matcher.encoders.openvino import Measured
from matcher.errors import EncoderUnavailable

TEXTS = ["Better lights on the path to the school.", "", "A bench. " * 60]


@pytest.fixture
def installed(monkeypatch, tmp_path):
    """As if OpenVINO were installed: what computes is whatever the test puts in its place."""
    calls = SimpleNamespace(measured=0, way=None)

    def measure(*ways):
        calls.measured += 1
        return real_measure(*ways)

    real_measure = openvino.measure
    monkeypatch.setattr(openvino, "measure", measure)
    monkeypatch.setattr(openvino, "installed_version", lambda: "1.0")
    monkeypatch.setattr("matcher.encoders.openvino_export.exported", lambda folder, target: target)
    monkeypatch.setattr(openvino, "CompiledEncoder", lambda folder, **given: calls.way)
    monkeypatch.setattr("matcher.encoders.sentence_transformer._has_accelerator", lambda: False)
    return calls


def encoder(minilm, tmp_path, **given):
    return SentenceTransformerEncoder(minilm.folder, name="minilm", cache_dir=tmp_path, **given)


@pytest.mark.parametrize(
    ("torch", "other", "cosine", "is_chosen"),
    [(100, 120, 0.9999, True), (100, 101, 1.0, False), (100, 400, 0.99, False), (100, 90, 1.0, False)],
    ids=["faster and equal", "hardly faster", "faster and unequal", "slower"],
)
def test_it_is_chosen_where_it_is_faster_at_equal_vectors(torch, other, cosine, is_chosen):
    assert Measured(torch=torch, openvino=other, cosine=cosine).is_chosen is is_chosen


def test_measuring_compares_vectors_and_times(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(openvino, "time", SimpleNamespace(perf_counter=lambda: now[0]))

    def way(seconds, *vector):
        def encode(texts):
            now[0] += seconds
            return np.tile(np.float32(vector), (len(texts), 1))

        return encode

    found = openvino.measure(way(2.0, 1, 0), way(1.0, 0.6, 0.8))
    assert found.openvino == 2 * found.torch
    assert found.cosine == pytest.approx(0.6)


def test_what_was_measured_is_kept_and_what_cannot_be_read_is_measured_again(tmp_path):
    folder = tmp_path / "openvino-1"
    assert openvino.read_measured(folder) is None
    measured = Measured(torch=1.0, openvino=2.0, cosine=1.0)
    openvino.keep_measured(folder, measured)
    assert openvino.read_measured(folder) == measured
    (tmp_path / "openvino-1.json").write_text('{"torch": 1}')
    assert openvino.read_measured(folder) is None
    openvino.keep_measured(tmp_path / "nowhere" / "openvino-1", measured)
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.encoder
@pytest.mark.xdist_group("weights")
class TestChoosing:
    def test_without_the_package_torch_computes_and_asking_for_it_is_refused(
        self, minilm, tmp_path, monkeypatch
    ):
        monkeypatch.setattr(openvino, "installed_version", lambda: None)
        assert encoder(minilm, tmp_path).arithmetic.startswith("torch-")
        with pytest.raises(EncoderUnavailable) as told:
            encoder(minilm, tmp_path, backend="openvino").encode(TEXTS)
        assert "MATCHER_ENCODER_BACKEND" in told.value.remedy

    def test_unequal_vectors_are_refused_once_and_for_all(self, minilm, tmp_path, installed):
        installed.way = lambda features: np.ones((len(features["input_ids"]), 384), dtype=np.float32)
        first = encoder(minilm, tmp_path)
        assert first.is_measured_on_first_use
        vectors = first.encode(TEXTS)
        np.testing.assert_allclose(np.sum(vectors * minilm.encode(TEXTS), axis=1), 1, atol=1e-3)
        assert first.measured.cosine < 0.9 and first.arithmetic.startswith("torch-")
        again = encoder(minilm, tmp_path)
        again.encode(TEXTS)
        assert installed.measured == 1 and not again.is_measured_on_first_use

    def test_what_is_faster_and_equal_computes_from_then_on(self, minilm, tmp_path, installed):
        first = encoder(minilm, tmp_path)
        openvino.keep_measured(first._exported, Measured(torch=1.0, openvino=2.0, cosine=1.0))
        assert first.arithmetic.startswith("openvino-")
        installed.way = lambda features: np.eye(384, dtype=np.float32)[: len(features["input_ids"])]
        np.testing.assert_allclose(first.encode(TEXTS[:1]), np.eye(384, dtype=np.float32)[:1])
        assert installed.measured == 0
        assert first.digest == minilm.digest, "it is the same encoder"

    def test_what_cannot_be_compiled_is_computed_by_torch(
        self, minilm, tmp_path, installed, monkeypatch, caplog
    ):
        def fail(folder, **given):
            raise RuntimeError("some secret text")

        monkeypatch.setattr(openvino, "CompiledEncoder", fail)
        assert encoder(minilm, tmp_path).encode(TEXTS).shape == (3, 384)
        assert [each.getMessage() for each in caplog.records] == [
            "OpenVINO cannot compute minilm (RuntimeError); torch does."
        ]
        with pytest.raises(EncoderUnavailable, match="cannot be computed"):
            encoder(minilm, tmp_path, backend="openvino").encode(TEXTS)

    def test_a_table_of_sub_words_is_not_compiled(self, tmp_path, installed):
        from matcher.encoders import load_encoder
        from matcher.settings import Settings

        fast = load_encoder(
            Settings(_env_file=None, encoder="fast", encoder_backend="openvino", cache_dir=tmp_path)
        )
        assert fast.arithmetic.startswith("torch-") and fast.encode(TEXTS).shape == (3, fast.n_dims)

    def test_exported_vectors_equal_those_of_torch(self, minilm, tmp_path):
        if openvino.installed_version() is None:
            pytest.skip("openvino is not installed")
        compiled = encoder(minilm, tmp_path, backend="openvino")
        assert compiled.arithmetic.startswith("openvino-")
        assert np.sum(compiled.encode(TEXTS) * minilm.encode(TEXTS), axis=1).min() > 0.999
        assert len(list(tmp_path.glob("openvino-*/model.xml"))) == 1
        assert [path.name for path in tmp_path.glob(".*")] == []
        assert "telemetry_stub" in sys.modules["openvino.tools.ovc"].telemetry.__class__.__module__
