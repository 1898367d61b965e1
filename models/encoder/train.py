"""Trains the encoder that ships: ``python -m models.encoder.train STAGE --data ../shared/data``.

Stages, in their order: refuse, tokenizer, teacher, static, deep, domain, average, pack, measure; ``all`` runs
them for both tiers. A stage that was killed goes on from its last checkpoint when it is started again.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from matcher.errors import MatcherError
from models.encoder.expand import FOLDER

if TYPE_CHECKING:
    from models.encoder.training.stages import Training

STAGES = ("refuse", "tokenizer", "teacher", "static", "deep", "domain", "average", "pack", "measure", "all")


def build_parser() -> argparse.ArgumentParser:
    """Return the command line's parser."""
    parser = argparse.ArgumentParser(prog="python -m models.encoder.train", description=__doc__)
    parser.add_argument("stage", choices=STAGES)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="the data folder")
    parser.add_argument("--work", type=Path, default=Path("build/encoder"), help="checkpoints and logs")
    parser.add_argument("--out", type=Path, default=FOLDER, help="where deep/ and fast/ are packed")
    parser.add_argument("--tier", choices=("deep", "fast", "teacher"), default="deep")
    parser.add_argument(
        "--seeds", type=int, nargs="+", default=[1], help="one domain run each, then averaged"
    )
    parser.add_argument("--start", type=Path, help="weights (.npz or .pt) that static and domain start from")
    parser.add_argument("--every-topic", action="store_true", help="train on the held-out topics too")
    parser.add_argument(
        "--most-texts", type=int, default=0, help="rows that `teacher` encodes, drawn by weight; 0: all"
    )
    parser.add_argument("--plan", type=json.loads, default={}, help='JSON, such as {"steps": 500}')
    parser.add_argument(
        "--threads", type=int, default=1, help="two that share cores with others are slower than one"
    )
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a stage; return the exit status."""
    options = build_parser().parse_args(arguments)
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        _run(options)
    except MatcherError as error:
        sys.stderr.write(f"{error}\n{error.remedy}\n")
        return 1
    return 0


def _run(options: argparse.Namespace) -> None:
    import torch

    from models.encoder.training.stages import Training

    torch.set_num_threads(options.threads)
    training = Training(
        data=options.data, work=options.work, out=options.out, tier=options.tier, seeds=tuple(options.seeds),
        start=options.start, every_topic=options.every_topic,
        most_texts=options.most_texts, plan=options.plan, say=_say,
    )  # fmt: skip
    for stage in stages_of(training, options.stage):
        stage()


def stages_of(training: Training, name: str) -> list[Callable[[], None]]:
    """Return the stages that a name stands for."""
    single: dict[str, Callable[[], None]] = {
        "refuse": training.refuse,
        "tokenizer": training.tokenize,
        "teacher": training.teach,
        "static": training.static,
        "deep": training.deep,
        "domain": training.adapt,
        "average": training.average,
        "pack": training.pack,
        "measure": training.measure,
    }
    if name != "all":
        return [single[name]]
    deep, fast = replace(training, tier="deep"), replace(training, tier="fast")
    general = [single[stage] for stage in STAGES[:5]]
    return general + [
        getattr(t, stage) for t in (deep, fast) for stage in ("adapt", "average", "pack", "measure")
    ]


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
