"""Names: of those who sign ("Mvh Anna", "/Kalle") or introduce themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

Span = tuple[int, int]

MAX_NAME_WORDS: Final = 4

_GREETINGS: Final = (
    r"m\.?v\.?h|med\s(?:\w+\s)?vänlig(?:a)?\shälsning(?:ar)?|(?:\w+a\s)?hälsning(?:ar)?|hälsn|hälsar"
    r"|(?:med\s)?vennlig\shilsen|(?:med\s)?venlig\shilsen|hilsen|mange\shilsner|de\sbedste\shilsner"
    r"|(?:ystävällisin\s|parhain\s|kunnioittaen\s)?terveisin|terveisiä|terv"
    r"|(?:kind|best|warm)\sregards|kindest\sregards|regards|sincerely|yours\ssincerely"
)
_COOL_GREETINGS: Final = r"vänligen|best\swishes|all\sthe\sbest|kunnioittavasti|cheers"
_LINK: Final = r"(?:\s(?:från|till|frå|fra|from))?"
_CLOSING: Final = re.compile(rf"(?<!\w)(?:{_GREETINGS})(?!\w){_LINK}[\s.,:;!–/-]*", re.IGNORECASE)
_COOL_CLOSING: Final = re.compile(rf"(?<!\w)(?:{_COOL_GREETINGS})(?!\w)[\s.,:;!–/-]*", re.IGNORECASE)
_INTRODUCTION: Final = re.compile(
    r"(?<!\w)(?:jag\sheter|mitt\snamn\sär|jeg\sheter|jeg\shedder|mit\snavn\ser|mitt\snavn\ser|nimeni\son"
    r"|my\sname\sis)\s",
    re.IGNORECASE,
)
_SLASH: Final = re.compile(r"(?:^|(?<=\s))/\s?(?=[^\W\d_][^\n/]{0,60}(?:\n|\Z))")
_WORD: Final = re.compile(r"[^\W\d_](?:[\w'’-]*\w)?\.?")
_BETWEEN: Final = re.compile(r"[ \u00a0]?(?:,[ \u00a0]|&[ \u00a0]?|[ \u00a0])|[ \u00a0]")
_PARTICLES: Final = frozenset("af av da de den der di du el la le van von zu och og ja and o".split())
_LOWER_NAME: Final = re.compile(r"([^\W\d_]+(?:[ \u00a0][^\W\d_]+)?)[ \u00a0.!]*(?=\n|\Z)")


def find_names(text: str) -> Iterator[Span]:
    """Yield where the names stand that follow a closing phrase, a slash at a line's end or "jag heter".

    A name is up to four words with a capital and the particles between them; after a warm closing also one
    or two words without, if the line ends there.
    """
    for closing in _CLOSING.finditer(text):
        yield from _name_at(text, closing.end(), may_be_lower=True)
    for pattern in (_COOL_CLOSING, _INTRODUCTION, _SLASH):
        for opening in pattern.finditer(text):
            yield from _name_at(text, opening.end(), may_be_lower=False)


def _name_at(text: str, start: int, *, may_be_lower: bool) -> Iterator[Span]:
    end = _capitalised_until(text, start)
    if end > start:
        yield start, end
    elif may_be_lower and (lower := _LOWER_NAME.match(text, start)) is not None:
        yield lower.span(1)


def _capitalised_until(text: str, start: int) -> int:
    """Return where the run of capitalised words that begins at ``start`` ends; ``start`` if there is none."""
    position, end, n_words = start, start, 0
    while n_words < MAX_NAME_WORDS and (word := _WORD.match(text, position)) is not None:
        if word[0][0].isupper():
            n_words += 1
            end = word.end() - (word[0].endswith(".") and len(word[0]) > 2)
        elif n_words == 0 or word[0].lower() not in _PARTICLES:
            break
        between = _BETWEEN.match(text, word.end())
        if between is None:
            break
        position = between.end()
    return end
