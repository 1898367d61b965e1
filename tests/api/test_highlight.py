"""What a reviewer sees marked is what the reasons rest on, and nothing in a text becomes markup."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from api.highlight import highlighted, stems_of


def test_marks_the_sentence_and_leaves_the_rest() -> None:
    html = highlighted("Det är halt. Sanden räcker inte.", sentences=["Sanden räcker inte."])
    assert html == "Det är halt. <mark>Sanden räcker inte.</mark>"


def test_emphasises_whole_words_that_share_a_stem_and_no_others() -> None:
    stems = stems_of(["gångvägar"], "sv")
    html = highlighted("Gångvägen vid vägen", stems=stems, language="sv")
    assert html == "<strong>Gångvägen</strong> vid vägen"


def test_words_are_stemmed_in_the_language_of_their_own_text() -> None:
    stems = stems_of(["robots"], "en")
    assert highlighted("Vår robot till", stems=stems, language="sv") == "Vår <strong>robot</strong> till"


def test_a_term_inside_a_marked_sentence_keeps_both() -> None:
    html = highlighted("Is hamn.", sentences=["Is hamn."], stems=["hamn"], language="sv")
    assert html == "<mark>Is <strong>hamn</strong>.</mark>"


def test_script_in_a_text_stays_text_even_where_it_is_marked() -> None:
    evil = "<script>alert(1)</script>"
    html = highlighted(f"{evil} halt", sentences=[evil], stems=["halt", "script"], language="en")
    assert "<script" not in html
    assert "&lt;" in html


@given(st.text(max_size=60), st.lists(st.text(min_size=1, max_size=8), max_size=4))
def test_no_character_of_the_text_is_lost(text: str, terms: list[str]) -> None:
    html = highlighted(text, sentences=terms, stems=stems_of(terms, "sv"), language="sv")
    assert str(Markup(re.sub(r"</?(?:mark|strong)>", "", str(html))).unescape()) == text
