"""Rules about the values of a machine's tags, sample by sample."""

from datetime import timedelta
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from config.device import TagName
from config.durations import Duration, PositiveDuration
from config.rules.chart_rule_sets import RuleSet
from config.rules.rule import Rule
from config.state_rules import Condition


class RateOfChange(Rule):
    """A value has risen by more than `above` within `within`, or fallen by more than `below`; both are positive."""

    kind: Literal["rate_of_change"]
    tag: TagName
    above: Annotated[float | None, Field(gt=0)] = None
    below: Annotated[float | None, Field(gt=0)] = None
    within: Annotated[PositiveDuration, Field(le=timedelta(hours=8))]

    @model_validator(mode="after")
    def one_side(self) -> Self:
        """Exactly one of above and below."""
        if (self.above is None) == (self.below is None):
            raise ValueError(
                f"rule '{self.id}' needs either 'above' (it rises by more) or 'below' (it falls by more): "
                "write two rules for both"
            )
        return self


class Stuck(Rule):
    """While the machine runs, a value has not moved by more than `band` for longer than this."""

    kind: Literal["stuck"]
    tag: TagName
    longer_than: Annotated[PositiveDuration, Field(le=timedelta(days=7))]
    band: Annotated[float, Field(ge=0)] = 0.0


class SpcRule(Rule):
    """The means of a value over `every` break a rule of control charts about `centre` and `sigma`, that of such a mean.

    Both are what the frozen limits of a chart say: its centre line, and a third of the way to its upper limit.
    """

    kind: Literal["spc"]
    tag: TagName
    every: Annotated[PositiveDuration, Field(ge=timedelta(seconds=1), le=timedelta(hours=1))] = timedelta(minutes=1)
    centre: float
    sigma: Annotated[float, Field(gt=0)]
    rules: RuleSet = RuleSet.WESTERN_ELECTRIC


class ExpressionRule(Rule):
    """A condition over several tags of one machine has held for `delay`; a hyphen in a tag is an underscore in it."""

    kind: Literal["expression"]
    condition: Annotated[Condition, Field(alias="if")]
    delay: Duration = timedelta(0)
    off_delay: Duration = timedelta(0)
