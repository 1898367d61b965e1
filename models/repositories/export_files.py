"""Which files were exported to this machine, so that an erasure finds them."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy.orm import Session

from models.records import ExportFile


class ExportFileRepository:
    """Exported files."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def add(self, path: Path, *, organisation_id: str | None) -> str:
        """Remember a file; ``None`` is one with every organisation's entries."""
        record = ExportFile(path=str(path.resolve()), organisation_id=organisation_id)
        self._session.add(record)
        self._session.flush()
        return record.id
