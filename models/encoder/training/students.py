"""The two encoders while they learn: a six-layer transformer and a table of sub-word vectors."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, cast

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

# Padded tokens that go through the body at once: larger blocks leave a processor's cache, a GPU wants them.
BLOCK_TOKENS = {"cpu": 2048, "cuda": 24_576}

Ids = list[list[int]]


class Student(Protocol):
    """What the training loop asks of an encoder."""

    n_dims: int
    device: torch.device
    tokenizer: Tokenizer

    def ids(self, texts: Sequence[str], *, max_tokens: int = 96) -> Ids:
        """Pieces of each text, as `embed_ids` takes them."""
        ...

    def embed_ids(self, ids: Ids) -> Tensor:
        """Shape (n_texts, n_dims), not normalised, with gradients."""
        ...

    def optimizers(self, *, body_rate: float, rows_rate: float) -> list[torch.optim.Optimizer]:
        """Fresh optimizers: the first for the vocabulary's rows, a second for the rest if there is one."""
        ...

    def dense_parameters(self) -> list[nn.Parameter]:
        """Return the parameters whose gradient is clipped."""
        ...

    def train(self, mode: bool = True) -> object:
        """Switch dropout on or off."""
        ...

    def set_dropout(self, share: float) -> None:
        """Leave out this share of the values of every layer while it trains."""
        ...

    def state_dict(self) -> dict[str, Tensor]:
        """Return the weights."""
        ...

    def load_state_dict(self, state: dict[str, Tensor]) -> object:
        """Take weights."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """Size of a transformer; the defaults are MiniLM-L6's."""

    n_dims: int = 384
    n_layers: int = 6
    n_heads: int = 12
    n_hidden: int = 1536


def token_ids(tokenizer: Tokenizer, texts: Sequence[str], max_tokens: int, *, special: bool) -> Ids:
    """Ids of each text, cut to ``max_tokens`` with the closing token kept; never empty."""
    unknown: int = tokenizer.token_to_id("[UNK]") or 0
    found: Ids = []
    for encoded in tokenizer.encode_batch(list(texts), add_special_tokens=special):
        ids = encoded.ids
        if len(ids) > max_tokens:
            ids = [*ids[: max_tokens - 1], ids[-1]] if special else ids[:max_tokens]
        found.append(ids or [unknown])
    return found


class DeepStudent(nn.Module):
    """A BERT with mean pooling.

    Parameters
    ----------
    tokenizer
        Its vocabulary sets the number of rows.
    shape
        Layers, heads and dimensions.
    device
        Where it runs; bfloat16 arithmetic on float32 weights.
    """

    def __init__(self, tokenizer: Tokenizer, *, shape: Shape | None = None, device: str = "cpu") -> None:
        from transformers import BertConfig, BertModel

        super().__init__()
        shape = shape or Shape()
        self.tokenizer, self.n_dims, self.device = tokenizer, shape.n_dims, torch.device(device)
        config = BertConfig(
            vocab_size=tokenizer.get_vocab_size(),
            hidden_size=shape.n_dims,
            num_hidden_layers=shape.n_layers,
            num_attention_heads=shape.n_heads,
            intermediate_size=shape.n_hidden,
            hidden_dropout_prob=0.0,
            attention_probs_dropout_prob=0.0,
            # the fused one's backward pass is slow on CPUs
            attn_implementation="sdpa" if self.device.type == "cuda" else "eager",
        )
        self.body = BertModel(config, add_pooling_layer=False)
        rows = nn.Embedding(tokenizer.get_vocab_size(), shape.n_dims, padding_idx=0, sparse=True)
        nn.init.normal_(rows.weight, std=0.02)
        self.body.embeddings.word_embeddings = rows
        self.to(self.device)

    def set_dropout(self, share: float) -> None:
        """Leave out this share of the values of every layer while it trains."""
        for module in self.body.modules():
            if isinstance(module, nn.Dropout):
                module.p = share

    def ids(self, texts: Sequence[str], *, max_tokens: int = 96) -> Ids:
        """Pieces of each text between the opening and the closing token."""
        return token_ids(self.tokenizer, texts, max_tokens, special=True)

    def embed_ids(self, ids: Ids) -> Tensor:
        """Shape (n_texts, n_dims): the mean of the last layer over the tokens."""
        order = np.argsort([len(i) for i in ids], kind="stable")
        blocks = _blocks(ids, order, BLOCK_TOKENS.get(self.device.type, BLOCK_TOKENS["cpu"]))
        parts = [self._forward([ids[i] for i in block]) for block in blocks]
        back = torch.from_numpy(np.argsort(order)).to(self.device)
        return torch.cat(parts)[back]

    def _forward(self, ids: Sequence[Sequence[int]]) -> Tensor:
        width = max(map(len, ids))
        tokens, mask = np.zeros((2, len(ids), width), np.int64)
        for row, sequence in enumerate(ids):
            tokens[row, : len(sequence)] = sequence
            mask[row, : len(sequence)] = 1
        x, attention = torch.from_numpy(tokens).to(self.device), torch.from_numpy(mask).to(self.device)
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
            hidden = self.body(input_ids=x, attention_mask=attention).last_hidden_state
        weights = attention.unsqueeze(-1).float()
        return cast(Tensor, (hidden.float() * weights).sum(1) / weights.sum(1))

    def optimizers(self, *, body_rate: float, rows_rate: float) -> list[torch.optim.Optimizer]:
        """SparseAdam for the vocabulary, AdamW for the body."""
        return [
            torch.optim.SparseAdam([self.body.embeddings.word_embeddings.weight], lr=rows_rate),
            torch.optim.AdamW(
                self.dense_parameters(), lr=body_rate, weight_decay=0.01, fused=self.device.type == "cuda"
            ),
        ]

    def dense_parameters(self) -> list[nn.Parameter]:
        """All but the vocabulary's rows."""
        return [p for name, p in self.named_parameters() if "word_embeddings" not in name]

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Return the weights by BERT's names, as they are packed."""
        return {n: p.detach().cpu().float().numpy() for n, p in self.body.named_parameters()}

    def take(self, arrays: dict[str, NDArray[np.float32]]) -> None:
        """Take packed weights; a pooler's are passed over."""
        state = {n: torch.from_numpy(a) for n, a in arrays.items() if not n.startswith("pooler")}
        missing, _ = self.body.load_state_dict(state, strict=False)
        if wanting := [name for name in missing if "position_ids" not in name]:
            raise ValueError(f"weights lack {wanting[0]}")


