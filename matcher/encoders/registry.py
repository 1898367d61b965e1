"""Which encoder a setting means."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from matcher.encoders import minilm
from matcher.encoders.files import folder_of
from matcher.encoders.hashing import HashingEncoder
from matcher.encoders.joined import JoinedEncoder
from matcher.encoders.protocol import Encoder
from matcher.encoders.sentence_transformer import SentenceTransformerEncoder
from matcher.settings import Settings

DEFAULT: Final = "joint"
"""What the setting ``default`` means: ``minilm``, ``fast``, ``deep`` or ``joint``."""

OWN: Final = frozenset({"fast", "deep"})
JOINT: Final = {"deep": 1.0, "fast": 0.6}
"""Parts of ``joint`` with the weights of their cosines."""
OWN_LANGUAGES: Final = frozenset({"da", "en", "fi", "nb", "nn", "sv"})


def load_encoder(settings: Settings) -> Encoder:
    """Return the encoder that ``settings.encoder`` names; its weights load when it first encodes.

    ``default``, ``minilm``, ``fast``, ``deep`` and ``joint`` (both in one) need no network, ``hashing`` no
    weights; anything else is a folder, or a name on the Hugging Face hub.

    Raises
    ------
    EncoderUnavailable
        If the files are missing and cannot be fetched; the remedy says what to do.
    EncoderFilesCorrupt
        If files that come with the project are not the ones that are known.
    """
    name = DEFAULT if settings.encoder == "default" else settings.encoder
    if name == "hashing":
        return HashingEncoder()
    if name == "minilm":
        return _encoder(settings, minilm.folder(), minilm.NAME, frozenset({"en"}))
    if name == "joint":
        return JoinedEncoder([(_own(part, settings), weight) for part, weight in JOINT.items()], name=name)
    if name in OWN:
        return _own(name, settings)
    return _encoder(settings, folder_of(name), name, None)


def _encoder(
    settings: Settings, folder: Path, name: str, languages: frozenset[str] | None
) -> SentenceTransformerEncoder:
    told = frozenset(settings.encoder_languages.replace(",", " ").lower().split())
    return SentenceTransformerEncoder(
        folder,
        name=name,
        languages=told or languages,
        query_prompt=settings.encoder_query_prompt or None,
        passage_prompt=settings.encoder_passage_prompt or None,
        backend=settings.encoder_backend,
        cache_dir=settings.cache_dir,
    )


def _own(name: str, settings: Settings) -> SentenceTransformerEncoder:
    return _encoder(settings, _own_folder(name, settings.cache_dir), name, OWN_LANGUAGES)


def _own_folder(name: str, cache_dir: Path) -> Path:
    """Expand the project's own encoder into the cache folder, once."""
    from models.encoder.expand import expand

    return expand(name, cache_dir)
