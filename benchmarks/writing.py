"""What is found while somebody writes, among many stored entries: how long one waits.

``python -m benchmarks.writing [--n 100000] [--encoder joint] [--data FOLDER]`` stores entries whose vectors
are drawn around seeded centres (to encode them all would take long and change nothing), and asks with texts
that are encoded as ever. Texts are real prose where ``--data`` holds ``pairs/pairs.tsv.gz``, else words drawn
from a seeded vocabulary. Times are of the whole service function, database included, without the network:
by the clock, and of work (``cpu``, one thread), the fairer measure where other programs run.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from benchmarks.grouping import use_threads
from benchmarks.matching import prose, synthetic
from matcher.encoders import Encoder, load_encoder
from matcher.pipeline import Matcher
from matcher.services import writing
from matcher.services.actor import SYSTEM
from matcher.settings import Settings
from matcher.types import EntryDraft, EntryKind, text_digest
from models.database import make_engine, make_sessions, upgrade
from models.repositories.entry_loading import EntryLoader

FloatArray = NDArray[np.float32]
SEED: Final = 20260101
N_ASKED: Final = 100
CHARS: Final = (20, 60, 140)
"""Lengths at which somebody who writes is read."""


class DrawnVectors:
    """Vectors around seeded centres for any text, in place of encoding it."""

    def __init__(self, n_dims: int) -> None:
        self._centres = np.random.default_rng(SEED).standard_normal((500, n_dims), dtype=np.float32)

    def get_many(self, digests: Sequence[str], encoder_digest: str) -> Mapping[str, FloatArray]:
        """Draw a vector for each text."""
        return {digest: self._drawn(digest) for digest in digests}

    def put_many(self, vectors: Mapping[str, FloatArray], encoder_digest: str) -> None:
        """Keep nothing."""

    def _drawn(self, digest: str) -> FloatArray:
        rng = np.random.default_rng(int(digest[:15], 16))
        vector = self._centres[rng.integers(len(self._centres))] + rng.standard_normal(
            self._centres.shape[1], dtype=np.float32
        )
        return np.asarray(vector / np.linalg.norm(vector), dtype=np.float32)


class OneMatcher:
    """A fitted matcher in place of the live one."""

    def __init__(self, matcher: Matcher, encoder: Encoder) -> None:
        self.matcher, self.encoder = matcher, encoder

    def using(self, session: Session, work: Any) -> Any:  # noqa: ANN401 -- whatever the work returns
        """Do the work."""
        return work(self.matcher)


def stored(session: Session, texts: Sequence[str]) -> None:
    """Register the texts as published needs and ideas."""
    from matcher.services.preparing import prepare
    from models.repositories.contents import draft_digest, source_key
    from models.repositories.entry_writing import EntryWriter, NewContent

    writer = EntryWriter(session)
    for start in range(0, len(texts), 5000):
        news = []
        for number, text in enumerate(texts[start : start + 5000], start):
            kind = EntryKind.NEED if number % 2 else EntryKind.IDEA
            draft = EntryDraft(source="made", source_id=str(number), kind=kind, text=text, language="sv")
            news.append(
                NewContent(
                    content=prepare(draft),
                    source_key=source_key(None, "made", str(number)),
                    draft_digest=draft_digest(draft),
                    status=draft.status,
                )
            )
        writer.insert_many(news)


def measure(n: int, encoder_name: str, data: Path | None) -> dict[str, Any]:
    """Store entries and ask as somebody writes."""
    pairs = prose(data, n) if data is not None else synthetic(n)
    texts = [text for _, text, _ in pairs]
    encoder = load_encoder(Settings.model_validate({"encoder": encoder_name}))
    encoder.encode(["warm"])
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{(Path(folder) / 'matcher.db').as_posix()}"
        upgrade(url)
        engine = make_engine(url)
        sessions = make_sessions(engine)
        with sessions.begin() as session:
            stored(session, texts)
        with sessions() as session:
            known = [entry for batch in EntryLoader(session).iterate(batch=5000) for entry in batch]
        matcher = Matcher(encoder).fit(known, vectors=DrawnVectors(encoder.n_dims))
        live = OneMatcher(matcher, encoder)
        with sessions() as session:
            waited = {chars: asked(session, live, pairs, chars) for chars in CHARS}
        engine.dispose()
    everything = np.concatenate([clock for clock, _ in waited.values()])
    worked = np.concatenate([cpu for _, cpu in waited.values()])
    return {
        "texts": "prose" if data is not None else "synthetic",
        "encoder": encoder_name,
        "n_stored": len(known),
        "n_asked": len(everything),
        "ms_p50": round(float(np.quantile(everything, 0.5)), 1),
        "ms_p95": round(float(np.quantile(everything, 0.95)), 1),
        "cpu_ms_p50": round(float(np.quantile(worked, 0.5)), 1),
        "cpu_ms_p95": round(float(np.quantile(worked, 0.95)), 1),
        "cpu_ms_p95_by_chars": {
            str(c): round(float(np.quantile(v, 0.95)), 1) for c, (_, v) in waited.items()
        },
    }


def asked(
    session: Session, live: OneMatcher, pairs: Sequence[tuple[str, str, str]], chars: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the milliseconds that each question took, by the clock and of work, the first few left out."""
    chosen = np.random.default_rng(SEED + chars).choice(len(pairs), N_ASKED + 5)
    waited, worked = [], []
    for place in chosen:
        # The other text of the pair, with a mark, so that nothing is found because it is equal.
        text = f"{pairs[place][2][:chars]} {text_digest(str(place))[:4]}"
        began, began_cpu = time.perf_counter(), time.process_time()
        writing.similar_while_writing(session, live, text, actor=SYSTEM)
        waited.append(1000 * (time.perf_counter() - began))
        worked.append(1000 * (time.process_time() - began_cpu))
    return np.array(waited[5:]), np.array(worked[5:])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print as JSON."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=100_000)
    parser.add_argument("--encoder", default="joint")
    parser.add_argument("--data", type=Path)
    chosen = parser.parse_args(arguments)
    use_threads(1)
    sys.stdout.write(json.dumps(measure(chosen.n, chosen.encoder, chosen.data), indent=2) + "\n")


if __name__ == "__main__":
    main()
