"""Passages and sentences: a long text in parts that an encoder can take in and a reader can point at."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Final

from matcher.types import Passage

MAX_WORD_CHARS: Final = 200
"""Longer runs without a blank (keys, tables, keyboard cats) count as several words."""

# Swedish, Norwegian, Danish, Finnish and English; single letters count besides.
_ABBREVIATIONS: Final = frozenset(
    """
    adm adr afd ang anm anv approx appt apt art avd avs bl bl.a ca cf co corp d.s.s d.v.s dept div dr
    dvs dyl e.d e.dyl e.g e.kr e.l eds eg el.l emt eng eo esim etc ev evt exkl f.d f.eks f.k f.kr f.ö
    fam feks fig figs fork forts fr fr.o.m g:a gen gl gr hhv hr huom i.e i.o.m ie ieur iht inc incl ingr
    inkl inv jf jfr jms jne jr k.o kap kgl kl klo ko kpl ks kv ky ltd lö m.a m.a.o m.fl m.h.a m.h.t m.m
    m.v max mfl mht milj mm mom mr mrd mrs ms mv mån nr nuv nyk näml o.a o.d o.dyl o.l o.s o.s.v oik omr
    os osv p p.g.a p.o p.s p.t pga ph.d pkt plur pp pr proc prof pst pt puh ref resp rev s.a.s s.k s.u
    s:t sd sec sek sid sign sml so sr st st:a t t.ex t.h t.o.m t.v tel tex tfn tis tj tlf tms toht tor
    trpt ts tsk u.a u.k u.s uppl utg v.g vedr viz vk vol vrt vs ym yms yo ä.k ö.h övers
    """.split()
)
_CLOSING_ABBREVIATIONS: Final = frozenset(
    "dyl e.d e.dyl etc jms jne m.fl m.m mfl mm o.d o.dyl o.l o.s.v osv tms ym yms".split()
)
"""Those that often end a sentence: they do where a capital follows."""
_END: Final = re.compile(r"[.!?…]+[\"'”’»)\]]*(?=\s)|\n\s*")
_LAST_TOKEN: Final = re.compile(r"[^\s(\[\"'”»«]{1,20}\Z")
_WORD: Final = re.compile(rf"\S{{1,{MAX_WORD_CHARS}}}")


def split_sentences(text: str) -> list[Passage]:
    """Split a cleaned text into sentences; line breaks end one, abbreviations and ordinals do not.

    Returns
    -------
    list of Passage
        In order, without overlap, ``text[p.start:p.end] == p.text``; together they hold every character that
        is not white space.
    """
    return list(_trimmed(text, _sentence_spans(text)))


def split_passages(text: str, *, max_words: int = 120) -> list[Passage]:
    """Split a cleaned text into passages of whole sentences, of about equal length.

    Parameters
    ----------
    text
        A cleaned text.
    max_words
        Words in a passage at most; a longer sentence is split between words.

    Returns
    -------
    list of Passage
        In order, without overlap, ``text[p.start:p.end] == p.text``; together they hold every character that
        is not white space. Empty for an empty text.

    Raises
    ------
    ValueError
        If ``max_words`` is less than 1.
    """
    if max_words < 1:
        raise ValueError("max_words must be at least 1")
    pieces = [piece for start, end in _sentence_spans(text) for piece in _pieces(text, start, end, max_words)]
    total = sum(n_words for _, _, n_words in pieces)
    wanted = total / max(1, math.ceil(total / max_words))
    return list(_trimmed(text, _joined(pieces, wanted, max_words)))


def _sentence_spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for end in _END.finditer(text):
        if _ends_sentence(text, start, end):
            yield start, end.end()
            start = end.end()
    yield start, len(text)


def _ends_sentence(text: str, start: int, end: re.Match[str]) -> bool:
    mark = end[0]
    if mark[0] != "." or mark.startswith(".."):
        return True
    found = _LAST_TOKEN.search(text, max(start, end.start() - 20), end.start())
    if found is None:
        return True
    token = found[0].lower()
    following = text[end.end() : end.end() + 2].strip()
    if token in _CLOSING_ABBREVIATIONS:
        return not following.islower()
    if token.isdigit():  # "den 3. mars", and the number of a list's item
        return not following.islower() and text[start : found.start()].strip() != ""
    return not (token in _ABBREVIATIONS or (len(token) == 1 and token.isalpha()))


def _pieces(text: str, start: int, end: int, max_words: int) -> Iterator[tuple[int, int, int]]:
    """Cut one sentence into pieces of at most ``max_words`` words: (start, end, number of words)."""
    words = [word.span() for word in _WORD.finditer(text, start, end)]
    for first in range(0, len(words), max_words):
        chosen = words[first : first + max_words]
        yield chosen[0][0], chosen[-1][1], len(chosen)


def _joined(pieces: list[tuple[int, int, int]], wanted: float, max_words: int) -> Iterator[tuple[int, int]]:
    """Join neighbours until a passage has about the wanted length."""
    held: tuple[int, int, int] | None = None
    for start, end, n_words in pieces:
        if held is None:
            held = start, end, n_words
        elif held[2] >= wanted or held[2] + n_words > max_words:
            yield held[0], held[1]
            held = start, end, n_words
        else:
            held = held[0], end, held[2] + n_words
    if held is not None:
        yield held[0], held[1]


def _trimmed(text: str, spans: Iterator[tuple[int, int]]) -> Iterator[Passage]:
    for start, end in spans:
        part = text[start:end]
        left = start + len(part) - len(part.lstrip())
        part = part.strip()
        if part:
            yield Passage(part, left, left + len(part))
