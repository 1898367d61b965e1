"""Reads and checks the domain topics: needs, the offerings that meet them, and one that only seems to."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from matcher.errors import InvalidInput, UnreadableFile

FOLDER = Path(__file__).resolve().parents[1] / "domain"
HELD_OUT_ONE_IN = 10


@dataclass(frozen=True, slots=True)
class Topic:
    """One topic; offerings and the confusable one are "title. text", as they are encoded."""

    id: str
    label: str
    area: str
    cpv: str
    needs: tuple[str, ...]
    languages: tuple[str, ...]
    offerings: tuple[str, ...]
    confusable: str

    @property
    def is_held_out(self) -> bool:
        """Whether the topic is kept for measuring: one in ten by the hash of its id."""
        return int(hashlib.sha256(self.id.encode()).hexdigest(), 16) % HELD_OUT_ONE_IN == 0

    @property
    def texts(self) -> tuple[str, ...]:
        """All that is encoded."""
        return (*self.needs, *self.offerings, self.confusable)


def load_topics(folder: Path = FOLDER) -> list[Topic]:
    """Read every ``*.jsonl`` of a folder, in the order of names.

    Raises
    ------
    UnreadableFile
        If the folder holds no such file.
    InvalidInput
        If a line is not JSON or lacks what a topic needs, or an id stands twice; named by file and line.
    """
    paths = sorted(folder.glob("*.jsonl"))
    if not paths:
        raise UnreadableFile(folder, "holds no topics", remedy="Name a folder with *.jsonl files of topics.")
    topics: dict[str, Topic] = {}
    for path in paths:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.strip():
                topic = _topic(line, f"{path.name}, line {number}")
                if topic.id in topics:
                    raise _invalid(f"{path.name}, line {number}", f"the id {topic.id} stands twice")
                topics[topic.id] = topic
    return list(topics.values())


def split_topics(topics: Sequence[Topic]) -> tuple[list[Topic], list[Topic]]:
    """Return the topics to train on and the held-out ones."""
    return [t for t in topics if not t.is_held_out], [t for t in topics if t.is_held_out]


def _invalid(place: str, why: str) -> InvalidInput:
    return InvalidInput(
        f"{place}: {why}.", field="topic", remedy="Correct that line; see the folder's README."
    )


def _topic(line: str, place: str) -> Topic:
    try:
        row = json.loads(line)
    except json.JSONDecodeError as error:
        raise _invalid(place, f"not JSON ({error.msg})") from error
    if not isinstance(row, dict):
        raise _invalid(place, "not an object")
    for name in ("id", "topic", "needs", "offerings", "confusable"):
        if not row.get(name):
            raise _invalid(place, f"{name} is missing")
    needs, offerings = row["needs"], row["offerings"]
    if len(needs) < 2 or len(offerings) < 1:
        raise _invalid(place, "a topic has at least two needs and one offering")
    return Topic(
        id=str(row["id"]),
        label=str(row["topic"]),
        area=str(row.get("area") or ""),
        cpv=str(row.get("cpv") or ""),
        needs=tuple(_field(need, "text", place) for need in needs),
        languages=tuple(_field(need, "language", place) for need in needs),
        offerings=tuple(_offering(offering, place) for offering in offerings),
        confusable=_offering(row["confusable"], place),
    )


def _field(part: object, name: str, place: str) -> str:
    value = part.get(name) if isinstance(part, dict) else None
    if not isinstance(value, str) or not value.strip():
        raise _invalid(place, f"a need or offering has no {name}")
    return value.strip()


def _offering(part: object, place: str) -> str:
    return f"{_field(part, 'title', place)}. {_field(part, 'text', place)}"
