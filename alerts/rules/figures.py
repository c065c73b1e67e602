"""A machine's states, parts and OEE → do the rules about them hold? Pure; microseconds since 1970 UTC."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from alerts.rules.production import Production
from alerts.rules.tapes import Verdict, stood_in_us, us
from config.rules.facts import CounterSilent, OeeLow, OverParts, ScrapRate, SlowCycle, StateTooLong
from config.shifts import Span
from contract.sample import MICROSECOND, State

# How far back the last parts are looked for.
PARTS_WITHIN = timedelta(hours=8)
HOUR = timedelta(hours=1)
OfFacts = StateTooLong | CounterSilent | SlowCycle | ScrapRate


@dataclass(frozen=True, slots=True)
class Scrap:
    """So many of so many parts."""

    scrap: int
    parts: int


@dataclass(frozen=True, slots=True)
class Pace:
    """How long a part takes, and how long it takes at best; microseconds."""

    cycle_us: int
    ideal_us: int


@dataclass(frozen=True, slots=True)
class HourSums:
    """Of some hours of a machine or line: planned time, what of it was not seen, ideal time of the good parts."""

    planned_us: int
    unobserved_us: int
    ideal_good_us: int


Figure = float | timedelta | Scrap | Pace | None
Judged = tuple[Verdict, Figure]
UNSAID: Judged = (Verdict.HOLD, None)


def judge_figure(rule: OfFacts, seen: Production, planned: Sequence[Span], now_us: int) -> Judged:
    """The verdict and what it rests on."""
    match rule:
        case StateTooLong():
            return judge_state(rule, seen, planned, now_us)
        case CounterSilent():
            return judge_counter(rule, seen, now_us)
        case SlowCycle():
            return judge_cycle(rule, seen, now_us)
        case ScrapRate():
            return judge_scrap(rule, seen, now_us)


def judge_state(rule: StateTooLong, seen: Production, planned: Sequence[Span], now_us: int) -> Judged:
    """ON in planned time after longer than allowed; as for a stop, NO_DATA between is not counted and ends nothing."""
    states = {State[word.upper()] for word in rule.states}
    tape = seen.tape_upto(now_us, lambda state: state in states or state == State.NO_DATA)
    if not tape or tape[-1][1] == State.NO_DATA:
        return UNSAID
    if tape[-1][1] not in states:
        return Verdict.OFF, None
    stood_us = stood_in_us(states, tape, planned, now_us)
    if stood_us <= us(rule.longer_than):
        return Verdict.OFF, None
    on = any(start <= now_us < end for start, end in planned)
    return (Verdict.ON if on else Verdict.HOLD), stood_us * MICROSECOND


def judge_counter(rule: CounterSilent, seen: Production, now_us: int) -> Judged:
    """ON while it runs and has counted nothing for too long since it began to run; OFF when it stands, or counts."""
    state = seen.state(now_us)
    if state is None or state[1] == State.NO_DATA:
        return UNSAID
    if state[1] != State.RUNNING:
        return Verdict.OFF, None
    silent_us = now_us - max(state[0], seen.last_step_us(now_us) or state[0])
    return (Verdict.ON if silent_us > us(rule.longer_than) else Verdict.OFF), silent_us * MICROSECOND


def judge_cycle(rule: SlowCycle, seen: Production, now_us: int) -> Judged:
    """ON above, OFF at half of what is allowed; nothing is said of few parts, or while it does not run."""
    state, start_us = seen.state(now_us), _start(rule, seen, now_us)
    last_us = seen.last_step_us(now_us)
    if state is None or state[1] != State.RUNNING or start_us is None or last_us is None:
        return UNSAID
    first_us = seen.first_step_us(start_us, now_us)
    parts = seen.parts(first_us, last_us) if first_us is not None else 0
    if first_us is None or parts < rule.at_least:
        return UNSAID
    ideal_us = seen.ideals.upto(last_us) - seen.ideals.upto(first_us)
    if ideal_us <= 0:
        return UNSAID
    took_us = seen.running_us(first_us, last_us)
    slower = took_us / ideal_us - 1
    limit = rule.slower_by
    verdict = Verdict.ON if slower > limit else Verdict.OFF if slower <= limit / 2 else Verdict.HOLD
    return verdict, Pace(took_us // parts, ideal_us // parts)


def judge_scrap(rule: ScrapRate, seen: Production, now_us: int) -> Judged:
    """ON above the limit, OFF below it; nothing is said of too few parts."""
    start_us = _start(rule, seen, now_us)
    parts = seen.parts(start_us, now_us) if start_us is not None else 0
    if start_us is None or parts < rule.at_least:
        return UNSAID
    scrap = min(parts, seen.scrap(start_us, now_us))
    return (Verdict.ON if scrap > rule.above * parts else Verdict.OFF), Scrap(scrap, parts)


def judge_oee(rule: OeeLow, sums: HourSums | None) -> Judged:
    """Of the time that was seen; nothing is said when too little was, or nothing was planned."""
    seen_us = sums.planned_us - sums.unobserved_us if sums else 0
    if sums is None or seen_us <= 0 or seen_us < rule.completeness * sums.planned_us:
        return UNSAID
    oee = sums.ideal_good_us / seen_us
    return (Verdict.ON if oee < rule.below else Verdict.OFF), oee


def sums_over(hours: Mapping[datetime, HourSums], over: timedelta, until: datetime) -> HourSums | None:
    """Of the last full hours before an instant; the last three may not be summed yet. None when one is missing."""
    full = until.replace(minute=0, second=0, microsecond=0)
    end = next((full - HOUR * back for back in range(3) if full - HOUR * (back + 1) in hours), None)
    if end is None:
        return None
    wanted = [end - HOUR * (back + 1) for back in range(over // HOUR)]
    if any(hour not in hours for hour in wanted):
        return None
    of = [hours[hour] for hour in wanted]
    return HourSums(
        sum(one.planned_us for one in of), sum(one.unobserved_us for one in of), sum(one.ideal_good_us for one in of)
    )


def look_back(rule: OfFacts) -> timedelta:
    """How much of the counts of the past it needs."""
    if isinstance(rule, OverParts):
        return rule.over or PARTS_WITHIN
    return rule.longer_than if isinstance(rule, CounterSilent) else timedelta(0)


def _start(rule: OverParts, seen: Production, now_us: int) -> int | None:
    if rule.parts is not None:
        return seen.start_of_last(rule.parts, now_us)
    return now_us - us(rule.over or PARTS_WITHIN)
