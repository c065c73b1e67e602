"""Sign-ons as the API takes and tells them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.people.models_people import PersonNumber
from mes.web.models import Time

Badge = Annotated[str, Field(min_length=4, max_length=64, pattern=r"^[\x21-\x7e]*$", examples=["0012345678"])]
Pin = Annotated[str, Field(pattern=r"^[0-9]{4,8}$", max_length=8, examples=["2580"])]
Method = Literal["badge", "pin", "login"]


class SignOnBody(BaseModel):
    """Who signs on at a station: by badge, or by number and PIN."""

    model_config = ConfigDict(extra="forbid")

    badge: (
        Annotated[str, Field(min_length=4, max_length=64, pattern=r"^[\x21-\x7e]*$", examples=["0012345678"])] | None
    ) = None
    number: PersonNumber | None = None
    pin: Pin | None = None
    station: UUID | None = Field(None, description="Where a program asks; a station's own browser is known by itself.")


class SignOnAnswer(BaseModel):
    """A person at a station, from and until."""

    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    person: str = Field(description="The personnel number.", examples=["4711"])
    station: UUID
    station_name: str = Field(examples=["Press tablet"])
    machines: list[str] = Field(examples=[["press-1", "press-2"]])
    operation: UUID | None
    method: Method
    from_: Time = Field(alias="from")
    to: Time | None = Field(description="null: still signed on.")
