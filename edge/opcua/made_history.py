"""What history told of the tags of a state → the state in an outage. Pure."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from contract.sample import MICROSECOND
from edge.channel import Channel, Floats, Ints, Meaning
from edge.opcua.history import Outage, Point, filled
from edge.replay import Replay
from edge.states import Made


def made_in(outage: Outage, made: Made, channels: Sequence[Channel]) -> tuple[Ints, Floats, Ints]:
    """The samples of a made state from the end of what was known until the first reading after the outage.

    All its tags are whole: what held before is known, then each change, and what was read first afterwards.
    `channels` are all of the source, with those that are read first.
    """
    begin, end = int(outage.bad_us[made.place]) + 1, int(outage.back_us[made.inputs].max())
    points = [Point(i, begin, float(outage.raw[i]), int(outage.quality[i])) for i in made.inputs]
    points += [
        replace(point, at_us=max(point.at_us, begin))
        for point in outage.inputs
        if point.channel in made.inputs and point.at_us > outage.bad_us[point.channel]
    ]
    for i in made.inputs:
        # One whose time is older has not changed in the outage.
        if outage.until_us[i] > begin:
            points.append(Point(i, int(outage.until_us[i]), float(outage.back_raw[i]), int(outage.back_quality[i])))
    raw, bad = np.array([p.raw for p in points]), np.array([p.quality for p in points], np.int64)
    value, quality, _ = Meaning([channels[p.channel] for p in points]).values(raw, bad)
    readings: dict[int, dict[int, tuple[float, int]]] = {}
    for point, number, good in zip(points, value.tolist(), quality.tolist(), strict=True):
        readings.setdefault(point.at_us, {})[point.channel] = (number, good)
    replay = Replay(channels)
    told = [one for at_us in sorted(readings) for one in replay.feed(at_us, readings[at_us])]
    waiting = replay.waiting_us(made.channel)
    end = end if waiting is None else min(end, waiting)
    own = [one for one in told if one.channel is made.channel and begin <= one.at_us < end]
    rows = {one.at_us: (one.value, one.quality) for one in own}
    at, step = np.array(sorted(rows), np.int64), made.channel.no_data_after // MICROSECOND // 2
    states = np.array([rows[at_us][0] for at_us in sorted(rows)], np.float64)
    sure = np.array([rows[at_us][1] for at_us in sorted(rows)], np.int64)
    return filled(at, states, sure, step, end) if at.size and step > 0 else (at, states, sure)
