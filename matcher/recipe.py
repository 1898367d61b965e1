"""The recipe: everything that decides which proposals come out, apart from the data.

A recipe is science and is versioned; deployment (where the database lies, who may sign in) is
``matcher.settings``. Its digest stands on every proposal, so that a list can be explained later.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace

from matcher.types import Direction


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionWeights:
    """Weights of the standardised dense and lexical similarities, and of agreeing circumstances.

    ``dense_known`` is used where the encoder knows both languages, ``dense_unknown`` where it does not,
    ``dense_cross`` where the languages differ and the encoder knows both (letters say little there).
    """

    lexical: float = 1.0
    dense_known: float = 1.0
    dense_unknown: float = 0.15
    dense_cross: float = 1.0
    lexical_cross: float = 0.3
    cpv: float = 0.5
    region: float = 0.3
    time: float = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How candidates are found, scored and chosen.

    Attributes
    ----------
    name
        ``fused``, ``dense`` or ``lexical``: which evidence ranks.
    encoder
        Digest of the encoder (``Encoder.digest``), empty for ``lexical``.
    n_candidates
        Candidates a query that each kind of search contributes.
    top_k
        Proposals a query at most.
    thresholds
        Lowest score in [0, 1] that is proposed, by direction; below it the answer is "no good match".
    max_per_organisation
        Offerings of one organisation in one list at most.
    seed
        Seed of whatever samples.
    """

    name: str = "fused"
    encoder: str = ""
    n_candidates: int = 50
    top_k: int = 10
    thresholds: tuple[tuple[Direction, float], ...] = (
        (Direction.NEED_TO_OFFERING, 0.5),
        (Direction.IDEA_TO_NEED, 0.5),
        (Direction.SIMILAR, 0.5),
    )
    max_per_organisation: int = 3
    weights: FusionWeights = field(default_factory=FusionWeights)
    seed: int = 20260101

    @property
    def digest(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the recipe's canonical JSON."""
        canonical = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:16]

    def threshold(self, direction: Direction) -> float:
        """Lowest score that is proposed in this direction."""
        return dict(self.thresholds)[direction]

    def with_encoder(self, digest: str) -> Recipe:
        """Return the same recipe for another encoder."""
        return replace(self, encoder=digest)
