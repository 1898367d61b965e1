"""Names of groups: the terms that tell them from the others, and the subject that they are nearest to."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

import numpy as np

from matcher.grouping.vectors import FloatArray, unit_rows
from matcher.types import Entry

Analyse = Callable[[str, str], Sequence[str]]

WORD: Final = re.compile(r"(?<!\[)\b[^\W\d_][\w-]+")
N_TERMS: Final = 5
NAME_LANGUAGES: Final = ("sv", "en")
GENERAL: Final = frozenset(
    """
    två tre fyra fem sex sju åtta nio tio tolv hundra tusen första andra tredje gång gånger dag
    dagar dagen dagarna vecka veckan veckor månad månaden månader år året åren timme timmar minut
    minuter klockan morgon morgonen kväll kvällen natt natten idag igår hel hela helt halva del sätt
    sak saker folk person personer någonting ingenting ser se står stå ligger ligga sitter vet veta
    säger säga sa tar ta ger ge behöver behövs behöva börjar slutar blivit händer hänt hittar tycker
    tror tänker försöker försökt egentligen aldrig alltid ofta ibland kanske precis redan lika samma
    stor stora liten små bra dålig dåligt fel bort hem hemma varje nästan också kommun kommunen
    kommunens kommuner
    one two three four five six seven eight nine ten first second day days week weeks month months
    year years time times hour hours minute minutes morning evening night today now ago thing things
    people person way need needs needed want wants know knows say says said see seen look looks come
    comes came go goes went take takes took give gives make makes made put ask asks asked able every
    always never often sometimes maybe back still already even good bad big small little lot whole
    half municipality
    """.split()
)
"""Words that stand in texts about anything."""
_N_NAMED: Final = 2
_N_ALONE: Final = 3
_MIN_STANDARD: Final = 2.0
_HUB_SHARE: Final = 0.5
_NAME_SHARE: Final = 0.15
_FORM_SHARE: Final = 0.25
_NAME_TIMES: Final = 3.0
_N_CLOSE: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """Something that municipalities deal with, in Swedish and in English."""

    sv: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupName:
    """A group's name in Swedish and in English, and the terms that set it apart in each."""

    sv: str
    en: str
    terms_sv: tuple[str, ...] = ()
    terms_en: tuple[str, ...] = ()


@cache
def subjects() -> tuple[Subject, ...]:
    """Return the subjects that groups may be named after."""
    text = (files("matcher.grouping") / "data" / "subjects.tsv").read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines()[1:])
    return tuple(Subject(sv=sv, en=en) for sv, en in rows)


def group_terms(
    groups: Sequence[Sequence[Entry]],
    *,
    analyse: Analyse,
    n_terms: int = N_TERMS,
    ignored: Set[str] = frozenset(),
    min_share: float = 0.0,
    min_entries: int = 1,
    min_times: float = 0.0,
) -> list[tuple[str, ...]]:
    """Find what sets groups apart by class-based TF-IDF (Grootendorst, 2022), each term as it is written.

    A term counts once an entry, so that one long entry does not name its group, and terms that several
    entries share come first. Of the forms of a word the shortest that is common is shown: the one that
    stands in a dictionary, mostly. Compounds are one word.

    Parameters
    ----------
    groups
        The entries of each group.
    analyse
        Gives the stems of a text in a language, stop words left out.
    n_terms
        Terms a group at most.
    ignored
        Words that name nothing, in small letters, such as places.
    min_share
        Share of a group's entries that must hold a term.
    min_entries
        Entries of a group that must hold a term.
    min_times
        Times more often than in the other groups a term must stand in a group's entries.
    """
    counted = [_counts(entries, analyse, ignored) for entries in groups]
    overall: Counter[str] = Counter()
    for stems, _ in counted:
        overall.update(stems)
    average = sum(overall.values()) / max(len(groups), 1)
    n = sum(len(entries) for entries in groups)
    found = []
    for entries, (stems, forms) in zip(groups, counted, strict=True):
        least = max(min_share * len(entries), min_entries)
        times = min_times * len(entries) / max(n - len(entries), 1)
        telling = {
            stem: count
            for stem, count in stems.items()
            if count >= least and count >= times * (overall[stem] - count)
        }
        found.append(_strongest(telling, forms, overall, average, n_terms))
    return found


