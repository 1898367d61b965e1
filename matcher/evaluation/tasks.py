"""What is measured on each data set, for whatever ranks.

A ranker is fitted on targets and scores queries against them; a task asks it for scores and gives named
measures with intervals. The same tasks run for the product's recipes and for the floor beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from matcher.evaluation import datasets
from matcher.evaluation.measures import (
    Interval,
    mean_interval,
    ndcg,
    reciprocal_rank,
    spearman,
    statistic_interval,
)
from matcher.evaluation.reliability import calibration_error
from matcher.procurement import CpvSuggester, CpvTable
from matcher.types import UNKNOWN_LANGUAGE, Direction, Entry, EntryKind

Scores = NDArray[np.float64]
BLOCK = 512
N_FOLDS = 5


class Fitted(Protocol):
    """Scores queries against the targets that it was fitted on."""

    def __call__(self, queries: Sequence[Entry], /) -> Scores:
        """Return scores, shape ``(n_queries, n_targets)``; larger fits better."""


class Ranker(Protocol):
    """Something that can be measured: a recipe of the product, or the floor."""

    def fit(
        self,
        targets: Sequence[Entry],
        *,
        direction: Direction | None,
        texts: Sequence[str],
        beside: Sequence[Entry] = (),
    ) -> Fitted:
        """Take in the targets.

        ``direction`` is ``None`` for a search by text; ``texts`` are those that the floor is fitted on;
        ``beside`` are entries of other kinds that stand in the same register.
        """

    def score_pairs(self, left: Sequence[Entry], right: Sequence[Entry]) -> Scores:
        """Return one score a pair, comparable between pairs, shape ``(n_pairs,)``."""

    def found(self, labelled: datasets.LabelledSet) -> dict[str, dict[str, float]] | None:
        """Return the offerings proposed for each need with their probabilities; ``None`` if none ever are."""

    def coder(self, table: CpvTable) -> CpvSuggester | None:
        """Return what suggests codes once it is fitted on coded texts; ``None`` if labels alone tell."""

    def themes(self, entries: Sequence[Entry]) -> list[int] | None:
        """Return the theme of each entry, below 0 for none; ``None`` if the ranker groups nothing."""


Measured = dict[str, Interval]


@dataclass(frozen=True, slots=True)
class Task:
    """One data set's measures."""

    name: str
    measure: Callable[[Ranker], Measured]


def as_entries(
    texts: Sequence[str], languages: Sequence[str], *, kind: EntryKind, prefix: str = ""
) -> list[Entry]:
    """Wrap texts as entries with running ids."""
    return [
        Entry(id=f"{prefix}{i}", kind=kind, text=text, language=language)
        for i, (text, language) in enumerate(zip(texts, languages, strict=True))
    ]


def _blocks(fitted: Fitted, queries: Sequence[Entry]) -> Iterator[tuple[int, Scores]]:
    """Yield (position of the query, its scores), a block of queries at a time."""
    for start in range(0, len(queries), BLOCK):
        for offset, row in enumerate(np.asarray(fitted(queries[start : start + BLOCK]), dtype=np.float64)):
            yield start + offset, row


def _single(name: str, values: Sequence[float]) -> Measured:
    """Name the mean of the values; nothing where there are none."""
    return {name: mean_interval(values)} if len(values) else {}


def search_task(name: str, found: datasets.SearchSet, *, direction: Direction | None, measure: str) -> Task:
    """Rank targets for queries with known right ones, by ``ndcg10``, ``mrr`` or ``acc1``."""
    offered = direction is Direction.NEED_TO_OFFERING
    target_kind = EntryKind.OFFERING if offered else EntryKind.NEED

    def run(ranker: Ranker) -> Measured:
        targets = as_entries(found.targets, found.target_languages, kind=target_kind, prefix="t")
        queries = as_entries(found.queries, found.query_languages, kind=EntryKind.NEED, prefix="q")
        fitted = ranker.fit(targets, direction=direction, texts=found.fit_texts)
        values = [_value(row, found.right[i], measure) for i, row in _blocks(fitted, queries)]
        return _single(name, values)

    return Task(name, run)


def _value(row: Scores, right: list[tuple[int, float]], measure: str) -> float:
    positions, gains = [p for p, _ in right], [g for _, g in right]
    if measure == "ndcg10":
        return ndcg(row, positions, gains)
    first = reciprocal_rank(row, positions)
    return float(first == 1.0) if measure == "acc1" else first


