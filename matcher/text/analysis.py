"""Lexical analysis: the terms of a text, for matching words and for showing what two texts share."""

from __future__ import annotations

import re
import threading
from typing import TYPE_CHECKING, Final

from matcher.text.stopwords import STOP_WORDS

if TYPE_CHECKING:
    from Stemmer import Stemmer

MAX_TERM_CHARS: Final = 60

_ALGORITHMS: Final = {
    "ar": "arabic",
    "da": "danish",
    "de": "german",
    "el": "greek",
    "en": "english",
    "es": "spanish",
    "et": "estonian",
    "fi": "finnish",
    "fr": "french",
    "ga": "irish",
    "hu": "hungarian",
    "it": "italian",
    "lt": "lithuanian",
    "nb": "norwegian",
    "nl": "dutch",
    "nn": "norwegian",
    "no": "norwegian",
    "pl": "polish",
    "pt": "portuguese",
    "ro": "romanian",
    "ru": "russian",
    "sr": "serbian",
    "sv": "swedish",
    "tr": "turkish",
    "yi": "yiddish",
}
_TERM: Final = re.compile(r"[^\W_]{2,}")
_local = threading.local()


def analyse(text: str, language: str) -> list[str]:
    """Return the lexical terms of a text in their order: lower case, without stop words, stemmed (Snowball).

    Parameters
    ----------
    text
        A cleaned text.
    language
        ISO 639-1 code. Stop words are known for sv, fi, nb, nn, da and en; what Snowball does not know, and
        an unknown language, stays unstemmed.

    Returns
    -------
    list of str
        Terms of 2 to 60 letters and digits, with repetitions.
    """
    stop_words = STOP_WORDS.get(language, frozenset())
    words = [
        word for word in _TERM.findall(text.lower()) if word not in stop_words and len(word) <= MAX_TERM_CHARS
    ]
    algorithm = _ALGORITHMS.get(language)
    if algorithm is None:
        return words
    return list(_stemmer(algorithm).stemWords(words))


def _stemmer(algorithm: str) -> Stemmer:
    """Return this thread's stemmer: they are not safe to share."""
    stemmers: dict[str, Stemmer] | None = getattr(_local, "stemmers", None)
    if stemmers is None:
        stemmers = _local.stemmers = {}
    if algorithm not in stemmers:
        stemmers[algorithm] = _new_stemmer(algorithm)
    return stemmers[algorithm]


def _new_stemmer(algorithm: str) -> Stemmer:
    from Stemmer import Stemmer

    return Stemmer(algorithm)
