"""Tags and their samples as the API tells them."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from mes.web.models import TagInfo, Time

QualityWord = Literal["good", "uncertain", "bad"]


class TagSource(TagInfo):
    """A tag, and where its values come from."""

    type: str = Field(description="bool, a kind of number, or string.", examples=["float32"])
    device: str = Field(description="Its device in the plant file.", examples=["plc-1"])
    edge: str = Field(description="The edge agent that reads it.", examples=["edge-1"])
    protocol: Literal["modbus", "opcua"]
    address: str | None = Field(
        description="Where the device has it: table, register and bit (Modbus) or node and path (OPC UA); null where "
        "it is made of other tags.",
        examples=["holding 30"],
    )
    made_of: list[str] = Field(description="The tags that it is made of.", examples=[[]])


class TagValue(BaseModel):
    """One sample."""

    at: Time = Field(description="When it was so, by the source.")
    value: float | None = Field(description="null exactly where the quality is bad.", examples=[21.5])
    quality: QualityWord


class ValueBucket(BaseModel):
    """Many samples: no extreme is lost."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Time = Field(alias="from")
    to: Time
    samples: int = Field(description="How many there are.", examples=[3600])
    good: float = Field(description="The share of them that is GOOD, 0 to 1.", examples=[1.0])
    missing_us: int = Field(description="For how long no value is known in it, microseconds.", examples=[0])
    first: TagValue | None = Field(description="null, as the next three, where every sample is bad.")
    min: TagValue | None
    max: TagValue | None
    last: TagValue | None


class ValueRun(BaseModel):
    """From when to when it was the same."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Time = Field(alias="from")
    to: Time
    value: str | float | None = Field(
        description="A word of the state tape, a product, a text, or the number as it was read; null where it is bad.",
        examples=["running"],
    )
    quality: QualityWord


class ValueGap(BaseModel):
    """A span of which no value is known: a line must not be drawn across it."""

    model_config = ConfigDict(populate_by_name=True)

    from_: Time = Field(alias="from")
    to: Time
    cause: Literal["no_samples", "bad"] = Field(description="bad: it was read, but could not be used.")


class TagValues(BaseModel):
    """The samples of one tag."""

    tag: str = Field(examples=["temperature"])
    role: str = Field(examples=["process_value"])
    unit: str = Field(examples=["°C"])
    samples: int = Field(description="How many there are in the window.", examples=[2678400])
    holds_us: int = Field(
        description="A sample holds until the next one, but not longer than this, microseconds; then a gap begins."
    )
    values: list[TagValue] = Field(description="Of a number: all samples, where they fit.")
    buckets: list[ValueBucket] = Field(
        description="Of a number: where the samples do not fit. Empty ones are left out."
    )
    runs: list[ValueRun] = Field(description="Of a state, product, order, alarm word, bool or text.")
    told_to: Time = Field(description="Runs and their gaps are told up to here: ask again from it for more.")
    gaps: list[ValueGap] = Field(
        description="Where no value is known. Beside buckets, where there are more than `points` of them, those that "
        "are shorter than a bucket are in its `missing_us` only."
    )


class ValuesAnswer(BaseModel):
    """The samples of some tags of a machine."""

    model_config = ConfigDict(populate_by_name=True)

    equipment: str = Field(examples=["press-1"])
    from_: Time = Field(alias="from")
    to: Time = Field(description="Cut at `as_of`.")
    as_of: Time = Field(
        description="Samples of frames that the database had then. Sent back with the window it gives the same answer "
        "again, but for a frame that was being written at that very moment."
    )
    tags: list[TagValues]