def _blocks(ids: Sequence[Sequence[int]], order: NDArray[np.int64], most_tokens: int) -> Iterator[list[int]]:
    """Split a length-sorted order into blocks of at most that many padded tokens."""
    block: list[int] = []
    for i in order.tolist():
        if block and (len(block) + 1) * len(ids[i]) > most_tokens:
            yield block
            block = []
        block.append(i)
    if block:
        yield block


class StaticStudent(nn.Module):
    """A table of sub-word vectors: a text is the mean of its pieces' vectors times their learnt weights.

    Parameters
    ----------
    tokenizer
        Its vocabulary sets the number of rows.
    n_dims
        Dimensions of a row.
    device
        Where it runs.
    """

    def __init__(self, tokenizer: Tokenizer, *, n_dims: int = 256, device: str = "cpu") -> None:
        super().__init__()
        self.tokenizer, self.n_dims, self.device = tokenizer, n_dims, torch.device(device)
        n_pieces = tokenizer.get_vocab_size()
        self.rows = nn.EmbeddingBag(n_pieces, n_dims, mode="sum", sparse=True)
        self.weights = nn.Embedding(n_pieces, 1, sparse=True)
        nn.init.normal_(self.rows.weight, std=0.02, generator=torch.Generator().manual_seed(0))
        nn.init.zeros_(self.weights.weight)
        self.to(self.device)

    def set_dropout(self, share: float) -> None:
        """Do nothing: a table has no layers."""

    def ids(self, texts: Sequence[str], *, max_tokens: int = 160) -> Ids:
        """Pieces of each text."""
        return token_ids(self.tokenizer, texts, max_tokens, special=False)

    def embed_ids(self, ids: Ids) -> Tensor:
        """Shape (n_texts, n_dims): a weighted mean of rows."""
        lengths = torch.tensor([len(i) for i in ids], device=self.device)
        flat = torch.tensor([t for i in ids for t in i], device=self.device)
        weights = torch.exp(self.weights(flat)[:, 0].clamp(-8, 3))
        starts = torch.cumsum(lengths, 0) - lengths
        return cast(Tensor, self.rows(flat, starts, per_sample_weights=weights) / lengths[:, None])

    def optimizers(self, *, body_rate: float, rows_rate: float) -> list[torch.optim.Optimizer]:
        """One SparseAdam for all; ``body_rate`` is not used."""
        return [torch.optim.SparseAdam(list(self.parameters()), lr=rows_rate)]

    def dense_parameters(self) -> list[nn.Parameter]:
        """None: every gradient is sparse."""
        return []

    def arrays(self) -> dict[str, NDArray[np.float32]]:
        """Return the table with the weights multiplied in, as it is packed."""
        table = self.rows.weight * torch.exp(self.weights.weight.clamp(-8, 3))
        return {"embedding.weight": table.detach().cpu().float().numpy()}

    def take(self, arrays: dict[str, NDArray[np.float32]]) -> None:
        """Take a packed table; the weights are in it already."""
        with torch.no_grad():
            self.rows.weight.copy_(torch.from_numpy(arrays["embedding.weight"]))
            self.weights.weight.zero_()


def encode(student: Student, texts: Sequence[str], *, max_tokens: int = 256) -> NDArray[np.float32]:
    """Shape (n_texts, n_dims): normalised vectors, without gradients."""
    parts = []
    student.train(False)
    with torch.inference_mode():
        for start in range(0, len(texts), 2048):
            vectors = student.embed_ids(student.ids(texts[start : start + 2048], max_tokens=max_tokens))
            parts.append(nn.functional.normalize(vectors, dim=-1).cpu().numpy())
    student.train()
    return np.concatenate(parts) if parts else np.zeros((0, student.n_dims), np.float32)
