"""What a reviewer sees marked is what the reasons rest on, and nothing in a text becomes markup."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from api.highlight import highlighted


def test_marks_the_sentence_and_leaves_the_rest() -> None:
    html = highlighted("Det är halt. Sanden räcker inte.", sentences=["Sanden räcker inte."])
    assert html == "Det är halt. <mark>Sanden räcker inte.</mark>"


def test_emphasises_whole_words_that_begin_with_a_shared_stem() -> None:
    html = highlighted("Sandning och osandat", terms=["sand"])
    assert html == "<strong>Sandning</strong> och osandat"


def test_a_term_inside_a_marked_sentence_keeps_both() -> None:
    html = highlighted("Is här.", sentences=["Is här."], terms=["här"])
    assert html == "<mark>Is </mark><mark><strong>här</strong></mark><mark>.</mark>"


def test_very_short_terms_would_mark_everything_and_are_left_out() -> None:
    assert highlighted("is i isen", terms=["is"]) == "is i isen"


def test_script_in_a_text_stays_text_even_where_it_is_marked() -> None:
    evil = "<script>alert(1)</script>"
    html = highlighted(f"{evil} halt", sentences=[evil], terms=["halt"])
    assert "<script" not in html
    assert "&lt;script&gt;" in html


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=8), max_size=4))
def test_no_character_of_the_text_is_lost(text: str, terms: list[str]) -> None:
    html = highlighted(text, sentences=terms, terms=terms)
    assert str(Markup(re.sub(r"</?(?:mark|strong)>", "", str(html))).unescape()) == text
