"""What differs between two texts, word by word, marked in both."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

from markupsafe import Markup, escape

_PIECE: Final = re.compile(r"\w+|\s+|[^\w\s]+")
_MOST_PIECES: Final = 4000
"""Beginning of a text that is compared; the time grows with the square of it."""
_LEAST_SHARED: Final = 0.3
"""Share of the words that two texts must have in common; below it, marks would cover nearly all."""


def differences(left: str, right: str) -> tuple[Markup, Markup] | None:
    """Return both texts as HTML: what stands in the first alone in ``del``, in the second alone in ``ins``.

    Case does not count as a difference; of very long texts the rest is shown unmarked. None where the texts
    share too few words for marks to help.
    """
    ours, theirs = _PIECE.findall(left), _PIECE.findall(right)
    matcher = SequenceMatcher(
        None,
        [piece.casefold() for piece in ours[:_MOST_PIECES]],
        [piece.casefold() for piece in theirs[:_MOST_PIECES]],
        autojunk=False,
    )
    n_words = sum(piece[0].isalnum() for piece in (*ours[:_MOST_PIECES], *theirs[:_MOST_PIECES]))
    n_shared = sum(
        piece[0].isalnum() for at, _, size in matcher.get_matching_blocks() for piece in ours[at : at + size]
    )
    if 2 * n_shared < _LEAST_SHARED * n_words:
        return None
    first, second = [], []
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        first.append(_dressed("".join(ours[start:end]), "del" if kind != "equal" else ""))
        second.append(_dressed("".join(theirs[other_start:other_end]), "ins" if kind != "equal" else ""))
    first.append(escape("".join(ours[_MOST_PIECES:])))
    second.append(escape("".join(theirs[_MOST_PIECES:])))
    return Markup("").join(first), Markup("").join(second)


def _dressed(text: str, tag: str) -> Markup:
    if not tag or not text.strip():
        return escape(text)
    return Markup("<{0}>{1}</{0}>").format(Markup(tag), text)
