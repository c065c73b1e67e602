"""Rules about what a machine did: its states, its parts, its cycle, its OEE."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.device import Id
from config.durations import PositiveDuration
from config.rules.rule import Rule
from config.state_rules import StateWord

Share = Annotated[float, Field(gt=0, lt=1)]
Window = Annotated[PositiveDuration, Field(ge=timedelta(minutes=1), le=timedelta(hours=24))]
LastParts = Annotated[int, Field(ge=2, le=100_000)]


class StateTooLong(Rule):
    """In planned time the machine has been in one of these states, without another between, for longer than this."""

    kind: Literal["state_too_long"]
    states: Annotated[tuple[StateWord, ...], Field(min_length=1)]
    longer_than: PositiveDuration


class CounterSilent(Rule):
    """The machine runs and no part has been counted for longer than this."""

    kind: Literal["counter_silent"]
    longer_than: PositiveDuration


class OverParts(Rule):
    """What looks at the last parts: those of the last `over`, or the last `parts` of the last 24 hours."""

    over: Window | None = None
    parts: LastParts | None = None

    @model_validator(mode="after")
    def one_window(self) -> Self:
        """Exactly one of over and parts."""
        if (self.over is None) == (self.parts is None):
            raise ValueError(f"rule '{self.id}' needs either 'over', such as 1h, or 'parts', such as 100")
        return self


class SlowCycle(OverParts):
    """A running machine takes longer for a part than the ideal cycle by more than `slower_by`, a share."""

    kind: Literal["slow_cycle"]
    slower_by: Annotated[float, Field(gt=0, le=100)]
    at_least: Annotated[int, Field(ge=1, le=100_000)] = 5


class ScrapRate(OverParts):
    """The share of scrap among the last parts is above this; nothing is said of fewer than `at_least` parts."""

    kind: Literal["scrap_rate"]
    above: Share
    at_least: Annotated[int, Field(ge=1, le=100_000)] = 20


class OeeLow(Rule):
    """The OEE of machines or lines over the last full hours is below this, and enough of them was observed."""

    kind: Literal["oee_low"]
    below: Share
    lines: tuple[Id, ...] = ()
    over: Annotated[PositiveDuration, Field(ge=timedelta(hours=1), le=timedelta(hours=24))] = timedelta(hours=1)
    completeness: Annotated[float, Field(ge=0, le=1)] = 0.9

    @model_validator(mode="after")
    def whole_hours(self) -> Self:
        """Sums are kept by the hour; and a rule is of machines or of lines."""
        if self.over % timedelta(hours=1):
            raise ValueError(f"rule '{self.id}': 'over' is in whole hours, such as 1h or 8h")
        if self.lines and self.machines:
            raise ValueError(f"rule '{self.id}' is of 'machines' or of 'lines': write two rules for both")
        return self
