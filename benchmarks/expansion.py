"""Makes the expansion of needs and offerings that ships, and measures it on topics that were held out.

``python -m benchmarks.expansion [--encoder NAME] [--write] [--json]``. Topics are those that the encoder was
trained on (``models/encoder/domain``). Figures are of the topics that were held out, one in ten by the hash
of the id, by cosines alone: nDCG@10 of the right offerings among all of theirs and the confusable ones, MRR
of a need's other tellings among all needs; and how often the CPV division suggested first is right where no
entry is coded yet. ``--write`` replaces the file in ``matcher/retrieval/data``.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from matcher.encoders import Encoder, load_encoder
from matcher.evaluation.measures import ndcg, reciprocal_rank
from matcher.pipeline.shipped import expansions_folder
from matcher.procurement import CpvSuggester
from matcher.retrieval import Expansion, save_expansion, unit
from matcher.settings import load_settings
from models.encoder.training.topics import FOLDER, Topic, load_topics, split_topics

FloatArray = NDArray[np.float32]


def expansion_of(encoder: Encoder, topics: Sequence[Topic]) -> Expansion:
    """Return the mean vectors of the topics' offerings and needs."""
    return Expansion(
        encoder.digest,
        _means(encoder, [topic.offerings for topic in topics]),
        _means(encoder, [topic.needs for topic in topics]),
        [topic.cpv.split("-")[0] for topic in topics],
    )


def _means(encoder: Encoder, texts: Sequence[Sequence[str]]) -> FloatArray:
    vectors = encoder.encode([text for own in texts for text in own])
    starts = np.cumsum([0, *(len(own) for own in texts)])[:-1]
    return unit(np.add.reduceat(vectors, starts, axis=0))


def measures(encoder: Encoder, topics: Sequence[Topic], expansion: Expansion) -> list[dict[str, float | str]]:
    """Order offerings, and other tellings, for the needs of topics, with and without the expansion."""
    needs = encoder.encode([text for topic in topics for text in topic.needs])
    owners = np.array([i for i, topic in enumerate(topics) for _ in topic.needs])
    offered = [(i, text) for i, topic in enumerate(topics) for text in topic.offerings]
    confusing = [(-1, topic.confusable) for topic in topics]
    targets = np.array([i for i, _ in offered + confusing])
    offerings = encoder.encode([text for _, text in offered + confusing])
    wide_needs, wide_offerings = expansion.expand_needs(needs), expansion.expand_offerings(offerings)
    return [
        {
            "what": "needs to offerings, nDCG@10",
            "as they are": _order(needs, offerings, owners, targets),
            "offerings expanded": _order(needs, wide_offerings, owners, targets),
            "both expanded": _order(wide_needs, wide_offerings, owners, targets),
        },
        {
            "what": "the same need in other words, MRR",
            "as they are": _same(needs, owners),
            "both expanded": _same(wide_needs, owners),
        },
        _codes(encoder, expansion, topics, "needs", [topic.needs[0] for topic in topics]),
        _codes(encoder, expansion, topics, "offerings", [topic.offerings[0] for topic in topics]),
    ]


def _codes(
    encoder: Encoder, expansion: Expansion, topics: Sequence[Topic], kind: str, texts: Sequence[str]
) -> dict[str, float | str]:
    with_known = CpvSuggester(encoder.encode, familiar=expansion.codes_like)
    return {
        "what": f"CPV division of {kind}, share right",
        "labels alone": _coded(CpvSuggester(encoder.encode), texts, topics),
        "known topics": _coded(with_known, texts, topics),
    }


def _coded(suggester: CpvSuggester, texts: Sequence[str], topics: Sequence[Topic]) -> float:
    found = suggester.fit([], []).suggest(texts)
    right = [
        ranking.divisions[0].code[:2] == topic.cpv[:2]
        for ranking, topic in zip(found, topics, strict=True)
        if topic.cpv
    ]
    return round(float(np.mean(right)), 4)


def _order(
    needs: FloatArray, offerings: FloatArray, owners: NDArray[np.int64], targets: NDArray[np.int64]
) -> float:
    gains = [
        ndcg(row, (right := np.flatnonzero(targets == owner).tolist()), [1.0] * len(right))
        for row, owner in zip(needs @ offerings.T, owners, strict=True)
    ]
    return round(float(np.mean(gains)), 4)


def _same(needs: FloatArray, owners: NDArray[np.int64]) -> float:
    similar = needs @ needs.T
    np.fill_diagonal(similar, -np.inf)
    found = []
    for position, row in enumerate(similar):
        others = np.flatnonzero(owners == owners[position])
        found.append(reciprocal_rank(row, others[others != position].tolist()))
    return round(float(np.mean(found)), 4)


def main() -> None:
    """Read the command line, make, measure, print and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--encoder", default="joint", help="name of the encoder, as in MATCHER_ENCODER")
    parser.add_argument("--topics", type=Path, default=FOLDER, help="folder of the topics")
    parser.add_argument("--write", action="store_true", help="replace the expansion that ships")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    asked = parser.parse_args()
    encoder = load_encoder(load_settings().model_copy(update={"encoder": asked.encoder}))
    known, held_out = split_topics(load_topics(asked.topics))
    expansion = expansion_of(encoder, known)
    if asked.write:
        save_expansion(expansion, expansions_folder() / f"{asked.encoder}.npz")
    found = measures(encoder, held_out, expansion)
    lines = [", ".join(f"{name} {value}" for name, value in row.items() if name != "what") for row in found]
    shown = [f"{row['what']}: {line}" for row, line in zip(found, lines, strict=True)]
    sys.stdout.write(json.dumps(found) if asked.json else "\n".join(shown))
    sys.stdout.write("\n")


if __name__ == "__main__":
    main()
