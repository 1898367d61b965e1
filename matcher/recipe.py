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
class Evidence:
    """What one class of language pair weighs, and what it is worth in log-odds.

    The score before squashing is ``base + slope * (lexical * z_l + dense * z_d) / norm`` with ``z`` the
    similarities in standard deviations and ``norm`` the length of the two weights, so that classes of
    pairs can be compared: ``slope`` is in log-odds a standard deviation.
    """

    lexical: float
    dense: float
    base: float
    slope: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FusionWeights:
    """Weights for one direction.

    ``known`` is used where both languages are the same and the encoder knows it, ``cross`` where they
    differ and it knows both (letters say little there), ``unknown`` and ``cross_unknown`` where it does not.
    Similarities are read against what is usual for both entries, of which the target's counts by
    ``target_share``: that holds back entries which resemble everything; at a half scores are symmetric,
    at none they are one-sided. ``neighbour`` is the log-odds of a standard deviation of the meaning that
    the nearest other target shares with the query. A long query is a document: words that it shares with
    a target are less by chance, so ``long_wording`` is added to the log-odds of a standard deviation of
    wording, and neighbours say nothing. Texts about one thing in other words share letters by chance:
    wording counts the more, the more of it there is, and in full from ``wording_in_full`` standard
    deviations; always in full where the encoder does not know both languages, for then nothing else
    tells. ``cpv``, ``region``, ``time`` and ``value`` are the log-odds of agreeing circumstances,
    ``verdicts`` those of like pairs that were all accepted.
    """

    known: Evidence
    cross: Evidence
    unknown: Evidence
    cross_unknown: Evidence
    target_share: float = 0.5
    neighbour: float = 0.0
    long_wording: float = 0.0
    wording_in_full: float = 0.0
    cpv: float = 1.5
    region: float = 0.5
    time: float = 0.3
    value: float = 0.2
    verdicts: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Background:
    """What is usual beside an entry's own experience.

    The usual similarity of an entry is taken ``pooled`` of the way from its own to that of all pairs: that
    ranks as well as its own alone, and a strong pair keeps its strength, so that a list can be empty.
    Small sets are pulled to the other figures as if they held ``n_entries`` more entries. The more targets
    there are, the rarer a match among them: base rates hold for ``n_reference`` targets and fall by
    ``growth`` of the logarithm of how many times more there are.
    """

    pooled: float = 0.75
    n_reference: int = 100
    growth: float = 0.5

    dense_mean: float = 0.2
    dense_std: float = 0.12
    lexical_mean: float = 0.03
    lexical_std: float = 0.03
    n_entries: float = 5.0


# Weights are coarse on purpose (0.15, 0.5, 1, 1.5). They were chosen on question answering, paraphrases,
# participatory budgeting and needs with offerings in sv, fi, nb and en, for an encoder that knows no Nordic
# language and for one that does. Base and slope of needs alike: `python -m benchmarks.duplicates scale`.
SEARCH = FusionWeights(
    known=Evidence(lexical=1.0, dense=1.0, base=-6.0, slope=1.6),
    cross=Evidence(lexical=0.15, dense=1.0, base=-5.5, slope=1.6),
    unknown=Evidence(lexical=1.0, dense=0.15, base=-5.5, slope=1.3),
    cross_unknown=Evidence(lexical=1.0, dense=0.5, base=-5.0, slope=1.0),
    target_share=0.0,
    region=0.0,
    time=0.0,
    value=0.0,
    verdicts=0.0,
)
NEED_TO_OFFERING = FusionWeights(
    known=Evidence(lexical=0.15, dense=1.0, base=-5.6, slope=1.9),
    cross=Evidence(lexical=0.15, dense=1.0, base=-5.0, slope=1.9),
    unknown=Evidence(lexical=1.0, dense=0.15, base=-4.9, slope=1.1),
    cross_unknown=Evidence(lexical=1.0, dense=0.15, base=-4.0, slope=1.0),
    target_share=0.3,
    neighbour=0.4,
    long_wording=1.9,
    wording_in_full=4.0,
)
SIMILAR = FusionWeights(
    known=Evidence(lexical=1.0, dense=2.0, base=-6.0, slope=1.35),
    cross=Evidence(lexical=0.15, dense=1.0, base=-5.3, slope=1.45),
    unknown=Evidence(lexical=1.0, dense=0.15, base=-5.1, slope=1.0),
    cross_unknown=Evidence(lexical=1.0, dense=0.5, base=-4.0, slope=0.8),
    wording_in_full=5.0,
    region=0.0,
    time=0.0,
    value=0.0,
)
IDEA_TO_NEED = replace(SIMILAR, region=0.3)


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
        Lowest score in [0, 1] that is proposed, by direction; below it the answer is "no good match". Scores
        are probabilities: at a quarter, a wrong proposal costs a look and a missed one costs a match.
    max_per_organisation
        Offerings of one organisation in one list at most.
    max_likeness
        Cosine from which two offerings of one organisation are copies, of which the better is shown.
    scorer
        Digest of the learned scorer that gave weights and thresholds, empty for those chosen by hand.
    weights
        Weights by direction; ``None`` stands for search by text.
    search_threshold
        Lowest score that a search by text returns.
    usual_language
        Language that a text of unknown language counts as.
    background
        What similarities are usual where too few entries are there to tell.
    long_chars
        Characters from which a query is long: some 150 words.
    n_exact
        Targets up to which all are scored exactly; above, candidates are found first.
    seed
        Seed of whatever samples.
    """

    name: str = "fused"
    encoder: str = ""
    n_candidates: int = 50
    top_k: int = 10
    thresholds: tuple[tuple[Direction, float], ...] = (
        (Direction.NEED_TO_OFFERING, 0.25),
        (Direction.IDEA_TO_NEED, 0.25),
        (Direction.SIMILAR, 0.25),
    )
    search_threshold: float = 0.05
    max_per_organisation: int = 3
    max_likeness: float = 0.95
    scorer: str = ""
    usual_language: str = "sv"
    weights: tuple[tuple[Direction | None, FusionWeights], ...] = (
        (None, SEARCH),
        (Direction.NEED_TO_OFFERING, NEED_TO_OFFERING),
        (Direction.IDEA_TO_NEED, IDEA_TO_NEED),
        (Direction.SIMILAR, SIMILAR),
    )
    background: Background = field(default_factory=Background)
    long_chars: int = 1000
    n_exact: int = 4000
    seed: int = 20260101

    @property
    def digest(self) -> str:
        """First 16 hexadecimal digits of the SHA-256 of the recipe's canonical JSON."""
        canonical = json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(canonical.encode("utf-8")).hexdigest()[:16]

    def threshold(self, direction: Direction) -> float:
        """Lowest score that is proposed in this direction."""
        return dict(self.thresholds)[direction]

    def weights_for(self, direction: Direction | None) -> FusionWeights:
        """Weights for a direction, ``None`` for search by text."""
        return dict(self.weights)[direction]

    def with_encoder(self, digest: str) -> Recipe:
        """Return the same recipe for another encoder."""
        return replace(self, encoder=digest)
