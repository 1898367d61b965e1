import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.text import clean

PIECES = (
    "<p> </p> < > &lt; &amp; & amp; b <b <script> </script> <!-- --> Ã¥ å a\u030a \u200b \x00 5 \" ' <td> lt;"
).split(" ")
MARKUP = st.lists(st.sampled_from([*PIECES, " ", "\n", "\r\n\r\n", "<a href='x'>"]), max_size=25).map("".join)


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("temp < 5 grader och > 3", "temp < 5 grader och > 3"),
        ("om a<b och c>d", "om a<b och c>d"),
        ("skriv till <anna@example.se>", "skriv till <anna@example.se>"),
        ("jag <3 biblioteket", "jag <3 biblioteket"),
        ("se ?a=1&copy=2", "se ?a=1&copy=2"),
        ("ett <!-- som ingen stänger", "ett <!-- som ingen stänger"),
        ("“Så här” – sa’n …", "“Så här” – sa’n …"),
    ],
)
def test_what_only_looks_like_markup_survives(raw, cleaned):
    assert clean(raw) == cleaned


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("<p>Hej &amp; hå</p><p>Du</p>", "Hej & hå\n\nDu"),
        ("ett<br>två<br/>tre", "ett\ntvå\ntre"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ('<A HREF="http://x/?a=1&b=2" target=_blank>länk</A>', "länk"),
        ("<script>stjäl()</script>kvar<style>p{}</style><!-- dold -->", "kvar"),
        ("<img src=x onerror=alert(1)>bild", "bild"),
        ("<o:p>&nbsp;</o:p>Word", "Word"),
        ("<p>5 &lt; 6</p>", "5 < 6"),
        ("&amp;lt;b&amp;gt;fet", "fet"),
    ],
)
def test_markup_becomes_plain_text_with_its_breaks(raw, cleaned):
    assert clean(raw) == cleaned


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("HjÃ¤lp oss med vÃ¤gen", "Hjälp oss med vägen"),
        ("Ã¥terställ hjÃ¤lpen på Öijared", "återställ hjälpen på Öijared"),
        ("cafe\u0301", "café"),
        ("a\x00b\u200bc\u202ed\ufeff", "abcd"),
        ("ett \t  två\r\n\r\n\r\n\r\ntre \n fyra", "ett två\n\ntre\nfyra"),
        (" \n ", ""),
    ],
)
def test_broken_letters_and_white_space_are_mended(raw, cleaned):
    assert clean(raw) == cleaned


@given(st.one_of(st.text(max_size=80), MARKUP))
@settings(max_examples=300, deadline=None)
def test_cleaning_twice_changes_nothing(raw):
    once = clean(raw)
    assert clean(once) == once


@given(st.one_of(st.text(max_size=80), MARKUP))
@settings(max_examples=200, deadline=None)
def test_a_cleaned_text_is_composed_and_holds_no_control_characters(raw):
    cleaned = clean(raw)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert all(unicodedata.category(char) not in ("Cc", "Cs") for char in cleaned.replace("\n", ""))
    assert "\n\n\n" not in cleaned and "  " not in cleaned and cleaned == cleaned.strip()


@pytest.mark.parametrize(
    "piece", ["<", "<a ", "<script>", "<!--", "&amp;", " \n", "Hej du Ã¥ ", "<p>Hej</p>"]
)
def test_time_grows_no_faster_than_the_text(piece):
    def seconds(n_chars):
        text = piece * (n_chars // len(piece))
        return min(_timed(text) for _ in range(2))

    assert seconds(800_000) < 30 * seconds(100_000) + 0.5


def _timed(text):
    started = time.perf_counter()
    clean(text)
    return time.perf_counter() - started
