"""The training loop of both students: resumable, with measures on held-out parts, and early stopping."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from models.encoder.training import losses
from models.encoder.training.batches import Sampler, Targets
from models.encoder.training.drawing import Drawing, Drawn
from models.encoder.training.heldout import HeldOut
from models.encoder.training.plan import Plan
from models.encoder.training.students import DeepStudent, Student, encode

N_NEIGHBOURS = 8


class Run:
    """One run in a folder; `train` goes on where a killed run of the same folder was.

    Parameters
    ----------
    folder
        Holds ``state.pt`` (to go on), ``best.pt`` (the best weights so far) and ``log.jsonl``.
    student
        The encoder, with the weights to start from.
    sampler, targets
        What it learns from.
    plan
        Sizes, rates and seed.
    measure
        Gives the held-out figures of the student as it stands.
    say
        Takes lines of progress.
    """

    def __init__(
        self,
        folder: Path,
        *,
        student: Student,
        sampler: Sampler,
        targets: Targets,
        plan: Plan,
        measure: Callable[[], HeldOut],
        say: Callable[[str], None],
    ) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._student, self._sampler = folder, student, sampler
        self._targets, self._plan, self._measure, self._say = targets, plan, measure, say
        self._optimizers = student.optimizers(body_rate=plan.body_rate, rows_rate=plan.rows_rate)
        self._best, self._stale, self._recent = -np.inf, 0, dict[str, list[Tensor]]()
        self._bank: Tensor | None = None  # shape (3, n_topics, n_dims): needs, offerings, confusables

    def train(self) -> Path:
        """Train to the plan's end or until the held-out total stops rising; return the best weights' file."""
        start = self._resume()
        began, step = time.monotonic(), start
        while self._pause(step, start) and step < self._plan.steps:
            end = min(step - step % self._plan.every + self._plan.every, self._plan.steps)
            for drawn in self._draw(range(step, end)):
                self._step(step, drawn)
                step += 1
                if step % 10 == 0:
                    self._report(step, (time.monotonic() - began) / (step - start))
        return self._folder / "best.pt"

    def _draw(self, steps: range) -> Iterable[Drawn]:
        special = isinstance(self._student, DeepStudent)
        drawing = Drawing(
            self._sampler, self._targets, self._plan, tokenizer=self._student.tokenizer, special=special
        )
        if not self._plan.workers:
            return map(drawing.__getitem__, steps)
        return DataLoader(
            drawing,
            batch_size=None,
            sampler=steps,
            num_workers=self._plan.workers,
            collate_fn=_as_it_is,
        )

    def _resume(self) -> int:
        path = self._folder / "state.pt"
        if not path.is_file():
            return 0
        state = torch.load(path, map_location=self._student.device, weights_only=True)
        self._student.load_state_dict(state["student"])
        for optimizer, saved in zip(self._optimizers, state["optimizers"], strict=True):
            optimizer.load_state_dict(saved)
        self._best, self._stale = state["best"], state["stale"]
        self._say(f"resumed at step {state['step']}")
        return int(state["step"])

    def _pause(self, step: int, resumed_at: int) -> bool:
        """Measure, save and mine; False if the run should stop. A step that was resumed at is only mined."""
        if step == 0 or step != resumed_at:
            figures = self._measure()
            self._say(f"step {step} held out: {figures}")
            self._log({"step": step, "held_out": asdict(figures)})
            self._keep(figures.total, step)
        if step < self._plan.steps:
            self._mine()
        return self._stale < self._plan.patience

    def _keep(self, total: float, step: int) -> None:
        self._stale = 0 if total > self._best else self._stale + 1
        if total > self._best:
            self._best = total
            _save(self._student.state_dict(), self._folder / "best.pt")
        state = {
            "step": step,
            "student": self._student.state_dict(),
            "optimizers": [optimizer.state_dict() for optimizer in self._optimizers],
            "best": self._best,
            "stale": self._stale,
        }
        _save(state, self._folder / "state.pt")

    def _mine(self) -> None:
        """Encode the topics: to find neighbours, which share batches, and as more to be told apart."""
        topics = self._sampler.topics
        if not self._plan.topics_every or len(topics) <= N_NEIGHBOURS:
            return
        needs = encode(self._student, [t.needs[0] for t in topics], max_tokens=96)
        offerings = encode(self._student, [t.offerings[0] for t in topics], max_tokens=96)
        confusables = encode(self._student, [t.confusable for t in topics], max_tokens=96)
        scores = needs @ offerings.T
        scores += scores.T
        np.fill_diagonal(scores, -np.inf)
        self._sampler.neighbours = np.argsort(-scores, axis=1, kind="stable")[:, :N_NEIGHBOURS]
        bank = torch.from_numpy(np.stack([needs, offerings, confusables]))
        self._bank = bank.to(self._student.device)

    def _rate(self, step: int) -> float:
        plan = self._plan
        return min(1.0, (step + 1) / plan.warm_up) * max(plan.last_rate, 1 - step / plan.steps)

    def _step(self, step: int, drawn: Drawn) -> None:
        plan = self._plan
        torch.manual_seed(drawn.seed)
        for optimizer, rate in zip(self._optimizers, (plan.rows_rate, plan.body_rate), strict=False):
            for group in optimizer.param_groups:
                group["lr"] = rate * self._rate(step)
            optimizer.zero_grad(set_to_none=True)
        targets = torch.from_numpy(drawn.targets).to(self._student.device)
        vectors = self._student.embed_ids(drawn.aligned)
        self._backward(
            "aligned", losses.to_teacher(vectors, targets, plan.dims, share=plan.contrast_share), 1.0
        )
        if drawn.prose:
            left, right = (self._student.embed_ids(side) for side in drawn.prose)
            self._backward("prose", losses.both_ways(left, right, plan.dims), plan.prose_weight)
        if drawn.topics:
            self._topics(drawn)
        nn.utils.clip_grad_norm_(self._student.dense_parameters(), 1.0)
        for optimizer in self._optimizers:
            optimizer.step()

    def _topics(self, drawn: Drawn) -> None:
        self._student.set_dropout(self._plan.dropout)
        parts = self._student.embed_ids(list(chain.from_iterable(drawn.parts))).chunk(len(drawn.parts))
        self._student.set_dropout(0.0)
        codes = np.array(drawn.codes)
        same = torch.from_numpy(codes[:, None] == codes).to(self._student.device).fill_diagonal_(False)
        loss = losses.topics(parts, self._plan.dims, others=self._others(drawn.topics), same_product=same)
        self._backward("topics", loss, self._plan.topics_weight)
        if self._bank is not None:
            for row, part in enumerate((parts[0], parts[2], parts[3])):
                self._bank[row, drawn.topics] = nn.functional.normalize(part.detach(), dim=-1)

    def _others(self, drawn: list[int]) -> tuple[Tensor, Tensor] | None:
        """Needs, and offerings with confusables, of the topics that were not drawn, as last encoded."""
        if self._bank is None or not self._plan.all_topics:
            return None
        kept = torch.ones(self._bank.shape[1], dtype=torch.bool, device=self._bank.device)
        kept[drawn] = False
        return self._bank[0, kept], self._bank[1:, kept].flatten(0, 1)

    def _backward(self, name: str, loss: Tensor, weight: float) -> None:
        self._recent.setdefault(name, []).append(loss.detach())
        (loss * weight).backward()  # type: ignore[no-untyped-call]

    def _report(self, step: int, seconds: float) -> None:
        means = {name: round(float(torch.stack(values).mean()), 3) for name, values in self._recent.items()}
        self._recent.clear()
        self._say(f"step {step}/{self._plan.steps} {seconds:.2f} s a step, loss {means}")
        self._log({"step": step, "loss": means})

    def _log(self, row: dict[str, Any]) -> None:
        with (self._folder / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(row) + "\n")


def _save(state: dict[str, Any], path: Path) -> None:
    """Write beside and rename, so that a kill never leaves half a file."""
    beside = path.with_suffix(f".{os.getpid()}.tmp")
    torch.save(state, beside)
    beside.replace(path)


def _as_it_is(drawn: Any) -> Any:  # noqa: ANN401 - the loader's own signature
    return drawn
