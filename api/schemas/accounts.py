"""Organisations, their members, invitations and keys, as the API shows them."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from api.schemas.common import Intake, JsonObject, Shape, with_example
from matcher.types import OrganisationKind, Role

_ORGANISATION: JsonObject = {
    "name": "Exempelstads kommun",
    "kind": "municipality",
    "organisation_number": "212000-2643",
    "municipality": "2482",
    "place": "Exempelstad",
    "languages": ["sv", "en"],
}


class OrganisationCreate(Intake):
    """A new organisation."""

    model_config = with_example(_ORGANISATION)

    name: str = Field(min_length=1, max_length=300)
    kind: OrganisationKind
    organisation_number: str | None = Field(None, max_length=40, examples=["212000-2643"])
    municipality: str | None = Field(None, pattern=r"^\d{4}$", examples=["2482"])
    place: str | None = Field(None, max_length=200)
    languages: list[str] = Field([], max_length=20)


class OrganisationPatch(Intake):
    """Changes to an organisation; what is left out stays as it is."""

    name: str | None = Field(None, min_length=1, max_length=300)
    kind: OrganisationKind | None = None
    municipality: str | None = Field(None, pattern=r"^\d{4}$")
    place: str | None = Field(None, max_length=200)
    languages: list[str] | None = Field(None, max_length=20)


class OrganisationShown(Shape):
    """An organisation."""

    id: str
    name: str
    kind: OrganisationKind
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


class InvitationCreated(Shape):
    """The invitation's address; it is shown this once and is to be handed to the one who is invited."""

    address: str = Field(examples=["https://matcher.example/invitation/3kq..."])


class KeyCreate(Intake):
    """A new API key of the caller; it can do what the roles named here can."""

    model_config = with_example({"name": "Nightly import", "roles": ["coordinator"]})

    name: str = Field(min_length=1, max_length=200)
    roles: list[Role] = Field(min_length=1)


class KeyShown(Shape):
    """An API key without its secret."""

    id: str
    name: str
    roles: list[Role]
    created_at: datetime
    last_used_at: datetime | None = None


class KeyCreated(Shape):
    """A new API key with its secret, which is shown this once."""

    key: KeyShown
    secret: str


class Me(Shape):
    """Who calls."""

    member_id: str | None
    name: str
    organisation_id: str | None
    organisation: str | None
    roles: list[Role]
