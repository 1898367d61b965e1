import pytest

from matcher.intake import Options, read_rows
from matcher.types import EntryKind


class Folder:
    """Writes files and reads them back as drafts."""

    def __init__(self, path):
        self.path = path

    def write(self, content, name="behov.csv"):
        file = self.path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return file

    def rows(self, content, name="behov.csv", **options):
        options.setdefault("kind", EntryKind.NEED)
        return list(read_rows(self.write(content, name), Options(**options)))

    def drafts(self, content, name="behov.csv", **options):
        rows = self.rows(content, name, **options)
        assert [fault for row in rows for fault in row.faults] == []
        return [row.draft for row in rows]

    def draft(self, content, name="behov.csv", **options):
        (draft,) = self.drafts(content, name, **options)
        return draft

    def fault(self, content, name="behov.csv", **options):
        (fault,) = [fault for row in self.rows(content, name, **options) for fault in row.faults]
        return fault


@pytest.fixture
def folder(tmp_path):
    return Folder(tmp_path)
