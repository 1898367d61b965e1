"""Organisations, their members, invitations and keys, as the API shows them."""

from __future__ import annotations

from datetime import datetime

from pydantic import AwareDatetime, Field

from api.schemas.common import Intake, JsonObject, PageQuery, Shape, with_example
from matcher.types import OrganisationKind, OrganisationSize, Role

_ORGANISATION: JsonObject = {
    "name": "Exempelstads kommun",
    "kind": "municipality",
    "size": None,
    "organisation_number": "212000-2643",
    "municipality": "2482",
    "place": "Exempelstad",
    "languages": ["sv", "en"],
}


SIZE = Field(
    None,
    description=(
        "Of who offers, by the EU's definition (2003/361/EC), in persons: micro below 10, small below 50, "
        "medium below 250, large; null: not known."
    ),
)


class OrganisationCreate(Intake):
    """A new organisation."""

    model_config = with_example(_ORGANISATION)

    name: str = Field(min_length=1, max_length=300)
    kind: OrganisationKind
    size: OrganisationSize | None = SIZE
    organisation_number: str | None = Field(None, max_length=40, examples=["212000-2643"])
    municipality: str | None = Field(None, pattern=r"^\d{4}$", examples=["2482"])
    place: str | None = Field(None, max_length=200)
    languages: list[str] = Field([], max_length=20)


class OrganisationPatch(Intake):
    """Changes to an organisation; what is left out stays as it is."""

    model_config = with_example({"place": "Exempelstad", "languages": ["sv", "fi", "en"]})

    name: str | None = Field(None, min_length=1, max_length=300)
    kind: OrganisationKind | None = None
    size: OrganisationSize | None = SIZE
    municipality: str | None = Field(None, pattern=r"^\d{4}$")
    place: str | None = Field(None, max_length=200)
    languages: list[str] | None = Field(None, max_length=20)


class OrganisationShown(Shape):
    """An organisation."""

    id: str
    name: str
    kind: OrganisationKind
    size: OrganisationSize | None = Field(description="By what it says of itself; null: not known.")
    organisation_number: str | None
    municipality: str | None
    place: str | None
    languages: list[str]
    version: int


class MemberShown(Shape):
    """A member of the caller's organisation."""

    id: str
    name: str
    email: str
    roles: list[Role]
    is_active: bool


class InvitationCreate(Intake):
    """An invitation to the caller's organisation."""

    model_config = with_example({"email": "inkop@exempelstad.example", "roles": ["officer"]})

    email: str = Field(min_length=3, max_length=320, pattern=r"^[^@\s]+@[^@\s]+$")
    roles: list[Role] = Field(min_length=1)


class InvitationShown(Shape):
    """An invitation that was not accepted yet."""

    id: str
    email: str
    roles: list[Role]
    created_at: datetime
    expires_at: datetime


class RolesChange(Intake):
    """The roles that a member is to have, in place of those that it has."""

    model_config = with_example({"roles": ["coordinator", "officer"]})

    roles: list[Role] = Field(min_length=1)


class LinkCreated(Shape):
    """A one-time address; it is shown this once and is to be handed to the member."""

    address: str = Field(examples=["https://matcher.example/reset/3kq..."])


class InvitationCreated(Shape):
    """The invitation's address; it is shown this once and is to be handed to the one who is invited."""

    address: str = Field(examples=["https://matcher.example/invitation/3kq..."])


class KeyCreate(Intake):
    """A new API key of the caller; it can do what the roles named here can."""

    model_config = with_example({"name": "Nightly import", "roles": ["coordinator"]})

    name: str = Field(min_length=1, max_length=200)
    roles: list[Role] = Field(min_length=1)
    expires_at: AwareDatetime | None = Field(None, description="A time with its zone; none: never.")


class KeyShown(Shape):
    """An API key without its secret."""

    id: str
    name: str
    prefix: str = Field(description="How the key begins, to tell keys apart.")
    roles: list[Role]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


class KeyCreated(Shape):
    """A new API key with its secret, which is shown this once."""

    key: KeyShown
    secret: str


class OwnOrganisation(Shape):
    """An organisation that the caller is a member of."""

    id: str
    name: str


class Me(Shape):
    """Who calls, and for which of its organisations it acts."""

    member_id: str | None
    name: str
    email: str
    organisation_id: str | None
    organisation: str | None
    roles: list[Role]
    organisations: list[OwnOrganisation]


class OrganisationChoice(Intake):
    """For which of its organisations somebody who is signed in wants to act."""

    model_config = with_example({"organisation_id": "3f0c2f5e-8a52-4a0c-9a0e-0d3a6f0a9b11"})

    organisation_id: str = Field(min_length=1, max_length=36)


class OrganisationQuery(PageQuery):
    """Which organisations are listed."""

    kind: OrganisationKind | None = None