def pairs_task(name: str, found: datasets.PairSet) -> Task:
    """Spearman's correlation of the score with the human grade."""

    def run(ranker: Ranker) -> Measured:
        if len(found.grades) < 2:
            return {}
        languages = [found.language] * len(found.left)
        scores = ranker.score_pairs(
            as_entries(found.left, languages, kind=EntryKind.NEED, prefix="l"),
            as_entries(found.right, languages, kind=EntryKind.NEED, prefix="r"),
        )
        return {name: statistic_interval(spearman, scores, np.asarray(found.grades))}

    return Task(name, run)


def ideas_task(found: datasets.IdeaSet, *, by_area: bool) -> Task:
    """Rank, for each idea, the others of its round (or area of a round) for sharing a plan."""
    name = "omastadi_area_mrr" if by_area else "omastadi_round_mrr"

    def run(ranker: Ranker) -> Measured:
        entries = as_entries(found.texts, ["fi"] * len(found.texts), kind=EntryKind.NEED, prefix="i")
        fitted = ranker.fit(entries, direction=Direction.SIMILAR, texts=found.texts)
        group_of = {p: members for members in found.groups(by_area=by_area) for p in members}
        values = []
        for position, row in _blocks(fitted, entries):
            others = [p for p in group_of[position] if p != position]
            right = [i for i, p in enumerate(others) if found.plans[p] & found.plans[position]]
            if right:
                values.append(reciprocal_rank(row[others], right))
        return _single(name, values)

    return Task(name, run)


def codes_task(found: datasets.NoticeSet, labels: dict[str, dict[str, str]]) -> Task:
    """Find the code a buyer gave by the notice's title.

    Among the labels in the notice's language, else English; where codes are learnt from coded entries, also
    from the notices of the other four of five folds of buyers.
    """

    def run(ranker: Ranker) -> Measured:
        coder = ranker.coder(_table_of(labels))
        if coder is not None and len(set(found.buyers)) >= N_FOLDS:
            return _measured(*_learnt_codes(coder, found))
        divisions: list[float] = []
        exact: list[float] = []
        languages = [language if language in labels else "en" for language in found.languages]
        for label_language in sorted(set(languages)):
            members = [i for i, language in enumerate(languages) if language == label_language]
            codes = list(labels[label_language])
            texts = list(labels[label_language].values())
            titles = [found.titles[i] for i in members]
            fitted = ranker.fit(
                as_entries(texts, [label_language] * len(texts), kind=EntryKind.OFFERING, prefix="c"),
                direction=Direction.NEED_TO_OFFERING,
                texts=[*texts, *titles],
            )
            own = [found.languages[i] for i in members]
            for n, row in _blocks(fitted, as_entries(titles, own, kind=EntryKind.NEED, prefix="n")):
                code = found.codes[members[n]]
                best = np.argpartition(-row, min(10, len(row) - 1))[:10]
                divisions.append(float(codes[int(np.argmax(row))][:2] == code[:2]))
                exact.append(float(code in {codes[int(b)] for b in best}))
        return _measured(divisions, exact)

    def _measured(divisions: Sequence[float], exact: Sequence[float]) -> Measured:
        return {**_single("ted_cpv_division_acc1", divisions), **_single("ted_cpv_exact_r10", exact)}

    return Task("ted_cpv", run)


def _table_of(labels: dict[str, dict[str, str]]) -> CpvTable:
    by_code: dict[str, dict[str, str]] = {}
    for language, named in labels.items():
        for code, label in named.items():
            by_code.setdefault(code, {})[language] = label
    return CpvTable(by_code)


def _learnt_codes(coder: CpvSuggester, found: datasets.NoticeSet) -> tuple[list[float], list[float]]:
    """Suggest the codes of each fold of buyers after learning from the others: division, exact among ten."""
    from sklearn.model_selection import GroupKFold

    divisions, exact = np.zeros((2, len(found.codes)))
    whole = [f"{t} {d}".strip() for t, d in zip(found.titles, found.descriptions, strict=True)]
    for others, own in GroupKFold(N_FOLDS).split(whole, groups=found.buyers):
        coder.fit([whole[i] for i in others], [found.codes[i] for i in others])
        for i, ranking in zip(own, coder.suggest([found.titles[i] for i in own], k=10), strict=True):
            divisions[i] = ranking.divisions[0].code[:2] == found.codes[i][:2]
            exact[i] = found.codes[i] in {suggestion.code for suggestion in ranking.codes}
    return divisions.tolist(), exact.tolist()


