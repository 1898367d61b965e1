"""The documents say what is there: settings, routes, commands and links; and what they show to run, runs."""

from __future__ import annotations

import contextlib
import importlib.util
import io
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from tempfile import gettempdir
from types import ModuleType
from typing import Any

import pytest
from fastapi.testclient import TestClient
from typer.main import get_command
from typer.testing import CliRunner

from api import navigation, routes
from api.app import create_app
from matcher.cli.app import app as cli
from matcher.encoders import registry
from matcher.encoders.families import family_of
from matcher.services import accounts, organisations
from matcher.services.actor import SYSTEM, Actor
from matcher.services.organisations import OrganisationDraft
from matcher.settings import Settings
from matcher.types import OrganisationKind, Role
from models.database import make_engine, make_sessions, upgrade

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    path.relative_to(ROOT).as_posix()
    for path in (
        ROOT / "README.md",
        *ROOT.glob("docs/**/*.md"),
        *ROOT.glob("notebooks/*.md"),
        *ROOT.glob("models/encoder/**/*.md"),
        *ROOT.glob("matcher/**/*.md"),
    )
)
OUR_OWN = ("README.md", "docs/guide.md", "docs/operations.md", "docs/api.md", "docs/labelled-sets.md")
WITH_COMMANDS = tuple(name for name in OUR_OWN if name != "docs/api.md")
FENCE = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
BLOCK = re.compile(
    r"^(?:<!-- (?P<mark>run|setup|file: [\w./-]+) -->\n)```(?P<kind>\w+)\n(?P<body>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
MAY_END_WITH = (0, 3)
"""Exit codes of commands that documents show: done, or done but for rows that are wrong on purpose."""


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name: str) -> Iterator[tuple[str, str, str]]:
    """Yield (mark, language, body) of the marked code blocks of a document."""
    for found in BLOCK.finditer(read(name)):
        yield found["mark"], found["kind"], found["body"]


