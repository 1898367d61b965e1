"""What a firm, association or university sends that wants to take part, before anybody approved it."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from matcher.types import OrganisationKind, OrganisationSize, RequestState
from models.records.base import DIGEST_CHARS, Base, Identified, Versioned, utc_now, word_of


class PartnerRequest(Identified, Versioned, Base):
    """A request for an account, with the organisation and the person as they were told by somebody unknown.

    ``sent_digest`` is that of one sent form, which is taken in once. ``organisation_id`` is what an approval
    made or joined. Retention empties ``contact``, ``email``, ``about`` and ``reason``.
    """

    __tablename__ = "partner_request"

    state: Mapped[RequestState] = mapped_column(word_of(RequestState), default=RequestState.OPEN)
    organisation_number: Mapped[str] = mapped_column(String(40), index=True)
    name: Mapped[str] = mapped_column(String(300))
    kind: Mapped[OrganisationKind] = mapped_column(word_of(OrganisationKind))
    size: Mapped[OrganisationSize | None] = mapped_column(word_of(OrganisationSize))
    contact: Mapped[str] = mapped_column(String(200))
    email: Mapped[str] = mapped_column(String(320))
    about: Mapped[str] = mapped_column(Text)
    sent_digest: Mapped[str] = mapped_column(String(DIGEST_CHARS), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=utc_now, index=True)
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("member.id"))
    reason: Mapped[str] = mapped_column(Text, default="")
    organisation_id: Mapped[str | None] = mapped_column(ForeignKey("organisation.id"), index=True)
