"""Policies: where standards and vendors disagree, the choice has a name, a version and a hash. Pure."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from config.policy import PolicyText
from contract.sample import State


class Element(StrEnum):
    """A time element of ISO 22400-2 that a state can be booked to; PLANNED_STOP is taken out of planned busy time."""

    PRODUCING = "producing"
    SETUP = "setup"
    DELAY = "delay"
    DOWN = "down"
    PLANNED_STOP = "planned_stop"


class Loss(StrEnum):
    """What a longer stop is among the big losses; no_work is none of the six: there was nothing to make."""

    BREAKDOWN = "breakdown"
    SETUP = "setup"
    NO_WORK = "no_work"


class Divisor(StrEnum):
    """What times between failures are divided by; the printed standard has FE + 1."""

    FAILURES = "failures"
    FAILURES_PLUS_1 = "failures_plus_1"


@dataclass(frozen=True, slots=True)
class Policy:
    """How states become time elements and losses. Stored with every result; content never changes under one version.

    `booking` and `losses` have an entry for every State but NO_DATA (`losses` none for RUNNING).
    A stop in one of `minor_states` that is shorter than `minor_stop_us` is minor, and booked to `minor`,
    or as its state where that is None. A longer one in one of `failures` is a failure.
    Rejects within `startup_us` of the begin of production right after one of `startup_after` are start-up rejects.
    """

    name: str
    version: int
    booking: tuple[tuple[State, Element], ...]
    losses: tuple[tuple[State, Loss], ...]
    minor_stop_us: int
    minor_states: frozenset[State]
    minor: Element | None
    failures: frozenset[State]
    startup_us: int
    startup_after: frozenset[State]
    divisor: Divisor

    def content(self) -> dict[str, Any]:
        """All that it says, in words and numbers."""
        return {
            "states": {state.name.lower(): element.value for state, element in sorted(self.booking)},
            "losses": {state.name.lower(): loss.value for state, loss in sorted(self.losses)},
            "minor_stop_us": self.minor_stop_us,
            "minor_states": sorted(state.name.lower() for state in self.minor_states),
            "minor_as": self.minor.value if self.minor else "own",
            "failures": sorted(state.name.lower() for state in self.failures),
            "startup_us": self.startup_us,
            "startup_after": sorted(state.name.lower() for state in self.startup_after),
            "failure_divisor": self.divisor.value,
        }

    @property
    def hash(self) -> str:
        """Sixteen hexadecimal digits that stand for its content."""
        text = json.dumps(self.content(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:16]


TWO_MINUTES_US = 120_000_000
TEN_MINUTES_US = 600_000_000

# ISO 22400-2 books every stop that lengthens an order, minor stops included, as delay (ADET).
ISO = Policy(
    name="iso-22400-2",
    version=1,
    booking=(
        (State.RUNNING, Element.PRODUCING),
        (State.IDLE, Element.DOWN),
        (State.STARVED, Element.DELAY),
        (State.BLOCKED, Element.DELAY),
        (State.DOWN, Element.DELAY),
        (State.SETUP, Element.SETUP),
        (State.STOPPED, Element.DELAY),
        (State.MAINTENANCE, Element.DOWN),
    ),
    losses=(
        (State.IDLE, Loss.NO_WORK),
        (State.STARVED, Loss.BREAKDOWN),
        (State.BLOCKED, Loss.BREAKDOWN),
        (State.DOWN, Loss.BREAKDOWN),
        (State.SETUP, Loss.SETUP),
        (State.STOPPED, Loss.BREAKDOWN),
        (State.MAINTENANCE, Loss.SETUP),
    ),
    minor_stop_us=TWO_MINUTES_US,
    minor_states=frozenset({State.STARVED, State.BLOCKED, State.DOWN, State.STOPPED}),
    minor=None,
    failures=frozenset({State.DOWN}),
    startup_us=TEN_MINUTES_US,
    startup_after=frozenset({State.SETUP, State.MAINTENANCE}),
    divisor=Divisor.FAILURES_PLUS_1,
)
# Classic TPM: a minor stop is lost speed, so its time stays run time; without work there was no intention to run.
TPM = replace(
    ISO,
    name="tpm-classic",
    booking=tuple((s, Element.PLANNED_STOP if s is State.IDLE else element) for s, element in ISO.booking),
    minor=Element.PRODUCING,
    divisor=Divisor.FAILURES,
)
BUILT_IN = {policy.name: policy for policy in (ISO, TPM)}


def policies_of(texts: Sequence[PolicyText]) -> dict[str, Policy]:
    """All policies by name: the built-in ones and the site's own."""
    return BUILT_IN | {text.name: _policy(text) for text in texts}


def policy_from(name: str, version: int, content: Mapping[str, Any]) -> Policy:
    """The policy with this content, as `content()` told it."""
    minor = content["minor_as"]
    return Policy(
        name=name,
        version=version,
        booking=tuple((State[word.upper()], Element(element)) for word, element in content["states"].items()),
        losses=tuple((State[word.upper()], Loss(loss)) for word, loss in content["losses"].items()),
        minor_stop_us=content["minor_stop_us"],
        minor_states=_states(content["minor_states"], frozenset()),
        minor=None if minor == "own" else Element(minor),
        failures=_states(content["failures"], frozenset()),
        startup_us=content["startup_us"],
        startup_after=_states(content["startup_after"], frozenset()),
        divisor=Divisor(content["failure_divisor"]),
    )


def _policy(text: PolicyText) -> Policy:
    base = BUILT_IN[text.based_on]
    booking = dict(base.booking) | {State[word.upper()]: Element(element) for word, element in text.states.items()}
    losses = dict(base.losses) | {State[word.upper()]: Loss(loss) for word, loss in text.losses.items()}
    minor = base.minor if text.minor_as is None else None if text.minor_as == "own" else Element(text.minor_as)
    return Policy(
        name=text.name,
        version=text.version,
        booking=tuple(booking.items()),
        losses=tuple(losses.items()),
        minor_stop_us=base.minor_stop_us if text.minor_stop_us is None else text.minor_stop_us,
        minor_states=_states(text.minor_states, base.minor_states),
        minor=minor,
        failures=_states(text.failures, base.failures),
        startup_us=base.startup_us if text.startup_us is None else text.startup_us,
        startup_after=_states(text.startup_after, base.startup_after),
        divisor=base.divisor if text.failure_divisor is None else Divisor(text.failure_divisor),
    )


def _states(words: Sequence[str] | None, base: frozenset[State]) -> frozenset[State]:
    return base if words is None else frozenset(State[word.upper()] for word in words)
