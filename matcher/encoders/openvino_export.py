"""Exports an encoder to OpenVINO with its pooling inside; imports all of torch, so it is imported late."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

import torch
from sentence_transformers import SentenceTransformer

from matcher.encoders.openvino import MODEL, package


def exported(encoder_folder: Path, target: Path) -> Path:
    """Return the folder with the exported encoder; written whole or not at all, once.

    Raises
    ------
    OSError
        If the cache folder cannot be written.
    """
    if (target / MODEL).is_file():
        return target
    target.parent.mkdir(parents=True, exist_ok=True)
    own = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        _export(encoder_folder, own / MODEL)
        try:
            own.rename(target)
        except OSError:  # another process was quicker
            if not (target / MODEL).is_file():
                raise
    finally:
        shutil.rmtree(own, ignore_errors=True)
    return target


def _export(folder: Path, path: Path) -> None:
    """Write a sentence-transformers encoder as an OpenVINO model of token ids and mask to vectors."""
    # Plain attention: it traces the same for any length of text.
    arguments: dict[str, Any] = {"dtype": torch.float32, "attn_implementation": "eager"}
    model = SentenceTransformer(str(folder), device="cpu", local_files_only=True, model_kwargs=arguments)
    ids = torch.ones((2, 8), dtype=torch.int64)
    example = {"input_ids": ids, "attention_mask": torch.ones_like(ids)}
    openvino = package()
    with torch.inference_mode():
        converted = openvino.convert_model(_Pooled(model.eval()), example_input=example)
    openvino.save_model(converted, str(path), compress_to_fp16=False)


class _Pooled(torch.nn.Module):
    """All of an encoder as one function of tensors."""

    def __init__(self, model: SentenceTransformer) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: torch.Tensor, attention_mask: torch.Tensor) -> torch.Tensor:
        vectors: torch.Tensor = self.model({"input_ids": input_ids, "attention_mask": attention_mask})[
            "sentence_embedding"
        ]
        return vectors
