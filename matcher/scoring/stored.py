"""A learned scorer as it is kept: weights and thresholds by direction, with how they came about."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from matcher.errors import ScorerInvalid
from matcher.recipe import Evidence, FusionWeights, Recipe
from matcher.types import Direction

FORMAT: Final = "matcher-scorer"
VERSION: Final = 1
_LARGEST: Final = 50.0
_EVIDENCE: Final = ("known", "cross", "unknown", "cross_unknown")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredScorer:
    """Weights and thresholds that replace a recipe's.

    Attributes
    ----------
    encoder
        Digest of the encoder on whose similarities it was learnt; for another one it means nothing.
    weights, thresholds
        By direction; what is left out stays as the recipe has it.
    recipe
        How it was learnt: data digest, numbers of pairs, penalties, seed.
    measures
        How well it does, by name.
    """

    encoder: str
    weights: Mapping[Direction, FusionWeights]
    thresholds: Mapping[Direction, float] = field(default_factory=dict)
    recipe: Mapping[str, Any] = field(default_factory=dict)
    measures: Mapping[str, Any] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """SHA-256 of what decides scores, in hexadecimal."""
        return _digest(self._body())

    def content(self) -> dict[str, Any]:
        """Return what is written to a file or kept in the database."""
        return {**self._body(), "digest": self.digest}

    def applied_to(self, recipe: Recipe) -> Recipe:
        """Return the recipe with these weights and thresholds."""
        weights = tuple(
            (direction, self.weights.get(direction, old) if direction else old)
            for direction, old in recipe.weights
        )
        thresholds = tuple((d, self.thresholds.get(d, old)) for d, old in recipe.thresholds)
        return replace(recipe, weights=weights, thresholds=thresholds, scorer=self.digest)

    def check_encoder(self, digest: str) -> None:
        """Refuse to serve with another encoder.

        Raises
        ------
        ScorerInvalid
            If it was learnt with another one.
        """
        if self.encoder != digest:
            raise ScorerInvalid("The scorer was learnt with another encoder.", field="scorer")

    def _body(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "encoder": self.encoder,
            "weights": {direction.value: asdict(each) for direction, each in self.weights.items()},
            "thresholds": {direction.value: each for direction, each in self.thresholds.items()},
            "recipe": dict(self.recipe),
            "measures": dict(self.measures),
        }


def read_scorer(content: object) -> StoredScorer:
    """Read what ``StoredScorer.content`` gave.

    Raises
    ------
    ScorerInvalid
        If it is broken, changed by hand, or of another version.
    """
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise _invalid("It is no scorer.")
    if content.get("version") != VERSION:
        raise _invalid(f"It is of version {content.get('version')!r}, not {VERSION}.")
    try:
        scorer = StoredScorer(
            encoder=_text(content["encoder"]),
            weights={Direction(name): _weights(each) for name, each in content["weights"].items()},
            thresholds={Direction(name): _share(each) for name, each in content["thresholds"].items()},
            recipe=dict(content["recipe"]),
            measures=dict(content["measures"]),
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise _invalid("Something in it is missing or has another form.") from error
    if content.get("digest") != _digest(content):
        raise _invalid("It was changed: its digest does not fit.")
    return scorer


def load_scorer(path: Path) -> StoredScorer:
    """Read a scorer from a JSON file.

    Raises
    ------
    ScorerInvalid
        If it cannot be read; see ``read_scorer``.
    """
    try:
        return read_scorer(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise _invalid(f"{path.name} cannot be read as JSON.") from error


def save_scorer(scorer: StoredScorer, path: Path) -> None:
    """Write a scorer to a JSON file, digits in order so that versions can be compared."""
    text = json.dumps(scorer.content(), indent=1, ensure_ascii=False, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8")


def shipped_folder() -> Path:
    """Folder of the scorers that come with the program, one for each encoder that does."""
    return Path(str(files("matcher.scoring") / "data"))


def _weights(content: Mapping[str, Any]) -> FusionWeights:
    known = {each.name for each in fields(FusionWeights)}
    if not set(_EVIDENCE) <= set(content) <= known:
        raise ValueError("names of weights")
    numbers = {name: _number(content[name]) for name in content if name not in _EVIDENCE}
    evidence = {name: _evidence(content[name]) for name in _EVIDENCE}
    if not 0 <= numbers.get("target_share", 0) <= 1:
        raise ValueError("target_share")
    return FusionWeights(**evidence, **numbers)  # type: ignore[arg-type]


def _evidence(content: Mapping[str, Any]) -> Evidence:
    return Evidence(**{each.name: _number(content[each.name]) for each in fields(Evidence)})


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _LARGEST:
        raise ValueError("a number")
    return float(value)


def _share(value: object) -> float:
    number = _number(value)
    if not 0 <= number <= 1:
        raise ValueError("a share")
    return number


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("a text")
    return value


def _digest(content: Mapping[str, Any]) -> str:
    told = {name: each for name, each in content.items() if name not in ("recipe", "measures", "digest")}
    return hashlib.sha256(json.dumps(told, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _invalid(message: str) -> ScorerInvalid:
    return ScorerInvalid(message, field="scorer")
