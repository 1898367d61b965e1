from concurrent.futures import ThreadPoolExecutor

import pytest

from matcher.text import analyse


@pytest.mark.parametrize(
    ("language", "one", "other"),
    [
        ("sv", "belysningen på gångvägarna", "Belysning: gångvägar!"),
        ("fi", "talossa ja koulussa", "talosta, koulusta"),
        ("nb", "veien og husene", "veiene, hus"),
        ("nn", "vegane og husa", "vegen hus"),
        ("da", "husene og vejene", "huset vejen"),
        ("en", "the lights were walking", "light walks"),
        ("de", "Häuser", "Häusern"),
    ],
)
def test_inflected_forms_have_one_term(language, one, other):
    assert analyse(one, language) == analyse(other, language) != []


def test_stop_words_go_and_repetitions_stay_in_order():
    assert analyse("Vi vill ha en park och en park till", "sv") == ["park", "park"]
    assert analyse("en man och ett hus", "und") == ["en", "man", "och", "ett", "hus"]


def test_codes_and_numbers_are_terms_and_signs_are_not():
    assert analyse("E-tjänst 2024 (SE332)_x, 5", "und") == ["tjänst", "2024", "se332"]


def test_endless_words_are_no_terms():
    assert analyse("a" * 61 + " " + "b" * 60, "und") == ["b" * 60]


def test_threads_get_the_terms_that_one_thread_gets():
    texts = [f"belysningen gångvägarna lekplatserna {i}" for i in range(200)]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: analyse(text, "sv"), texts)) == [analyse(t, "sv") for t in texts]
