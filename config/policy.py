"""How time and stops are judged, as a site writes it in the plant file."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import Field

from config.device import Id, Strict
from config.durations import Duration
from config.state_rules import StateWord

Booking = Literal["producing", "setup", "delay", "down", "planned_stop"]
LossWord = Literal["breakdown", "setup", "no_work"]


class PolicyText(Strict):
    """A policy of the site: what it does not say is as in the built-in policy that it is based on."""

    name: Id
    version: Annotated[int, Field(ge=1)]
    based_on: Literal["iso-22400-2", "tpm-classic"] = "iso-22400-2"
    states: Annotated[dict[StateWord, Booking], Field(default_factory=dict)]
    losses: Annotated[dict[StateWord, LossWord], Field(default_factory=dict)]
    minor_stop: Duration | None = None
    minor_states: tuple[StateWord, ...] | None = None
    minor_as: Literal["own", "producing", "delay", "down"] | None = None
    failures: tuple[StateWord, ...] | None = None
    startup: Duration | None = None
    startup_after: tuple[StateWord, ...] | None = None
    failure_divisor: Literal["failures", "failures_plus_1"] | None = None

    @property
    def minor_stop_us(self) -> int | None:
        """The threshold in microseconds, or None where the site does not say one."""
        return None if self.minor_stop is None else self.minor_stop // timedelta(microseconds=1)

    @property
    def startup_us(self) -> int | None:
        """The start-up time in microseconds, or None where the site does not say one."""
        return None if self.startup is None else self.startup // timedelta(microseconds=1)
