"""Suggests CPV codes for entries, from those that people coded, known topics and the labels of the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from matcher.pipeline.engine import Engine
from matcher.pipeline.shipped import familiar_codes
from matcher.procurement import CpvRanking, CpvSuggester, CpvSuggestion, CpvTable, cpv_level
from matcher.procurement.cpv import N_DIGITS
from matcher.types import Entry

FloatArray = NDArray[np.float32]
_GROWTH: Final = 0.1
"""It is learnt anew once so many more entries are coded."""
_MOST_KEPT: Final = 20_000
"""Texts whose vectors are kept; with one more all are forgotten."""


class Coder:
    """Learns from stored entries with a code when it is first asked, and again when there are many more.

    Parameters
    ----------
    engine
        The fitted engine whose entries are learnt from.
    table
        The official list; left out, divisions and groups are built in.
    """

    def __init__(self, engine: Engine, table: CpvTable | None = None) -> None:
        self.engine, self.table = engine, table
        self._suggester: CpvSuggester | None = None
        self._n_coded = 0
        self._known: dict[str, FloatArray] = {}

    def suggest(self, entries: Sequence[Entry], *, language: str = "sv", k: int = 5) -> list[CpvRanking]:
        """Suggest codes for entries; those that a person has set come alone and surely."""
        suggester = self._fitted()
        rankings = suggester.suggest([entry.whole_text for entry in entries], language=language, k=k)
        return [
            self._set_by_a_person(entry, language) if entry.cpv else ranking
            for entry, ranking in zip(entries, rankings, strict=True)
        ]

    def _fitted(self) -> CpvSuggester:
        coded = self._coded()
        if self._suggester is None or abs(len(coded) - self._n_coded) > _GROWTH * self._n_coded:
            self._n_coded = len(coded)
            suggester = CpvSuggester(
                self._encode, table=self.table, familiar=familiar_codes(self.engine.encoder.digest)
            )
            self._suggester = suggester.fit(
                [entry.whole_text for entry in coded], [entry.cpv[0] for entry in coded]
            )
        return self._suggester

    def _coded(self) -> list[Entry]:
        indexes = self.engine.corpus_.indexes_.values()
        return [
            entry
            for index in indexes
            for entry, is_alive in zip(index.entries, index.alive, strict=True)
            if is_alive and entry.cpv
        ]

    def _encode(self, texts: Sequence[str]) -> FloatArray:
        """Encode each text once: labels and entries come again with every fit."""
        if len(self._known) > _MOST_KEPT:
            self._known.clear()
        missing = [text for text in dict.fromkeys(texts) if text not in self._known]
        if missing:
            self._known.update(zip(missing, self.engine.encode(missing, "passage", None), strict=True))
        return np.stack([self._known[text] for text in texts])

    def _set_by_a_person(self, entry: Entry, language: str) -> CpvRanking:
        codes = [code.split("-")[0] for code in entry.cpv]

        def surely(stems: Sequence[str]) -> tuple[CpvSuggestion, ...]:
            full = dict.fromkeys(stem.ljust(N_DIGITS, "0") for stem in stems)
            return tuple(
                CpvSuggestion(
                    code=code,
                    level=cpv_level(code),
                    confidence=1.0,
                    label=self._fitted().label(code, language),
                )
                for code in full
            )

        return CpvRanking(
            divisions=surely([code[:2] for code in codes]),
            groups=surely([code[:3] for code in codes]),
            codes=surely(codes),
        )
