"""Encoders in the form of sentence-transformers, run so that a busy machine stays quick."""

from __future__ import annotations

import json
import math
import os
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from matcher.encoders.families import family_of
from matcher.encoders.files import folder_digest, folder_of
from matcher.encoders.protocol import FloatArray, Progress, Role
from matcher.errors import EncoderUnavailable

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

Backend = Literal["auto", "torch-fp32", "torch-bf16"]

BATCH_CHARS: Final = 8_000
"""Characters in a batch, padding included: some 2 000 tokens."""
MAX_WINDOWS: Final = 64
"""Windows of one text that are encoded; what lies behind them is left out."""
MAX_WORKERS: Final = 16
_MARGIN: Final = 8  # tokens: a window that begins within a word may have some more than were counted
_CHARS_A_TOKEN: Final = 8
_READING: Final = "mean of windows, 1"


class SentenceTransformerEncoder:
    """Any encoder of sentence-transformers; weights load when they are first needed.

    Batches of texts of like length run side by side, each on one thread: threads that wait for each other
    inside one product are slowed down many times when another program holds a core. A text longer than the
    encoder's window is read in windows of equal length, whose vectors are averaged.

    Parameters
    ----------
    source
        A folder, or a name on the Hugging Face hub, which is asked only if its files are not here yet.
    name
        What people call it; by default ``source``.
    languages
        ISO 639-1 codes that it knows; by default what is known of encoders of this name.
    query_prompt, passage_prompt
        Put before a text; by default what its own files say, else what is known of encoders of this name.
    backend
        ``torch-fp32``, ``torch-bf16``, or ``auto``: bfloat16 where the processor computes with it, which is
        three times faster there and leaves cosines above 0.9999.

    Raises
    ------
    EncoderUnavailable
        If the files are missing; on first use, if they cannot be loaded.
    """

    def __init__(
        self,
        source: str | Path,
        *,
        name: str | None = None,
        languages: frozenset[str] | None = None,
        query_prompt: str | None = None,
        passage_prompt: str | None = None,
        backend: Backend = "auto",
        may_download: bool = True,
    ) -> None:
        self.folder = folder_of(str(source), may_download=may_download)
        self.name = name or str(source)
        self.backend = backend
        family, own = family_of(self.name), _own_prompts(self.folder)
        self.languages = languages or family.languages
        query = own.get("query") or family.query_prompt
        passage = own.get("document") or own.get("passage") or family.passage_prompt
        self.prompts: Mapping[Role, str] = {
            "query": query if query_prompt is None else query_prompt,
            "passage": passage if passage_prompt is None else passage_prompt,
        }
        self._loading, self._tokenizing = threading.Lock(), threading.Lock()

    @property
    def role_matters(self) -> bool:
        """Whether a query and a passage are encoded differently."""
        return self.prompts["query"] != self.prompts["passage"]

    @property
    def arithmetic(self) -> str:
        """What it computes with, ``torch-bf16`` or ``torch-fp32``; loads no weights."""
        return "torch-bf16" if _wants_bfloat16(self.backend) else "torch-fp32"

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the files, the prompts and the way of reading; the arithmetic is not part of it."""
        return folder_digest(
            self.folder, {"reading": _READING, **{role: prompt for role, prompt in self.prompts.items()}}
        )

    @cached_property
    def n_dims(self) -> int:
        """Length of a vector; loads the weights unless the files' description tells."""
        return _described_dims(self.folder) or int(self._model.get_embedding_dimension() or 0)

    def encode(
        self, texts: Sequence[str], *, role: Role = "passage", progress: Progress | None = None
    ) -> FloatArray:
        """Encode texts: shape ``(n_texts, n_dims)``, float32, rows of length 1."""
        totals = np.zeros((len(texts), self.n_dims), dtype=np.float32)
        windows = self._windows(texts, self.prompts[role])
        left = np.bincount([owner for owner, _ in windows], minlength=len(texts))
        futures = {
            self._pool.submit(self._forward, [windows[i][1] for i in batch], role): batch
            for batch in _batches([len(window) for _, window in windows])
        }
        for batch, vectors in _results(futures):
            owners = [windows[i][0] for i in batch]
            np.add.at(totals, owners, _normalised(vectors))
            np.subtract.at(left, owners, 1)
            if progress is not None and (n_done := sum(left[owner] == 0 for owner in set(owners))):
                progress(int(n_done))
        return _normalised(totals)

    def _forward(self, texts: list[str], role: Role) -> FloatArray:
        import torch

        model = self._model
        with self._tokenizing:  # tokenizers may not be shared by threads
            features = model.preprocess(texts, prompt=self.prompts[role] or None)
        with torch.inference_mode():
            moved = {k: v.to(model.device) if isinstance(v, torch.Tensor) else v for k, v in features.items()}
            vectors: torch.Tensor = model(moved)["sentence_embedding"]
            return vectors.to(device="cpu", dtype=torch.float32).numpy()

    def _windows(self, texts: Sequence[str], prompt: str) -> list[tuple[int, str]]:
        """Return (index of the text, window) for texts in order; most texts are one window."""
        limit = self._window_tokens(prompt)
        if limit is None:
            return list(enumerate(texts))
        windows: list[tuple[int, str]] = []
        for row, text in enumerate(texts):
            parts = [text] if len(text) <= limit else self._split(text, limit)
            windows += [(row, part) for part in parts]
        return windows

    def _split(self, text: str, limit: int) -> list[str]:
        text = text[: MAX_WINDOWS * limit * _CHARS_A_TOKEN]
        with self._tokenizing:
            offsets = self._model.tokenizer(
                text, add_special_tokens=False, return_offsets_mapping=True, truncation=False, verbose=False
            )["offset_mapping"]
        n_windows = math.ceil(len(offsets) / limit)
        if n_windows <= 1:
            return [text]
        starts = [offsets[i * len(offsets) // n_windows][0] for i in range(n_windows)]
        starts[0] = 0
        parts = [text[start:end] for start, end in zip(starts, [*starts[1:], len(text)], strict=True)]
        return parts[:MAX_WINDOWS]

    def _window_tokens(self, prompt: str) -> int | None:
        """Tokens of a text that fit into the encoder's window beside the prompt; ``None``: any number."""
        longest, tokenizer = self._model.max_seq_length, self._model.tokenizer
        if not longest or not math.isfinite(longest) or not getattr(tokenizer, "is_fast", False):
            return None
        with self._tokenizing:
            n_prompt = len(tokenizer(prompt, add_special_tokens=False)["input_ids"]) if prompt else 0
        n_special: int = tokenizer.num_special_tokens_to_add()
        return max(_MARGIN, int(longest) - n_special - n_prompt - _MARGIN)

    @property
    def _model(self) -> SentenceTransformer:
        with self._loading:
            return self._loaded

    @cached_property
    def _loaded(self) -> SentenceTransformer:
        import torch

        try:
            with _quiet():
                from sentence_transformers import SentenceTransformer

                dtype = torch.bfloat16 if _wants_bfloat16(self.backend) else torch.float32
                return SentenceTransformer(
                    str(self.folder), local_files_only=True, model_kwargs={"dtype": dtype}
                ).eval()
        except Exception as error:  # each kind of broken file fails in its own way
            raise EncoderUnavailable(
                f"The encoder {self.name} cannot be loaded ({type(error).__name__}).",
                remedy="Its folder is incomplete or of a kind that sentence-transformers does not know: "
                "fetch it again, or set MATCHER_ENCODER=default.",
            ) from error

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        import torch

        on_cpu = self._model.device.type == "cpu"
        return ThreadPoolExecutor(
            max_workers=min(MAX_WORKERS, _n_cores()) if on_cpu else 1,
            thread_name_prefix="encoder",
            initializer=torch.set_num_threads,
            initargs=(1,),
        )


def _own_prompts(folder: Path) -> dict[str, str]:
    """Return the prompts that an encoder's own files name."""
    try:
        told = json.loads((folder / "config_sentence_transformers.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    prompts = told.get("prompts") if isinstance(told, dict) else None
    return {str(k): str(v) for k, v in prompts.items() if v} if isinstance(prompts, dict) else {}


def _described_dims(folder: Path) -> int | None:
    """Return the length of vectors where the files tell it and nothing changes it afterwards."""
    try:
        modules = json.loads((folder / "modules.json").read_text(encoding="utf-8"))
        kinds = [str(module["type"]).rpartition(".")[2] for module in modules]
        if kinds in (["StaticEmbedding"], ["StaticEmbedding", "Normalize"]):
            return _table_dims(folder / modules[0]["path"] / "model.safetensors")
        if kinds in (["Transformer", "Pooling"], ["Transformer", "Pooling", "Normalize"]):
            return _pooled_dims(folder / modules[1]["path"] / "config.json")
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


def _batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield indices of texts of like length, longest first, so that a batch holds about ``BATCH_CHARS``."""
    batch: list[int] = []
    longest = 0
    for index in sorted(range(len(lengths)), key=lambda i: -lengths[i]):
        if batch and (len(batch) + 1) * longest > BATCH_CHARS:
            yield batch
            batch = []
        if not batch:
            longest = max(16, lengths[index])
        batch.append(index)
    if batch:
        yield batch


def _results(futures: dict[Future[FloatArray], list[int]]) -> Iterator[tuple[list[int], FloatArray]]:
    """Yield batches as they come; whatever interrupts, what has not begun is not begun."""
    try:
        for future in as_completed(futures):
            yield futures[future], future.result()
    finally:
        for future in futures:
            future.cancel()


def _normalised(vectors: FloatArray) -> FloatArray:
    norms = np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors / np.maximum(norms, 1e-12), dtype=np.float32)


def _wants_bfloat16(backend: Backend) -> bool:
    import torch

    if backend != "auto":
        return backend == "torch-bf16"
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    if torch.backends.mps.is_available():
        return False
    able: Mapping[str, Any] = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def _n_cores() -> int:
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the libraries' bars, hints and warnings out of a program's output while weights load."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from transformers.utils import logging

        verbosity, had_bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
        logging.set_verbosity_error()
        logging.disable_progress_bar()
        try:
            yield
        finally:
            logging.set_verbosity(verbosity)
            if had_bars:
                logging.enable_progress_bar()