def commands() -> dict[str, Any]:
    """Return every command by its words, such as ``user add``."""

    def walk(command: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        for name, each in getattr(command, "commands", {}).items():
            yield from walk(each, (*words, name))
        if not hasattr(command, "commands"):
            yield " ".join(words), command

    return dict(walk(get_command(cli), ()))


def shown_default(name: str) -> str:
    """Return how the table of settings shows a default."""
    if name == "cache_dir":
        return "`matcher-cache` in the system's folder for temporary files"
    value = Settings.model_fields[name].get_default(call_default_factory=True)
    plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
    return "empty" if plain in ("", None) else f"`{plain}`"


@pytest.mark.parametrize("name", sorted(Settings.model_fields))
def test_operations_tells_every_setting_with_its_default(name: str) -> None:
    row = re.search(
        rf"^\| `MATCHER_{name.upper()}` \| (?P<default>.*?) \| (?P<meaning>.+?) \|$",
        read("docs/operations.md"),
        re.MULTILINE,
    )
    assert row, f"docs/operations.md has no row for MATCHER_{name.upper()}"
    assert row["default"] == shown_default(name)
    assert len(row["meaning"]) > 10


def test_documents_name_no_setting_that_is_not_there() -> None:
    known = {f"MATCHER_{name.upper()}" for name in Settings.model_fields}
    for document in OUR_OWN:
        named = set(re.findall(r"MATCHER_[A-Z_]+[A-Z]", read(document)))
        assert named <= known, document


def test_the_cache_lies_where_the_settings_table_says() -> None:
    assert Settings.model_fields["cache_dir"].default == Path(gettempdir()) / "matcher-cache"


def test_api_names_every_route_and_no_other() -> None:
    there = {
        f"{method} {route.path}"  # type: ignore[attr-defined]
        for router in routes.API
        for route in router.routes
        for method in route.methods - {"HEAD"}  # type: ignore[attr-defined]
    }
    told = re.findall(r"^\| `((?:GET|POST|PUT|PATCH|DELETE) /\S+)` \|", read("docs/api.md"), re.MULTILINE)
    assert sorted(told) == sorted(there)


def test_guide_names_every_page_of_the_menu() -> None:
    guide = read("docs/guide.md")
    for _, destinations in navigation.GROUPS:
        for destination in destinations:
            assert f"| `{destination.address}` |" in guide, destination.address


@pytest.mark.parametrize("words", sorted(commands()))
def test_operations_tells_every_command(words: str) -> None:
    assert f"| `matcher {words}` |" in read("docs/operations.md")


@pytest.mark.parametrize("document", OUR_OWN)
def test_commands_that_documents_show_exist(document: str) -> None:
    text, known = read(document), commands()
    lines = [
        line for block in FENCE.findall(text) if block.startswith("```bash") for line in block.splitlines()
    ]
    shown = [line for line in lines if line.startswith("matcher ")]
    shown += [found for found in re.findall(r"`(matcher [^`\n]+)`", text) if "/" not in found.split()[1]]
    for line in shown:
        words = shlex.split(line)[1:]
        name = next((each for each in (" ".join(words[:2]), words[0]) if each in known), None)
        assert name is not None, line
        options = {option for parameter in known[name].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options, line


def bootstrap() -> ModuleType:
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "bootstrap.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_bootstrap_knows_what_documents_tell_it_to_do() -> None:
    shown = [
        found.split()
        for document in OUR_OWN
        for found in re.findall(r"python bootstrap\.py[^\n`]*", read(document))
    ]
    assert ["python", "bootstrap.py"] in shown
    assert ["python", "bootstrap.py", "test"] in shown
    for words in shown:
        assert {*words[2:3]} <= set(bootstrap().COMMANDS), words
        assert {*words[3:]} <= {"--once"}, words
    assert "--once" in {option for parameter in commands()["demo"].params for option in parameter.opts}


@pytest.mark.parametrize("name", sorted(path.stem for path in (ROOT / "benchmarks").glob("[!_]*.py")))
def test_readme_tells_every_benchmark(name: str) -> None:
    assert f"benchmarks.{name}`" in read("README.md")


def slug(heading: str) -> str:
    plain = re.sub(r"[`*]|\[([^\]]*)\]\([^)]*\)", r"\1", heading)
    return re.sub(r"[^\w\- ]", "", plain.strip().lower()).replace(" ", "-")


def anchors(path: Path) -> set[str]:
    text = FENCE.sub("", path.read_text(encoding="utf-8"))
    return {slug(found) for found in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


@pytest.mark.parametrize("document", DOCUMENTS)
def test_links_lead_somewhere(document: str) -> None:
    text = FENCE.sub("", read(document))
    for link in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:", link):
            continue
        target, _, anchor = link.partition("#")
        path = (ROOT / document).parent / target if target else ROOT / document
        assert path.exists(), link
        if anchor:
            assert anchor in anchors(path), link


@pytest.mark.parametrize("document", DOCUMENTS)
def test_documents_name_no_place_of_one_machine(document: str) -> None:
    assert not re.search(r"/(?:home|Users|work|tmp)/|localhost:\d", read(document))


def test_decisions_are_complete_and_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(folder.glob("[0-9]*.md"))
    numbers = [int(page.name[:4]) for page in pages]
    assert numbers[0] == 1 and all(b == a + 1 for a, b in pairwise(numbers))
    for page in pages:
        text = page.read_text(encoding="utf-8")
        headings = re.findall(r"^## (.+)$", text, re.MULTILINE)
        assert headings == ["Context", "Decision", "Consequences", "Alternatives"], page.name
        assert f"({page.name})" in (folder / "README.md").read_text(encoding="utf-8")


def test_every_encoder_that_a_setting_names_is_told() -> None:
    text = read("docs/operations.md")
    for name in ("default", "hashing", "minilm", "joint", *registry.OWN):
        assert f"| `{name}` |" in text


@pytest.mark.parametrize(
    "name", ["intfloat/multilingual-e5-small", "BAAI/bge-m3", "KBLab/sentence-bert-swedish-cased"]
)
def test_prompts_of_known_encoders_are_as_told(name: str) -> None:
    family = family_of(name)
    row = next(line for line in read("docs/operations.md").splitlines() if line.startswith(f"| `{name}`"))
    for prompt, cell in zip((family.query_prompt, family.passage_prompt), row.split("|")[2:4], strict=True):
        assert cell.strip() == (f"`{prompt}`" if prompt else "none")


@pytest.mark.parametrize(
    "document", ["README.md", "docs/guide.md", "docs/operations.md", "docs/labelled-sets.md"]
)
def test_commands_that_documents_mark_run(
    document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MATCHER_ENCODER", "hashing")
    monkeypatch.setenv("MATCHER_DATA_DIR", "data")
    found = list(blocks(document))
    for mark, _, body in found:
        if mark.startswith("file: "):
            path = tmp_path / mark.removeprefix("file: ")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(body, encoding="utf-8")
    lines = [
        line for mark, kind, body in found if (mark, kind) == ("run", "bash") for line in body.splitlines()
    ]
    assert lines
    for line in lines:
        run_line(line)


def run_line(line: str) -> None:
    words = shlex.split(line)
    if words[0] == "python":
        subprocess.run([sys.executable, *words[1:]], check=True)
        return
    result = CliRunner().invoke(cli, words[1:])
    assert result.exit_code in MAY_END_WITH, (line, result.output, result.exception)


@pytest.mark.encoder
def test_python_in_the_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    shown = [body for mark, kind, body in blocks("README.md") if (mark, kind) == ("run", "python")]
    assert shown
    for body in shown:
        exec(compile(body, "README.md", "exec"), {})


@pytest.fixture
def api(tmp_path: Path) -> Iterator[TestClient]:
    """A client as the API's document sets it up, of a service of its own."""
    settings = Settings(data_dir=tmp_path, encoder="hashing", secret_key="s" * 40)  # type: ignore[arg-type, call-arg]
    upgrade(settings.effective_database_url)
    engine = make_engine(settings.effective_database_url)
    with make_sessions(engine).begin() as session:
        draft = OrganisationDraft(name="Exempelstad", kind=OrganisationKind.MUNICIPALITY)
        owner = organisations.create(session, draft, actor=SYSTEM).id
        member = accounts.create_member(
            session,
            email="anna@exempelstad.example",
            name="Anna",
            organisation_id=owner,
            roles=[Role.OFFICER],
            actor=SYSTEM,
        )
        actor = Actor(member.id, owner, frozenset({Role.OFFICER}))
        key = accounts.make_key(session, name="Docs", roles=[Role.OFFICER], actor=actor).secret
    engine.dispose()
    app = create_app(settings, has_worker=False)
    headers = {"Authorization": f"Bearer {key}", "Accept-Language": "sv"}
    with TestClient(app, base_url="http://127.0.0.1/api/v1", headers=headers) as client:
        yield client


def test_python_in_the_api_document_runs(api: TestClient) -> None:
    shown = [body for mark, kind, body in blocks("docs/api.md") if (mark, kind) == ("run", "python")]
    assert len(shown) >= 5
    names: dict[str, object] = {"api": api}
    told = io.StringIO()
    with contextlib.redirect_stdout(told):
        for body in shown:
            exec(compile(body, "docs/api.md", "exec"), names)
    assert "Exempelstad ['officer']" in told.getvalue()
    assert "invalid-input" in told.getvalue()
