"""Reasons of a score: its log-odds, split by where they come from, with what a reader can check."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matcher.recipe import FusionWeights
from matcher.scoring.calibration import probability
from matcher.types import Reason, ReasonKind, Score

MAX_TERMS = 8


def score_of(base: float, reasons: Sequence[Reason]) -> Score:
    """Add up reasons, strongest first; those that weigh nothing are left out."""
    weighing = sorted(
        (reason for reason in reasons if reason.contribution != 0.0),
        key=lambda reason: -abs(reason.contribution),
    )
    total = base + sum(reason.contribution for reason in weighing)
    return Score(value=probability(total), base=base, reasons=tuple(weighing))


def wording_reasons(contribution: float, terms: Mapping[str, float], *, share: float) -> tuple[Reason, ...]:
    """Split what the letters contribute into whole shared terms and the rest (parts of words).

    Parameters
    ----------
    contribution
        Log-odds of the lexical similarity.
    terms
        Shared terms with the share of the lexical similarity that each carries.
    share
        Share that they carry together, in [0, 1].
    """
    if contribution <= 0 or not terms or share <= 0:
        return (Reason(kind=ReasonKind.WORDING, contribution=contribution),)
    strongest = dict(sorted(terms.items(), key=lambda item: (-item[1], item[0]))[:MAX_TERMS])
    shown = {"terms": [{"term": term, "share": round(part, 3)} for term, part in strongest.items()]}
    return (
        Reason(kind=ReasonKind.SHARED_TERMS, contribution=contribution * share, detail=shown),
        Reason(kind=ReasonKind.WORDING, contribution=contribution * (1 - share)),
    )


def circumstance_reasons(
    *,
    weights: FusionWeights,
    cpv: float,
    cpv_code: str,
    region: float,
    places: Sequence[str],
    km: float | None,
    time: float,
    value: float,
) -> tuple[Reason, ...]:
    """Reasons from CPV codes, places, time and value; what is not known gives none.

    Parameters
    ----------
    weights
        Log-odds of full agreement.
    cpv, region, time, value
        How far they agree, from -1 to 1.
    cpv_code
        Digits that the codes share.
    places
        Where the places overlap, as NUTS codes with the municipality after a slash.
    km
        Kilometres between places that do not overlap, if they are known.
    """
    reached: dict[str, object] = {"places": list(places), "overlaps": bool(places)}
    if km is not None:
        reached["km"] = round(km)
    return (
        Reason(
            kind=ReasonKind.CPV,
            contribution=weights.cpv * cpv,
            detail={"code": cpv_code, "digits": len(cpv_code)},
        ),
        Reason(kind=ReasonKind.REGION, contribution=weights.region * region, detail=reached),
        Reason(kind=ReasonKind.TIME, contribution=weights.time * time, detail={"overlaps": time > 0}),
        Reason(kind=ReasonKind.VALUE, contribution=weights.value * value),
    )


def verdict_reason(contribution: float, *, accepted: int, rejected: int) -> Reason:
    """Reason from what people decided about like pairs."""
    detail = {"accepted": accepted, "rejected": rejected}
    return Reason(kind=ReasonKind.VERDICTS, contribution=contribution, detail=detail)
