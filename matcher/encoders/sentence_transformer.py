"""Encoders in the form of sentence-transformers, run so that a busy machine stays quick."""

from __future__ import annotations

import logging
import math
import os
import tempfile
import threading
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np

from matcher.encoders import openvino
from matcher.encoders.families import family_of
from matcher.encoders.files import (
    POOLED,
    described_dims,
    folder_digest,
    folder_of,
    module_kinds,
    own_prompts,
)
from matcher.encoders.protocol import FloatArray, Progress, Role
from matcher.errors import EncoderUnavailable

if TYPE_CHECKING:
    import torch
    from sentence_transformers import SentenceTransformer

log = logging.getLogger("matcher.encoders")
Backend = Literal["auto", "torch-fp32", "torch-bf16", "openvino"]
Forward = Callable[[list[str], Role], FloatArray]

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
        ``torch-fp32``, ``torch-bf16``, ``openvino``, or ``auto``: bfloat16 where the processor computes with
        it, which is three times faster there and leaves cosines above 0.9999; and OpenVINO where it is
        installed and measured faster on this machine, at equal vectors.
    cache_dir
        Where the encoder lies that was exported to OpenVINO; without it ``auto`` means torch.

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
        cache_dir: Path | None = None,
    ) -> None:
        self.folder = folder_of(str(source), may_download=may_download)
        self.name = name or str(source)
        self.backend = backend
        self._cache_dir = cache_dir
        family, own = family_of(self.name), own_prompts(self.folder)
        self.languages = languages or family.languages
        query = own.get("query") or family.query_prompt
        passage = own.get("document") or own.get("passage") or family.passage_prompt
        self.prompts: Mapping[Role, str] = {
            "query": query if query_prompt is None else query_prompt,
            "passage": passage if passage_prompt is None else passage_prompt,
        }
        self._loading, self._tokenizing, self._choosing = (threading.Lock() for _ in range(3))

    @property
    def role_matters(self) -> bool:
        """Whether a query and a passage are encoded differently."""
        return self.prompts["query"] != self.prompts["passage"]

    @property
    def arithmetic(self) -> str:
        """What it computes with, such as ``torch-bf16`` or ``openvino-fp32``; loads no weights."""
        is_compiled = self._exported is not None and (
            self.backend == "openvino" or bool(self.measured and self.measured.is_chosen)
        )
        return (
            f"{'openvino' if is_compiled else 'torch'}-{'bf16' if _wants_bfloat16(self.backend) else 'fp32'}"
        )

    @property
    def measured(self) -> openvino.Measured | None:
        """How fast OpenVINO was here beside torch; ``None`` if that was not measured, or is no matter."""
        return None if self._exported is None else openvino.read_measured(self._exported)

    @cached_property
    def is_measured_on_first_use(self) -> bool:
        """Whether OpenVINO is installed and will be tried when a text is encoded."""
        return self._exported is not None and self.backend == "auto" and self.measured is None

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the files, the prompts and the way of reading; the arithmetic is not part of it."""
        return folder_digest(
            self.folder, {"reading": _READING, **{role: prompt for role, prompt in self.prompts.items()}}
        )

    @cached_property
    def n_dims(self) -> int:
        """Length of a vector; loads the weights unless the files' description tells."""
        return described_dims(self.folder) or int(self._model.get_embedding_dimension() or 0)

    def encode(
        self, texts: Sequence[str], *, role: Role = "passage", progress: Progress | None = None
    ) -> FloatArray:
        """Encode texts: shape ``(n_texts, n_dims)``, float32, rows of length 1."""
        return self._encode(self._forward, texts, role, progress)

    def _encode(
        self, forward: Forward, texts: Sequence[str], role: Role, progress: Progress | None = None
    ) -> FloatArray:
        totals = np.zeros((len(texts), self.n_dims), dtype=np.float32)
        windows = self._windows(texts, self.prompts[role])
        left = np.bincount([owner for owner, _ in windows], minlength=len(texts))
        futures = {
            self._pool.submit(forward, [windows[i][1] for i in batch], role): batch
            for batch in _batches([len(window) for _, window in windows])
        }
        for batch, vectors in _results(futures):
            owners = [windows[i][0] for i in batch]
            np.add.at(totals, owners, _normalised(vectors))
            np.subtract.at(left, owners, 1)
            if progress is not None and (n_done := sum(left[owner] == 0 for owner in set(owners))):
                progress(int(n_done))
        return _normalised(totals)

    @property
    def _forward(self) -> Forward:
        with self._choosing:
            return self._chosen

    @cached_property
    def _chosen(self) -> Forward:
        """Return what computes vectors; where OpenVINO was never measured on this machine it is now."""
        folder, measured = self._exported, self.measured
        is_slower = self.backend == "auto" and measured is not None and not measured.is_chosen
        if folder is None or is_slower:
            return self._with_torch
        forward = self._with_openvino(folder)
        if forward is None:
            return self._with_torch
        if self.backend == "auto" and measured is None:
            measured = openvino.measure(
                lambda texts: self._encode(self._with_torch, texts, "passage"),
                lambda texts: self._encode(forward, texts, "passage"),
            )
            openvino.keep_measured(folder, measured)
            return forward if measured.is_chosen else self._with_torch
        return forward

    @cached_property
    def _exported(self) -> Path | None:
        """Where the encoder lies that is exported to OpenVINO, or will; ``None`` if it is not to be."""
        if self.backend not in ("auto", "openvino") or module_kinds(self.folder) not in POOLED:
            return None
        if self.backend == "auto" and (self._cache_dir is None or _has_accelerator()):
            return None
        if openvino.installed_version() is None:
            if self.backend == "auto":
                return None
            raise EncoderUnavailable(
                "OpenVINO is not installed.",
                remedy="Install it with pip, or set MATCHER_ENCODER_BACKEND=auto.",
            )
        cache_dir = self._cache_dir or Path(tempfile.gettempdir())
        return openvino.folder_for(cache_dir, self.digest, n_threads=_n_cores())

    def _with_openvino(self, folder: Path) -> Forward | None:
        """Return what computes with OpenVINO; ``None`` if that fails and torch may do it as well."""
        try:
            with _quiet():
                from matcher.encoders.openvino_export import exported

                compiled = openvino.CompiledEncoder(
                    exported(self.folder, folder),
                    n_threads=min(MAX_WORKERS, _n_cores()),
                    has_bfloat16=_wants_bfloat16(self.backend),
                )
        except Exception as error:  # each kind of encoder fails in its own way
            if self.backend == "openvino":
                raise EncoderUnavailable(
                    f"The encoder {self.name} cannot be computed by OpenVINO ({type(error).__name__}).",
                    remedy="Set MATCHER_ENCODER_BACKEND=auto, which takes what works.",
                ) from error
            log.warning("OpenVINO cannot compute %s (%s); torch does.", self.name, type(error).__name__)
            return None

        def forward(texts: list[str], role: Role) -> FloatArray:
            features = self._features(texts, role)
            # A pooling that leaves the prompt out must know how long it is, which is not exported.
            return self._with_torch(texts, role) if "prompt_length" in features else compiled(features)

        return forward

    def _with_torch(self, texts: list[str], role: Role) -> FloatArray:
        import torch

        model, features = self._model, self._features(texts, role)
        with torch.inference_mode():
            moved = {k: v.to(model.device) if isinstance(v, torch.Tensor) else v for k, v in features.items()}
            vectors: torch.Tensor = model(moved)["sentence_embedding"]
            return vectors.to(device="cpu", dtype=torch.float32).numpy()

    def _features(self, texts: list[str], role: Role) -> dict[str, Any]:
        model = self._model
        with self._tokenizing:  # tokenizers may not be shared by threads
            return dict(model.preprocess(texts, prompt=self.prompts[role] or None))

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

    if backend.startswith("torch"):
        return backend == "torch-bf16"
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    if torch.backends.mps.is_available():
        return False
    able: Mapping[str, Any] = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16") or able.get("amx_bf16"))


def _has_accelerator() -> bool:
    import torch

    return torch.cuda.is_available() or torch.backends.mps.is_available()


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
