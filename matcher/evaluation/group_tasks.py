"""What is measured of groups: pairs that people put together, and themes beside theirs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from matcher.evaluation import datasets
from matcher.evaluation.groups import bcubed_f1, main_groups, pair_average_precision, v_measure
from matcher.evaluation.tasks import BLOCK, Measured, Ranker, Task, as_entries
from matcher.types import Direction, EntryKind


def idea_group_tasks(folder: Path) -> Iterator[Task]:
    """Pairs and themes of ideas, beside the plans that a city merged them into."""
    ideas = datasets.load_omastadi(folder)
    yield Task("omastadi_pairs", lambda ranker: _pairs(ranker, ideas))
    yield Task("omastadi_themes", lambda ranker: _idea_themes(ranker, ideas))


def opinion_tasks(folder: Path) -> Iterator[Task]:
    """Themes of short opinions, beside the conversations that they stood in."""
    yield Task("polis_themes", lambda ranker: _opinion_themes(ranker, datasets.load_polis(folder)))


def _pairs(ranker: Ranker, ideas: datasets.IdeaSet) -> Measured:
    """Rank all pairs of ideas of one round by their score; right are those that share a plan."""
    entries = as_entries(ideas.texts, ["fi"] * len(ideas.texts), kind=EntryKind.NEED, prefix="i")
    fitted = ranker.fit(entries, direction=Direction.SIMILAR, texts=ideas.texts)
    rounds = np.asarray(ideas.rounds)
    left, right, scores = [], [], []
    for start in range(0, len(entries), BLOCK):
        block = np.asarray(fitted(entries[start : start + BLOCK]), dtype=np.float32)
        for offset, row in enumerate(block):
            own = start + offset
            later = own + 1 + np.flatnonzero(rounds[own + 1 :] == rounds[own])
            left.append(np.full(len(later), own))
            right.append(later)
            scores.append(row[later])
    pairs = np.concatenate(left), np.concatenate(right)
    same = np.array([bool(ideas.plans[a] & ideas.plans[b]) for a, b in zip(*pairs, strict=True)])
    if not same.any():
        return {}
    return {"omastadi_pair_ap": pair_average_precision(*pairs, np.concatenate(scores), same)}


def _idea_themes(ranker: Ranker, ideas: datasets.IdeaSet) -> Measured:
    entries = as_entries(ideas.texts, ["fi"] * len(ideas.texts), kind=EntryKind.NEED, prefix="i")
    labels = ranker.themes(entries)
    judged = [i for i, plans in enumerate(ideas.plans) if plans]
    if labels is None or not judged:
        return {}
    plans, found = [ideas.plans[i] for i in judged], [labels[i] for i in judged]
    return {
        "omastadi_v_measure": v_measure(main_groups(plans), found),
        "omastadi_bcubed_f1": bcubed_f1(plans, found),
    }


def _opinion_themes(ranker: Ranker, opinions: datasets.OpinionSet) -> Measured:
    entries = as_entries(opinions.texts, opinions.languages, kind=EntryKind.IDEA, prefix="p")
    labels = ranker.themes(entries)
    if labels is None or not labels:
        return {}
    return {"polis_v_measure": v_measure(opinions.conversations, labels)}
