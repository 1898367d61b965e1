"""Learned scorers, how far scores mean what they say, and why a pair is not proposed, as the API shows it."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from api.schemas.common import Intake, JsonObject, Shape, with_example
from matcher.types import Direction


class ScorerShown(Shape):
    """A version of the scorer. State: active, kept (no better), retired or withdrawn (rolled back)."""

    number: int
    state: str = Field(examples=["active"])
    digest: str
    encoder_digest: str
    data_digest: str
    n_verdicts: int
    measures: JsonObject = Field(description="By direction: log loss on held-out verdicts before and after.")
    created_at: datetime
    promoted_at: datetime | None


class LearnRequest(Intake):
    """How to learn."""

    model_config = with_example({"precision": 0.5})

    precision: float | None = Field(
        None, gt=0, le=1, description="Move the lowest score that is proposed to where this share fits."
    )


class ScorerLearned(ScorerShown):
    """A version that was just learnt. ``is_promoted``: it is surely better and serves now."""

    is_promoted: bool


class ScorerServing(Shape):
    """The scorer that serves; null: that of the first day does."""

    serving: ScorerShown | None


class BinShown(Shape):
    """Judged pairs with like probabilities: what was said of them, and the share that was accepted."""

    starts: float
    ends: float
    n: int
    said: float
    fits: float
    low: float = Field(description="Lower bound of the share (95 %).")
    high: float


class ReliabilityShown(Shape):
    """A reliability diagram with its expected calibration error (ECE)."""

    bins: list[BinShown]
    ece: float
    ece_low: float
    ece_high: float
    brier: float
    n: int


class CalibrationShown(Shape):
    """Whether scores of judged proposals meant what they said, in all and by what they are about."""

    whole: ReliabilityShown
    slices: dict[str, dict[str, ReliabilityShown]] = Field(
        description="By direction, languages, kind, organisation and supplier_size (none: no offering)."
    )


class EvaluationQuery(Intake):
    """What is measured."""

    direction: Direction = Direction.NEED_TO_OFFERING


class IntervalShown(Shape):
    """A measure with its 95 % bootstrap interval and the number of cases behind it."""

    value: float
    low: float
    high: float
    n: int


class QualityShown(Shape):
    """How good the matches of a direction are by people's verdicts."""

    direction: Direction
    n_pairs: int = Field(description="Pairs that were decided.")
    n_queries: int = Field(description="Entries of which some pair was decided.")
    recipes: dict[str, dict[str, IntervalShown]] = Field(
        description="ndcg10 and mrr of lexical, dense and fused (what serves); of fused precision, recall."
    )
    slices: dict[str, dict[str, dict[str, IntervalShown]]] = Field(
        description=(
            "Those of fused by languages, kind, organisation and supplier_size (micro, small, medium, large, "
            "unknown; none: no offering)."
        )
    )
    reliability: ReliabilityShown


class QueueQuery(Intake):
    """Which open proposals are listed, and in which order."""

    order: Literal["likely", "teaching"] = Field(
        "teaching", description="The likeliest first, or those from whose verdicts most is learnt."
    )
    direction: Direction = Direction.NEED_TO_OFFERING
    limit: int = Field(20, ge=1, le=100)


class CodeSuggested(Shape):
    """A CPV code with its level (significant digits), confidence and label."""

    code: str = Field(examples=["90620000"])
    level: int
    confidence: float
    label: str


class CodesSuggested(Shape):
    """CPV codes for an entry, the likeliest first on every level; those that are set have confidence 1."""

    divisions: list[CodeSuggested]
    groups: list[CodeSuggested]
    codes: list[CodeSuggested]


class ChangeShown(Shape):
    """Something that would have to differ; ``gain`` in log-odds."""

    kind: str
    sentence: str
    gain: float
    is_enough: bool = Field(description="It alone would lift the pair into the list.")
    detail: dict[str, float]


class WhyNotShown(Shape):
    """Why a pair is not proposed. Obstacles: score, rank, organisation; none if it is proposed."""

    score: float
    threshold: float
    short_by: float = Field(description="Log-odds missing to the lowest score that is proposed.")
    rank: int
    top_k: int
    obstacles: list[str]
    sentences: list[str]
    changes: list[ChangeShown]
