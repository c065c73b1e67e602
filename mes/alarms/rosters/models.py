"""Rosters, policies and ways to call a person as the API takes and tells them."""

from datetime import UTC, datetime, time
from typing import Annotated, Literal, Self
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from config.on_call.escalation import MOST_STEPS
from mes.web.bounds import BEYOND, EARLIEST, ONE_LINE, Day, Instant, PlantId
from mes.web.models import GivenNames, Time
from mes.web.quantity import Number

Minutes = Annotated[float, Field(ge=0, le=7 * 1440, description="Minutes.", examples=[10])]
PriorityName = Literal["low", "medium", "high"]
Skill = Annotated[str, Field(min_length=1, max_length=64, pattern=ONE_LINE, examples=["plc"])]
Clock = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", max_length=5, examples=["08:00"])]
Text = Annotated[str, Field(max_length=200, pattern=ONE_LINE)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class RotationBody(_Body):
    """Members who take turns."""

    members: list[Number] = Field(max_length=50, description="Personnel numbers in the order of their turns.")
    days: int = Field(7, ge=1, le=366, description="How long a turn is.")
    handover: Clock = Field("08:00", description="When a turn begins, by the roster's clock.")
    first_day: Day = Field(description="On which the first member's turn begins.")
    shifts: list[PlantId] = Field([], max_length=20, description="Shifts of the calendar; empty: at all times.")
    skill: Skill | None = Field(None, description="Whoever takes a turn has it; null: none is needed.")


class RosterBody(_Body):
    """Who is on call when: all rotations together."""

    name: GivenNames
    zone: str | None = Field(None, max_length=64, pattern=ONE_LINE, description="Of its clock; null: the site's.")
    rotations: list[RotationBody] = Field([], max_length=20)
    active: bool = Field(True, description="false ends it.")

    @field_validator("zone")
    @classmethod
    def is_known(cls, zone: str | None) -> str | None:
        """A name of the IANA time zone database."""
        try:
            return zone if zone is None else ZoneInfo(zone).key
        except (ZoneInfoNotFoundError, ValueError, OSError) as err:
            raise ValueError("Write a time zone such as 'Asia/Shanghai'.") from err


class RosterAnswer(RosterBody):
    """A roster as it holds now, and who is on call."""

    id: str
    version: int
    on_call: list[str] = Field(description="Personnel numbers, now.")


class RosterOverrideBody(_Body):
    """Somebody is on call beside the others (add), is not (remove), or in place of another (replace)."""

    kind: Literal["add", "remove", "replace"]
    holder: Number = Field(description="Personnel number.", examples=["4711"])
    instead_of: Number | None = Field(None, description="Whom `replace` frees.")
    from_: Instant = Field(alias="from")
    to: Instant
    why: Text = ""

    @model_validator(mode="after")
    def makes_sense(self) -> Self:
        """An end after the begin; another person exactly where one is replaced."""
        if self.to <= self.from_:
            raise ValueError("'to' is not after 'from'.")
        if (self.kind == "replace") != (self.instead_of is not None):
            raise ValueError("'instead_of' names whom 'replace' frees, and belongs to it alone.")
        return self


class RosterOverrideAnswer(BaseModel):
    """An override that holds now or later."""

    model_config = ConfigDict(populate_by_name=True)

    id: UUID
    roster: str
    kind: Literal["add", "remove", "replace"]
    holder: str
    instead_of: str | None
    from_: Time = Field(alias="from")
    to: Time
    why: str
    person: str | None
    client: str


class EscalationStepBody(_Body):
    """Whom to call, so long after the step before: a roster, or a channel's group; never a person."""

    after_min: Minutes = 0
    roster: PlantId | None = None
    channel: PlantId | None = None

    @model_validator(mode="after")
    def calls_one(self) -> Self:
        """Exactly one of both."""
        if (self.roster is None) == (self.channel is None):
            raise ValueError("A step calls either a roster or a channel.")
        return self


class EscalationPolicyBody(_Body):
    """What an alarm of this owner does until somebody acknowledges."""

    name: GivenNames
    steps: list[EscalationStepBody] = Field(max_length=MOST_STEPS)
    repeat_every_min: Annotated[float, Field(ge=1, le=7 * 1440)] | None = Field(
        None, description="Minutes after the last step, from the first again; null: once."
    )
    repeats: Annotated[int, Field(ge=0, le=1000)] | None = Field(None, description="null: until acknowledged.")
    active: bool = True


class EscalationPolicyAnswer(EscalationPolicyBody):
    """A policy as it holds now."""

    id: str
    version: int


class WayBody(_Body):
    """How a person wants to be called for alarms of a priority."""

    holder: Number = Field(description="Personnel number.", examples=["4711"])
    priority: PriorityName
    channel: PlantId
    address: Text | None = Field(None, description="The person's own at that channel, as a mail address.")
    after_min: Minutes = 0
    quiet_from: Clock | None = Field(None, description="From here to quiet_to only high priority calls.")
    quiet_to: Clock | None = None

    @model_validator(mode="after")
    def quiet_has_both(self) -> Self:
        """A quiet time has a begin and an end."""
        if (self.quiet_from is None) != (self.quiet_to is None):
            raise ValueError("A quiet time needs both 'quiet_from' and 'quiet_to'.")
        return self


class WayAnswer(WayBody):
    """A way that holds."""

    id: UUID

    @property
    def quiet(self) -> tuple[time, time] | None:
        """The quiet time, from and to, by the site's clock."""
        if self.quiet_from is None or self.quiet_to is None:
            return None
        return clock(self.quiet_from), clock(self.quiet_to)


class SkillBody(_Body):
    """What somebody can do; `active: false` takes it back."""

    holder: Number = Field(description="Personnel number.", examples=["4711"])
    skill: Skill
    level: int = Field(1, ge=1, le=9)
    expires_on: Day | None = Field(None, description="Its last day; null: for good.")
    active: bool = True


class OnCallAnswer(BaseModel):
    """Who is on call by a roster at an instant."""

    roster: str
    at: Time
    persons: list[str] = Field(description="Personnel numbers in the order in which they are called.")


class TurnAnswer(BaseModel):
    """Who is on call from an instant to another."""

    model_config = ConfigDict(populate_by_name=True)

    roster: str
    from_: Time = Field(alias="from")
    to: Time
    persons: list[str]


class DryRunCall(BaseModel):
    """Whom a step would call, and how."""

    round: int
    step: int
    at: Time
    roster: str | None
    channel: str | None
    persons: list[str]
    unreachable: list[str] = Field(description="On call, and without a way for this priority.")
    ways: list[str] = Field(description="'4711 by mail at li@example.com, 5 min later' and the like.")
    skipped: bool = Field(description="Nobody was on call or could be reached: the next step follows at once.")


def instant(text: str, zone: str) -> datetime | None:
    """What a field of date and time says, by the clock of a zone; None where it names none from 2000 to 2199."""
    try:
        at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        return None
    return at.astimezone(UTC) if EARLIEST <= at < BEYOND else None


def clock(text: str) -> time:
    """'08:00' as a time of day."""
    return time.fromisoformat(text)
