"""Every text that a page uses is in every catalogue, and no catalogue carries texts that nobody uses."""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Iterator

import pytest

from api import texts
from api.navigation import GROUPS
from api.pages.reference import all_errors
from api.rendering import HERE, THEMES
from api.texts import LANGUAGES, PREPARED, Texts, catalogue
from matcher import types
from matcher.errors import NotFound
from matcher.intake import FIELDS, IGNORE

_IN_TEMPLATE = re.compile(r"""\bt(?:\.has)?\(\s*"([^"]+)"(\s*~)?""")
_WORD = re.compile(r"[a-z][\w-]*(?:\.[\w+-]+)+")


def used_in_templates() -> Iterator[tuple[str, bool]]:
    """Yield keys, and beginnings of keys that end with something computed."""
    for path in (HERE / "templates").rglob("*.html"):
        for key, goes_on in _IN_TEMPLATE.findall(path.read_text(encoding="utf-8")):
            yield key, bool(goes_on)
        for prefix in re.findall(r"""m\.select\([^)]*?"([a-z_.]+\.)\"""", path.read_text(encoding="utf-8")):
            yield prefix, True


def used_in_code() -> Iterator[tuple[str, bool]]:
    for path in HERE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                first = node.values[0]
                if isinstance(first, ast.Constant) and _WORD.match(f"{first.value}x"):
                    yield str(first.value), True
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield node.value, False


USED = [*used_in_templates(), *used_in_code()]
KEYS = {key for key, goes_on in USED if not goes_on}
PREFIXES = tuple({key for key, goes_on in USED if goes_on and key.endswith(".")})


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_key_of_a_template_has_a_text(language: str) -> None:
    known = catalogue(language)
    missing = {key for key, goes_on in used_in_templates() if not goes_on and key not in known}
    missing |= {
        prefix
        for prefix, goes_on in used_in_templates()
        if goes_on and not any(key.startswith(prefix) for key in known)
    }
    assert not missing


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_word_of_the_program_has_a_text(language: str) -> None:
    known, words = catalogue(language), computed_keys()
    assert not {key for key in words if key not in known}


def test_no_catalogue_has_a_text_that_nobody_uses() -> None:
    unused = {key for key in catalogue("en") if key not in KEYS and not key.startswith(PREFIXES)}
    assert not unused


def test_catalogues_have_equal_keys_and_equal_slots() -> None:
    slots = {
        language: {
            key: sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)
            for key, text in catalogue(language).items()
        }
        for language in LANGUAGES
    }
    assert slots["sv"] == slots["en"]
    assert all(text.strip() for language in LANGUAGES for text in catalogue(language).values())


@pytest.mark.parametrize("language", PREPARED)
def test_a_language_that_has_only_begun_falls_back_to_swedish(language: str) -> None:
    own = texts._read(f"{language}.json")
    assert set(own) < set(catalogue("sv"))
    merged = catalogue(language)
    assert set(merged) == set(catalogue("sv"))
    assert all(merged[key] == text for key, text in own.items())


def computed_keys() -> Iterator[str]:
    """Yield keys that are made of a beginning and a word of the program."""
    for prefix, words in (
        ("kind", types.EntryKind),
        ("status", types.EntryStatus),
        ("state", [each for each in types.ProposalState]),
        ("direction", types.Direction),
        ("verdict", types.VerdictKind),
        ("role", types.Role),
        ("organisation_kind", types.OrganisationKind),
        ("organisation_size", (*types.OrganisationSize, "unknown")),
        ("home.published", types.EntryKind),
        ("hint.kind", types.EntryKind),
        ("entry.untitled", types.EntryKind),
        ("queue.asked", types.Direction),
        ("queue.best", types.Direction),
        ("review.done", types.VerdictKind),
        ("run", ("queued", "running", "done", "failed", "cancelled")),
        ("imports.status", ("running", "done")),
        ("column", (*FIELDS, IGNORE)),
        ("theme", THEMES),
        ("language", LANGUAGES),
    ):
        yield from (f"{prefix}.{word}" for word in words)
    for reason in types.ReasonKind:
        yield from (f"reason.{reason}", f"reason.{reason}.against")
    for heading, destinations in GROUPS:
        yield heading
        yield from (each.key for each in destinations)
    for kind in all_errors():
        if kind.__module__.split(".")[0] in ("matcher", "api"):
            code = kind.__new__(kind).code
            yield from (f"error.{code}.title", f"error.{code}.remedy")


def test_a_message_of_the_services_is_said_in_the_readers_language() -> None:
    swedish, english = Texts("sv"), Texts("en")
    assert swedish.message("The text is empty.") == "Texten är tom."
    assert english.message("The text is empty.") == "The text is empty."
    assert swedish.message("It is longer than 1000 characters.") == "Den är längre än 1000 tecken."
    assert swedish.message("The joint need is dismissed.") == "Det gemensamma behovet är lagt åt sidan."
    assert swedish.message("Something that nobody translated.") == "Something that nobody translated."


def test_every_message_of_the_services_is_known_in_swedish() -> None:
    swedish = Texts("sv")
    said = {each.replace("{}", "7") for each in said_by_services()}
    assert not {each for each in said if swedish.message(each) == each}


IN_BOTH_LANGUAGES = {"notice_words.py", "documents.py"}
"""What these write is mail and papers, which they word in the reader's language themselves."""


def said_by_services() -> Iterator[str]:
    """Yield every sentence in the code of the services and of what they use, with ``{}`` for its slots."""
    root = HERE.parent / "matcher"
    paths = (p for folder in ("services", "intake", "procurement") for p in (root / folder).rglob("*.py"))
    for path in paths:
        if path.name not in IN_BOTH_LANGUAGES:
            yield from _sentences(ast.parse(path.read_text(encoding="utf-8")))


def _sentences(tree: ast.AST) -> Iterator[str]:
    passed_over = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            passed_over.update(map(id, node.values))
    for node in ast.walk(tree):
        said = "" if id(node) in passed_over else _text(node)
        if said[:1].isupper() and " " in said and said.endswith(".") and "%" not in said:
            yield said


def _text(node: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(p.value) if isinstance(p, ast.Constant) else "{}" for p in node.values)
    return ""


def test_what_is_not_found_is_called_by_its_swedish_name() -> None:
    for kind in NotFound.__subclasses__():
        english = str(kind("a1"))
        swedish = Texts("sv").message(english)
        assert swedish.endswith(" a1 hittades inte.")
        assert kind.noun not in swedish.replace("Organisationen", "")
