"""Collects the evidence of pairs of stored entries, from which a scorer learns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from math import isnan, nan

import numpy as np
from numpy.typing import NDArray

from matcher.pipeline.engine import Engine
from matcher.retrieval.facets import is_located, places_of
from matcher.scoring import NAMES, pair_class
from matcher.scoring.evidence import CLASSES
from matcher.types import Direction, Entry

FloatArray = NDArray[np.float64]


def evidence(engine: Engine, query: Entry, targets: Sequence[Entry], direction: Direction) -> FloatArray:
    """Measure one query against stored targets of one kind.

    Returns
    -------
    Shape ``(n_targets, len(FEATURES))``; ``nan`` where something is not known.
    """
    if not targets:
        return np.empty((0, len(NAMES)))
    index = engine.index(targets[0].kind)
    rows = np.array([[index.row_of[target.id] for target in targets]], dtype=np.intp)
    analysed = engine.analysed([query])
    question = engine.question(direction, query.kind, targets[0].kind)
    question = replace(question, weights=question.weights.with_neighbours())
    dense, lexical, near = engine.corpus_.searchers_[targets[0].kind].measured(analysed, question, rows)
    found = np.full((len(targets), len(NAMES)), nan)
    found[:, NAMES.index("language")] = [_language(engine, query, target) for target in targets]
    found[:, NAMES.index("meaning")], found[:, NAMES.index("wording")] = dense[0], lexical[0]
    if len(query.whole_text) >= engine.recipe.long_chars:
        found[:, NAMES.index("long_wording")] = lexical[0]
    elif near is not None:
        found[:, NAMES.index("neighbours")] = near[0]
    for place, target in enumerate(targets):
        _add_circumstances(found[place], engine, query, target)
    remembered = engine.remembered(direction, query.kind)
    if remembered is not None:
        ids = {target.id: place for place, target in enumerate(targets)}
        said = remembered.evidence(query.id, analysed.vectors[0], index.vectors[rows[0]], ids)
        if said is not None:
            found[:, NAMES.index("verdicts")] = said
    return found


def _language(engine: Engine, query: Entry, target: Entry) -> int:
    usual, known = engine.recipe.usual_language, engine.encoder.languages
    return CLASSES.index(pair_class(query.language, target.language, known=known, usual=usual))


def _add_circumstances(row: FloatArray, engine: Engine, query: Entry, target: Entry) -> None:
    agreement = engine.circumstances.agreement(query, target)
    is_located_both = any(map(is_located, places_of(query))) and any(map(is_located, places_of(target)))
    known = {
        "cpv": (agreement.cpv, bool(query.cpv and target.cpv)),
        "region": (agreement.region, bool(agreement.places) or is_located_both),
        "time": (agreement.time, agreement.time != 0),
        "value": (agreement.value, agreement.value != 0),
    }
    for name, (value, is_known) in known.items():
        if is_known and not isnan(value):
            row[NAMES.index(name)] = value
