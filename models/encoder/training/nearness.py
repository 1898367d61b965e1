"""Finds training texts that equal, or nearly equal, a text of an evaluation set.

Near-equality: the Jaccard similarity of the sets of character 5-grams of the normalised texts. Candidates are
found by min-hashing (Broder, 1997), then compared exactly.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

GRAM = 5
NEAR = 0.75
MIN_CHARS = 25  # below this only equality counts: short phrases are everybody's
N_HASHES = 12
BAND = 2  # hashes that must agree together: texts at the threshold are found with probability 0.99
LEAST_AGREEING = 6  # of the hashes: at the threshold nine are expected to agree
_MULTIPLIERS = np.random.default_rng(5).integers(1, 2**62, N_HASHES, dtype=np.uint64) * np.uint64(
    2
) + np.uint64(1)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+")
_NOT_WORD = re.compile(r"[\W_]+")


def normalise(text: str) -> str:
    """Lower case letters and digits with single spaces: what two tellings of one text share."""
    return _NOT_WORD.sub(" ", unicodedata.normalize("NFKC", text).lower()).strip()


def digest(text: str) -> str:
    """Sixteen hexadecimal digits for a normalised text."""
    return hashlib.sha256(normalise(text).encode()).hexdigest()[:16]


def units(text: str) -> Iterator[str]:
    """Yield the normalised text, and its sentences where it has several and they are not short."""
    yield normalise(text)
    sentences = _SENTENCE_END.split(text)
    if len(sentences) > 1:
        yield from (s for s in map(normalise, sentences) if len(s) >= 2 * MIN_CHARS)


def _grams(text: str) -> set[str]:
    return {text[i : i + GRAM] for i in range(len(text) - GRAM + 1)}


def _min_hashes(texts: Sequence[str]) -> NDArray[np.uint64]:
    """Shape (n_texts, N_HASHES). Texts are at least GRAM characters long."""
    lengths = np.fromiter((len(t) for t in texts), np.int64, len(texts))
    codes = np.frombuffer("".join(texts).encode("utf-32-le"), np.uint32).astype(np.uint64)
    rolled = np.zeros(len(codes) - GRAM + 1, np.uint64)
    with np.errstate(over="ignore"):
        for offset in range(GRAM):
            rolled = rolled * np.uint64(1_000_003) + codes[offset : len(codes) - GRAM + 1 + offset]
    ends = np.cumsum(lengths)
    starts = ends - lengths
    # a gram that runs over a text's end belongs to none: reduceat takes [start, end - GRAM + 1) of each text
    edges = np.stack([starts, np.minimum(ends - GRAM + 1, len(rolled))], axis=1).ravel()
    padded = np.append(rolled, np.uint64(0))
    hashed = np.empty((len(texts), N_HASHES), np.uint64)
    with np.errstate(over="ignore"):
        for column, multiplier in enumerate(_MULTIPLIERS):
            mixed = padded * multiplier
            mixed ^= mixed >> np.uint64(29)
            mixed[-1] = np.iinfo(np.uint64).max
            hashed[:, column] = np.minimum.reduceat(mixed, edges)[::2]
    return hashed


def _bands(hashed: NDArray[np.uint64]) -> list[list[int]]:
    """For each text N_HASHES / BAND keys; texts that share one are compared."""
    with np.errstate(over="ignore"):
        keys = hashed[:, ::BAND] * _MULTIPLIERS[: N_HASHES // BAND] ^ hashed[:, 1::BAND]
    found: list[list[int]] = keys.tolist()
    return found


class EvaluationTexts:
    """The texts that must not be trained on.

    Parameters
    ----------
    texts
        Every text of every evaluation set; sentences are added.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        found = dict.fromkeys(unit for text in texts for unit in units(text) if unit)
        self._exact = frozenset(found)
        self._long = [unit for unit in found if len(unit) >= MIN_CHARS]
        self._buckets: defaultdict[int, list[int]] = defaultdict(list)
        self._hashes = _min_hashes(self._long) if self._long else np.zeros((0, N_HASHES), np.uint64)
        for position, row in enumerate(_bands(self._hashes)):
            for key in row:
                self._buckets[key].append(position)

    def near(self, texts: Sequence[str], *, block: int = 20_000) -> list[int]:
        """Positions of the texts that equal or nearly equal an evaluation text, in whole or in a sentence."""
        found: set[int] = set()
        for start in range(0, len(texts), block):
            owners, parts = [], []
            for position in range(start, min(start + block, len(texts))):
                for unit in units(texts[position]):
                    if unit in self._exact:
                        found.add(position)
                    elif len(unit) >= MIN_CHARS:
                        owners.append(position)
                        parts.append(unit)
            found.update(self._near_units(owners, parts))
        return sorted(found)

    def _near_units(self, owners: Sequence[int], parts: Sequence[str]) -> Iterator[int]:
        if not parts:
            return
        hashed = _min_hashes(parts)
        for owner, part, sketch, row in zip(owners, parts, hashed, _bands(hashed), strict=True):
            candidates = np.array(list({c for key in row for c in self._buckets.get(key, ())}), np.int64)
            if len(candidates):
                agreeing = (self._hashes[candidates] == sketch).sum(1) >= LEAST_AGREEING
                if self._is_near(part, candidates[agreeing].tolist()):
                    yield owner

    def _is_near(self, part: str, candidates: Sequence[int]) -> bool:
        grams = _grams(part) if candidates else set()
        for candidate in candidates:
            others = _grams(self._long[candidate])
            shared = len(grams & others)
            if shared >= NEAR * (len(grams) + len(others) - shared):
                return True
        return False
