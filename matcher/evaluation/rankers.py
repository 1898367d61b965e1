"""The product's recipes, in the form in which evaluation measures whatever ranks."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from matcher.encoders import Encoder, FloatArray, encode_cached
from matcher.evaluation.datasets import LabelledSet
from matcher.evaluation.tasks import Fitted, Scores, labelled_entry
from matcher.grouping.themes import find_themes
from matcher.pipeline import Matcher
from matcher.pipeline.shipped import familiar_codes
from matcher.procurement import CpvSuggester, CpvTable
from matcher.types import Direction, Entry, EntryKind

RECIPES = ("lexical", "dense", "fast", "fused")
"""``lexical`` and ``dense``: one kind of evidence alone; ``fast``: the static encoder alone; ``fused``: what
is served."""


class MemoryVectors:
    """Vectors kept for one run, so that recipes that share an encoder encode each text once."""

    def __init__(self) -> None:
        self._kept: dict[tuple[str, str], NDArray[np.float16]] = {}

    def get_many(self, digests: Sequence[str], encoder_digest: str) -> Mapping[str, FloatArray]:
        """Return the vectors that are there, by text digest."""
        return {
            digest: self._kept[encoder_digest, digest].astype(np.float32)
            for digest in digests
            if (encoder_digest, digest) in self._kept
        }

    def put_many(self, vectors: Mapping[str, FloatArray], encoder_digest: str) -> None:
        """Keep vectors by text digest."""
        for digest, vector in vectors.items():
            self._kept[encoder_digest, digest] = vector.astype(np.float16)


class Stage:
    """Fits one matcher after the other and keeps the latest, which recipes of one encoder share."""

    def __init__(self, make: Callable[[], Matcher]) -> None:
        self._make = make
        self._vectors = MemoryVectors()
        self._latest: tuple[tuple[str, ...], Matcher] | None = None

    def fitted(self, entries: Sequence[Entry], *, texts: Sequence[str] = ()) -> Matcher:
        """Return a matcher that is fitted on these entries."""
        key = (*(f"{entry.kind}{entry.id}{entry.whole_text}" for entry in entries), "", *texts)
        if self._latest is None or self._latest[0] != key:
            self._latest = (key, self._make().fit(entries, vectors=self._vectors, texts=texts))
        return self._latest[1]

    def vectors(self, entries: Sequence[Entry]) -> FloatArray:
        """Return the entries' vectors, shape ``(n_entries, n_dims)``."""
        return self.encode([entry.whole_text for entry in entries])

    def encode(self, texts: Sequence[str]) -> FloatArray:
        """Encode each text once, shape ``(n_texts, n_dims)``."""
        return encode_cached(self._make().encoder, texts, self._vectors)

    def coder(self, table: CpvTable) -> CpvSuggester:
        """Return what the product suggests codes with."""
        return CpvSuggester(self.encode, table=table, familiar=familiar_codes(self._make().encoder.digest))


class RecipeRanker:
    """One recipe of the product.

    Parameters
    ----------
    stage
        Fits the matcher; shared between the recipes of one encoder.
    name
        Which evidence ranks: ``lexical``, ``dense`` or ``fused``.
    """

    def __init__(self, stage: Stage, name: str) -> None:
        self._stage, self._name = stage, name

    def fit(
        self,
        targets: Sequence[Entry],
        *,
        direction: Direction | None,
        texts: Sequence[str],
        beside: Sequence[Entry] = (),
    ) -> Fitted:
        """Take in the targets, and what stands beside them; ``texts`` teach how rare letters are."""
        matcher = self._stage.fitted([*targets, *beside], texts=texts)
        place = {entry_id: i for i, entry_id in enumerate(matcher.ids(targets[0].kind))}
        order = [place[entry.id] for entry in targets]

        def score(queries: Sequence[Entry]) -> Scores:
            scores = matcher.score_matrix(queries, targets[0].kind, direction=direction, recipe=self._name)
            return np.asarray(scores[:, order], dtype=np.float64)

        return score

    def score_pairs(self, left: Sequence[Entry], right: Sequence[Entry]) -> Scores:
        """Return one score a pair."""
        matcher = self._stage.fitted([*left, *right])
        return np.asarray(matcher.score_pairs(left, right, recipe=self._name), dtype=np.float64)

    def found(self, labelled: LabelledSet) -> dict[str, dict[str, float]] | None:
        """Return what the product proposes for each need; one kind of evidence alone proposes nothing."""
        if self._name != "fused":
            return None
        needs = [labelled_entry(entry, EntryKind.NEED) for entry in labelled.needs]
        offerings = [labelled_entry(entry, EntryKind.OFFERING) for entry in labelled.offerings]
        matcher = self._stage.fitted([*needs, *offerings])
        proposed: dict[str, dict[str, float]] = {}
        for proposal in matcher.propose(needs, Direction.NEED_TO_OFFERING, with_reasons=False):
            proposed.setdefault(proposal.query_id, {})[proposal.target_id] = proposal.score.value
        return proposed

    def coder(self, table: CpvTable) -> CpvSuggester | None:
        """Return what the product suggests codes with; one kind of evidence alone goes by labels."""
        return self._stage.coder(table) if self._name == "fused" else None

    def themes(self, entries: Sequence[Entry]) -> list[int] | None:
        """Return the theme of each entry as the product finds them from its vectors."""
        if self._name != "fused":
            return None
        labels: list[int] = find_themes(self._stage.vectors(entries)).labels().tolist()
        return labels


def make_rankers(
    encoder: Encoder, names: Sequence[str] = RECIPES, *, fast: Encoder | None = None
) -> dict[str, RecipeRanker]:
    """Return rankers by recipe name.

    Parameters
    ----------
    encoder
        The encoder that the product serves with.
    names
        Which recipes.
    fast
        Encoder of the recipe ``fast``; without one that recipe is left out.
    """
    served = Stage(lambda: Matcher(encoder))
    rankers = {name: RecipeRanker(served, name) for name in names if name != "fast"}
    if fast is not None and "fast" in names:
        quick = fast
        rankers["fast"] = RecipeRanker(Stage(lambda: Matcher(quick)), "dense")
    return {name: rankers[name] for name in names if name in rankers}
