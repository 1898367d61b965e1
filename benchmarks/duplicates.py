"""How duplicates are told, and how many a coordinator finds: held-out topics, and a simulated review.

``python -m benchmarks.duplicates scale [--encoder NAME]`` compares ways to order pairs of needs, on topics
that the encoder was not trained on (``models/encoder/domain``; one in ten by the hash of its id), in worlds
of seventy topics: average precision of the pairs that tell of one topic, their share among as many pairs as
there are right ones, and the scale that fits them best; and how high what is served as alike puts another
telling of a need, with and without offerings in the register.
``python -m benchmarks.duplicates review [--encoder NAME] [--every N]`` loads the sample into a database of
its own and answers the likeliest open pair as the sample's key says, again and again; after every ``N``
answers pairs are searched anew, as the service does. It tells how many of the planted groups stand together
by then, and which of the planted joint needs are proposed before and after.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from benchmarks.expansion import expansion_of
from benchmarks.scorer import N_SHOWN, Remembering, entries_of
from matcher.encoders import Encoder, load_encoder
from matcher.evaluation.reliability import calibration_error
from matcher.group_jobs import SEARCH_AFTER
from matcher.grouping.duplicates import N_REFERENCE
from matcher.grouping.means import with_means
from matcher.grouping.standard import StandardRows
from matcher.grouping.vectors import cosines
from matcher.pipeline import Matcher
from matcher.retrieval import Expansion
from matcher.sample.key import found_of_key, planted
from matcher.sample.loading import SOURCE, load_sample
from matcher.scoring import probabilities
from matcher.services import duplicate_search, duplicates, joint_need_search
from matcher.services.actor import SYSTEM
from matcher.services.duplicates import DuplicateFilters, DuplicateView
from matcher.settings import load_settings
from matcher.types import Direction, DuplicateAnswer, DuplicateState, Entry, EntryKind
from models import records
from models.database import make_engine, make_sessions, upgrade
from models.encoder.training.topics import FOLDER, Topic, load_topics, split_topics
from models.repositories.merges import MergeRepository

WORLD: Final = 70
"""Topics that are compared with each other: some two hundred needs, as the sample has."""
SEED: Final = 20260101
TOLD_AT: Final = (50, 100, 200, 300, 400, 500, 750, 1000, 1500, 2000, 3000)


def scale(encoder: Encoder) -> dict[str, Any]:
    """Order the pairs of held-out topics' needs, fit the scale, and measure what is served as alike."""
    from sklearn.linear_model import LogisticRegression

    known, held_out = split_topics(load_topics(FOLDER))
    encoder = Remembering(encoder)
    expansion = expansion_of(encoder, known)
    order = np.random.default_rng(SEED).permutation(len(held_out))
    worlds = [
        _World.of([held_out[i] for i in order[start : start + WORLD]], encoder, expansion)
        for start in range(0, len(order) - WORLD + 1, WORLD)
    ]
    standing_out = np.concatenate([world.standing_out for world in worlds])
    same = np.concatenate([world.same for world in worlds])
    model = LogisticRegression(C=1e6).fit(standing_out[:, None], same)
    n_needs = float(np.mean([world.n_needs for world in worlds]))
    said, right = (np.concatenate([world.shown[side] for world in worlds]) for side in (0, 1))
    return {
        "worlds": len(worlds),
        "needs": round(n_needs),
        "pairs": {
            name: {
                "average_precision": _mean([world.ways[name][0] for world in worlds]),
                "r_precision": _mean([world.ways[name][1] for world in worlds]),
            }
            for name in worlds[0].ways
        },
        "base": round(float(model.intercept_[0] + np.log(n_needs / N_REFERENCE)), 2),
        "slope": round(float(model.coef_[0, 0]), 2),
        "served": {
            "mrr": _mean([world.mrr for world in worlds]),
            "mrr_without_offerings": _mean([world.mrr_without for world in worlds]),
            "ece_of_first_10": round(calibration_error(said, right), 3),
        },
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class _World:
    """What was measured in one world.

    ``ways`` gives average and R-precision of the pairs by name, ``shown`` what was said of each need's ten
    first and whether they were right.
    """

    n_needs: int
    ways: dict[str, tuple[float, float]]
    standing_out: NDArray[np.float64]
    same: NDArray[np.bool_]
    mrr: float
    mrr_without: float
    shown: tuple[NDArray[np.float64], NDArray[np.float64]]

    @classmethod
    def of(cls, topics: Sequence[Topic], encoder: Encoder, expansion: Expansion) -> _World:
        texts, owners = _needs(topics)
        needs = encoder.encode(texts)
        wide = expansion.expand_needs(needs)
        offerings = encoder.encode([text for topic in topics for text in topic.offerings])
        meant = with_means(wide, expansion.expand_offerings(offerings))
        left, other = np.triu_indices(len(texts), 1)
        same = owners[left] == owners[other]
        standing_out = StandardRows.of(meant).pairs(left, other)
        orders: dict[str, NDArray[Any]] = {
            "cosines": cosines(needs, left, other),
            "cosines, expanded": cosines(wide, left, other),
            "cosines, with what would meet them": cosines(meant, left, other),
            "standing out, with what would meet them": standing_out,
        }
        entries = entries_of(topics)
        mrr, shown = _served(encoder, entries)
        without, _ = _served(encoder, [entry for entry in entries if entry.kind is EntryKind.NEED])
        return cls(
            n_needs=len(texts),
            ways={name: _precisions(same, values) for name, values in orders.items()},
            standing_out=standing_out,
            same=same,
            mrr=mrr,
            mrr_without=without,
            shown=shown,
        )


def _precisions(same: NDArray[np.bool_], values: NDArray[Any]) -> tuple[float, float]:
    from sklearn.metrics import average_precision_score

    first = same[np.argsort(-values, kind="stable")[: int(same.sum())]]
    return float(average_precision_score(same, values)), float(first.mean())


def _served(
    encoder: Encoder, entries: Sequence[Entry]
) -> tuple[float, tuple[NDArray[np.float64], NDArray[np.float64]]]:
    """Rank what is served as alike for each need; return MRR, and what is said of the ten first and right."""
    matcher = Matcher(encoder).fit(entries)
    ids = matcher.ids(EntryKind.NEED)
    topics = np.array([each.split("/")[0] for each in ids])
    scores = matcher.score_matrix(ids, EntryKind.NEED, direction=Direction.SIMILAR).astype(np.float64)
    np.fill_diagonal(scores, -np.inf)
    order = np.argsort(-scores, axis=1, kind="stable")
    right = topics[order] == topics[:, None]
    has_other = np.array([np.sum(topics == topic) > 1 for topic in topics])
    first = order[:, :N_SHOWN]
    said = probabilities(np.take_along_axis(scores, first, axis=1))
    return (
        float(np.mean(1 / (1 + right[has_other, :-1].argmax(axis=1)))),
        (said.ravel(), right[:, :N_SHOWN].astype(np.float64).ravel()),
    )


def _mean(values: Sequence[float]) -> float:
    return round(float(np.mean(values)), 3)


def _needs(topics: Sequence[Topic]) -> tuple[list[str], NDArray[np.intp]]:
    texts = [(text, i) for i, topic in enumerate(topics) for text in topic.needs]
    return [text for text, _ in texts], np.array([i for _, i in texts], dtype=np.intp)


def review(encoder: Encoder, *, every: int, most: int | None = None) -> dict[str, Any]:
    """Answer the likeliest pair of the sample until none is left, or ``most`` of them."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{(Path(folder) / 'review.db').as_posix()}"
        upgrade(url)
        engine = make_engine(url)
        try:
            sessions = make_sessions(engine)
            load_sample(sessions)
            return _reviewed(sessions, encoder, every=every, most=sys.maxsize if most is None else most)
        finally:
            engine.dispose()


def _reviewed(sessions: sessionmaker[Session], encoder: Encoder, *, every: int, most: int) -> dict[str, Any]:
    groups = planted("duplicates.tsv", "group")
    group_of = {need: name for name, members in groups.items() for need in members}
    n_answers = n_merged = 0
    _search(sessions, encoder)
    joint_before = _joint(sessions, encoder)
    told: list[dict[str, int]] = []

    def tell() -> None:
        counts = _together(sessions, list(groups.values()))
        told.append({"answers": n_answers, "merged": n_merged, **counts})

    is_left = True
    while is_left:
        for _ in range(min(every, most - n_answers)):
            with sessions.begin() as session:
                pair = _likeliest(session)
                is_left = pair is not None
                if pair is None:
                    break
                left, right = (group_of.get(each.source_id or "") for each in (pair.left, pair.right))
                is_one = left is not None and left == right
                answer = DuplicateAnswer.MERGE if is_one else DuplicateAnswer.DIFFERENT
                duplicates.decide(session, pair.id, answer, actor=SYSTEM)
            n_answers, n_merged = n_answers + 1, n_merged + is_one
            if n_answers in TOLD_AT:
                tell()
        # Where no pair is left, what was learnt since may bring others.
        is_left = (_search(sessions, encoder) > 0 or is_left) and n_answers < most
    tell()
    return {
        "groups": len(groups),
        "review": told,
        "joint_needs_before": joint_before,
        "joint_needs_after": _joint(sessions, encoder),
    }


def _likeliest(session: Session) -> DuplicateView | None:
    """Return the likeliest open pair of needs and ideas."""
    after = None
    while True:
        page = duplicates.list_pairs(
            session, actor=SYSTEM, filters=DuplicateFilters(state=DuplicateState.OPEN), limit=5, after=after
        )
        for pair in page.items:
            if pair.left.kind is not EntryKind.OFFERING:
                return pair
        after = page.next_after
        if after is None:
            return None


def _search(sessions: sessionmaker[Session], encoder: Encoder) -> int:
    with sessions.begin() as session:
        return len(duplicate_search.refresh(session, encoder, actor=SYSTEM).new_ids)


def _together(sessions: sessionmaker[Session], groups: Sequence[frozenset[str]]) -> dict[str, int]:
    """Tell how many planted groups stand together wholly, and in part."""
    with sessions() as session:
        ids = {
            source_id: entry_id
            for entry_id, source_id in session.execute(
                select(records.Entry.id, records.Entry.source_id).where(records.Entry.source == SOURCE)
            )
        }
        standing = MergeRepository(session).standing(ids.values())
    group_of = {need: standing[ids[need]].group_id for need in ids if ids[need] in standing}
    largest = [_largest([group_of.get(need, need) for need in members]) for members in groups]
    whole = sum(n == len(members) for n, members in zip(largest, groups, strict=True))
    return {"whole": whole, "in_part": sum(n > 1 for n in largest) - whole}


def _largest(names: Sequence[str]) -> int:
    return max(Counter(names).values())


def _joint(sessions: sessionmaker[Session], encoder: Encoder) -> dict[str, int]:
    with sessions.begin() as session:
        joint_need_search.refresh(session, encoder, today=datetime.now(UTC).date(), actor=SYSTEM)
    with sessions() as session:
        found = found_of_key(session)
    return {
        "planted": found.n_cases,
        "whole": found.n_cases_whole,
        "in_part": found.n_cases_part - found.n_cases_whole,
        "proposed": found.n_proposed,
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what the command line asks for and print it as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=("scale", "review"))
    parser.add_argument("--encoder", default="joint", help="name of the encoder, as in MATCHER_ENCODER")
    parser.add_argument("--every", type=int, default=SEARCH_AFTER, help="answers between two searches")
    chosen = parser.parse_args(arguments)
    encoder = load_encoder(load_settings().model_copy(update={"encoder": chosen.encoder}))
    result = scale(encoder) if chosen.what == "scale" else review(encoder, every=chosen.every)
    sys.stdout.write(json.dumps(result, indent=2) + "\n")


if __name__ == "__main__":
    main()
