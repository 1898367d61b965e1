"""The stages of a training, each from files to files in one work folder."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import torch
from tokenizers import Tokenizer

from matcher.errors import UnreadableFile
from models.encoder.directory import TOKENIZER, WEIGHTS
from models.encoder.packing import unpack_arrays
from models.encoder.training import (
    averaging,
    heldout,
    measures,
    refusal,
    release,
    starting,
    teacher,
    vocabulary,
)
from models.encoder.training.batches import Sampler, Targets
from models.encoder.training.corpus import (
    Corpus,
    draw_aligned,
    load_corpus,
    read_aligned,
    read_bridges,
    read_products,
    read_prose,
    read_titles,
)
from models.encoder.training.loop import Run
from models.encoder.training.nearness import EvaluationTexts, digest
from models.encoder.training.plan import Plan
from models.encoder.training.students import DeepStudent, Shape, StaticStudent, encode
from models.encoder.training.topics import FOLDER as TOPICS
from models.encoder.training.topics import Topic, load_topics, split_topics

DEEP = Plan(steps=2400, every=200, body_rate=3e-4, rows_rate=2e-3)
STATIC = Plan(
    contrast_share=1.5,
    steps=1500, every=300, rows_rate=0.015, last_rate=0.1, aligned_tokens=24_576, most_rows=1024,
    prose_every=1, prose_pairs=256, n_topics=128, max_tokens=160, dims=(256, 128),
)  # fmt: skip
DEEP_DOMAIN = replace(
    DEEP, steps=210, every=105, body_rate=2.5e-4, rows_rate=1.5e-3, last_rate=0.05, warm_up=12,
    aligned_tokens=1536, prose_every=6, prose_pairs=40, topics_every=1, n_topics=48, dropout=0.1,
)  # fmt: skip
STATIC_DOMAIN = replace(STATIC, steps=900, every=150, rows_rate=0.01, topics_every=1, topics_weight=1.0)

Trained = DeepStudent | StaticStudent


@dataclass(kw_only=True)
class Training:
    """Settings of a training and what its stages share.

    Attributes
    ----------
    data
        The data folder (``parallel/``, ``pairs/`` and the evaluation sets).
    work
        Where vectors, checkpoints and logs are kept; a killed stage goes on from there.
    out
        Where ``deep/`` and ``fast/`` are packed.
    seeds
        One domain run each; their weights are averaged.
    start
        Packed weights (``.npz``) or a saved state (``.pt``) that the domain stage starts from.
    every_topic
        Train on the held-out topics too: for the last run, when everything has been chosen.
    most_texts
        Rows, drawn by their weights, whose English texts get a teacher's vector: a run that only adapts needs
        far fewer than all. Rows without such a vector are not trained on. 0: all of them.
    plan
        Fields of the stage's plan to replace.
    """

    data: Path
    work: Path
    out: Path
    topics: Path = TOPICS
    seeds: tuple[int, ...] = (1,)
    start: Path | None = None
    tier: str = "deep"
    every_topic: bool = False
    most_texts: int = 0
    plan: dict[str, Any] = field(default_factory=dict)
    shape: Shape = field(default_factory=Shape)
    static_dims: int = 256
    device: str = "cuda" if torch.cuda.is_available() else "cpu"
    say: Callable[[str], None] = print

    @cached_property
    def corpus(self) -> Corpus:
        """Training text without what is refused."""
        refused = refusal.load_refused()
        return load_corpus(
            self.data, accept=lambda text: digest(text) not in refused, bridges=self.topics / "bridges"
        )

    @cached_property
    def domain(self) -> tuple[list[Topic], list[Topic]]:
        """Topics to train on and held-out ones, without those that hold a refused text."""
        refused = refusal.load_refused()
        kept = [t for t in load_topics(self.topics) if not any(digest(text) in refused for text in t.texts)]
        trained, held_out = split_topics(kept)
        return (kept if self.every_topic else trained), held_out

    @cached_property
    def tokenizer(self) -> Tokenizer:
        """The tokenizer that the stage ``tokenizer`` made."""
        path = self.work / "tokenizer.json"
        if not path.is_file():
            raise UnreadableFile(path, "is missing", remedy="Run the stage `tokenizer` first.")
        return Tokenizer.from_file(str(path))

    # the stages -----------------------------------------------------------------------------------------

    def refuse(self) -> None:
        """List the digests of training texts that stand in an evaluation set."""
        evaluation = EvaluationTexts(chain.from_iterable(refusal.read_evaluation_texts(self.data).values()))
        texts = list(dict.fromkeys(self._every_text()))
        found = evaluation.near(texts)
        self.say(f"{refusal.save_refused(texts[i] for i in found)} of {len(texts)} texts are refused")

    def tokenize(self) -> None:
        """Make the tokenizer."""
        base = json.loads(teacher.load_teacher().tokenizer.backend_tokenizer.to_str())["model"]["vocab"]
        by_language = {
            language: vocabulary.count_words(texts) for language, texts in self._by_language().items()
        }
        pieces = vocabulary.learn_pieces(vocabulary.balance(by_language), n_pieces=48_000)
        tokenizer = vocabulary.extend(base, pieces)
        self.work.mkdir(parents=True, exist_ok=True)
        tokenizer.save(str(self.work / "tokenizer.json"))
        self.say(f"{tokenizer.get_vocab_size()} pieces, {len(base)} of them the base's")

    def teach(self) -> None:
        """Compute the teacher's vectors of the English texts."""
        rows = draw_aligned(self.corpus.aligned, self.most_texts, seed=self.seeds[0])
        teacher.write_targets((row.english for row in rows), self.work / "teacher", say=self.say)

    def static(self) -> None:
        """Train the static student on general text."""
        student = self._static()
        targets = Targets(self.work / "teacher", n_dims=student.n_dims)
        starting.start_static(
            student, self._encode_pieces, projection=targets.projection, counts=self._piece_counts()
        )
        self._train("static", student, targets, STATIC)

    def deep(self) -> None:
        """Train the deep student on general text, new rows started from the static one's table."""
        student, base = self._deep(), teacher.teacher_arrays()
        static = self._static()
        static.load_state_dict(averaging.load_state(self.work / "static" / "best.pt"))
        old = teacher.load_teacher().tokenizer.backend_tokenizer
        pieces = self.tokenizer.get_vocab()
        new = sorted(pieces, key=pieces.__getitem__)[len(base["embeddings.word_embeddings.weight"]) :]
        split = [old.encode(p.removeprefix("##"), add_special_tokens=False).ids or [100] for p in new]
        starting.start_deep(
            student, base, table=static.arrays()["embedding.weight"], counts=self._piece_counts(), split=split
        )
        self._train("deep", student, Targets(self.work / "teacher", n_dims=student.n_dims), DEEP)

    def adapt(self) -> None:
        """Train a tier on the topics beside general text: the stage ``domain``, once for each seed."""
        for seed in self.seeds:
            student = self._started()
            targets = Targets(self.work / "teacher", n_dims=student.n_dims)
            targets.turn_towards(partial(encode, student))
            self._train(
                f"domain-{self.tier}-{seed}", student, targets, replace(self._domain_plan(), seed=seed)
            )

    def average(self) -> None:
        """Average the runs of all seeds, with the start in the share that serves the held-out parts best."""
        student = self._started()
        before = {name: value.clone() for name, value in student.state_dict().items()}
        runs = [averaging.load_state(self.work / f"domain-{self.tier}-{s}" / "best.pt") for s in self.seeds]
        best = averaging.choose(student, before, runs, measure=lambda: self._measure(student), say=self.say)
        torch.save(best, self.work / f"{self.tier}.pt")

    def pack(self) -> None:
        """Pack a tier's weights for shipping."""
        student = self._empty()
        student.load_state_dict(averaging.load_state(self.work / f"{self.tier}.pt"))
        manifest = release.pack(student, self.out / self.tier)
        self.say(f"{self.tier}: {manifest['files']['weights.npz'][:16]}")

    def measure(self) -> None:
        """Print the packed tier's figures on the evaluation sets, for reporting."""
        for name, value in measures.measure_all(self._packed(), self.data).items():
            self.say(f"| {name} | {value:.3f} |")

    # what they share ------------------------------------------------------------------------------------

    def _packed(self) -> measures.Encode:
        """Return the function that encodes as shipped; for the tier ``teacher`` that of the teacher."""
        if self.tier == "teacher":
            return teacher.encode_by_teacher
        packed = self.out / self.tier
        self.tokenizer = Tokenizer.from_str(gzip.decompress((packed / TOKENIZER).read_bytes()).decode())
        student = self._empty()
        self._load(student, packed / WEIGHTS)
        return lambda texts: encode(student, list(texts))

    def _deep(self) -> DeepStudent:
        return DeepStudent(self.tokenizer, shape=self.shape, device=self.device)

    def _static(self) -> StaticStudent:
        return StaticStudent(self.tokenizer, n_dims=self.static_dims, device=self.device)

    def _empty(self) -> Trained:
        return self._deep() if self.tier == "deep" else self._static()

    def _domain_plan(self) -> Plan:
        return DEEP_DOMAIN if self.tier == "deep" else STATIC_DOMAIN

    def _started(self) -> Trained:
        """Return the tier's student with the weights that the domain stage starts from."""
        student = self._empty()
        general = self.work / ("deep" if self.tier == "deep" else "static") / "best.pt"
        self._load(student, self.start or general)
        return student

    def _load(self, student: Trained, path: Path) -> None:
        if path.suffix == ".npz":
            student.take(unpack_arrays(path))
        else:
            student.load_state_dict(averaging.load_state(path))

    def _train(self, name: str, student: Trained, targets: Targets, plan: Plan) -> None:
        plan = replace(plan, **self.plan)
        trained, held_out = self.domain
        sampler = Sampler(
            self.corpus,
            targets,
            trained if plan.topics_every else [],
            products=read_products(self.data / "cpv" / "cpv2008.tsv"),
            prose_chars=plan.prose_chars,
        )
        self.say(f"{name}: {len(self.corpus.aligned)} rows, {len(self.corpus.prose)} pairs, {plan}")
        self.say(f"{name}: {len(trained)} topics, {len(held_out)} held out")
        run = Run(
            self.work / name,
            student=student,
            sampler=sampler,
            targets=targets,
            plan=plan,
            measure=lambda: self._measure(student),
            say=lambda line: self.say(f"{time.strftime('%H:%M:%S')} {name} {line}"),
        )
        run.train()

    def _measure(self, student: Trained) -> heldout.HeldOut:
        trained, held_out = self.domain
        return heldout.measure(student, self.corpus, [t for t in trained if not t.is_held_out], held_out)

    def _encode_pieces(self, texts: Sequence[str]) -> heldout.Scores:
        """Vectors of single pieces by the deep encoder to start from, else by the teacher."""
        if self.start is None:
            return teacher.encode_by_teacher(texts)
        deep = self._deep()
        self._load(deep, self.start)
        return encode(deep, texts, max_tokens=12)

    def _piece_counts(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        rows = chain(
            (text for row in self.corpus.aligned for text in (row.text, row.english)),
            (text for pair in self.corpus.prose[::4] for text in (pair.left, pair.right)),
        )
        return starting.count_pieces(self.tokenizer, rows)

    def _by_language(self) -> dict[str, Iterator[str]]:
        def texts(language: str) -> Iterator[str]:
            yield from (
                row.text for row in self.corpus.aligned if row.language.replace("nn", "nb") == language
            )
            for pair in self.corpus.prose[::2]:
                if pair.language.replace("nn", "nb") == language:
                    yield from (pair.left, pair.right)

        return {language: texts(language) for language in vocabulary.LANGUAGE_SHARES}

    def _every_text(self) -> Iterator[str]:
        for name in ("parallel", "parallel2"):
            for row in read_aligned(self.data / "parallel" / f"{name}.tsv.gz"):
                yield from (row.text, row.english)
        for name in ("pairs", "nordic"):
            for pair in read_prose(self.data / "pairs" / f"{name}.tsv.gz"):
                yield from (pair.left, pair.right)
        for language in ("sv", "fi"):
            for title in read_titles(self.data / "parallel" / f"titles_{language}.tsv.gz"):
                yield title.left
        for topic in load_topics(self.topics):
            yield from topic.texts
        for bridge in read_bridges(self.topics / "bridges"):
            yield from (bridge.left, bridge.right)
