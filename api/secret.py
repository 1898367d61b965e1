"""The secret that signs sessions: the setting's, or in development one that is made once and kept."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from matcher.settings import Settings


def signing_secret(settings: Settings) -> str:
    """Return the secret; without a setting it is made in the data folder, readable by its owner alone."""
    given = settings.secret_key.get_secret_value()
    return given or _kept(settings.data_dir / "secret.key")


def _kept(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii")
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii")
