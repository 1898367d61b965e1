"""Intake: files to drafts, with one report of everything that is wrong."""

from matcher.intake.forms import sniff
from matcher.intake.mapping import FIELDS, IGNORE, ColumnMapping
from matcher.intake.options import (
    CodeForms,
    Codes,
    Column,
    FileForm,
    Format,
    Limits,
    Options,
    Progress,
    Shape,
)
from matcher.intake.reading import digest_file, read_rows

__all__ = [
    "FIELDS",
    "IGNORE",
    "CodeForms",
    "Codes",
    "Column",
    "ColumnMapping",
    "FileForm",
    "Format",
    "Limits",
    "Options",
    "Progress",
    "Shape",
    "digest_file",
    "read_rows",
    "sniff",
]