def name_groups(
    groups: Sequence[Sequence[Entry]],
    *,
    analyse: Analyse,
    centres: FloatArray | None = None,
    subject_vectors: FloatArray | None = None,
    parents: Sequence[int | None] | None = None,
    ignored: Set[str] = frozenset(),
) -> list[GroupName]:
    """Name groups in Swedish and English.

    A name is the subject that a group is clearly nearest to, followed by terms that set the group apart.
    Where the parts of a group are about other things than that, it is their subjects; where no subject is
    near, it is the terms, of entries in that language if there are any.

    Parameters
    ----------
    groups
        The entries of each group, the most central first.
    analyse
        As for ``group_terms``.
    centres
        Mean vector of each group, ``(n_groups, n_dims)``; left out, no subject is looked for.
    subject_vectors
        Vectors of ``subjects()``, ``(n_subjects, n_dims)``.
    parents
        Position of the group that each group is a part of, before it in the list: a part is not named after
        the subject of the whole.
    ignored
        As for ``group_terms``.
    """
    terms = {
        language: group_terms(
            [[entry for entry in group if entry.language == language] for group in groups],
            analyse=analyse,
            ignored=ignored,
            min_share=_NAME_SHARE,
            min_entries=2,
            min_times=_NAME_TIMES,
        )
        for language in NAME_LANGUAGES
    }
    everywhere = group_terms(groups, analyse=analyse, ignored=ignored)
    nearest = _nearest_subjects(len(groups), centres, subject_vectors, parents)
    return [
        GroupName(
            sv=_name([each.sv for each in named], sv or (() if named else any_language), more="m.m."),
            en=_name([each.en for each in named], en or (() if named else any_language), more="and more"),
            terms_sv=sv,
            terms_en=en,
        )
        for named, sv, en, any_language in zip(nearest, terms["sv"], terms["en"], everywhere, strict=True)
    ]


def _name(named: Sequence[str], terms: Sequence[str], *, more: str) -> str:
    """Join a name of subjects and terms; several subjects need no terms."""
    if not named:
        words = ", ".join(terms[:_N_ALONE])
        return words[:1].upper() + words[1:]
    first, *others = named
    if others:
        told = [first, *(each[:1].lower() + each[1:] for each in others[: _N_ALONE - 1])]
        return ", ".join(told) + (f" {more}" if len(named) > _N_ALONE else "")
    said = first.lower()
    apart = [term for term in terms if term not in said and said[: len(term)] != term][:_N_NAMED]
    return f"{first}: {', '.join(apart)}" if apart else first


def _nearest_subjects(
    n: int,
    centres: FloatArray | None,
    subject_vectors: FloatArray | None,
    parents: Sequence[int | None] | None,
) -> list[list[Subject]]:
    """Find the subject that each group is clearly nearest to, or those of its parts where these differ.

    A subject that is near to every group says little.
    """
    if centres is None or subject_vectors is None or not n:
        return [[] for _ in range(n)]
    near = unit_rows(centres) @ unit_rows(subject_vectors).T
    own = near - _HUB_SHARE * near.mean(axis=0)
    standard = (near - near.mean(axis=1, keepdims=True)) / np.maximum(near.std(axis=1, keepdims=True), 1e-6)
    parts: list[list[int]] = [[] for _ in range(n)]
    for row, parent in enumerate(parents or ()):
        if parent is not None:
            parts[parent].append(row)
    close = np.argsort(-own, axis=1)[:, :_N_CLOSE]
    chosen: list[int | None] = []
    for row in range(n):
        parent = parents[row] if parents is not None else None
        taken = chosen[parent] if parent is not None else None
        if taken is not None:
            own[row, taken] = -np.inf
        best = int(own[row].argmax())
        # What most of the parts are not about is no name for the whole.
        holds = 2 * sum(best in close[part] for part in parts[row]) >= len(parts[row])
        chosen.append(best if holds and standard[row, best] >= _MIN_STANDARD else None)
    known = subjects()
    found = []
    for row in range(n):
        rows = [row] if chosen[row] is not None else parts[row]
        places = dict.fromkeys(place for each in rows if (place := chosen[each]) is not None)
        found.append([known[place] for place in places])
    return found


def _counts(
    entries: Sequence[Entry], analyse: Analyse, ignored: Set[str]
) -> tuple[Counter[str], dict[str, Counter[str]]]:
    stems: Counter[str] = Counter()
    forms: dict[str, Counter[str]] = {}
    for entry in entries:
        own: set[str] = set()
        for word in WORD.findall(entry.whole_text.lower()):
            if word in GENERAL or word in ignored or word.removesuffix("s") in ignored:
                continue
            found = analyse(word, entry.language)
            # A word with a hyphen has several stems: together they are one term.
            stem = "-".join(found)
            if stem:
                own.add(stem)
                forms.setdefault(stem, Counter())[word] += 1
        stems.update(own)
    return stems, forms


def _strongest(
    stems: Mapping[str, int],
    forms: dict[str, Counter[str]],
    overall: Counter[str],
    average: float,
    n_terms: int,
) -> tuple[str, ...]:
    def weight(stem: str) -> float:
        return stems[stem] * math.log(1 + average / overall[stem])

    # What one entry alone says names no group, unless it is all that there is.
    shared = [stem for stem in stems if stems[stem] > 1] or list(stems)
    best = sorted(shared, key=lambda stem: (-weight(stem), stem))[:n_terms]
    return tuple(_form(forms[stem]) for stem in best)


def _form(forms: Counter[str]) -> str:
    """Return the shortest of the common forms of a word."""
    common = [form for form, n in forms.items() if n >= _FORM_SHARE * max(forms.values())]
    return min(common, key=lambda form: (len(form), -forms[form], form))
