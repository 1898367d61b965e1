"""Measures an encoder on the evaluation sets, for reporting: nothing is chosen by these figures."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]
Encode = Callable[[Sequence[str]], Vectors]


def measure_all(encode: Encode, root: Path) -> dict[str, float]:
    """Figures of every evaluation set below ``root`` that is there, by name; dense vectors alone."""
    measures = {
        "domain/dev": _domain, "swefaq": _swefaq, "sweparaphrase": _sweparaphrase, "bitext": _bitext,
        "norquad": _norquad, "turku": _turku, "omastadi": _omastadi, "sbir": _sbir, "ted": _ted,
    }  # fmt: skip
    found: dict[str, float] = {}
    for name, function in measures.items():
        if (root / name).is_dir():
            found |= function(encode, root / name)
    return found


def _jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip()]


def _tsv(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def _first_right(scores: Vectors, right: Sequence[Sequence[int]]) -> NDArray[np.int64]:
    """Shape (n,): how many targets stand above the best right one."""
    return np.array([(row > row[list(own)].max()).sum() for row, own in zip(scores, right, strict=True)])


def _swefaq(encode: Encode, folder: Path) -> dict[str, float]:
    rows = [row for path in sorted(folder.glob("*.jsonl")) for row in _jsonl(path)]
    answers = {
        answer: i for i, answer in enumerate(dict.fromkeys(a for r in rows for a in r["candidate_answers"]))
    }
    right = [[answers[row["candidate_answers"][row["label"]]]] for row in rows]
    above = _first_right(encode([row["question"] for row in rows]) @ encode(list(answers)).T, right)
    return {"SweFAQ nDCG@10": float(np.where(above < 10, 1 / np.log2(above + 2), 0).mean())}


def _norquad(encode: Encode, folder: Path) -> dict[str, float]:
    rows = _jsonl(folder / "validation.jsonl")
    texts = {text: i for i, text in enumerate(dict.fromkeys(row["paragraph"] for row in rows))}
    scores = encode([row["question"] for row in rows]) @ encode(list(texts)).T
    return {
        "NorQuAD MRR": float((1 / (1 + _first_right(scores, [[texts[r["paragraph"]]] for r in rows]))).mean())
    }


def _spearman(encode: Encode, left: Sequence[str], right: Sequence[str], grades: Sequence[float]) -> float:
    from scipy.stats import spearmanr

    return float(spearmanr((encode(left) * encode(right)).sum(1), grades)[0])


def _sweparaphrase(encode: Encode, folder: Path) -> dict[str, float]:
    rows = _tsv(folder / "dev.tsv")
    left, right = [r["sentence1"] for r in rows], [r["sentence2"] for r in rows]
    return {"SweParaphrase Spearman": _spearman(encode, left, right, [float(r["score"]) for r in rows])}


def _turku(encode: Encode, folder: Path) -> dict[str, float]:
    rows = [row for row in _tsv(folder / "fi_dev.tsv") if row["label"].strip()[:1].isdigit()]
    grades = [float(row["label"].strip()[0]) for row in rows]
    return {"Turku Spearman": _spearman(encode, [r["txt1"] for r in rows], [r["txt2"] for r in rows], grades)}


def _bitext(encode: Encode, folder: Path) -> dict[str, float]:
    rows = _tsv(folder / "ntrex.tsv")
    english = encode([row["eng"] for row in rows])
    shares = {}
    for column, language in (("swe", "sv"), ("fin", "fi"), ("nob", "nb"), ("nno", "nn"), ("dan", "da")):
        nearest = (encode([row[column] for row in rows]) @ english.T).argmax(1)
        shares[f"NTREX {language} to en"] = float((nearest == np.arange(len(rows))).mean())
    return shares


def _omastadi(encode: Encode, folder: Path) -> dict[str, float]:
    rows = _jsonl(folder / "ideas.jsonl")
    vectors = encode([f"{row.get('title') or ''} {row['text'] or ''}".strip() for row in rows])
    plans = [frozenset(row["plans"] or ()) for row in rows]
    groups: dict[tuple[str, str], list[int]] = {}
    for i, row in enumerate(rows):
        groups.setdefault((str(row["round"]), str(row.get("area"))), []).append(i)
    found = []
    for members in groups.values():
        scores = vectors[members] @ vectors[members].T
        np.fill_diagonal(scores, -np.inf)
        for row_scores, one in zip(scores, members, strict=True):
            right = [j for j, other in enumerate(members) if other != one and plans[one] & plans[other]]
            if right:
                found.append(1 / (1 + int((row_scores > row_scores[right].max()).sum())))
    return {"OmaStadi area MRR": float(np.mean(found))}


def _sbir(encode: Encode, folder: Path) -> dict[str, float]:
    rows = _jsonl(folder / "need_offering_pairs.jsonl")
    offerings = {t: i for i, t in enumerate(dict.fromkeys(row["offering"][:2000] for row in rows))}
    right: dict[str, list[int]] = {}
    for row in rows:
        right.setdefault(row["need"][:2000], []).append(offerings[row["offering"][:2000]])
    above = _first_right(encode(list(right)) @ encode(list(offerings)).T, list(right.values()))
    return {"SBIR MRR": float((1 / (1 + above)).mean())}


def _ted(encode: Encode, folder: Path) -> dict[str, float]:
    labels = [r for r in _tsv(folder.parent / "cpv" / "cpv2008.tsv") if r["sv"]]
    rows = [r for r in _jsonl(folder / "notices.jsonl") if r["cpv_main"] and str(r["lang"]).lower() == "sv"]
    nearest = (encode([r["title"] for r in rows]) @ encode([r["sv"] for r in labels]).T).argmax(1)
    hits = [labels[j]["code"][:2] == row["cpv_main"][:2] for j, row in zip(nearest, rows, strict=True)]
    return {"TED sv division": float(np.mean(hits))}


def _domain(encode: Encode, folder: Path) -> dict[str, float]:
    needs, offerings = _jsonl(folder / "needs.jsonl"), _jsonl(folder / "offerings.jsonl")
    need_row = {row["id"]: i for i, row in enumerate(needs)}
    offering_row = {row["id"]: i for i, row in enumerate(offerings)}
    queries = encode([row["text"] for row in needs])
    scores = queries @ encode([f"{r.get('title') or ''} {r['text']}".strip() for r in offerings]).T
    gains = np.zeros(scores.shape)
    for row in _tsv(folder / "links.tsv"):
        gains[need_row[row["need"]], offering_row[row["offering"]]] = float(row["grade"] or 2)
    hard: dict[int, list[int]] = {}
    for row in _tsv(folder / "hard_negatives.tsv"):
        hard.setdefault(need_row[row["need"]], []).append(offering_row[row["offering"]])
    linked = np.flatnonzero(gains.max(1) > 0)
    above = [
        scores[i, own].max() > scores[i, gains[i] > 0].max() for i, own in hard.items() if gains[i].any()
    ]
    return {
        "domain/dev links nDCG@10": float(np.mean([_ndcg(scores[i], gains[i]) for i in linked])),
        "domain/dev hard negatives above": float(np.mean(above)),
        "domain/dev same need MRR": _same_need(queries, need_row, _tsv(folder / "duplicates.tsv")),
    }


def _ndcg(scores: Vectors, gains: NDArray[np.float64], k: int = 10) -> float:
    discounts = 1 / np.log2(np.arange(2, k + 2))
    best = np.sort(gains)[::-1][:k]
    return float((gains[np.argsort(-scores)[:k]] * discounts).sum() / (best * discounts[: len(best)]).sum())


def _same_need(queries: Vectors, need_row: dict[str, int], labels: Sequence[dict[str, str]]) -> float:
    groups: dict[str, list[int]] = {}
    for row in labels:
        groups.setdefault(row["group"], []).append(need_row[row["need"]])
    scores = queries @ queries.T
    np.fill_diagonal(scores, -np.inf)
    found = [
        1 / (1 + int((scores[one] > scores[one, [o for o in group if o != one]].max()).sum()))
        for group in groups.values()
        if len(group) > 1
        for one in group
    ]
    return float(np.mean(found))
