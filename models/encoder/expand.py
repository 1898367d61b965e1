"""Expands the encoder that ships with the project into a plain sentence-transformers directory.

The packed weights (int8 rows with scales) lie in ``deep/`` and ``fast/`` beside this module, each with a
``manifest.json`` that holds the SHA-256 of every file. They are expanded once, into a folder named by the
manifest's digest, so that another version never meets the old files.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from matcher.errors import EncoderFilesCorrupt, EncoderUnavailable

FOLDER = Path(__file__).resolve().parent
NAMES = ("deep", "fast")
MANIFEST = "manifest.json"


def expand(name: str, cache_dir: Path, *, source: Path | None = None) -> Path:
    """Return a directory that ``SentenceTransformer(path)`` loads; written once, then reused.

    Parameters
    ----------
    name
        ``deep`` (six layers) or ``fast`` (a table of sub-word vectors).
    cache_dir
        Where expanded encoders are kept; made if it is not there. Several processes may expand at once.
    source
        The folder that holds the packed encoders; the package's own by default.

    Raises
    ------
    EncoderUnavailable
        If the packed files are not there, or the cache cannot be written.
    EncoderFilesCorrupt
        If a packed file is not the one whose digest the manifest holds.
    """
    packed = (source or FOLDER) / name
    manifest = read_manifest(packed)
    target = cache_dir / f"{name}-{digest_of(manifest)[:16]}"
    if _is_whole(target):
        return target
    verify(packed, manifest)
    try:
        cache_dir.mkdir(parents=True, exist_ok=True)
        _write(packed, manifest, target)
    except OSError as error:
        raise EncoderUnavailable(
            f"The encoder {name} cannot be expanded into the cache folder ({error.strerror}).",
            remedy="Free some space (about 160 MB), or set the cache folder to one that can be written.",
        ) from error
    return target


def read_manifest(packed: Path) -> dict[str, Any]:
    """Read ``manifest.json``.

    Raises
    ------
    EncoderUnavailable
        If it is not there.
    EncoderFilesCorrupt
        If it is not what `expand` understands.
    """
    try:
        manifest = json.loads((packed / MANIFEST).read_bytes())
    except OSError as error:
        raise EncoderUnavailable(
            f"The encoder {packed.name} is not installed.",
            remedy="Install the package with its data files, or set another encoder.",
        ) from error
    except ValueError as error:
        raise EncoderFilesCorrupt(f"The encoder {packed.name}: its manifest is not JSON.") from error
    if (
        not isinstance(manifest, dict)
        or not isinstance(manifest.get("files"), dict)
        or "kind" not in manifest
    ):
        raise EncoderFilesCorrupt(f"The encoder {packed.name}: its manifest names no files.")
    return manifest


def digest_of(manifest: dict[str, Any]) -> str:
    """Return the SHA-256 of a manifest: it changes whenever a weight, the tokenizer or the pooling does."""
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()


def verify(packed: Path, manifest: dict[str, Any]) -> None:
    """Compare every file with its digest; raise as `expand` says."""
    for file, expected in manifest["files"].items():
        path = packed / file
        if not path.is_file():
            raise EncoderUnavailable(
                f"The encoder {packed.name}: {file} is missing.", remedy="Install the package again."
            )
        with path.open("rb") as content:
            if hashlib.file_digest(content, "sha256").hexdigest() != expected:
                raise EncoderFilesCorrupt(
                    f"The encoder {packed.name}: {file} is not the file that was shipped."
                )


def _is_whole(target: Path) -> bool:
    """Say if a target is there: it is renamed into place when all is written, so it is whole then."""
    return (target / "modules.json").is_file()


def _write(packed: Path, manifest: dict[str, Any], target: Path) -> None:
    """Expand into a folder of this process's own, then rename: the first to finish wins."""
    from models.encoder.directory import write_directory

    own = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        write_directory(packed, manifest, own)
        os.chmod(own, 0o755)
        try:
            own.rename(target)
        except OSError:
            if not _is_whole(target):
                raise
    finally:
        shutil.rmtree(own, ignore_errors=True)
