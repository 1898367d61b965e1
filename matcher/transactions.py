"""Working in memory beside a database: vectors without long locks, and what a rollback takes back."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import event
from sqlalchemy.orm import Session, sessionmaker

from matcher.encoders import Encoder, FloatArray, VectorStore, encode_cached
from matcher.services import matching
from matcher.types import Entry, text_digest
from models.database import translate_errors


@dataclass(slots=True)
class Watch:
    """What was taken in from an open transaction, until it is known whether it lasts."""

    give_up: Callable[[int, set[str]], None]
    seq: int | None = None
    entry_ids: set[str] = field(default_factory=set)

    @classmethod
    def over(cls, session: Session, give_up: Callable[[int, set[str]], None]) -> Watch:
        """Watch how the session's transactions end; once for each that wants to be told."""
        if give_up not in session.info:
            watch = session.info[give_up] = cls(give_up)
            event.listen(session, "after_commit", watch.keep)
            event.listen(session, "after_transaction_end", watch.end)
        found: Watch = session.info[give_up]
        return found

    def note(self, seq: int, entry_ids: Iterable[str]) -> None:
        """Remember what was taken in after which number of the change sequence."""
        self.seq = seq if self.seq is None else min(self.seq, seq)
        self.entry_ids.update(entry_ids)

    def keep(self, _: Session) -> None:
        """Nothing is to be given up: the transaction was committed."""
        self.seq, self.entry_ids = None, set()

    def end(self, _: Session, transaction: Any) -> None:  # noqa: ANN401 -- SessionTransaction
        """Give up what was taken in from a transaction that ended without a commit."""
        if transaction.parent is None and self.seq is not None:
            seq, entry_ids = self.seq, self.entry_ids
            self.seq, self.entry_ids = None, set()
            self.give_up(seq, entry_ids)


class ShortTransactions:
    """A vector cache that holds the database's write lock only while it writes."""

    def __init__(self, writing: sessionmaker[Session], reading: sessionmaker[Session]) -> None:
        self._writing, self._reading = writing, reading

    def get_many(self, digests: Sequence[str], encoder_digest: str) -> Mapping[str, FloatArray]:
        """Return the vectors that are there, by text digest."""
        with translate_errors(), self._reading() as session:
            return matching.vectors(session).get_many(digests, encoder_digest)

    def put_many(self, vectors: Mapping[str, FloatArray], encoder_digest: str) -> None:
        """Keep vectors by text digest."""
        with translate_errors(), self._writing.begin() as session:
            matching.vectors(session).put_many(vectors, encoder_digest)


class HeldVectors:
    """Vectors that were just encoded, by text digest."""

    def __init__(self, vectors: Mapping[str, FloatArray]) -> None:
        self._vectors = dict(vectors)

    @classmethod
    def of(cls, encoder: Encoder, entries: Sequence[Entry], store: VectorStore) -> HeldVectors:
        """Encode entries in one go, so that taking them in one by one finds their vectors."""
        texts = [entry.whole_text for entry in entries]
        vectors = encode_cached(encoder, texts, store) if texts else ()
        return cls({text_digest(text): vector for text, vector in zip(texts, vectors, strict=True)})

    def get_many(self, digests: Sequence[str], encoder_digest: str) -> Mapping[str, FloatArray]:
        """Return the vectors that are held."""
        return {digest: self._vectors[digest] for digest in digests if digest in self._vectors}

    def put_many(self, vectors: Mapping[str, FloatArray], encoder_digest: str) -> None:
        """Hold more vectors."""
        self._vectors.update(vectors)
