import json
import struct

import pytest

from matcher.encoders import SentenceTransformerEncoder

POOLING = {"word_embedding_dimension": 12, "pooling_mode_mean_tokens": True, "pooling_mode_max_tokens": False}


def folder_of(tmp_path, kinds, *, pooling=POOLING):
    modules = [
        {"idx": i, "name": str(i), "path": f"{i}_{kind}", "type": f"sentence_transformers.models.{kind}"}
        for i, kind in enumerate(kinds)
    ]
    (tmp_path / "modules.json").write_text(json.dumps(modules))
    (tmp_path / "1_Pooling").mkdir()
    (tmp_path / "1_Pooling" / "config.json").write_text(json.dumps(pooling))
    (tmp_path / "0_StaticEmbedding").mkdir()
    header = json.dumps({"embedding.weight": {"dtype": "F32", "shape": [5, 7], "data_offsets": [0, 140]}})
    content = struct.pack("<Q", len(header)) + header.encode() + bytes(140)
    (tmp_path / "0_StaticEmbedding" / "model.safetensors").write_bytes(content)
    return tmp_path


def test_the_length_of_vectors_is_read_without_loading_weights(tmp_path):
    assert (
        SentenceTransformerEncoder(folder_of(tmp_path, ["Transformer", "Pooling", "Normalize"])).n_dims == 12
    )


def test_the_length_of_a_table_is_read_from_its_header(tmp_path):
    assert SentenceTransformerEncoder(folder_of(tmp_path, ["StaticEmbedding", "Normalize"])).n_dims == 7


@pytest.mark.encoder
@pytest.mark.xdist_group("weights")
def test_what_is_read_is_the_length_of_real_vectors(minilm):
    assert SentenceTransformerEncoder(minilm.folder).n_dims == minilm.encode(["text"]).shape[1]


@pytest.mark.parametrize(
    ("kinds", "pooling"),
    [
        (["Transformer", "Pooling", "Dense"], POOLING),
        (["Transformer", "Pooling"], {**POOLING, "pooling_mode_max_tokens": True}),
        (["Transformer", "Pooling"], {}),
    ],
    ids=["changed afterwards", "pooled in two ways", "not described"],
)
def test_where_the_files_do_not_tell_the_weights_are_asked(tmp_path, kinds, pooling):
    from matcher.errors import EncoderUnavailable

    encoder = SentenceTransformerEncoder(folder_of(tmp_path, kinds, pooling=pooling))
    with pytest.raises(EncoderUnavailable):
        _ = encoder.n_dims
