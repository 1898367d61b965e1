"""Reasons in words, as the terminal shows them."""

from __future__ import annotations

import pytest

from matcher.cli.wording import sentence
from matcher.types import Reason, ReasonKind


@pytest.mark.parametrize("kind", ReasonKind)
@pytest.mark.parametrize("contribution", [1.0, -1.0])
def test_every_reason_is_a_sentence_for_or_against(kind: ReasonKind, contribution: float) -> None:
    detail = {"terms": ["is"], "places": ["2581"]}
    said = sentence(Reason(kind=kind, contribution=contribution, detail=detail))
    assert len(said.split()) > 2
    assert said != sentence(Reason(kind=kind, contribution=-contribution, detail=detail))


def test_places_are_named() -> None:
    reason = Reason(kind=ReasonKind.REGION, contribution=1.0, detail={"places": ["2581", "XX9"]})
    assert sentence(reason) == "The region fits: Piteå, XX9"
