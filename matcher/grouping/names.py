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
    måndag tisdag onsdag torsdag fredag lördag söndag måndagar fredagar lördagar söndagar helg helgen
    helgerna januari februari mars april maj juni juli augusti september oktober november december vår våren
    sommar sommaren höst hösten vinter vintern halvår kvart stund tid tiden mamma pappa mor far morsan farsan
    dotter dottern son sonen fru frun man mannen granne grannen grannar gammal gamla ny nya nytt full fullt
    olika samtidigt förra senast sist fort borta själv själva ställe ställen sida sidan plats platsen fråga
    frågor problem mil meter kilometer slut slutet svar namn sedan tidigare länge snart långt nära rätt ensam
    fler flera fått blivit kommit gått stått sagt gett tagit nån nåt nåra
    monday tuesday wednesday thursday friday saturday sunday weekend spring summer autumn winter mother father
    mum dad daughter son wife husband neighbour neighbours nobody somebody someone everyone old new full
    different question questions problem problems place places side name end turns live lives later soon long
    far near right alone several
    """.split()
)
"""Words that stand in texts about anything."""
BEFORE_NAMES: Final = frozenset(
    """
    en ett ingen inget inga varje min mitt mina vår vårt våra din ditt dina er ert era deras någon något några
    denna detta dessa vilken vilket på till från med vid utan mellan
    a an the our my their your his her this these no every some each of with without from at in on
    """.split()
)
BEFORE_DEEDS: Final = frozenset(
    """
    att jag vi du ni han hon man dom som kan ska skall skulle vill ville måste får borde kunde orkar vågar
    hinner slipper brukar det to we you he she they can could will would should must cannot not who
    """.split()
)
"""Words before what is a thing, and before what somebody does: a name tells of things."""
_ENDING: Final = re.compile(r"(?:arna|erna|orna|en|et|na|ar|er|or|(?<=[aeiouyåäö])[nt]|(?<![s])s)$")
"""What follows the word as a dictionary has it: it is taken off where the word stands alone, too."""
_N_CANDIDATES: Final = 30
_NEARER: Final = 0.2
"""How much nearer a term must be to a group than to all: what merely stands there names nothing."""
_N_NAMED: Final = 2
_N_ALONE: Final = 3
_MIN_STANDARD: Final = 2.0
_HUB_SHARE: Final = 0.5
_NAME_SHARE: Final = 0.15
_FORM_SHARE: Final = 0.25
_NAME_TIMES: Final = 3.0
_N_CLOSE: Final = 5


@dataclass(frozen=True, slots=True)
class Nearness:
    """Tells how much nearer words are to a group's middle than to that of all.

    Attributes
    ----------
    encode
        Gives the vectors of words, ``(n_words, n_dims)``.
    directions
        How each group's middle differs from that of all, ``(n_groups, n_dims)``.
    """

    encode: Callable[[Sequence[str]], FloatArray]
    directions: FloatArray


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
    nearness: Nearness | None = None,
) -> list[tuple[str, ...]]:
    """Find what sets groups apart by class-based TF-IDF (Grootendorst, 2022), each term as it is written.

    A term counts once an entry, so that one long entry does not name its group, and terms that several
    entries share come first. Of the forms of a word the shortest that is common is shown: the one that
    stands in a dictionary, mostly, also where it stands in another group. Compounds are one word. What is
    mostly said as a deed ("att köra", "we drive") is left out where the texts tell.

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
    nearness
        Left out, meaning does not count. Else a term must be near to its group, and nearer ones come first.
    """
    standing = _Standing(analyse, ignored)
    counted = [_counts(entries, standing) for entries in groups]
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
            if count >= least and count >= times * (overall[stem] - count) and not standing.is_deed(stem)
        }
        n_wanted = n_terms if nearness is None else _N_CANDIDATES
        found.append(_strongest(telling, forms, overall, average, n_wanted, standing))
    return found if nearness is None else _nearest_terms(found, nearness, n_terms)


def name_groups(
    groups: Sequence[Sequence[Entry]],
    *,
    analyse: Analyse,
    centres: FloatArray | None = None,
    subject_vectors: FloatArray | None = None,
    parents: Sequence[int | None] | None = None,
    ignored: Set[str] = frozenset(),
    nearness: Nearness | None = None,
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
    ignored, nearness
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
            nearness=nearness,
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
    words = ", ".join((named or terms)[:_N_ALONE])
    if len(named) == 1:
        said = words.lower()
        apart = [term for term in terms if term not in said and said[: len(term)] != term][:_N_NAMED]
        words = f"{words}: {', '.join(apart)}" if apart else words
    elif len(named) > _N_ALONE:
        words = f"{words} {more}"
    return words[:1].upper() + words[1:]


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


class _Standing:
    """How words stand in all texts: in which forms, and behind which others.

    Each word is analysed once a language: a large set says the same words a hundred times.
    """

    def __init__(self, analyse: Analyse, ignored: Set[str]) -> None:
        self._analyse, self._ignored = analyse, ignored
        self._stems: dict[tuple[str, str], str] = {}
        self._words: set[str] = set()
        self._deeds: Counter[str] = Counter()

    def stem(self, word: str, language: str) -> str:
        """Return the term that a word is a form of; empty if it names nothing."""
        key = (word, language)
        if key not in self._stems:
            is_general = word in GENERAL or word in self._ignored or word.removesuffix("s") in self._ignored
            # A word with a hyphen has several stems: together they are one term.
            self._stems[key] = "" if is_general else "-".join(self._analyse(word, language))
        return self._stems[key]

    def add(self, stem: str, word: str, before: str) -> None:
        """Take a word in, with the one before it."""
        self._words.add(word)
        self._deeds[stem] += (before in BEFORE_DEEDS) - (before in BEFORE_NAMES)

    def is_deed(self, stem: str) -> bool:
        """Whether it is mostly said of what somebody does."""
        return self._deeds[stem] > 0

    def plain(self, form: str) -> str:
        """Return a form of a word without its ending, if it stands so anywhere."""
        base = _ENDING.sub("", form)
        return base if len(base) > 2 and base in self._words else form


def _counts(entries: Sequence[Entry], standing: _Standing) -> tuple[Counter[str], dict[str, Counter[str]]]:
    stems: Counter[str] = Counter()
    forms: dict[str, Counter[str]] = {}
    for entry in entries:
        own: set[str] = set()
        words = WORD.findall(entry.whole_text.lower())
        for before, word in zip(["", *words], words, strict=False):
            stem = standing.stem(word, entry.language)
            if stem:
                own.add(stem)
                forms.setdefault(stem, Counter())[word] += 1
                standing.add(stem, word, before)
        stems.update(own)
    return stems, forms


def _strongest(
    stems: Mapping[str, int],
    forms: dict[str, Counter[str]],
    overall: Counter[str],
    average: float,
    n_terms: int,
    standing: _Standing,
) -> tuple[str, ...]:
    def weight(stem: str) -> float:
        return stems[stem] * math.log(1 + average / overall[stem])

    # What one entry alone says names no group, unless it is all that there is.
    shared = [stem for stem in stems if stems[stem] > 1] or list(stems)
    best = sorted(shared, key=lambda stem: (-weight(stem), stem))[:n_terms]
    return tuple(standing.plain(_form(forms[stem])) for stem in best)


def _nearest_terms(
    found: Sequence[tuple[str, ...]], nearness: Nearness, n_terms: int
) -> list[tuple[str, ...]]:
    """Keep the terms that are near to their group, the nearest first; of like ones the earlier."""
    words = sorted({term for terms in found for term in terms})
    vectors = nearness.encode(words) if words else nearness.directions[:0]
    row_of = {word: row for row, word in enumerate(words)}
    kept = []
    for terms, direction in zip(found, nearness.directions, strict=True):
        near = vectors[[row_of[term] for term in terms]] @ direction if terms else ()
        own = dict(zip(terms, map(float, near), strict=True))
        ranked = sorted((term for term in own if own[term] >= _NEARER), key=lambda term: -round(own[term], 4))
        chosen: list[str] = []
        for term in ranked:
            if not any(term in other or other in term for other in chosen):
                chosen.append(term)
        kept.append(tuple(chosen[:n_terms]))
    return kept


def _form(forms: Counter[str]) -> str:
    """Return the shortest of the common forms of a word."""
    common = [form for form, n in forms.items() if n >= _FORM_SHARE * max(forms.values())]
    return min(common, key=lambda form: (len(form), -forms[form], form))
