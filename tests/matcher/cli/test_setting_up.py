import subprocess
import sys

import pytest

from models.database import downgrade

COMMANDS = (
    "init",
    "import",
    "match",
    "similar",
    "serve",
    "export",
    "evaluate",
    "doctor",
    "demo",
    "user",
    "organisation",
)


def test_help_names_every_command(bare):
    text = bare("--help").stdout
    assert all(command in text for command in COMMANDS)


@pytest.mark.parametrize("command", [*COMMANDS[:-2], "user add", "user link", "organisation add"])
def test_every_command_explains_itself(bare, command):
    assert "Usage:" in bare(*command.split(), "--help").stdout


def test_nothing_heavy_is_loaded_before_a_command_runs():
    code = (
        "import sys, matcher.cli.app;"
        "print([n for n in ('torch', 'numpy', 'sqlalchemy', 'pydantic', 'fastapi') if n in sys.modules])"
    )
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_init_makes_the_database_and_may_be_repeated(bare):
    assert "matcher.db" in bare("init").stdout
    assert (bare.folder / "data" / "matcher.db").exists()
    bare("init")
    assert bare.json("organisation", "list") == []


def test_without_a_database_the_remedy_is_named_and_no_file_is_made(bare):
    result = bare("match", code=1)
    assert "There is no database" in result.stderr
    assert "matcher init" in result.stderr
    assert not (bare.folder / "data").exists()


def test_tables_of_another_version_are_refused_with_the_remedy(cli):
    downgrade(cli.settings().effective_database_url, "base")
    result = cli("organisation", "list", code=1)
    assert "not those of this version" in result.stderr
    assert "matcher init" in result.stderr


def test_a_file_that_is_no_database_is_told(cli):
    (cli.folder / "data" / "matcher.db").write_bytes(b"This is a letter." * 100)
    result = cli("organisation", "list", code=1)
    assert "damaged, or is no database" in result.stderr
    assert "backup" in result.stderr


def test_a_folder_that_cannot_be_made_is_told(bare):
    in_the_way = bare.write("file", "")
    result = bare("init", code=1, MATCHER_DATA_DIR=str(in_the_way / "data"))
    assert "folder" in result.stderr


def test_a_wrong_setting_is_named_with_the_remedy(bare):
    result = bare("init", code=1, MATCHER_PORT="many")
    assert "MATCHER_PORT" in result.stderr
    assert "environment variable" in result.stderr


def test_a_wrong_option_is_a_usage_error(bare):
    assert "--knd" in bare("import", "file.csv", "--knd", "need", code=2).stderr


def test_ctrl_c_ends_any_command_with_130(bare, monkeypatch):
    def interrupt():
        raise KeyboardInterrupt

    monkeypatch.setattr("matcher.settings.load_settings", interrupt)
    assert "Interrupted" in bare("init", code=130).stderr
