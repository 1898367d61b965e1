"""Which encoder serves: the one that the settings name, or the one of before while its vectors are made."""

from __future__ import annotations

import logging
import threading
from typing import Any, Final

from sqlalchemy.orm import Session, sessionmaker

from matcher.encoders import Encoder, load_encoder
from matcher.errors import MatcherError
from matcher.services import encoder_uses
from matcher.services.encoder_uses import EncoderUsed
from matcher.settings import Settings
from models.database import translate_errors

log = logging.getLogger("matcher.encoder")

_OPTIONS: Final = (
    "encoder",
    "encoder_query_prompt",
    "encoder_passage_prompt",
    "encoder_languages",
    "encoder_backend",
)


class ServingEncoder:
    """Knows the encoder that is wanted and the one that serves; safe to share between threads.

    Parameters
    ----------
    sessions, reading
        Make sessions for work that writes, and for work that only reads.
    settings
        Which encoder is wanted.
    encoder
        An encoder to use instead of the one that the settings name.
    goes_on
        Whether the encoder of before serves until the vectors of another one are made.
    """

    def __init__(
        self,
        sessions: sessionmaker[Session],
        reading: sessionmaker[Session],
        settings: Settings,
        *,
        encoder: Encoder | None = None,
        goes_on: bool = False,
    ) -> None:
        self._sessions, self._reading, self._settings = sessions, reading, settings
        self._lock = threading.RLock()
        self._named = encoder
        self._before: Encoder | None = None
        self._is_settled, self._is_noted = not goes_on, False

    @property
    def named(self) -> Encoder:
        """The encoder that is wanted."""
        with self._lock:
            if self._named is None:
                self._named = load_encoder(self._settings)
            return self._named

    @property
    def current(self) -> Encoder:
        """The encoder that serves."""
        with self._lock:
            if not self._is_settled:
                self._before = self._find_before()
                self._is_settled = True
            return self._before or self.named

    @property
    def is_of_before(self) -> bool:
        """Whether the encoder that serves is not the one that is wanted."""
        return self.current is not self.named

    def settle(self) -> None:
        """Let the encoder that is wanted serve from now on; its vectors are there."""
        with self._lock:
            self._before, self._is_settled = None, True

    def note(self) -> None:
        """Keep which encoder serves, once."""
        if self._is_noted or self.is_of_before:
            return
        options = {name: getattr(self._settings, name) for name in _OPTIONS}
        with translate_errors(), self._sessions.begin() as session:
            encoder_uses.note(session, self.named.digest, options)
        self._is_noted = True

    def _find_before(self) -> Encoder | None:
        with translate_errors(), self._reading() as session:
            used = encoder_uses.find_to_go_on(session, self.named.digest)
        return None if used is None else self._load(used)

    def _load(self, used: EncoderUsed) -> Encoder | None:
        options: dict[str, Any] = {name: used.options[name] for name in _OPTIONS if name in used.options}
        try:
            encoder = load_encoder(self._settings.model_copy(update=options))
            is_same = encoder.digest == used.digest
        except MatcherError as error:
            log.warning("The encoder of before cannot go on: %s.", error.code)
            return None
        if not is_same:
            log.warning("The encoder of before cannot go on: its files are others now.")
            return None
        log.info("Encoder %s goes on until the vectors of %s are made.", encoder.name, self.named.name)
        return encoder
