"""``matcher doctor``: what the program runs on, and what is wrong with it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from matcher.cli.console import ExitCode, out, print_json, table
from matcher.errors import MatcherError

if TYPE_CHECKING:
    from matcher.encoders import Encoder, SentenceTransformerEncoder
    from matcher.settings import Settings

_LITTLE_SPACE: Final = 1 << 30
_WEIGHTS: Final = (".safetensors", ".bin", ".npz")
_NAMED_FEATURES: Final = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "amx_int8", "neon", "sve")


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at; ``remedy`` is there where it is wrong."""

    name: str
    value: str
    is_fine: bool = True
    remedy: str = ""


def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="Print the checks as JSON.")] = False,
) -> None:
    """Look at machine, settings, database and encoder; the exit code is 1 if anything is wrong."""
    checks = list(_checks())
    if as_json:
        print_json([asdict(check) for check in checks])
    else:
        _print(checks)
    if not all(check.is_fine for check in checks):
        raise typer.Exit(ExitCode.FAILED)


def _checks() -> Iterator[Check]:
    yield Check("Python", f"{platform.python_version()} ({sys.executable})")
    yield Check("Platform", f"{platform.platform()}, {os.cpu_count()} cores")
    yield from _told("torch", _torch)
    try:
        settings = _settings()
    except MatcherError as error:
        yield _wrong("Settings", error)
        return
    yield Check("Settings", f"{settings.environment}, data in {settings.data_dir.resolve()}")
    yield from _told("Settings for this use", lambda: _safety(settings))
    yield from _told("Database", lambda: _database(settings))
    yield from _told("Encoder", lambda: _encoder(settings))
    yield from _spaces(settings)


def _told(name: str, look: Callable[[], Iterator[Check]]) -> Iterator[Check]:
    """Yield what a look finds; an error is a finding, too."""
    try:
        yield from look()
    except MatcherError as error:
        yield _wrong(name, error)


def _wrong(name: str, error: MatcherError) -> Check:
    return Check(name, str(error), is_fine=False, remedy=error.remedy)


def _torch() -> Iterator[Check]:
    try:
        import torch
    except ImportError:
        remedy = "Install it again: python bootstrap.py install"
        yield Check("torch", "it is not installed.", is_fine=False, remedy=remedy)
        return
    able: dict[str, Any] = dict(torch.cpu.get_capabilities())
    features = [name for name in _NAMED_FEATURES if able.get(name)]
    yield Check("torch", f"{torch.__version__}, {torch.get_num_threads()} threads")
    yield Check("Processor", f"{able.get('architecture', platform.machine())}: {', '.join(features) or '-'}")
    if torch.cuda.is_available():
        yield Check("Graphics processor", torch.cuda.get_device_name())


def _settings() -> Settings:
    from matcher.settings import load_settings

    return load_settings()


def _safety(settings: Settings) -> Iterator[Check]:
    settings.checked()
    if settings.cpv_file is not None:
        from matcher.procurement import CodeBook

        CodeBook.load(settings.cpv_file)
        yield Check("CPV list", str(settings.cpv_file))


def _database(settings: Settings) -> Iterator[Check]:
    from matcher.cli.doors import open_database, shown_address
    from matcher.services import entries, runs
    from matcher.services.actor import SYSTEM
    from matcher.types import RunKind

    with open_database(settings) as database, database.reading() as session:
        counts = entries.count_by_kind(session, actor=SYSTEM)
        run = runs.find_latest(session, RunKind.MATCH)
    shown = ", ".join(f"{count} {kind}s" for kind, count in counts.items())
    yield Check("Database", f"{shown_address(settings)}: {shown} published")
    yield Check("Latest match", "none yet" if run is None else f"{run.state}, {run.done} of {run.total}")


def _encoder(settings: Settings) -> Iterator[Check]:
    from matcher.encoders import load_encoder
    from matcher.encoders.joined import JoinedEncoder

    encoder = load_encoder(settings)
    languages = ", ".join(sorted(encoder.languages)) or "not known"
    yield Check("Encoder", f"{encoder.name}, digest {encoder.digest[:16]}")
    yield Check("Encoder's languages", languages)
    for part in encoder.encoders if isinstance(encoder, JoinedEncoder) else [encoder]:
        yield from _files(part)


def _files(encoder: Encoder) -> Iterator[Check]:
    """Look at an encoder's arithmetic and weights, if it has any."""
    from matcher.encoders import SentenceTransformerEncoder
    from matcher.encoders.files import file_digest
    from matcher.encoders.registry import OWN

    if not isinstance(encoder, SentenceTransformerEncoder):
        return
    yield Check(f"Arithmetic of {encoder.name}", f"{encoder.arithmetic}{_beside_torch(encoder)}")
    if encoder.name in OWN:
        yield _packed(encoder.name)
    for path in sorted(encoder.folder.rglob("*")):
        if path.suffix in _WEIGHTS and path.is_file():
            yield Check(f"Weights of {encoder.name}", f"{path}: SHA-256 {file_digest(path)}")


def _beside_torch(encoder: SentenceTransformerEncoder) -> str:
    """Say what speaks for or against OpenVINO, where it is installed."""
    measured = encoder.measured
    if encoder.is_measured_on_first_use:
        return ", until OpenVINO is measured beside it, when it is first used"
    if measured is None or encoder.backend != "auto":
        return ""
    return (
        f"; here OpenVINO has {measured.openvino / measured.torch:.2f} times the texts a second of torch, "
        f"lowest cosine {measured.cosine:.4f}"
    )


def _packed(name: str) -> Check:
    """Compare every file of an encoder that comes with the program with its known digest."""
    from models.encoder.expand import FOLDER, read_manifest, verify

    verify(FOLDER / name, read_manifest(FOLDER / name))
    return Check(f"Origin of {name}", f"{FOLDER / name}: every file is the one that was shipped")


def _spaces(settings: Settings) -> Iterator[Check]:
    for name, folder in (("Data folder", settings.data_dir), ("Cache folder", settings.cache_dir)):
        there = _existing(folder.resolve())
        free = shutil.disk_usage(there).free
        value = f"{folder}: {free / 1e9:.1f} GB free"
        if not os.access(there, os.W_OK):
            remedy = "Choose another folder in the settings, or ask for the right to write there."
            yield Check(name, f"{folder} cannot be written.", is_fine=False, remedy=remedy)
        elif free < _LITTLE_SPACE:
            yield Check(name, value, is_fine=False, remedy="Free some space: a gigabyte is little.")
        else:
            yield Check(name, value)


def _existing(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


def _print(checks: list[Check]) -> None:
    shown = table("Checks", "", "what", "found")
    for check in checks:
        shown.add_row("ok" if check.is_fine else "WRONG", check.name, check.value)
        if check.remedy:
            shown.add_row("", "", f"-> {check.remedy}")
    out.print(shown)
