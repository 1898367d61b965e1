"""Suggests CPV codes for a text: from the labels of the list and from entries that people coded.

Kernel ridge regression on three cosines (character n-grams of a text's beginning and of all of it, and the
encoder's vectors), with one column a division and one a group: exact, without training steps, and its
leave-one-out predictions come for free (Rifkin and Klautau, 2004, for the method as a classifier), by which
confidences are calibrated. Labels of divisions and groups take part as weak examples, so that the first
suggestions need no coded entry; where the labels of all codes stand that are nearest in letters, in whatever
language, is added, and where texts stand that are known to be alike. Finer codes are told apart by their
labels within the likeliest groups.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from matcher.procurement.cpv import N_DIGITS, CpvTable, cpv_level
from matcher.procurement.places import read_table

Array = NDArray[np.float64]
Encode = Callable[[Sequence[str]], NDArray[np.float32]]
Familiar = Callable[[NDArray[np.float32]], Sequence[Mapping[str, float]]]

LABEL_LANGUAGES: Final = ("sv", "en", "fi", "da")
_HEAD_CHARS: Final = 120
_WHOLE_CHARS: Final = 700
_N_GROUPS: Final = 3
"""Likeliest groups within which finer codes are looked for."""
_N_LABELS: Final = 30
"""Labels nearest to a text whose codes count, by the cube of their cosines."""
_LABELS_WEIGHT: Final = 0.4
_FAMILIAR_WEIGHT: Final = 0.8
_BLOCK: Final = 64
_FIRST_SHARPNESS: Final = 8.0
_MIN_CALIBRATED: Final = 50
_MAX_CALIBRATED: Final = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CpvSuggestion:
    """A code with its level (significant digits, 2 to 8), confidence in [0, 1] and label in a language."""

    code: str
    level: int
    confidence: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CpvRanking:
    """Suggestions for one text, the likeliest first: divisions, groups, and the finest codes known."""

    divisions: tuple[CpvSuggestion, ...]
    groups: tuple[CpvSuggestion, ...]
    codes: tuple[CpvSuggestion, ...]


class CpvSuggester:
    """Learns from coded texts; without any it goes by labels alone.

    Parameters
    ----------
    encode
        Gives vectors of length one.
    table
        The official list, for labels and finer codes; left out, divisions and groups are built in.
    penalty, label_penalty
        Ridge penalties of coded texts and of labels, in units of the mean of the kernel.
    max_coded
        Coded texts that are learnt from, the latest ones: the cost grows with the cube.
    familiar
        Gives, for vectors, the codes of what is known to be like each, with shares that sum to at most one.

    Attributes
    ----------
    divisions_, groups_
        Codes of two and three digits in the order of the columns.
    """

    def __init__(
        self,
        encode: Encode,
        *,
        table: CpvTable | None = None,
        penalty: float = 0.3,
        label_penalty: float = 3.0,
        max_coded: int = 3000,
        familiar: Familiar | None = None,
    ) -> None:
        self.encode, self.table, self.familiar = encode, table, familiar
        self.penalty, self.label_penalty, self.max_coded = penalty, label_penalty, max_coded

    def fit(self, texts: Sequence[str], codes: Sequence[str]) -> CpvSuggester:
        """Learn from texts and the code of each (eight digits, a check digit after a hyphen or not)."""
        coded = [code.split("-")[0].strip().ljust(N_DIGITS, "0")[:N_DIGITS] for code in codes]
        texts, coded = list(texts)[-self.max_coded :], coded[-self.max_coded :]
        self._labels = built_in_labels()
        named = list(self._labels)
        self.divisions_ = sorted({code[:2] for code in (*coded, *named)})
        self.groups_ = sorted({code[:3] for code in (*coded, *named)})
        # Texts may be coded by a division alone; that is no group to suggest.
        self._is_group = np.array([code[2] != "0" for code in self.groups_])
        self._codes, self._n_coded = coded, len(coded)
        place = self._place()
        label_texts = [" ".join(self._labels[code].values()) for code in named]
        every = [
            (label, place[code[:2]], place[code[:3]])
            for code in (self.table or named)
            if code[:3] in place
            for label in self._texts_of(code)
        ]
        self._letters = _letters().fit([*texts, *(label for label, *_ in every)])
        self._every_label = self._letters.transform([label for label, *_ in every]).T.tocsr()
        self._label_places = np.array([places for _, *places in every], dtype=np.intp)
        self._rows = self._measured([*texts, *label_texts])
        kernel = self._kernel(self._rows)
        mean = float(np.mean(np.diag(kernel))) or 1.0
        ridge = np.full(len(kernel), mean * self.penalty)
        ridge[len(texts) :] = mean * self.label_penalty
        inverse = np.linalg.inv(kernel + np.diag(ridge))
        self._targets = self._one_hot([*coded, *named])
        self._weights = inverse @ self._targets
        left_out = self._targets - self._weights / np.diag(inverse)[:, None]
        self._calibrate(texts, left_out[: len(texts)])
        self._times = Counter(coded)
        finest = list(dict.fromkeys([*(self.table or ()), *coded, *named]))
        self._code_row = {code: row for row, code in enumerate(finest)}
        self._code_labels = self._letters.transform([" ".join(self._texts_of(code)) for code in finest])
        self._seen = _by_group(coded)
        self._finer = _by_group(self.table or ())
        return self

    def suggest(self, texts: Sequence[str], *, language: str = "sv", k: int = 5) -> list[CpvRanking]:
        """Suggest codes for texts, labels in a language, at most ``k`` of each level."""
        if not texts:
            return []
        known = self._known(texts)
        divisions, groups = self._probabilities(texts, known)
        return [
            CpvRanking(
                divisions=self._best(self.divisions_, division, language, k),
                groups=self._best(self.groups_, np.where(self._is_group, group, 0), language, k),
                codes=self._codes_for(text, group, shares, language, k),
            )
            for text, division, group, shares in zip(texts, divisions, groups, known, strict=True)
        ]

    def probabilities(self, texts: Sequence[str]) -> tuple[Array, Array]:
        """Return how likely each division and each group is, ``(n_texts, n_divisions)`` and groups alike."""
        return self._probabilities(texts, self._known(texts))

    def _probabilities(
        self, texts: Sequence[str], known: Sequence[Mapping[str, float]]
    ) -> tuple[Array, Array]:
        kernel = self._kernel(self._measured(texts))
        scores = kernel @ self._weights + self._hints(texts, known)
        division, group = self._parts(scores)
        first = _softmax(self._sharpness[0] * division)
        within = np.exp(self._sharpness[1] * (group - group.max(axis=1, keepdims=True)))
        owner = np.array([self.divisions_.index(code[:2]) for code in self.groups_])
        sums = np.zeros_like(first)
        np.add.at(sums.T, owner, within.T)
        return first, first[:, owner] * within / sums[:, owner]

    def _measured(self, texts: Sequence[str]) -> tuple[Any, Any, Array]:
        """Letters of the beginnings, letters of all, and vectors of the beginnings."""
        heads = [text[:_HEAD_CHARS] for text in texts]
        return (
            self._letters.transform(heads),
            self._letters.transform([text[:_WHOLE_CHARS] for text in texts]),
            np.asarray(self.encode(heads), dtype=np.float64),
        )

    def _kernel(self, rows: tuple[Any, Any, Array]) -> Array:
        """Sum of the three cosines with what was learnt from."""
        head, whole, vectors = self._rows
        letters = (rows[0] @ head.T + rows[1] @ whole.T).toarray()
        return np.asarray(letters + rows[2] @ vectors.T, dtype=np.float64)

    def _one_hot(self, codes: Sequence[str]) -> Array:
        place = self._place()
        found = np.zeros((len(codes), len(place)))
        for row, code in enumerate(codes):
            found[row, place[code[:2]]] = found[row, place[code[:3]]] = 1.0
        return found

    def _place(self) -> dict[str, int]:
        """Column of each division and group."""
        return {code: i for i, code in enumerate([*self.divisions_, *self.groups_])}

    def _parts(self, scores: Array) -> tuple[Array, Array]:
        n = len(self.divisions_)
        return scores[:, :n], scores[:, n:]

    def _known(self, texts: Sequence[str]) -> Sequence[Mapping[str, float]]:
        """Return the codes of what is known to be like the texts, with their shares."""
        if self.familiar is None or not texts:
            return [{} for _ in texts]
        return self.familiar(self.encode([text[:_WHOLE_CHARS] for text in texts]))

    def _hints(self, texts: Sequence[str], known: Sequence[Mapping[str, float]]) -> Array:
        """Say what labels and known texts tell of the columns, beside what was learnt."""
        found, place = self._named(texts), self._place()
        for row, shares in zip(found, known, strict=True):
            for code, share in shares.items():
                for stem in (code[:2], code[:3]):
                    if stem in place:
                        row[place[stem]] += _FAMILIAR_WEIGHT * share
        return found

    def _named(self, texts: Sequence[str]) -> Array:
        """Share of the columns in the labels that are nearest to the texts' beginnings, weighed."""
        found = np.zeros((len(texts), len(self.divisions_) + len(self.groups_)))
        heads = self._letters.transform([text[:_HEAD_CHARS] for text in texts])
        for start in range(0, len(texts), _BLOCK):
            similar = (heads[start : start + _BLOCK] @ self._every_label).toarray()
            k = min(_N_LABELS, similar.shape[1])
            nearest = np.argpartition(-similar, k - 1, axis=1)[:, :k]
            weights = np.take_along_axis(similar, nearest, axis=1) ** 3
            for row, (labels, weight) in enumerate(zip(nearest, weights, strict=True), start):
                share = weight / max(weight.sum(), 1e-12)
                np.add.at(found[row], self._label_places[labels], share[:, None])
        return _LABELS_WEIGHT * found

    def _calibrate(self, texts: Sequence[str], left_out: Array) -> None:
        """Choose how sharply scores tell, by the likelihood of the coded texts' left-out predictions."""
        if self._n_coded < _MIN_CALIBRATED:
            self._sharpness = _FIRST_SHARPNESS, _FIRST_SHARPNESS
            return
        chosen = slice(None, None, -(-self._n_coded // _MAX_CALIBRATED))
        told = left_out[chosen] + self._hints(texts[chosen], self._known(texts[chosen]))
        right = self._targets[: self._n_coded][chosen]
        (division, group), (its_division, its_group) = self._parts(told), self._parts(right)
        self._sharpness = _sharpest(division, its_division), _sharpest(group, its_group)

    def _best(
        self, codes: Sequence[str], probability: Array, language: str, k: int
    ) -> tuple[CpvSuggestion, ...]:
        order = np.argsort(-probability, kind="stable")[:k]
        return tuple(
            self._suggestion(codes[i].ljust(N_DIGITS, "0"), float(probability[i]), language) for i in order
        )

    def _codes_for(
        self, text: str, group: Array, known: Mapping[str, float], language: str, k: int
    ) -> tuple[CpvSuggestion, ...]:
        """Finer codes within the likeliest groups: by labels that share with the text, and known ones."""
        found: list[tuple[float, str]] = []
        for place in np.argsort(-group, kind="stable")[:_N_GROUPS]:
            stem = self.groups_[place]
            codes = sorted({*self._finer.get(stem, ()), *self._seen.get(stem, ())})
            if not codes:
                codes = [stem.ljust(N_DIGITS, "0")]
            likeness = self._likeness(text, codes) + np.array([known.get(code, 0.0) for code in codes])
            likely = _softmax(_FIRST_SHARPNESS * likeness[None, :])[0]
            found += [(float(group[place] * share), code) for share, code in zip(likely, codes, strict=True)]
        found.sort(key=lambda each: (-each[0], each[1]))
        return tuple(self._suggestion(code, share, language) for share, code in found[:k])

    def _likeness(self, text: str, codes: Sequence[str]) -> Array:
        ours = self._letters.transform([text[:_WHOLE_CHARS]])
        said = (self._code_labels[[self._code_row[code] for code in codes]] @ ours.T).toarray()[:, 0]
        times = np.array([self._times[code] for code in codes])
        return np.asarray(said + 0.1 * np.log1p(times), dtype=np.float64)

    def _texts_of(self, code: str) -> list[str]:
        labels = self.table.labels(code) if self.table is not None else {}
        return list(dict.fromkeys((labels or self._labels.get(code, {})).values()))

    def label(self, code: str, language: str) -> str:
        """Return a code's label in a language, else in English; empty where it is not known."""
        label = self.table.label(code, language) if self.table is not None else None
        own = self._labels.get(code, {})
        return label or own.get(language) or own.get("en") or ""

    def _suggestion(self, code: str, confidence: float, language: str) -> CpvSuggestion:
        return CpvSuggestion(
            code=code,
            level=cpv_level(code),
            confidence=round(confidence, 4),
            label=self.label(code, language),
        )


def built_in_labels() -> dict[str, dict[str, str]]:
    """Labels of all divisions and groups by language, by their eight digits."""
    return {
        code: dict(zip(LABEL_LANGUAGES, labels, strict=True))
        for code, *labels in read_table("cpv_groups.tsv")
    }


def _letters() -> Any:  # noqa: ANN401 -- scikit-learn carries no types
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(
        analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, max_features=100_000, dtype=np.float64
    )


def _by_group(codes: Sequence[str] | CpvTable | tuple[()]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for code in codes:
        found[code[:3]].append(code)
    return found


def _softmax(scores: Array) -> Array:
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(raised / raised.sum(axis=1, keepdims=True), dtype=np.float64)


def _sharpest(scores: Array, right: Array) -> float:
    """Return the sharpness at which the right columns are likeliest."""
    tried = np.geomspace(1, 40, 30)
    likely = [np.log(np.maximum((_softmax(t * scores) * right).sum(axis=1), 1e-12)).mean() for t in tried]
    return float(tried[int(np.argmax(likely))])
