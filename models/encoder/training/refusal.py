"""Keeps the evaluation sets out of training: reads their texts, lists and checks what is refused."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from matcher.errors import InvalidInput, UnreadableFile
from models.encoder.training.nearness import EvaluationTexts, digest

REFUSED_FILE = Path(__file__).resolve().parents[1] / "refused.txt"

# Folder of each evaluation set, the files in it that are measured on, and the fields that hold text.
EVALUATION_SETS: dict[str, tuple[str, tuple[str, ...]]] = {
    "domain/dev": ("*.jsonl", ("text",)),
    "swefaq": ("*.jsonl", ("question", "candidate_answers")),
    "norquad": ("*.jsonl", ("question", "paragraph", "context")),
    "sweparaphrase": ("dev.tsv", ("sentence1", "sentence2")),
    "turku": ("*.tsv", ("txt1", "txt2")),
    "omastadi": ("*.jsonl", ("title", "text")),
    "sbir": ("*.jsonl", ("topic_title", "title", "need", "offering")),
    "ted": ("*.jsonl", ("title", "description")),
    "bitext": ("*.tsv", ("eng", "swe", "fin", "nob", "nno", "dan", "isl")),
}


def _rows(path: Path) -> Iterator[dict[str, object]]:
    with path.open(encoding="utf-8", newline="") as lines:
        if path.suffix == ".jsonl":
            yield from (json.loads(line) for line in lines if line.strip())
        else:
            yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)


def read_evaluation_texts(root: Path) -> dict[str, list[str]]:
    """Every text that is measured on, by set.

    Raises
    ------
    UnreadableFile
        If none of the sets lies below ``root``: training without the check is never silent.
    """
    found = {
        name: [text for path in sorted((root / name).glob(pattern)) for text in _texts(path, fields)]
        for name, (pattern, fields) in EVALUATION_SETS.items()
    }
    if not any(found.values()):
        raise UnreadableFile(
            root,
            "holds no evaluation set",
            remedy="Name the data folder: training is checked against its sets.",
        )
    return found


def _texts(path: Path, fields: Sequence[str]) -> Iterator[str]:
    for row in _rows(path):
        for field in fields:
            value = row.get(field)
            values = value if isinstance(value, list) else [value]
            yield from (str(text) for text in values if text)


def load_refused(path: Path = REFUSED_FILE) -> frozenset[str]:
    """Digests of the training texts that are refused; lines that start with # are remarks."""
    if not path.is_file():
        raise UnreadableFile(path, "is missing", remedy="Run the stage `refuse` first.")
    lines = path.read_text(encoding="utf-8").split()
    return frozenset(line for line in lines if len(line) == 16)


def save_refused(texts: Iterable[str], path: Path = REFUSED_FILE) -> int:
    """Write the digests of refused texts, sorted; return how many there are."""
    digests = sorted({digest(text) for text in texts})
    path.write_text("\n".join(digests) + "\n", encoding="utf-8")
    return len(digests)


def ensure_none_evaluated(texts: Sequence[str], evaluation: EvaluationTexts) -> None:
    """Raise if a training text equals or nearly equals an evaluation text.

    Raises
    ------
    InvalidInput
        With the number of such texts and the position of the first; never with the text.
    """
    if found := evaluation.near(texts):
        raise InvalidInput(
            f"{len(found)} training texts stand in an evaluation set (the first at position {found[0]}).",
            field="training",
            remedy="Run the stage `refuse`, or take those texts out: what is measured on is never learnt.",
        )
