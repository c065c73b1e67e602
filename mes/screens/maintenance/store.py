"""Database → one alarm with all that a technician wants to see beside it."""

from dataclasses import dataclass
from datetime import timedelta

from config.plant import Plant
from config.rules.kinds import Anomaly, Threshold
from config.shifts import planned_spans
from contract.sample import MICROSECOND, State, from_us, to_us
from mes.alarms.models import AlarmAnswer, AlarmHistory, JournalEntry
from mes.alarms.store import alarms, furthest_off, history, how_often, journals
from mes.calendar.store import read_calendar
from mes.facts.model import MachineFacts, Span
from mes.facts.store import read_facts
from mes.screens.drawing import Drawing, drawing
from mes.screens.trends.asked import Drawn, View
from mes.screens.trends.curve import curve
from mes.values.models import TagValues
from mes.values.store import reading
from mes.values.store_told import told_of
from mes.web.equipment import machines_of
from runtime.lending import Connection

BEFORE_US = timedelta(minutes=60) // MICROSECOND
AFTER_US = timedelta(minutes=30) // MICROSECOND
WEEK = timedelta(days=7)
POINTS = 1600
MOST_FOLLOWS = 50


@dataclass(frozen=True, slots=True)
class AlarmPicture:
    """One alarm, the minutes around it, and how it was before.

    `state` and since when are the machine's now, None where it is about no machine; `comments` what was said of
    earlier ones, by their ids. `root` is the alarm from which it follows, `follows` are those that follow from it.
    """

    told: AlarmHistory
    window: Span
    raised_x: float
    often: int
    facts: MachineFacts | None
    planned: list[Span]
    state: str | None
    state_since_us: int | None
    tag: Drawn | None
    values: Drawing | None
    trend: str | None
    comments: dict[int, list[JournalEntry]]
    root: AlarmAnswer | None
    follows: list[AlarmAnswer]


async def picture_of(conn: Connection, plant: Plant, id_: int, now_us: int) -> AlarmPicture:
    """All of it, or a Problem 404."""
    told = await history(conn, plant, id_)
    alarm, raised_us = told.alarm, to_us(told.alarm.raised_at)
    window = _around(raised_us, now_us)
    here = alarm.machine is not None and any(machine.id == alarm.machine for machine in plant.machines)
    facts, state, since, planned = None, None, None, list[Span]()
    if here and alarm.machine is not None:
        [machine] = machines_of(plant, alarm.machine)
        facts = (await read_facts(conn, plant, [machine], *window, parts=False))[machine]
        now = (await read_facts(conn, plant, [machine], now_us - 1, now_us, parts=False))[machine]
        state, since = State(int(now.state[-1])).name.lower(), now.first_since_us
        planned = planned_spans(await read_calendar(conn, plant.site), *window)
    tag = await _tag_of(conn, plant, told)
    values = None if tag is None else await _values(conn, plant, tag, window)
    view = View((tag,), span=window) if tag is not None else None
    ids = [one.id for one in told.earlier]
    return AlarmPicture(
        told=told,
        window=window,
        raised_x=round((raised_us - window[0]) * 100 / (window[1] - window[0]), 2),
        often=await how_often(conn, id_, from_us(now_us) - WEEK),
        facts=facts,
        planned=planned,
        state=state,
        state_since_us=since,
        tag=tag,
        values=None if tag is None or values is None else _drawn(plant, values, told, window),
        trend=view.link() if view else f"/trends?machine={alarm.machine}" if here else None,
        comments=await journals(conn, ids),
        root=(await alarms(conn, id_=alarm.root))[0] if alarm.root is not None else None,
        follows=await alarms(conn, root=id_, limit=MOST_FOLLOWS),
    )


def _around(raised_us: int, now_us: int) -> Span:
    """The hour before, and what came after, up to half an hour."""
    return raised_us - BEFORE_US, max(raised_us + 1_000_000, min(now_us, raised_us + AFTER_US))


async def _tag_of(conn: Connection, plant: Plant, told: AlarmHistory) -> Drawn | None:
    """The tag that the rule watches; of an anomaly the one that was furthest off."""
    rule = next((rule for rule in plant.rules if rule.id == told.alarm.rule), None)
    machine = next((machine for machine in plant.machines if machine.id == told.alarm.machine), None)
    if machine is None or not isinstance(rule, Threshold | Anomaly):
        return None
    name = rule.tag if isinstance(rule, Threshold) else await furthest_off(conn, told.alarm.id)
    return next((Drawn(machine, tag) for tag in machine.tags if tag.name == name), None)


async def _values(conn: Connection, plant: Plant, one: Drawn, window: Span) -> TagValues:
    ends = from_us(window[0]), from_us(window[1])
    async with reading(conn, one.machine.id, [one.tag], ends, None) as found:
        return await told_of(plant, one.machine, one.tag, found, found.series[0], window, POINTS)


def _drawn(plant: Plant, told: TagValues, alarm: AlarmHistory, window: Span) -> Drawing:
    rule = next(rule for rule in plant.rules if rule.id == alarm.alarm.rule)
    limits: list[tuple[float, bool]] = []
    if isinstance(rule, Threshold):
        limits = [(rule.above, True)] if rule.above is not None else [(rule.below or 0.0, False)]
    gaps = [(to_us(gap.from_) / 1e6, to_us(gap.to) / 1e6) for gap in told.gaps]
    return drawing(*curve(told), gaps, limits, window)
