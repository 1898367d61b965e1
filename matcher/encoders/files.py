"""The files of an encoder: found, named, and known by their digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from matcher.errors import EncoderUnavailable

# What decides the vectors; read-me files, other formats of the same weights and training logs do not.
_SUFFIXES: Final = frozenset({".safetensors", ".bin", ".json", ".txt", ".model", ".npy", ".npz"})
_OTHER_FORMATS: Final = ("onnx", "openvino")
_NOT_LOADED: Final = frozenset({"data_config.json", "train_script.py", "trainer_state.json"})
_HUB_PATTERNS: Final = ["*.json", "*.txt", "*.model", "*.safetensors"]
_OLD_WEIGHTS: Final = "*.bin"
POOLED: Final = (("Transformer", "Pooling"), ("Transformer", "Pooling", "Normalize"))
"""What encoders are put together of that are known through and through."""


def folder_of(name: str, *, may_download: bool = True) -> Path:
    """Return the folder with the files of an encoder, from the disk or else from the Hugging Face hub.

    Parameters
    ----------
    name
        A folder, or a name on the hub such as ``intfloat/multilingual-e5-small``; one without an owner is one
        of ``sentence-transformers``.
    may_download
        Whether the hub may be asked if the files are not in its cache here.

    Raises
    ------
    EncoderUnavailable
        If the files are nowhere.
    """
    folder = Path(name).expanduser()
    if folder.is_dir():
        return folder
    repository = name if "/" in name else f"sentence-transformers/{name}"
    if folder.is_absolute() or name.startswith((".", "~")) or name.count("/") > 1 or "\\" in name:
        raise EncoderUnavailable(
            f"There is no folder {name} with an encoder.",
            remedy="Set MATCHER_ENCODER to an existing folder, to a name on the hub, or to `default`.",
        )
    cached = _snapshot(repository, local=True)
    if cached is not None and has_weights(cached):
        return cached
    downloaded = _snapshot(repository, local=False) if may_download else None
    if downloaded is not None and has_weights(downloaded):
        return downloaded
    raise EncoderUnavailable(
        f"The weights of {name} are not on this machine and could not be fetched.",
        remedy="Fetch them on a machine with a network (`hf download "
        + repository
        + "`), copy the folder here "
        "and set MATCHER_ENCODER to it; or set MATCHER_ENCODER=default, which needs no network.",
    )


def has_weights(folder: Path) -> bool:
    """Whether a folder holds an encoder's description and weights."""
    described = (folder / "modules.json").is_file() or (folder / "config.json").is_file()
    return described and any(path.suffix in (".safetensors", ".bin") for path in _files(folder))


def module_kinds(folder: Path) -> tuple[str, ...]:
    """Return what an encoder is put together of, such as ``("Transformer", "Pooling")``, if told."""
    return tuple(str(module["type"]).rpartition(".")[2] for module in modules(folder))


def modules(folder: Path) -> list[dict[str, Any]]:
    """Return the parts that an encoder's own files name; none if they name none."""
    try:
        told = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    found = told if isinstance(told, list) else []
    return [part for part in found if isinstance(part, dict) and {"type", "path"} <= part.keys()]


def own_prompts(folder: Path) -> dict[str, str]:
    """Return the prompts that an encoder's own files name."""
    try:
        told = json.loads((folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    prompts = told.get("prompts") if isinstance(told, dict) else None
    return {str(k): str(v) for k, v in prompts.items() if v} if isinstance(prompts, dict) else {}


def described_dims(folder: Path) -> int | None:
    """Return the length of vectors where the files tell it and nothing changes it afterwards."""
    kinds = module_kinds(folder)
    try:
        if kinds in (("StaticEmbedding",), ("StaticEmbedding", "Normalize")):
            return _table_dims(folder / modules(folder)[0]["path"] / "model.safetensors")
        if kinds in POOLED:
            return _pooled_dims(folder / modules(folder)[1]["path"] / "config.json")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return None


def _pooled_dims(config: Path) -> int | None:
    pooling = json.loads(config.read_text(encoding="utf-8"))
    ways = [key for key, is_used in pooling.items() if key.startswith("pooling_mode") and is_used is True]
    return int(pooling["word_embedding_dimension"]) if len(ways) == 1 else None


def _table_dims(weights: Path) -> int:
    """Read the width of a table from its header: 8 bytes tell its length, then comes JSON (safetensors)."""
    with weights.open("rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
    return int(header["embedding.weight"]["shape"][1])


def _snapshot(repository: str, *, local: bool) -> Path | None:
    from huggingface_hub import snapshot_download

    try:
        found = Path(snapshot_download(repository, local_files_only=local, allow_patterns=[*_HUB_PATTERNS]))
        if not has_weights(found) and not local:
            snapshot_download(repository, allow_patterns=[_OLD_WEIGHTS])
    except Exception:  # whatever the hub's client raises, from no network to no such name, means: not here
        return None
    return found


def file_digest(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def folder_digest(folder: Path, extra: Mapping[str, str]) -> str:
    """SHA-256 over the names and contents of the files that decide the vectors, and over ``extra``."""
    total = hashlib.sha256()
    for path in _files(folder):
        total.update(f"{path.relative_to(folder).as_posix()}\0{file_digest(path)}\n".encode())
    for key in sorted(extra):
        total.update(f"{key}\0{extra[key]}\n".encode())
    return total.hexdigest()


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        hidden = any(part.startswith(".") for part in inside.parts)
        if hidden or inside.parts[0] in _OTHER_FORMATS or path.name in _NOT_LOADED:
            continue
        if path.suffix in _SUFFIXES and path.is_file():
            yield path
