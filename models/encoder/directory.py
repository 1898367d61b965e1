"""Writes a sentence-transformers directory from packed weights: plain files, no torch needed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import numpy as np

from models.encoder.packing import unpack_arrays

WEIGHTS = "weights.npz"
TOKENIZER = "tokenizer.json.gz"
_LIBRARY = "sentence_transformers"


def write_directory(packed: Path, manifest: dict[str, Any], target: Path) -> None:
    """Expand the packed encoder of a manifest's ``kind`` ("transformer" or "static") into ``target``."""
    from safetensors.numpy import save_file

    is_static = manifest["kind"] == "static"
    inner = target / "0_StaticEmbedding" if is_static else target
    inner.mkdir(exist_ok=True)
    arrays = {name: np.ascontiguousarray(array) for name, array in unpack_arrays(packed / WEIGHTS).items()}
    if not is_static:  # never used, but its absence makes the library warn at each start
        n_dims = manifest["n_dims"]
        arrays |= {
            "pooler.dense.weight": np.zeros((n_dims, n_dims), np.float32),
            "pooler.dense.bias": np.zeros(n_dims, np.float32),
        }
    save_file(arrays, inner / "model.safetensors", metadata={"format": "pt"})
    (inner / "tokenizer.json").write_bytes(gzip.decompress((packed / TOKENIZER).read_bytes()))
    for name, content in _files(manifest).items():
        path = target / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2), encoding="utf-8")


def _files(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the small files, by path; ``modules.json`` last."""
    n_dims = manifest["n_dims"]
    common = {
        "config_sentence_transformers.json": {
            "model_type": "SentenceTransformer",
            "prompts": {"query": "", "document": ""},
            "default_prompt_name": None,
            "similarity_fn_name": "cosine",
        }
    }
    if manifest["kind"] == "static":
        modules = [("0_StaticEmbedding", "StaticEmbedding"), ("1_Normalize", "Normalize")]
        return common | {"1_Normalize/config.json": {}, "modules.json": _modules(modules)}
    modules = [("", "Transformer"), ("1_Pooling", "Pooling"), ("2_Normalize", "Normalize")]
    return common | {
        "config.json": manifest["config"],
        "tokenizer_config.json": _tokenizer_config(manifest["max_tokens"]),
        "sentence_bert_config.json": {"max_seq_length": manifest["max_tokens"], "do_lower_case": False},
        "1_Pooling/config.json": {
            "word_embedding_dimension": n_dims,
            "pooling_mode_mean_tokens": True,
            "pooling_mode_cls_token": False,
            "pooling_mode_max_tokens": False,
        },
        "2_Normalize/config.json": {},
        "modules.json": _modules(modules),
    }


def _modules(modules: list[tuple[str, str]]) -> list[dict[str, Any]]:
    return [
        {"idx": i, "name": str(i), "path": path, "type": f"{_LIBRARY}.sentence_transformer.modules.{kind}"}
        for i, (path, kind) in enumerate(modules)
    ]


def _tokenizer_config(max_tokens: int) -> dict[str, Any]:
    return {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": max_tokens,
        "unk_token": "[UNK]",
        "pad_token": "[PAD]",
        "cls_token": "[CLS]",
        "sep_token": "[SEP]",
        "mask_token": "[MASK]",
        "model_input_names": ["input_ids", "token_type_ids", "attention_mask"],
    }
