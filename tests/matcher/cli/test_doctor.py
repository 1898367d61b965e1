import json
from collections import namedtuple


def checks(result):
    return {check["name"]: check for check in json.loads(result.stdout)}


def test_all_is_well_after_init(bare):
    bare("init")
    found = checks(bare("doctor", "--json"))
    assert all(check["is_fine"] for check in found.values())
    assert {"Python", "Platform", "torch", "Processor", "Database", "Encoder", "Data folder"} <= set(found)
    assert "0 needs" in found["Database"]["value"]
    assert "hashing" in found["Encoder"]["value"]
    assert "WRONG" not in bare("doctor").stdout


def test_a_missing_database_is_wrong_with_its_remedy(bare):
    found = checks(bare("doctor", "--json", code=1))
    assert not found["Database"]["is_fine"]
    assert "matcher init" in found["Database"]["remedy"]
    assert found["Encoder"]["is_fine"], "the other checks are made all the same"
    text = bare("doctor", code=1).stdout
    assert "WRONG" in text
    assert "-> Make one with `matcher init`." in text


def test_the_encoder_that_comes_along_is_shown_with_the_digest_of_its_file(cli, monkeypatch):
    monkeypatch.setenv("MATCHER_ENCODER", "minilm")
    found = checks(cli("doctor", "--json"))
    assert found["Arithmetic of all-MiniLM-L6-v2"]["value"].startswith(("torch-", "openvino-"))
    digest = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
    assert digest in found["Weights of all-MiniLM-L6-v2"]["value"]


def test_missing_weights_are_wrong_with_their_remedy(cli, monkeypatch):
    monkeypatch.setenv("MATCHER_ENCODER", str(cli.folder / "nowhere"))
    found = checks(cli("doctor", "--json", code=1))
    assert not found["Encoder"]["is_fine"]
    assert "MATCHER_ENCODER" in found["Encoder"]["remedy"]


def test_unsafe_and_unreadable_settings_are_told(cli, monkeypatch):
    monkeypatch.setenv("MATCHER_HOST", "0.0.0.0")
    found = checks(cli("doctor", "--json", code=1))
    assert "this machine only" in found["Settings for this use"]["value"]
    monkeypatch.setenv("MATCHER_PORT", "many")
    found = checks(cli("doctor", "--json", code=1))
    assert "MATCHER_PORT" in found["Settings"]["value"]


def test_a_list_of_codes_that_is_missing_is_told(cli, monkeypatch):
    monkeypatch.setenv("MATCHER_CPV_FILE", str(cli.folder / "cpv.tsv"))
    assert not checks(cli("doctor", "--json", code=1))["Settings for this use"]["is_fine"]


def test_a_full_disk_is_told(cli, monkeypatch):
    usage = namedtuple("usage", "total used free")(10, 9, 1)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: usage)
    found = checks(cli("doctor", "--json", code=1))
    assert "Free some space" in found["Data folder"]["remedy"]
