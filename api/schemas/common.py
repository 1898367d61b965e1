"""Shapes that every resource shares."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Generic, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, JsonValue

from api import cursor

Item = TypeVar("Item")
JsonObject = dict[str, JsonValue]


class Shape(BaseModel):
    """Base of what is handed out: read from the attributes of whatever the service returns."""

    model_config = ConfigDict(from_attributes=True)


class Intake(BaseModel):
    """Base of what is taken in: unknown fields are refused, so that a typo is not silently ignored."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True)


def with_example(example: JsonObject) -> ConfigDict:
    """Return the configuration of what is taken in, with an example for its description."""
    return ConfigDict(json_schema_extra={"examples": [example]})


class Listing(BaseModel, Generic[Item]):
    """One page of a list. ``next_cursor`` is handed back as ``cursor`` to go on; null at the end."""

    items: list[Item]
    next_cursor: str | None = None


class FieldFault(BaseModel):
    """One field that cannot be used."""

    field: str = Field(examples=["title"])
    message: str = Field(examples=["Field required"])


class Problem(BaseModel):
    """An error as RFC 9457 describes it, with a code for programs and a remedy for people."""

    type: str = Field(examples=["/docs#entry-not-found"])
    title: str = Field(examples=["Not found"])
    status: int = Field(examples=[404])
    detail: str = Field(examples=["Entry 3f0c2f5e-8a52-4a0c-9a0e-0d3a6f0a9b11 was not found."])
    code: str = Field(examples=["entry-not-found"])
    remedy: str = Field(
        examples=["Check the id; it may have been removed, or belong to another organisation."]
    )
    instance: str = Field(examples=["/api/v1/entries/3f0c2f5e-8a52-4a0c-9a0e-0d3a6f0a9b11"])
    errors: list[FieldFault] | None = None


class PageQuery(Intake):
    """Which page of a list; what the list is filtered by is added by each."""

    cursor: str | None = Field(
        None, max_length=2000, description="`next_cursor` of the page before; none for the first page."
    )
    limit: int = Field(50, ge=1, le=200, description="Items a page at most.")

    @property
    def after(self) -> list[object] | None:
        """The position after which the page begins.

        Raises
        ------
        InvalidInput
            If the cursor is not one of ours.
        """
        return None if self.cursor is None else cursor.decode(self.cursor)


Id = Annotated[str, Path(max_length=64, pattern=r"^[\w-]+$", description="Its id.")]
AnyPage = Annotated[PageQuery, Query()]
Top = Annotated[int, Query(ge=1, le=100, description="Items at most, the best first.")]


def listing(items: Iterable[Item], next_after: Sequence[object] | None) -> Listing[Item]:
    """Return one page of a list."""
    return Listing(items=list(items), next_cursor=None if next_after is None else cursor.encode(next_after))
