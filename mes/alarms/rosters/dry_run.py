"""Whom an alarm would call, how and when, before there is one. Pure."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from config.on_call.escalation import Call, Policy, WhoIsOnCall, dry_run, with_channels
from config.on_call.rows import quiet_until
from config.plant import Plant
from contract.sample import from_us
from mes.alarms.rosters.models import DryRunCall, WayAnswer

MOST_CALLS = 200


def calls_of(
    policy: Policy, span: tuple[int, int], who: WhoIsOnCall, ways: Sequence[WayAnswer], priority: str, plant: Plant
) -> list[DryRunCall]:
    """Every call of an alarm that stands from the begin of a span, with nobody acknowledging it until the end.

    A channel that the plant file has no more reaches nobody.
    """
    channels = {channel.id for channel in plant.channels}
    of: dict[str, list[WayAnswer]] = {}
    for way in ways:
        if way.priority == priority and way.channel in channels:
            of.setdefault(way.holder, []).append(way)

    def reachable(roster: str, at_us: int) -> tuple[str, ...]:
        return tuple(person for person in who(roster, at_us) if person in of)

    calls = dry_run(with_channels(policy, channels), *span, reachable)[:MOST_CALLS]
    on_call = [() if call.roster is None else who(call.roster, call.at_us) for call in calls]
    return [_call(call, persons, of, priority, plant.site.zone) for call, persons in zip(calls, on_call, strict=True)]


def _call(
    call: Call, on_call: Sequence[str], ways: Mapping[str, Sequence[WayAnswer]], priority: str, zone: str
) -> DryRunCall:
    told = [_way(call, way, priority, zone) for person in call.persons for way in ways.get(person, ())]
    values: dict[str, Any] = {name: getattr(call, name) for name in ("round", "step", "roster", "channel")}
    unreachable = [person for person in on_call if person not in ways]
    return DryRunCall(
        **values,
        at=from_us(call.at_us),
        persons=list(call.persons),
        unreachable=unreachable,
        ways=told,
        skipped=call.skipped,
    )


def _way(call: Call, way: WayAnswer, priority: str, zone: str) -> str:
    """'4711 by mail at li@example.com, 5 min later'."""
    due = from_us(call.at_us) + timedelta(minutes=way.after_min)
    ends = None if way.quiet is None or priority == "high" else quiet_until(due, zone, *way.quiet)
    minutes = ((ends or due) - from_us(call.at_us)).total_seconds() / 60
    at = f" at {way.address}" if way.address else ""
    return f"{way.holder} by {way.channel}{at}" + (f", {minutes:g} min later" if minutes else "")
