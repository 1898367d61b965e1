"""Packs a trained student into the folder that ships: int8 rows, the tokenizer, and a manifest of digests."""

from __future__ import annotations

import gzip
import hashlib
import json
from pathlib import Path
from typing import Any

from models.encoder.directory import TOKENIZER, WEIGHTS
from models.encoder.expand import MANIFEST
from models.encoder.packing import pack_arrays
from models.encoder.training.students import DeepStudent, StaticStudent

MAX_TOKENS = 256
LANGUAGES = ["da", "en", "fi", "nb", "nn", "sv"]


def pack(student: DeepStudent | StaticStudent, target: Path) -> dict[str, Any]:
    """Write weights, tokenizer and manifest; files beside them (the card) stay. Returns the manifest."""
    target.mkdir(parents=True, exist_ok=True)
    pack_arrays(student.arrays(), target / WEIGHTS)
    tokenizer = student.tokenizer.to_str().encode()
    (target / TOKENIZER).write_bytes(gzip.compress(tokenizer, mtime=0))
    manifest: dict[str, Any] = {
        "kind": "static" if isinstance(student, StaticStudent) else "transformer",
        "name": target.name,
        "n_dims": student.n_dims,
        "max_tokens": MAX_TOKENS,
        "languages": LANGUAGES,
        "files": {file: _sha256(target / file) for file in (WEIGHTS, TOKENIZER)},
    }
    if isinstance(student, DeepStudent):
        manifest["config"] = _config(student)
    (target / MANIFEST).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return manifest


def _sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _config(student: DeepStudent) -> dict[str, Any]:
    """Return what transformers needs to build the body."""
    config = student.body.config
    names = (
        "vocab_size", "hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size",
        "max_position_embeddings", "type_vocab_size", "layer_norm_eps", "hidden_act", "pad_token_id",
    )  # fmt: skip
    return {"architectures": ["BertModel"], "model_type": "bert"} | {
        name: getattr(config, name) for name in names
    }
