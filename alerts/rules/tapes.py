"""State tape, planned time, lateness → does a rule hold? Pure; times are microseconds since 1970 UTC."""

from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum

from config.rules.kinds import NoData, OrderLate, Stopped
from config.rules.rule import Rule
from config.shifts import Span
from contract.sample import MICROSECOND, State

STANDING = frozenset({State.DOWN, State.STOPPED, State.STARVED, State.BLOCKED})
UNMOVED = STANDING | {State.NO_DATA}
Tape = Sequence[tuple[int, int]]


class Verdict(Enum):
    """Whether a rule holds; HOLD: it cannot be said now, so an alarm stays as it is."""

    ON = "on"
    OFF = "off"
    HOLD = "hold"


def judge_stopped(rule: Stopped, tape: Tape, planned: Sequence[Span], now_us: int) -> Verdict:
    """ON while the machine has stood for longer than allowed in planned time.

    `tape` is (at, state) up to now and reaches back to the last state that was not standing.
    NO_DATA within a stop is not counted and does not end it; outside planned time nothing is raised.
    """
    if not tape or tape[-1][1] == State.NO_DATA:
        return Verdict.HOLD
    if tape[-1][1] not in STANDING:
        return Verdict.OFF
    if stood_us(tape, planned, now_us) <= us(rule.longer_than):
        return Verdict.OFF
    return Verdict.ON if any(start <= now_us < end for start, end in planned) else Verdict.HOLD


def stood_us(tape: Tape, planned: Sequence[Span], now_us: int) -> int:
    """Planned time in the present stop, up to now; 0 when the machine does not stand."""
    return stood_in_us(STANDING, tape, planned, now_us)


def stood_in_us(states: Collection[int], tape: Tape, planned: Sequence[Span], now_us: int) -> int:
    """Planned time in which the machine has been in one of these states, up to now; NO_DATA between ends nothing."""
    total, until = 0, now_us
    for at_us, state in reversed(tape):
        if state not in states and state != State.NO_DATA:
            break
        if state in states:
            total += _shared(at_us, until, planned)
        until = at_us
    return total


def judge_no_data(rule: NoData, tape: Tape, watching_since_us: int, now_us: int) -> Verdict:
    """ON while the machine has been silent for longer than allowed.

    Silence counts from when this service began to watch at the earliest: after a start of the whole system
    the tape still ends where it ended then. Until that is known, an alarm stays as it is.
    """
    if tape and tape[-1][1] != State.NO_DATA:
        return Verdict.OFF
    silent_since = tape[-1][0] if tape else watching_since_us
    if now_us - max(silent_since, watching_since_us) > us(rule.longer_than):
        return Verdict.ON
    known = tape and silent_since >= watching_since_us
    return Verdict.OFF if known else Verdict.HOLD


def judge_order(rule: OrderLate, late_by: timedelta | None, late: bool | None) -> Verdict:
    """ON while the order is later than allowed, OFF at half of that, so that it does not chatter; None: HOLD.

    An order that mes does not call late, as the wall shows it, raises no alarm.
    """
    if late_by is None or late is None:
        return Verdict.HOLD
    if not late:
        return Verdict.OFF
    if late_by > rule.by_more_than:
        return Verdict.ON
    return Verdict.OFF if late_by <= rule.by_more_than / 2 else Verdict.HOLD


@dataclass(frozen=True, slots=True)
class Loss:
    """What was noticed of one edge agent: samples it gave up, frames that have not come, frames that were refused."""

    dropped: int
    missing: int
    refused: int
    damaged: bool

    def __bool__(self) -> bool:
        """True when anything was lost."""
        return self.damaged or self.dropped + self.missing + self.refused > 0


def concerns(rule: Rule, machines: Sequence[str]) -> bool:
    """True when the rule is for all machines or for one of these."""
    return not rule.machines or not set(rule.machines).isdisjoint(machines)


def us(duration: timedelta) -> int:
    """Whole microseconds."""
    return duration // MICROSECOND


def _shared(start: int, end: int, planned: Sequence[Span]) -> int:
    """The planned part of [start, end); `planned` is in order and without overlap."""
    first = max(0, bisect_right(planned, (start, start)) - 1)
    total = 0
    for span_start, span_end in planned[first:]:
        if span_start >= end:
            break
        total += max(0, min(end, span_end) - max(start, span_start))
    return total
