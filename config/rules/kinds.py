"""When to call whom, as written in the plant file."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from graphlib import CycleError, TopologicalSorter
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.device import Strict, TagName
from config.durations import Duration, PositiveDuration
from config.rules.budget import Budget, FalseAlarms
from config.rules.facts import CounterSilent, OeeLow, ScrapRate, SlowCycle, StateTooLong
from config.rules.rule import Rule
from config.rules.values import ExpressionRule, RateOfChange, SpcRule, Stuck

# Of one machine, watched together: what they have to do with each other grows with the square of their number.
MOST_TAGS = 16
# What an anomaly rule calls the cycle time where a counter tells it.
CYCLE_TIME = "cycle_time"


class AlarmPolicy(Strict):
    """What holds for all alarms of the plant: how long one may be shelved at most, and what is a flood.

    Above `flood_above` alarms in ten minutes only high priority goes out singly, all else every `digest_every`.
    """

    shelve_at_most: Annotated[PositiveDuration, Field(le=timedelta(days=31))] = timedelta(hours=8)
    flood_above: Annotated[int, Field(ge=1, le=100_000)] = 10
    digest_every: Annotated[PositiveDuration, Field(le=timedelta(hours=1))] = timedelta(minutes=3)


class Stopped(Rule):
    """In planned time the machine has been down, stopped, starved or blocked for longer than this."""

    kind: Literal["stopped"]
    longer_than: PositiveDuration


class NoData(Rule):
    """Nothing trustworthy has come from the machine for this long."""

    kind: Literal["no_data"]
    longer_than: PositiveDuration


class Threshold(Rule):
    """A process value beyond a limit for `delay`; it clears when it is back by `deadband` for `off_delay`."""

    kind: Literal["threshold"]
    tag: TagName
    above: float | None = None
    below: float | None = None
    delay: Duration = timedelta(0)
    off_delay: Duration = timedelta(0)
    deadband: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def one_side(self) -> Self:
        """Exactly one of above and below."""
        if (self.above is None) == (self.below is None):
            raise ValueError(f"rule '{self.id}' needs either 'above' or 'below'; write two rules for two limits")
        return self


class Anomaly(Rule):
    """Process values unlike what they were in good time; no limit is written, but how often it may be wrong.

    No `tags`: every process value of the machine that is a number, and its cycle time.
    """

    kind: Literal["anomaly"]
    tags: Annotated[tuple[TagName, ...], Field(max_length=MOST_TAGS)] = ()
    budget: Budget = FalseAlarms(1, timedelta(weeks=1))
    every: Annotated[PositiveDuration, Field(le=timedelta(minutes=5))] = timedelta(seconds=10)
    learns: PositiveDuration = timedelta(hours=24)


class OrderLate(Rule):
    """A running order is expected to end after its due time by more than this."""

    kind: Literal["order_late"]
    by_more_than: Duration = timedelta(0)


class DataLoss(Rule):
    """An edge agent has lost samples, or they have not come, or were refused; noticed within this time."""

    kind: Literal["data_loss"]
    within: PositiveDuration = timedelta(hours=1)


class PlcAlarm(Rule):
    """A bit of an alarm word of the machine is on; each bit that has a text is an alarm of its own."""

    kind: Literal["plc_alarm"]


AnyRule = Annotated[
    Stopped
    | NoData
    | Threshold
    | Anomaly
    | OrderLate
    | DataLoss
    | PlcAlarm
    | RateOfChange
    | Stuck
    | ExpressionRule
    | SpcRule
    | StateTooLong
    | SlowCycle
    | ScrapRate
    | CounterSilent
    | OeeLow,
    Field(discriminator="kind"),
]


def suppression_fits(rules: Iterable[Rule]) -> None:
    """ValueError when `suppressed_by` names a rule that is not there, or leads in a circle."""
    suppressed_by: Mapping[str, tuple[str, ...]] = {rule.id: rule.suppressed_by for rule in rules}
    for id_, roots in suppressed_by.items():
        for root in roots:
            if root not in suppressed_by:
                raise ValueError(f"suppressed_by of rule '{id_}': '{root}' is not a rule; they are {[*suppressed_by]}")
    try:
        TopologicalSorter(suppressed_by).prepare()
    except CycleError as err:
        circle = " -> ".join(err.args[1])
        raise ValueError(f"suppressed_by leads in a circle: {circle}; take one of them out") from err
