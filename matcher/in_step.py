"""The engine in memory, kept in step with the database: one that many threads share.

Locks are always taken in one order, the database's write lock first and then the engine's, and whoever
encodes many texts holds neither: loading and growing (``renew``) happen beside the requests.
"""

from __future__ import annotations

import gc
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final, TypeVar

from sqlalchemy.orm import Session, sessionmaker

from matcher.encoders import Encoder, VectorStore
from matcher.errors import Busy, StorageFull
from matcher.recipe import Recipe
from matcher.services import learning, matching
from matcher.serving_encoder import ServingEncoder
from matcher.settings import Settings
from matcher.transactions import HeldVectors, ShortTransactions, Watch
from matcher.types import Entry, EntryKind
from models.database import READS_ONLY, make_reading_sessions, translate_errors

if TYPE_CHECKING:
    from matcher.pipeline import Matcher
    from matcher.services.matching import Changes

log = logging.getLogger("matcher.live")
Result = TypeVar("Result")

_GROWTH: Final = 4
"""The engine is fitted again once a quarter as many entries changed as it was fitted on."""
_SMALL: Final = 2000
"""Entries up to which fitting takes so little time that a request can wait for it."""


class EngineInStep:
    """Holds the engine, in step with the database; safe to share between threads.

    Parameters
    ----------
    sessions
        Makes sessions of the database that it is in step with.
    settings
        Which encoder.
    encoder
        An encoder to use instead of the one that the settings name.
    recipe
        How candidates are found, scored and chosen.
    goes_on
        Whether the encoder that served before does so until another one's vectors are made, by
        ``renew(fit=True)``; else nothing is found until then.

    Attributes
    ----------
    sessions, reading
        Make sessions for work that may write, and for work that only reads and waits for nobody.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        settings: Settings,
        *,
        encoder: Encoder | None = None,
        recipe: Recipe | None = None,
        goes_on: bool = False,
    ) -> None:
        self.sessions = sessions
        self.settings = settings
        self._recipe = recipe
        self.reading = make_reading_sessions(sessions.kw["bind"])
        self._encoders = ServingEncoder(sessions, self.reading, settings, encoder=encoder, goes_on=goes_on)
        self._with_weights: Encoder | None = None
        self._fitting, self._lock = threading.Lock(), threading.RLock()
        self._matcher: Matcher | None = None
        self._seq = self._n_fitted = self._n_changed = 0
        self._mark: learning.Mark | None = None
        self._doubtful: set[str] = set()
        self._is_doubtful_throughout = False

    @property
    def encoder(self) -> Encoder:
        """The encoder that serves, its weights loaded.

        Raises
        ------
        EncoderUnavailable
            If its files are missing or broken.
        """
        encoder = self._encoders.current
        if self._with_weights is not encoder:
            encoder.encode([""])
            self._with_weights = encoder
        return encoder

    @property
    def recipe(self) -> Recipe:
        """The recipe that serves, with the encoder's digest; loads no weights."""
        with self._lock, translate_errors(), self.reading() as session:
            matcher = self._matcher or self._new_matcher(self._encoders.current)
            self._mark = learning.keep_up(session, matcher, self._mark if self._matcher else None)
            return matcher.recipe

    @property
    def encoder_digest(self) -> str:
        """The digest of the encoder that serves; loads neither weights nor what was learnt."""
        matcher = self._matcher
        return self._encoders.current.digest if matcher is None else matcher.recipe.encoder

    @property
    def next_recipe(self) -> Recipe:
        """The recipe of a full match: with the digest of the encoder that the settings name."""
        if not self._encoders.is_of_before:
            return self.recipe
        with translate_errors(), self.reading() as session:
            matcher = self._new_matcher(self._encoders.named)
            learning.keep_up(session, matcher, None)
            return matcher.recipe

    @property
    def is_of_before(self) -> bool:
        """Whether the encoder of before serves, until ``renew(fit=True)`` made the vectors of the next."""
        return self.ready and self._encoders.is_of_before

    @property
    def ready(self) -> bool:
        """Whether everything is loaded and can be searched."""
        return self._matcher is not None

    def refresh(self, session: Session) -> None:
        """Take in what changed since the last time; the first time everything is loaded.

        Changes that the session has not committed are taken in, too, and given up again if it is rolled back.

        Raises
        ------
        Busy
            If another thread is loading; a caller in the middle of a transaction does not wait for it.
        """
        if not session.in_transaction():
            self.renew()
            with translate_errors():
                session.connection()
        is_ready = self.ready
        if (is_ready and self._catch_up(session)) or self._fit_within(session):
            return
        if not is_ready:
            raise _still_loading()
        # Somebody else is fitting: until that is done, the old engine serves with what is new.
        self._catch_up(session, may_fit=False)

    def renew(
        self,
        *,
        fit: bool = False,
        progress: Callable[[int], None] | None = None,
        after_chunk: Callable[[], None] | None = None,
    ) -> None:
        """Bring the search up to date without keeping anybody waiting; not for use within a transaction.

        Parameters
        ----------
        fit
            Whether rarity of letters and usual similarities are learnt again in any case, with the encoder
            that the settings name.
        progress
            Called with the number of entries encoded since the last call.
        after_chunk
            Called when a chunk of new vectors was kept.
        """
        if fit or not self.ready:
            self._fit_apart(with_named=fit, progress=progress, after_chunk=after_chunk)
            return
        with self._lock:
            seq, matcher = self._seq, self._fitted()
        with translate_errors(), self.reading() as session:
            changes = matching.all_changes_since(session, seq)
        if self._is_outgrown_with(changes) and not (self.is_of_before and self._fitting.locked()):
            self._fit_apart(progress=progress, after_chunk=after_chunk)
            return
        vectors = HeldVectors.of(
            matcher.encoder, changes.entries, ShortTransactions(self.sessions, self.reading)
        )
        with self._lock, translate_errors(), self.reading() as session:
            is_still_serving = self._matcher is matcher
            if is_still_serving:
                # Whoever was quicker has taken the same in.
                if self._seq == seq:
                    self._apply(changes, vectors)
                self._check_doubtful(session, vectors)
                self._take_in_verdicts(session)
        if not is_still_serving:  # the vectors may be another encoder's
            self.renew()

    def using(self, session: Session, work: Callable[[Matcher], Result]) -> Result:
        """Do something with the engine alone, in step with what the session sees, such as learning."""
        self.refresh(session)
        with self._lock:
            return work(self._fitted())

    def ids(self, kind: EntryKind) -> list[str]:
        """Ids of the published entries of a kind, sorted."""
        with self._lock:
            return sorted(self._fitted().ids(kind))

    @property
    def seq(self) -> int:
        """Number of the latest change that was taken in."""
        return self._seq

    def _new_matcher(self, encoder: Encoder) -> Matcher:
        from matcher.pipeline import Matcher

        return Matcher(encoder, self._recipe)

    def _fitted(self) -> Matcher:
        if self._matcher is None:
            raise _still_loading()
        return self._matcher

    def _is_outgrown_with(self, changes: Changes) -> bool:
        """Whether the engine is to be fitted again rather than to take the changes in."""
        n_changed = self._n_changed + len(changes.entries) + len(changes.removed)
        return self._is_doubtful_throughout or n_changed > self._n_fitted // _GROWTH

    def _fit_apart(
        self,
        *,
        with_named: bool = False,
        progress: Callable[[int], None] | None = None,
        after_chunk: Callable[[], None] | None = None,
    ) -> None:
        """Load and fit everything while the old engine still serves, then put the new one in its place."""
        with self._fitting:
            with translate_errors(), self.reading() as session:
                seq, entries = matching.load_all(session)
            matcher = self._new_matcher(self._encoders.named if with_named else self._encoders.current)
            store = ShortTransactions(self.sessions, self.reading)
            matcher.fit(entries, vectors=store, progress=progress, after_chunk=after_chunk)
            with translate_errors(), self.reading() as session:
                self._put(matcher, seq, entries, session)
            # It is for the next start; if it cannot be kept now, the next fit does.
            with suppress(Busy, StorageFull):
                self._encoders.note()

    def _fit_within(self, session: Session) -> bool:
        """Load and fit everything as the session sees it, in its transaction, unless another thread does."""
        if not self._fitting.acquire(blocking=False):
            return False
        try:
            seq, entries = matching.load_all(session)
            matcher = self._new_matcher(self._encoders.current)
            matcher.fit(entries, vectors=self._store(session))
            self._note(session, 0, ())
            self._put(matcher, seq, entries, session)
        finally:
            self._fitting.release()
        return True

    def _put(self, matcher: Matcher, seq: int, entries: Sequence[Entry], session: Session) -> None:
        with self._lock:
            self._matcher, self._seq, self._mark = matcher, seq, None
            if matcher.encoder is self._encoders.named:
                self._encoders.settle()
            self._take_in_verdicts(session)
            self._n_fitted, self._n_changed = len(entries), 0
            self._doubtful.clear()
            self._is_doubtful_throughout = False
        if len(entries) > _SMALL:
            _settle_memory()
        log.info("Loaded %d entries up to change %d.", len(entries), seq)

    def _catch_up(self, session: Session, *, may_fit: bool = True) -> bool:
        """Take in what changed as the session sees it; return False if it is better to fit again."""
        with self._lock:
            changes = matching.all_changes_since(session, self._seq)
            n_then = self._n_fitted + len(changes.entries)
            if may_fit and self._is_outgrown_with(changes) and n_then <= _SMALL:
                return False
            touched = [entry.id for entry in changes.entries] + changes.removed
            if touched:
                self._note(session, self._seq, touched)
            vectors = HeldVectors.of(self._fitted().encoder, changes.entries, self._store(session))
            self._apply(changes, vectors)
            self._check_doubtful(session, vectors)
            self._take_in_verdicts(session)
            return True

    def _apply(self, changes: Changes, vectors: VectorStore) -> None:
        for entry_id in changes.removed:
            self._remove(entry_id)
        for entry in changes.entries:
            self._add(entry, vectors)
        self._seq = changes.seq
        self._n_changed += len(changes.entries) + len(changes.removed)

    def _check_doubtful(self, session: Session, vectors: VectorStore) -> None:
        """Read again what was taken in from a transaction that was rolled back afterwards."""
        if not self._doubtful:
            return
        doubtful = set(self._doubtful)
        published = {entry.id: entry for entry in matching.published_entries(session, doubtful)}
        for entry_id in doubtful:
            if entry_id in published:
                self._add(published[entry_id], vectors)
            else:
                self._remove(entry_id)

    def _take_in_verdicts(self, session: Session) -> None:
        """Let verdicts count as evidence, and the learned scorer serve, once either has changed."""
        self._mark = learning.keep_up(session, self._fitted(), self._mark)

    def _add(self, entry: Entry, vectors: VectorStore) -> None:
        self._fitted().add(entry, vectors=vectors)
        self._doubtful.discard(entry.id)

    def _remove(self, entry_id: str) -> None:
        self._fitted().remove(entry_id)
        self._doubtful.discard(entry_id)

    def _store(self, session: Session) -> VectorStore:
        if session.info.get(READS_ONLY):
            return ShortTransactions(self.sessions, self.reading)
        return matching.vectors(session)

    def _note(self, session: Session, seq: int, entry_ids: Iterable[str]) -> None:
        # What only reads sees nothing that might be rolled back.
        if not session.info.get(READS_ONLY):
            Watch.over(session, self._doubt).note(seq, entry_ids)

    def _doubt(self, seq: int, entry_ids: set[str]) -> None:
        with self._lock:
            if seq == 0:
                self._is_doubtful_throughout = True
            self._seq = min(self._seq, seq) if seq else self._seq
            self._doubtful |= entry_ids


def _settle_memory() -> None:
    """Keep Python from going through everything that stays loaded again and again: 190 ms at 100 000."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


def _still_loading() -> Busy:
    return Busy(
        "The search is still being loaded.", remedy="Wait some seconds and try again; nothing is lost."
    )
