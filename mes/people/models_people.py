"""Persons and their roles as the API takes and tells them."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.people.roles import Role
from mes.web.bounds import Instant, PersonName, PlantId
from mes.web.models import Time
from mes.web.quantity import Number

PersonNumber = Annotated[Number, Field(description="What the company calls the person, for good.", examples=["4711"])]


class PersonBody(BaseModel):
    """A person as HR sends it."""

    model_config = ConfigDict(extra="forbid")

    number: PersonNumber
    name: Annotated[PersonName, Field(examples=["Li Wei"])]
    language: Literal["en", "zh"] | None = None
    active_from: Instant = Field(description="From when on the person may act.")
    active_to: Instant | None = Field(None, description="Until when, excluded; null: no end is known.")


class RoleGrantBody(BaseModel):
    """A role for a person."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)

    role: Role
    place: PlantId = Field(description="The site, which is all of it, or a line.", examples=["stamping"])
    from_: Instant | None = Field(None, alias="from", description="Now where left out.")
    to: Instant | None = Field(None, description="Until when, excluded; null: no end is known.")


class RoleGrantAnswer(BaseModel):
    """A role that a person has, had, or will have."""

    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    role: Role
    place: str = Field(examples=["stamping"])
    from_: datetime = Field(alias="from", description="UTC.", examples=["2026-01-31T06:00:00Z"])
    to: datetime | None = Field(description="UTC; null: no end is known.")


class PersonAnswer(BaseModel):
    """A person, with all roles ever granted."""

    id: UUID
    number: str
    name: str | None = Field(description="null once it was erased.")
    language: Literal["en", "zh"] | None
    active_from: Time
    active_to: Time | None
    erased_at: Time | None
    version: int = Field(description="Rises by one with each change of the person.", examples=[1])
    role_grants: list[RoleGrantAnswer]
