"""Names of groups: the terms that tell them from the other groups."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence

from matcher.types import Entry

WORD = re.compile(r"[^\W\d_][\w-]+")
N_TERMS = 5


def group_terms(
    groups: Sequence[Sequence[Entry]],
    *,
    analyse: Callable[[str, str], Sequence[str]],
    n_terms: int = N_TERMS,
) -> list[tuple[str, ...]]:
    """Name groups by class-based TF-IDF (Grootendorst, 2022), each term in its commonest written form.

    A term counts once an entry, so that one long entry does not name its group, and terms that several
    entries share come first.

    Parameters
    ----------
    groups
        The entries of each group.
    analyse
        Gives the stems of a text in a language, stop words left out.
    n_terms
        Terms a group at most.
    """
    counted = [_counts(entries, analyse) for entries in groups]
    overall: Counter[str] = Counter()
    for stems, _ in counted:
        overall.update(stems)
    average = sum(overall.values()) / max(len(groups), 1)
    return [_strongest(stems, forms, overall, average, n_terms) for stems, forms in counted]


def _counts(
    entries: Sequence[Entry], analyse: Callable[[str, str], Sequence[str]]
) -> tuple[Counter[str], dict[str, Counter[str]]]:
    stems: Counter[str] = Counter()
    forms: dict[str, Counter[str]] = {}
    for entry in entries:
        own: set[str] = set()
        for word in WORD.findall(entry.whole_text.lower()):
            for stem in analyse(word, entry.language):
                own.add(stem)
                forms.setdefault(stem, Counter())[word] += 1
        stems.update(own)
    return stems, forms


def _strongest(
    stems: Counter[str], forms: dict[str, Counter[str]], overall: Counter[str], average: float, n_terms: int
) -> tuple[str, ...]:
    def weight(stem: str) -> float:
        return stems[stem] * math.log(1 + average / overall[stem])

    best = sorted(stems, key=lambda stem: (-weight(stem), stem))[:n_terms]
    return tuple(min(forms[s], key=lambda form: (-forms[s][form], form)) for s in best)
