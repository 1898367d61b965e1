"""Makes the expansion of offerings that ships, from topics of our own, and measures it on held-out ones.

``python -m benchmarks.expansion [--encoder NAME] [--write] [--json]``. Topics are those that the encoder was
trained on (``models/encoder/domain``). Figures are of the topics that were held out, one in ten by the hash
of the id: nDCG@10 of the right offerings among all of theirs and the confusable ones, by cosines alone, with
and without. ``--write`` replaces the file in ``matcher/retrieval/data``.
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
from matcher.evaluation.measures import ndcg
from matcher.pipeline.shipped import expansions_folder
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
    )


def _means(encoder: Encoder, texts: Sequence[Sequence[str]]) -> FloatArray:
    vectors = encoder.encode([text for own in texts for text in own])
    starts = np.cumsum([0, *(len(own) for own in texts)])[:-1]
    return unit(np.add.reduceat(vectors, starts, axis=0))


def measures(encoder: Encoder, topics: Sequence[Topic], expansion: Expansion) -> dict[str, float]:
    """Order offerings for the needs of topics, with and without the expansion."""
    needs = encoder.encode([text for topic in topics for text in topic.needs])
    owners = [i for i, topic in enumerate(topics) for _ in topic.needs]
    offered = [(i, text) for i, topic in enumerate(topics) for text in topic.offerings]
    confusing = [(-1, topic.confusable) for topic in topics]
    targets = np.array([i for i, _ in offered + confusing])
    vectors = encoder.encode([text for _, text in offered + confusing])

    def order(vectors: FloatArray) -> float:
        gains = [
            ndcg(row, (right := np.flatnonzero(targets == owner).tolist()), [1.0] * len(right))
            for row, owner in zip(needs @ vectors.T, owners, strict=True)
        ]
        return round(float(np.mean(gains)), 4)

    return {"n": len(owners), "as they are": order(vectors), "expanded": order(expansion(vectors))}


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
    lines = [json.dumps(found)] if asked.json else [f"{name:12} {value}" for name, value in found.items()]
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    main()
