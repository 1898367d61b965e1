from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher.text import split_passages, split_sentences

TEXTS = st.one_of(
    st.text(max_size=200),
    st.lists(
        st.sampled_from(["t.ex. ", "ord ", "Ord. ", "nr 5. ", "\n", "\n\n", "slut! ", "osv. ", "1. ", "…"]),
        max_size=60,
    ).map("".join),
)


def sentences(text):
    return [passage.text for passage in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Det är mörkt. Vi vill ha ljus! När då?", ["Det är mörkt.", "Vi vill ha ljus!", "När då?"]),
        (
            "Vi vill ha t.ex. ljus, bl.a. vid kl. 8. Sen mer.",
            ["Vi vill ha t.ex. ljus, bl.a. vid kl. 8.", "Sen mer."],
        ),
        ("Se nr. 5 på s. 3, dvs. sist.", ["Se nr. 5 på s. 3, dvs. sist."]),
        ("Bänkar, bord osv. Sen är det klart.", ["Bänkar, bord osv.", "Sen är det klart."]),
        ("Bänkar, bord osv. och stolar.", ["Bänkar, bord osv. och stolar."]),
        (
            "Den 3. mars börjar vi. Det kostar 500. Vi betalar.",
            ["Den 3. mars börjar vi.", "Det kostar 500.", "Vi betalar."],
        ),
        ("Behov:\n1. Köp ljus\n2. Laga\n- och städa", ["Behov:", "1. Köp ljus", "2. Laga", "- och städa"]),
        ("det är mörkt. jag vill ha ljus", ["det är mörkt.", "jag vill ha ljus"]),
        ('A. Ek sa "Nej." Sen gick han.', ['A. Ek sa "Nej."', "Sen gick han."]),
        ("Version 3.5 kom.", ["Version 3.5 kom."]),
        ("Hinta on esim. 5 e. Klo 8 alkaa. Se toimii.", ["Hinta on esim. 5 e. Klo 8 alkaa.", "Se toimii."]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_would_end_them(text, expected):
    assert sentences(text) == expected


@given(TEXTS, st.integers(1, 8))
def test_passages_lose_nothing_and_point_at_their_place(text, max_words):
    for passages in (split_sentences(text), split_passages(text, max_words=max_words)):
        assert all(text[p.start : p.end] == p.text == p.text.strip() != "" for p in passages)
        assert all(a.end <= b.start for a, b in pairwise(passages))
        assert "".join("".join(p.text for p in passages).split()) == "".join(text.split())


@given(TEXTS, st.integers(1, 8))
def test_no_passage_is_longer_than_asked(text, max_words):
    assert all(len(p.text.split()) <= max_words for p in split_passages(text, max_words=max_words))


def test_a_short_text_is_one_passage_and_a_long_one_is_shared_evenly():
    sentence = "Vi vill ha fler bänkar nu. "
    assert len(split_passages(sentence * 20)) == 1
    lengths = [len(p.text.split()) for p in split_passages(sentence * 25)]
    assert len(lengths) == 2 and max(lengths) - min(lengths) <= 6


def test_passages_begin_and_end_with_sentences():
    text = " ".join(f"Mening nummer {i} är här." for i in range(60))
    assert all(p.text.startswith("Mening") and p.text.endswith("här.") for p in split_passages(text))


def test_a_word_without_end_is_cut():
    assert len(split_passages("a" * 100_000)) == 5


def test_passages_need_at_least_one_word():
    with pytest.raises(ValueError, match="max_words"):
        split_passages("ord", max_words=0)
