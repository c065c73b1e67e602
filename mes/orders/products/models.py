"""Products, their versions, routings and documents as the API takes and tells them."""

from decimal import Decimal
from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from mes.orders.wish import Words
from mes.web.bounds import ONE_LINE, Instant, PlantId
from mes.web.models import GivenNames, Names, Time
from mes.web.quantity import Amount, Number, UnitCode

Tracking = Literal["none", "lot", "serial"]
# A month in microseconds: no step of a piece takes longer.
Cycle = Annotated[int, Field(ge=1, le=2_678_400_000_000)]
Ratio = Annotated[int, Field(ge=1, le=1_000_000_000_000)]
Label = Annotated[str, Field(min_length=1, max_length=40, pattern=ONE_LINE, examples=["B"])]


class ProductUnit(BaseModel):
    """Another unit: one of it is numerator / denominator base units, exactly."""

    model_config = ConfigDict(extra="forbid")

    unit: UnitCode
    numerator: Ratio = Field(examples=[1000])
    denominator: Ratio = Field(1, examples=[1])


class ProductFields(BaseModel):
    """What a product says of itself."""

    model_config = ConfigDict(extra="forbid")

    number: Number = Field(description="The company's material number.", examples=["A/12-3 #7"])
    names: GivenNames
    base_unit: UnitCode = Field("C62", description="All its quantities are in this unit.")
    tracking: Tracking = "none"
    units: Annotated[list[ProductUnit], Field(max_length=50)] = []
    retired: bool = Field(False, description="true: no new order takes it; it is never deleted.")


class ProductBody(ProductFields):
    """A product as it is to be."""

    @model_validator(mode="after")
    def each_unit_once(self) -> Self:
        """A unit has one ratio, and the base unit none but itself."""
        units = [self.base_unit, *(one.unit for one in self.units)]
        if len(set(units)) < len(units):
            raise ValueError("Give each unit once, and the base unit not among the others.")
        return self


class ProductAnswer(BaseModel):
    """A product; `source` says whether it stands in the plant file, which the API does not change."""

    number: str
    names: Names
    base_unit: str | None = Field(description="null: of the plant file, which says none.")
    tracking: Tracking
    units: list[ProductUnit]
    retired: bool
    source: Literal["api", "plant file"]
    version: int | None = Field(description="null: of the plant file.")
    person: str | None
    client: str | None
    at: Time | None


class RoutingStepFields(BaseModel):
    """A step: where it may be made, how long it takes, and what counts its parts."""

    model_config = ConfigDict(extra="forbid")

    step: Annotated[int, Field(ge=1, le=9999, examples=[10])]
    machines: Annotated[list[PlantId], Field(max_length=100, examples=[["press-1"]])] = []
    lines: Annotated[list[PlantId], Field(max_length=100)] = []
    ideal_cycle_us: Cycle | None = Field(
        None, description="Microseconds a count at best; it judges.", examples=[2_000_000]
    )
    standard_us: Cycle | None = Field(None, description="Microseconds a count as planned; it plans.")
    setup_us: Annotated[int, Field(ge=0, le=2_678_400_000_000)] | None = Field(
        None, description="Microseconds of a changeover.", examples=[1_800_000_000]
    )
    setup_family: Words | None = Field(None, description="Within a family no full changeover is needed.")
    units_per_count: Amount = Field(Decimal(1), description="Units that one part of the counter stands for.")
    count_source: Literal["counter", "operator"] = "counter"


class RoutingStepBody(RoutingStepFields):
    """A step of a routing as it is to be."""

    @model_validator(mode="after")
    def somewhere(self) -> Self:
        """Without a place nobody could make it."""
        if not self.machines and not self.lines:
            raise ValueError("Give 'machines' or 'lines': where this step may be made, the usual place first.")
        return self


class VersionFields(BaseModel):
    """What a version says of how its product is made, and from when until when."""

    model_config = ConfigDict(extra="forbid")

    label: Label
    valid_from: Instant | None = Field(None, description="Included; null: always.")
    valid_to: Instant | None = Field(None, description="Excluded; null: for good.")
    routing: Annotated[list[RoutingStepBody], Field(max_length=100)] = Field(
        [], description="In the order of `step`; empty: one step, where the order says."
    )

    @model_validator(mode="after")
    def in_order(self) -> Self:
        """Steps rise, and the range has an instant in it."""
        steps = [one.step for one in self.routing]
        if steps != sorted(set(steps)):
            raise ValueError("Give the steps of 'routing' in rising order, each once.")
        if self.valid_from and self.valid_to and self.valid_from >= self.valid_to:
            raise ValueError("Give a 'valid_to' after 'valid_from'.")
        return self


class ChangeVersionBody(VersionFields):
    """A draft as it is to be."""


class VersionBody(VersionFields):
    """A new draft."""

    product: Number = Field(examples=["A/12-3 #7"])


class ReleaseVersionBody(BaseModel):
    """What goes with a release."""

    model_config = ConfigDict(extra="forbid")

    replaces: UUID | None = Field(None, description="The released version that is retired at the same moment.")


class DocumentAnswer(BaseModel):
    """A drawing or work instruction of a version."""

    name: str = Field(examples=["drawing.pdf"])
    sha256: str
    media_type: str = Field(examples=["application/pdf"])
    size: int = Field(description="Bytes.", examples=[48_213])


class VersionAnswer(BaseModel):
    """A version with its routing and documents."""

    id: UUID | None = Field(description="null: the plant file's, which counts as one released version.")
    product: str
    label: str
    state: Literal["draft", "released", "retired"]
    valid_from: Time | None
    valid_to: Time | None
    routing: list[RoutingStepFields]
    documents: list[DocumentAnswer]
    source: Literal["api", "plant file"]
    version: int | None
    person: str | None
    client: str | None
    at: Time | None


class MethodVersion(BaseModel):
    """Which version was copied."""

    id: UUID
    label: str


class MethodDocument(BaseModel):
    """A document as it was at release."""

    name: str
    sha256: str
    media_type: str


class Method(BaseModel):
    """What was copied at release; later changes of the product touch nothing of it."""

    product: str
    product_version: MethodVersion | None = Field(description="null: none was in force, or of the plant file.")
    ideal_cycle_us: int | None
    standard_us: int | None
    setup_us: int | None
    setup_family: str | None
    units_per_count: str = Field(examples=["1"])
    count_source: Literal["counter", "operator"]
    documents: list[MethodDocument]
