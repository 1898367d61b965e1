from collections import Counter

import pytest

from models.encoder.training import vocabulary
from tests.models.encoder import tiny


@pytest.mark.parametrize("word", ["å", "ä", "ö", "æ", "ø", "Å", "Ø"])
def test_nordic_letters_stay_letters_of_their_own(word):
    assert vocabulary.normalizer().normalize_str(word) == word.lower()


def test_other_accents_are_dropped_and_decomposed_letters_composed():
    normal = vocabulary.normalizer().normalize_str
    assert normal("Café à Ñandú") == "cafe a nandu"
    assert normal("a\u030a a\u0308 o\u0308") == "å ä ö"


def test_words_that_differ_only_in_a_nordic_letter_get_different_pieces():
    tokens = tiny.tokenizer()
    tokens_of = {word: tokens.encode(word, add_special_tokens=False).tokens for word in ("bänken", "banken")}
    assert tokens_of["bänken"] == ["bänken"]
    assert tokens_of["banken"] != tokens_of["bänken"]


def test_base_pieces_keep_their_places():
    vocabulary_of = tiny.tokenizer().get_vocab()
    assert [vocabulary_of[piece] for piece in tiny.BASE] == list(range(len(tiny.BASE)))


def test_a_compound_is_cut_into_the_words_it_is_made_of():
    pieces = vocabulary.learn_pieces({"skol": 90, "skolgård": 60, "bakgård": 60, "gård": 90}, n_pieces=60)
    tokens = vocabulary.extend({piece: i for i, piece in enumerate(tiny.BASE)}, pieces)
    assert tokens.encode("skolgård", add_special_tokens=False).tokens == ["skolgård"]
    assert tokens.encode("gårdgård", add_special_tokens=False).tokens == ["gård", "##gård"]


def test_each_text_is_framed_by_the_special_tokens():
    assert tiny.tokenizer().encode("parken").tokens == ["[CLS]", "parken", "[SEP]"]


def test_a_large_language_does_not_crowd_out_a_small_one():
    counts = {
        "sv": Counter({"skola": 100}),
        "fi": Counter({"koulu": 1000}),
        "da": Counter({"x1": 50, "skole": 1}),
    }
    balanced = vocabulary.balance(counts)
    assert balanced == {"skola": 100, "koulu": 35}


def test_the_same_words_give_the_same_pieces_in_the_same_order():
    words = {word: 9 for word in ("skola", "skolan", "kolan", "lasko", "bänk", "bänken", "känken", "ökänd")}
    first = vocabulary.learn_pieces(words, n_pieces=60)
    assert all(vocabulary.learn_pieces(words, n_pieces=60) == first for _ in range(5))
