"""Requests of partners for an account, as the API takes them in and shows them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.accounts import SIZE
from api.schemas.common import Intake, PageQuery, Shape, with_example
from matcher.services.accounts.answering import MAX_REASON_CHARS
from matcher.services.accounts.asking import MAX_ABOUT_CHARS
from matcher.types import OrganisationKind, OrganisationSize, RequestState


class PartnerRequestCreate(Intake):
    """A request of a firm, an association or a university for an account."""

    model_config = with_example(
        {
            "organisation_number": "556036-0793",
            "name": "Exempelsand AB",
            "kind": "supplier",
            "size": "small",
            "contact": "Siv Exempel",
            "email": "siv@exempelsand.example",
            "about": "Vi sandar gångvägar och plogar gårdar.",
        }
    )

    organisation_number: str = Field(min_length=1, max_length=40, description="Swedish, or with its country.")
    name: str = Field(min_length=1, max_length=300)
    kind: OrganisationKind = Field(description="`supplier`, `association` or `university`.")
    size: OrganisationSize | None = SIZE
    contact: str = Field(min_length=1, max_length=200, description="Name of the one who asks.")
    email: str = Field(min_length=3, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")
    about: str = Field(min_length=1, max_length=MAX_ABOUT_CHARS, description="What it can do, in short.")


class RequestedOrganisation(Shape):
    """An organisation that has the number of a request already, or its name."""

    id: str
    name: str
    kind: OrganisationKind


class PartnerRequestShown(Shape):
    """A request; contact, email, about and reason are empty once retention has removed them."""

    id: str
    state: RequestState
    organisation_number: str
    name: str
    kind: OrganisationKind
    size: OrganisationSize | None
    contact: str
    email: str
    about: str
    created_at: datetime
    decided_at: datetime | None
    decided_by: str | None = Field(description="Name of the one who answered.")
    reason: str
    organisation_id: str | None = Field(description="What an approval made or joined.")
    existing: RequestedOrganisation | None = Field(description="Which organisation has the number now.")
    namesakes: list[RequestedOrganisation] = Field(description="Others that have its name while it is open.")
    may_approve: bool = Field(description="Whether the caller may approve it.")


class PartnerRequestQuery(PageQuery):
    """Which requests are listed."""

    state: RequestState | None = None


class PartnerRequestApproval(Intake):
    """How a request is approved."""

    model_config = with_example({"joins": False})

    joins: bool = Field(False, description="Add the person to the organisation that has the number already.")


class PartnerRequestRejection(Intake):
    """Why a request is rejected; the reason is kept with it."""

    model_config = with_example({"reason": "Numret är ett annat företags. Vi har skrivit till er."})

    reason: str = Field(min_length=1, max_length=MAX_REASON_CHARS)


class AccountOffered(Shape):
    """The address to hand on to the person; it is shown this once."""

    address: str = Field(examples=["https://matcher.example/reset/3kq..."])
    is_invitation: bool = Field(description="The person has an account, and gives its password there.")
    organisation_id: str
