"""Spoils texts as people do: typos, dropped diacritics, compounds split or joined, no capitals or stops."""

from __future__ import annotations

import numpy as np

_PLAIN = str.maketrans("åäöæøÅÄÖÆØéÉ", "aaoaoAAOAOeE")
_NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "rw", "f": "dg", "g": "fh", "h": "gj", "i": "uo",
    "j": "hk", "k": "jl", "l": "kö", "m": "n", "n": "bm", "o": "ip", "p": "oå", "q": "w", "r": "et",
    "s": "ad", "t": "ry", "u": "yi", "v": "cb", "w": "qe", "x": "zc", "y": "tu", "z": "x", "å": "pä",
    "ä": "öå", "ö": "lä",
}  # fmt: skip


def spoil(text: str, rng: np.random.Generator) -> str:
    """Return the text with one or two kinds of noise, drawn by ``rng``; never empty if the text is not."""
    kinds = (_typos, _drop_diacritics, _split_or_join, _careless)
    for position in rng.permutation(len(kinds))[: rng.integers(1, 3)]:
        text = kinds[position](text, rng)
    return text


def _typos(text: str, rng: np.random.Generator) -> str:
    letters = list(text)
    for _ in range(max(1, len(letters) // 60)):
        place = int(rng.integers(len(letters))) if letters else 0
        if not letters or not letters[place].isalpha() or len(letters) < 8:
            continue
        match int(rng.integers(4)):
            case 0:
                letters[place] = ""
            case 1:
                letters[place] *= 2
            case 2 if place + 1 < len(letters):
                letters[place], letters[place + 1] = letters[place + 1], letters[place]
            case _:
                around = _NEIGHBOURS.get(letters[place].lower(), letters[place])
                letters[place] = around[int(rng.integers(len(around)))]
    return "".join(letters)


def _drop_diacritics(text: str, rng: np.random.Generator) -> str:
    return text.translate(_PLAIN)


def _split_or_join(text: str, rng: np.random.Generator) -> str:
    words = text.split(" ")
    place = int(rng.integers(len(words)))
    if len(words[place]) >= 10 and words[place].isalpha():
        cut = int(rng.integers(4, len(words[place]) - 3))
        words[place] = f"{words[place][:cut]} {words[place][cut:]}"
    elif place + 1 < len(words) and min(len(words[place]), len(words[place + 1])) >= 4:
        words[place : place + 2] = [words[place] + words[place + 1].lower()]
    return " ".join(words)


def _careless(text: str, rng: np.random.Generator) -> str:
    return text.lower().replace(",", "").replace(".", "" if rng.random() < 0.5 else ".")