def labelled_tasks(found: datasets.LabelledSet) -> Iterator[Task]:
    """Links with hard negatives, duplicates, and what is proposed at all."""
    yield Task(f"{found.name}_links", lambda ranker: _links(ranker, found))
    yield Task(f"{found.name}_duplicates", lambda ranker: _duplicates(ranker, found))
    yield Task(f"{found.name}_proposals", lambda ranker: _proposals(ranker, found))


def labelled_entry(entry: datasets.LabelledEntry, kind: EntryKind) -> Entry:
    """Make an entry of the engine of a labelled set's line; an unknown language is told from the text."""
    language = entry.language
    if language == UNKNOWN_LANGUAGE:
        from matcher.text import identify_language

        language = identify_language(entry.whole_text).code
    return Entry(
        id=entry.id,
        kind=kind,
        title=entry.title,
        text=entry.text,
        language=language,
        organisation_id=entry.organisation,
        municipality=entry.municipality,
        cpv=entry.cpv,
    )


def _links(ranker: Ranker, found: datasets.LabelledSet) -> Measured:
    right: dict[str, dict[str, float]] = {}
    for need, offering, grade in found.links:
        right.setdefault(need, {})[offering] = grade
    wrong: dict[str, list[str]] = {}
    for need, offering in found.hard_negatives:
        wrong.setdefault(need, []).append(offering)
    position = {entry.id: i for i, entry in enumerate(found.offerings)}
    needs = [entry for entry in found.needs if entry.id in right]
    if not needs:
        return {}
    fitted = ranker.fit(
        [labelled_entry(entry, EntryKind.OFFERING) for entry in found.offerings],
        direction=Direction.NEED_TO_OFFERING,
        texts=[entry.whole_text for entry in (*found.needs, *found.offerings)],
    )
    gains: list[float] = []
    fooled: list[float] = []
    for i, row in _blocks(fitted, [labelled_entry(entry, EntryKind.NEED) for entry in needs]):
        links = right[needs[i].id]
        places = [position[offering] for offering in links]
        gains.append(ndcg(row, places, list(links.values())))
        best = row[places].max()
        fooled.extend(float(row[position[offering]] > best) for offering in wrong.get(needs[i].id, ()))
    return {
        **_single(f"{found.name}_links_ndcg10", gains),
        **_single(f"{found.name}_hard_negatives", fooled),
    }


def _duplicates(ranker: Ranker, found: datasets.LabelledSet) -> Measured:
    groups: dict[str, set[str]] = {}
    for group, need in found.duplicates:
        groups.setdefault(group, set()).add(need)
    partners: dict[str, set[str]] = {}
    for members in groups.values():
        for need in members:
            partners.setdefault(need, set()).update(members - {need})
    if not any(partners.values()):
        return {}
    entries = [labelled_entry(entry, EntryKind.NEED) for entry in found.needs]
    fitted = ranker.fit(
        entries,
        direction=Direction.SIMILAR,
        texts=[entry.whole_text for entry in found.needs],
        beside=[labelled_entry(entry, EntryKind.OFFERING) for entry in found.offerings],
    )
    values = []
    for i, row in _blocks(fitted, entries):
        others = [p for p in range(len(entries)) if p != i]
        right = [n for n, p in enumerate(others) if entries[p].id in partners.get(entries[i].id, ())]
        if right:
            values.append(reciprocal_rank(row[others], right))
    return _single(f"{found.name}_duplicates_mrr", values)


def _proposals(ranker: Ranker, found: datasets.LabelledSet) -> Measured:
    proposed = ranker.found(found)
    if proposed is None:
        return {}
    right: dict[str, set[str]] = {}
    for need, offering, _ in found.links:
        right.setdefault(need, set()).add(offering)
    silent = [float(not proposed.get(e.id)) for e in found.needs if e.id not in right]
    met = [float(bool(set(proposed.get(e.id, ())) & right[e.id])) for e in found.needs if e.id in right]
    shown = [
        (said, float(offering in right.get(need, ())))
        for need, offerings in proposed.items()
        for offering, said in offerings.items()
    ]
    return {
        **_single(f"{found.name}_no_match", silent),
        **_single(f"{found.name}_found", met),
        **_calibration(f"{found.name}_ece", shown),
    }


def _calibration(name: str, shown: list[tuple[float, float]]) -> Measured:
    """Distance of what was said and what was right, over all proposals that a reviewer is shown."""
    if len(shown) < 2:
        return {}
    said, right = np.asarray(shown).T
    return {name: statistic_interval(calibration_error, said, right)}
