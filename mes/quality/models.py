"""Inspection plans and inspections as the API takes and tells them."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from config.device import TagName
from config.rules.chart_rule_sets import RuleSet
from mes.quality.charts import VARIABLE, Chart
from mes.quality.constants import LARGEST_SUBGROUP
from mes.quality.due import Due, Trigger, Why
from mes.quality.verdict import Verdict
from mes.web.bounds import ONE_LINE, Instant, PlantId, Reason
from mes.web.models import Time
from mes.web.quantity import Number, Quantity

LARGEST_COUNT = 10**12
LARGEST_STEP = 2**31 - 1
Title = Annotated[str, Field(min_length=1, max_length=80, pattern=ONE_LINE, examples=["Screw torque"])]
UnitText = Annotated[str, Field(max_length=20, pattern=ONE_LINE, examples=["N·m"])]
OrderId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$", max_length=64, examples=["WO-1042"])]
Tag = Annotated[TagName, Field(max_length=63)]
Count = Annotated[int, Field(ge=0, le=LARGEST_COUNT)]


class CharacteristicBody(BaseModel):
    """What is measured (charts xbar_r, xbar_s, i_mr) or counted (p: nonconforming parts, c: defects)."""

    model_config = ConfigDict(extra="forbid")

    name: Title
    unit: UnitText = ""
    chart: Chart = Field(description="Which control chart its results make.", examples=["xbar_r"])
    subgroup_size: int = Field(
        1,
        ge=1,
        le=1_000_000,
        description="Values of one subgroup; of a p chart the usual number of parts.",
        examples=[5],
    )
    nominal: Quantity | None = Field(None, examples=["2.4"])
    lsl: Quantity | None = Field(None, description="Lower limit of the specification.", examples=["2.0"])
    usl: Quantity | None = Field(None, description="Upper limit of the specification.", examples=["2.8"])
    accept: int = Field(0, ge=0, le=1_000_000, description="Counted: with more than these it has failed.")
    rules: RuleSet = Field(RuleSet.WESTERN_ELECTRIC, description="By which rules its chart is judged.")
    tag: Tag | None = Field(None, description="Its values are read from this tag of `machine`, and not entered.")
    tag_every_s: Annotated[int, Field(ge=1, le=86_400)] | None = Field(
        None, description="Of a tag: seconds between two values of a subgroup, and between subgroups.", examples=[60]
    )

    @model_validator(mode="after")
    def fits_its_chart(self) -> Self:
        """Limits in their order, a subgroup that the chart can have, and no limits of what is counted."""
        if (self.tag is None) != (self.tag_every_s is None):
            raise ValueError("'tag' and 'tag_every_s' belong together: give both or neither.")
        if self.tag is not None and self.chart not in VARIABLE:
            raise ValueError("A tag tells values, no counts: take xbar_r, xbar_s or i_mr.")
        if self.lsl is not None and self.usl is not None and self.lsl >= self.usl:
            raise ValueError("'lsl' must be less than 'usl'.")
        if self.chart is Chart.I_MR and self.subgroup_size != 1:
            raise ValueError("A chart of individuals has 'subgroup_size' 1; take xbar_r or xbar_s for more.")
        if self.chart in (Chart.XBAR_R, Chart.XBAR_S) and not 2 <= self.subgroup_size <= LARGEST_SUBGROUP:
            raise ValueError(f"'subgroup_size' of this chart is 2 to {LARGEST_SUBGROUP}; take i_mr for single values.")
        if self.chart not in VARIABLE and (self.nominal, self.lsl, self.usl) != (None, None, None):
            raise ValueError("What is counted has no 'nominal', 'lsl' and 'usl'; 'accept' says how many are allowed.")
        return self


class PlanBody(BaseModel):
    """An inspection plan: it is made whole, released, and never edited; a new one takes its place."""

    model_config = ConfigDict(extra="forbid")

    name: Title = Field(examples=["In-process, pump X20"])
    product: Number = Field(description="Number of the product.", examples=["bracket-a"])
    product_version: Number | None = Field(None, description="null: every version.")
    step: Annotated[int, Field(ge=1, le=LARGEST_STEP)] | None = Field(None, description="Step of the routing.")
    machine: PlantId | None = Field(None, description="null: wherever the product is made.", examples=["press-1"])
    trigger: Trigger = Field(description="What makes an inspection due.", examples=["every_n"])
    every_parts: Annotated[int, Field(ge=1, le=LARGEST_COUNT)] | None = Field(
        None, description="Of trigger every_n: parts between two inspections.", examples=[500]
    )
    every_s: Annotated[int, Field(ge=60, le=31 * 86_400)] | None = Field(
        None, description="Of trigger every_t: seconds between two inspections."
    )
    tag: Tag | None = Field(None, description="Of trigger tag: due when it becomes other than 0.")
    characteristics: Annotated[list[CharacteristicBody], Field(min_length=1, max_length=50)]

    @model_validator(mode="after")
    def has_what_its_trigger_needs(self) -> Self:
        """Exactly the key that belongs to the trigger."""
        keys = {"every_parts": Trigger.EVERY_N, "every_s": Trigger.EVERY_T, "tag": Trigger.TAG}
        for key, trigger in keys.items():
            given = getattr(self, key) is not None
            if given and self.trigger is not trigger:
                raise ValueError(f"'{key}' belongs to trigger '{trigger}': take it away or change 'trigger'.")
            if not given and self.trigger is trigger:
                raise ValueError(f"Trigger '{trigger}' needs '{key}'.")
        if self.trigger is Trigger.TAG and self.machine is None:
            raise ValueError("Trigger 'tag' needs 'machine': the tag is one of its tags.")
        if self.machine is None and any(one.tag for one in self.characteristics):
            raise ValueError("A characteristic with a tag needs 'machine': the tag is one of its tags.")
        names = [one.name for one in self.characteristics]
        if len(set(names)) != len(names):
            raise ValueError("Two characteristics have one name: give each its own.")
        return self


class CharacteristicAnswer(BaseModel):
    """A characteristic of a plan."""

    id: UUID
    name: str
    kind: Literal["variable", "attribute"]
    unit: str
    chart: Chart
    subgroup_size: int
    nominal: Quantity | None
    lsl: Quantity | None
    usl: Quantity | None
    accept: int
    rules: RuleSet
    tag: str | None
    tag_every_s: int | None


class PlanAnswer(BaseModel):
    """An inspection plan with its characteristics."""

    id: UUID
    name: str
    product: str
    product_version: str | None
    step: int | None
    machine: str | None
    trigger: Trigger
    every_parts: int | None
    every_s: int | None
    tag: str | None
    state: Literal["draft", "released", "retired"]
    released_at: Time | None
    retired_at: Time | None
    version: int = Field(description="Grows with each change of state.")
    person: str | None
    client: str
    at: Time
    characteristics: list[CharacteristicAnswer]


class ResultBody(BaseModel):
    """One value, or so many nonconforming of so many."""

    model_config = ConfigDict(extra="forbid")

    characteristic: UUID
    piece: int = Field(1, ge=1, le=LARGEST_SUBGROUP, description="Which piece of the subgroup, from 1 on.")
    value: Quantity | None = Field(None, description="What was measured.", examples=["2.41"])
    nonconforming: Count | None = Field(None, description="What was counted.", examples=[None])
    of: Annotated[int, Field(ge=1, le=LARGEST_COUNT)] | None = Field(None, description="Parts inspected.")

    @model_validator(mode="after")
    def says_one_thing(self) -> Self:
        """Either a value, or a count with its number."""
        if (self.nonconforming is None) != (self.of is None) or (self.value is None) == (self.nonconforming is None):
            raise ValueError("Give either 'value', or 'nonconforming' and 'of'; leave out what was not measured.")
        return self


class InspectionBody(BaseModel):
    """An inspection with the results that there are; what is missing is left out and can be corrected in later."""

    model_config = ConfigDict(extra="forbid")

    plan: UUID
    machine: PlantId | None = Field(None, examples=["press-1"])
    operation: UUID | None = None
    order: OrderId | None = None
    lot: Number | None = None
    serial: Number | None = None
    taken_at: Instant | None = Field(None, description="When it was taken; left out: now. Not in the future.")
    results: Annotated[list[ResultBody], Field(max_length=1000)] = []


class CorrectionBody(ResultBody):
    """What takes the place of a result, or adds one that was missing; without any value there is none."""

    why: Reason = Field(examples=["Gauge was not zeroed"])

    @model_validator(mode="after")
    def says_one_thing(self) -> Self:
        """A value, or a count with its number, or nothing."""
        if (self.nonconforming is None) != (self.of is None) or (self.value is not None and self.of is not None):
            raise ValueError("Give either 'value', or 'nonconforming' and 'of', or none of them to take it back.")
        return self


class ResultAnswer(BaseModel):
    """A result as it holds now."""

    characteristic: UUID
    piece: int
    value: Quantity | None
    nonconforming: int | None
    of: int | None
    verdict: Verdict
    corrected: bool


class InspectionAnswer(BaseModel):
    """An inspection with its results and the verdict that follows from them."""

    id: UUID
    plan: UUID
    plan_name: str
    machine: str | None
    operation: UUID | None
    order: str | None
    lot: str | None
    serial: str | None
    taken_at: Time
    verdict: Verdict
    missing: int = Field(description="Results that the plan asks for and that are not there.")
    results: list[ResultAnswer]
    person: str | None
    client: str
    at: Time


class DueRow(BaseModel):
    """Whether an inspection by a plan is due on a machine."""

    plan: UUID
    plan_name: str
    machine: str
    product: str
    trigger: Trigger
    due: Due = Field(description="unknown where parts, product or tag are not known: that is not 'no'.")
    since: Time | None
    why: Why | None = Field(description="Why it is not known.")
    parts_low: int | None = Field(
        description="Parts since the last inspection, at least; null: not counted, or not due by parts."
    )
    parts_high: int | None = Field(description="At most; null: not known.")
    every_parts: int | None
    last_taken_at: Time | None


class DueAnswer(BaseModel):
    """What is due now."""

    as_of: Time
    items: list[DueRow]
