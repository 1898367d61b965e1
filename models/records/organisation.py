"""Organisations: municipalities, regions, suppliers, universities and others."""

from __future__ import annotations

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from matcher.types import OrganisationKind, OrganisationSize
from models.records.base import Base, Identified, Timed, Versioned, word_of


class Organisation(Identified, Timed, Versioned, Base):
    """An organisation.

    ``name_key`` is its name in small letters, by which a source may refer to it. ``size`` is what it says of
    itself; None is not known.
    """

    __tablename__ = "organisation"

    kind: Mapped[OrganisationKind] = mapped_column(word_of(OrganisationKind))
    size: Mapped[OrganisationSize | None] = mapped_column(word_of(OrganisationSize))
    name: Mapped[str] = mapped_column(String(300))
    name_key: Mapped[str] = mapped_column(String(300), index=True)
    organisation_number: Mapped[str | None] = mapped_column(String(40), unique=True)
    municipality: Mapped[str | None] = mapped_column(String(4))
    place: Mapped[str | None] = mapped_column(String(200))
    languages: Mapped[list[str]] = mapped_column(default=list)
