"""Entries over a small vocabulary, and a matcher over them, for tests where real meaning is not the point."""

import random

from matcher.encoders import HashingEncoder
from matcher.pipeline import Matcher
from matcher.recipe import Recipe
from matcher.types import Direction, Entry, EntryKind

WORDS = (
    "sandning gångväg halka snö telefon växel busshållplats skolmat hemtjänst gatlampa trappa park "
    "hundrastgård badhus återvinning cykelväg bibliotek fritidsgård färdtjänst e-tjänst larm ramp tolk"
).split()
GENEROUS = Recipe(thresholds=tuple((direction, 0.0) for direction in Direction))
"""Proposes whatever there is, so that lists do not hang on the calibration of few short texts."""


def entry(kind, number, text, **fields):
    return Entry(**{"id": f"{kind.value}-{number}", "kind": kind, "text": text, "language": "sv", **fields})


def need(number, text, **fields):
    return entry(EntryKind.NEED, number, text, **fields)


def offering(number, text, **fields):
    return entry(EntryKind.OFFERING, number, text, **fields)


def drawn(kind, n, *, seed, words=6):
    """Draw entries of a few words each; those of equal seeds are about the same things."""
    chance = random.Random(seed)
    return [entry(kind, i, " ".join(chance.sample(WORDS, words))) for i in range(n)]


def fitted(entries, *, recipe=GENEROUS):
    return Matcher(HashingEncoder(), recipe).fit(entries)
