"""What differs between two texts, word by word, marked in both."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

from markupsafe import Markup, escape

_PIECE: Final = re.compile(r"\w+|\s+|[^\w\s]+")
_MOST_PIECES: Final = 4000
"""Beginning of a text that is compared; the time grows with the square of it."""


def differences(left: str, right: str) -> tuple[Markup, Markup]:
    """Return both texts as HTML: what stands in the first alone in ``del``, in the second alone in ``ins``.

    Case does not count as a difference; of very long texts the rest is shown unmarked.
    """
    ours, theirs = _PIECE.findall(left), _PIECE.findall(right)
    matcher = SequenceMatcher(
        None,
        [piece.casefold() for piece in ours[:_MOST_PIECES]],
        [piece.casefold() for piece in theirs[:_MOST_PIECES]],
        autojunk=False,
    )
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
