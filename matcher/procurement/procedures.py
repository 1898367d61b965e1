"""Procedures: hints that an officer confirms or overrules; never a decision."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from matcher.procurement.thresholds import Assessment, Rule, Standing


class Procedure(StrEnum):
    """Ways to buy, under their eForms codes where there is one."""

    OPEN = "open"
    RESTRICTED = "restricted"
    NEGOTIATED = "neg-w-call"
    NEGOTIATED_WITHOUT_CALL = "neg-wo-call"
    COMPETITIVE_DIALOGUE = "comp-dial"
    INNOVATION_PARTNERSHIP = "innovation"
    OTHER_SINGLE = "oth-single"
    OTHER_MULTIPLE = "oth-mult"
    DIRECT_AWARD = "direct-award"
    PRE_COMMERCIAL = "pre-commercial"
    DYNAMIC_PURCHASING = "dynamic-purchasing"


class Why(StrEnum):
    """What a hint rests on."""

    BELOW_DIRECT_AWARD = "below_direct_award"
    ABOVE_ADVERTISING = "above_advertising"
    BETWEEN = "between"
    ABOVE_DIRECT_AWARD = "above_direct_award"
    UNCERTAIN = "uncertain"
    NOTHING_FITS = "nothing_fits"
    SEVERAL_FIT = "several_fit"
    VALUE_UNKNOWN = "value_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcedureHint:
    """A procedure worth a look, and why."""

    procedure: Procedure
    why: Why


def hint_procedures(
    assessments: Sequence[Assessment], *, n_offerings: int | None
) -> tuple[ProcedureHint, ...]:
    """Hint at procedures.

    Parameters
    ----------
    assessments
        How the value stands to the thresholds; empty if no value is known.
    n_offerings
        Offerings that are known to fit; none speaks for developing something new. ``None`` if nobody looked.
    """
    standing = {each.rule: each.standing for each in assessments}
    hints = [_by_value(standing)]
    if n_offerings == 0:
        new = (Procedure.PRE_COMMERCIAL, Procedure.INNOVATION_PARTNERSHIP, Procedure.COMPETITIVE_DIALOGUE)
        hints += [ProcedureHint(procedure=each, why=Why.NOTHING_FITS) for each in new]
    elif n_offerings is not None and n_offerings > 2:
        hints.append(ProcedureHint(procedure=Procedure.DYNAMIC_PURCHASING, why=Why.SEVERAL_FIT))
    return tuple(hints)


def _by_value(standing: dict[Rule, Standing]) -> ProcedureHint:
    if standing.get(Rule.DIRECT_AWARD) is Standing.BELOW:
        return ProcedureHint(procedure=Procedure.DIRECT_AWARD, why=Why.BELOW_DIRECT_AWARD)
    if standing.get(Rule.ADVERTISING) is Standing.AT_OR_ABOVE:
        return ProcedureHint(procedure=Procedure.OPEN, why=Why.ABOVE_ADVERTISING)
    if standing.get(Rule.DIRECT_AWARD) is Standing.AT_OR_ABOVE:
        is_below = standing.get(Rule.ADVERTISING) is Standing.BELOW
        why = Why.BETWEEN if is_below else Why.ABOVE_DIRECT_AWARD
        return ProcedureHint(procedure=Procedure.OPEN, why=why)
    known = {each for each in standing.values() if each is not Standing.UNKNOWN}
    return ProcedureHint(procedure=Procedure.OPEN, why=Why.UNCERTAIN if known else Why.VALUE_UNKNOWN)
