from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from matcher.errors import InvalidInput
from matcher.services.preparing import all_digests, check, prepare, problems_of
from matcher.types import EntryKind, TimeWindow, text_digest
from models.repositories.contents import draft_digest, draft_of, fields_of, source_key
from tests.matcher.living import draft

LONG = "Det är halt på gångvägen vid skolan när snön töar. " * 60


def made(text="Det är halt på gångvägen vid skolan.", **fields):
    return replace(draft(EntryKind.NEED, text), **fields)


def test_what_is_shown_is_cleaned_and_masked_and_the_original_is_kept():
    sent = made("<b>Ring</b> 811218-9876 eller anna@example.org", title="Från\n811218-9876")
    content = prepare(sent)
    for secret in ("811218", "anna@example.org", "<b>", "\n"):
        assert secret not in content.title + content.text
    assert content.version_columns()["original_text"] == sent.text
    assert content.version_columns()["original_title"] == sent.title


@pytest.mark.parametrize(
    ("told", "text", "language"),
    [
        ("SV", "x", "sv"),
        ("no", "x", "nb"),
        ("swe", "x", "sv"),
        (None, LONG, "sv"),
        (None, "The pavement is slippery and nobody puts any grit on it in winter. " * 3, "en"),
        (None, "Jalkakäytävä on liukas eikä kukaan hiekoita sitä talvella, sanovat asukkaat. " * 3, "fi"),
        (None, "ok", "und"),
    ],
)
def test_the_language_is_what_is_told_or_can_be_told(told, text, language):
    assert prepare(made(text, language=told)).language == language


def test_passages_cover_the_whole_text_and_are_slices_of_it():
    content = prepare(made(LONG, title="Halka"))
    whole = f"{content.title}. {content.text}"
    assert len(content.passages) > 1
    assert all(whole[each.start : each.end] == each.text for each in content.passages)
    assert content.passages[0].start == 0
    assert content.passages[-1].end == len(whole)


def test_every_text_that_may_have_been_encoded_has_its_digest():
    content = prepare(made(LONG, title="Halka"))
    digests = all_digests(content.title, content.text)
    assert {text_digest(each.text) for each in content.passages} <= digests
    assert text_digest(f"Halka. {content.text}") in digests
    assert text_digest("Halka") in digests


def test_a_draft_that_is_right_has_no_problems():
    content = prepare(
        made(
            title="Halka",
            cpv=("90620000", "90620000-9"),
            currency="SEK",
            language="sv-SE",
            municipality="2581",
        )
    )
    assert list(problems_of(content)) == []
    check(content)


def test_every_problem_is_told_with_a_remedy_and_the_first_is_raised():
    wrong = made(
        "  ",
        title="x" * 1001,
        cpv=("1",),
        tags=("",),
        currency="kr",
        municipality="Piteå",
        language="ett språk",
        source_id="x" * 301,
        estimated_value=Decimal(-1),
        window=TimeWindow(starts_on=date(2026, 2, 1), ends_on=date(2026, 1, 1)),
    )
    problems = list(problems_of(prepare(wrong)))
    told = [problem.field for problem in problems]
    forms = ["currency", "municipality", "language", "cpv", "tags", "source_id"]
    assert told == ["text", "title", *forms, "estimated_value", "ends_on"]
    assert all(problem.remedy for problem in problems)
    with pytest.raises(InvalidInput) as caught:
        check(prepare(wrong))
    assert caught.value.field == "text"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"text": "a\x00b"}, "text"),
        ({"title": "a\x00b"}, "title"),
        ({"role": "a\x00b"}, "role"),
        ({"source_id": "a\x00b"}, "source_id"),
        ({"role": "x" * 201}, "role"),
        ({"capacity": "x" * 200_001}, "capacity"),
        ({"language": "sv" + "-aaaaaaaa" * 9}, "language"),
    ],
)
def test_what_not_every_database_can_keep_is_told(fields, field):
    assert [problem.field for problem in problems_of(prepare(replace(made(), **fields)))] == [field]


def test_a_draft_comes_back_whole_from_what_is_stored():
    sent = made(
        title="Halka",
        language="sv",
        cpv=("90620000",),
        regions=("SE331",),
        tags=("vinter",),
        municipality="2581",
        window=TimeWindow(starts_on=date(2026, 1, 1)),
        estimated_value=Decimal("12.50"),
        currency="SEK",
        role="resident",
        capacity="40",
    )
    back = draft_of(sent.source, sent.source_id, title=sent.title, text=sent.text, fields=fields_of(sent))
    assert back == sent


def test_digests_tell_sources_and_drafts_apart():
    keys = {
        source_key(scope, source, number)
        for scope in (None, "a")
        for source in ("a", "b")
        for number in ("1", "2")
    }
    assert len(keys) == 8
    assert source_key("a", "b", "c") != source_key(None, "a", "c")
    one = made()
    assert draft_digest(one) == draft_digest(replace(one))
    assert draft_digest(one) == draft_digest(replace(one, source="other", source_id="other"))
    assert draft_digest(one) != draft_digest(replace(one, organisation="A"))
