"""A seed → what goes wrong in the month: what was never read, what was lost, and in what order the rest came."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from contract.gap import Cause, Gap
from tests.month.feed import FRAME_US, Sent, Tell, frames
from tests.month.life import BEGIN_US, END_US, PLANT, Life, Readings, nodes
from tests.month.reckon import Reckoner
from tests.month.windows import Span
from tests.support.size import sized

MINUTE_US = 60_000_000
# So often a device is away, and for so long.
AWAYS, AWAY_US = sized(5), (20 * 1_000_000, 3 * 60 * MINUTE_US)
DAY_US = 86_400_000_000
# Of the frames so many never come, half as many after the month and half as many days late; so many come twice.
LOST, DAYS_LATE, TWICE = 0.006, 3, 0.96
CALM_US = 3 * 60 * MINUTE_US


@dataclass(frozen=True)
class Harm:
    """`first` is how the frames come, doubled and out of order; `late` are those that come after the month.

    `unobserved` are of each machine the spans of which something is not known before these, `unobserved_at_last` those
    of which it is not known after them.
    """

    first: Sequence[Sent]
    late: Sequence[Sent]
    unobserved: Mapping[str, Sequence[Span]]
    unobserved_at_last: Mapping[str, Sequence[Span]]


def harmed(life: Life, truths: Mapping[str, Reckoner]) -> Harm:
    """The same seed harms in the same way."""
    dice = Random(f"harm/{life.seed}")
    away = {machine.id: list(_away(dice, truths[machine.id].resets)) for machine in PLANT.machines}
    readings, tells = _unread(life, away)
    sent = frames(life.names, readings, tells)
    first: list[tuple[float, Sent]] = []
    late: list[Sent] = []
    lost: list[Sent] = []
    for one in (one for of_node in sent.values() for one in of_node):
        fate = dice.random() if BEGIN_US + CALM_US < one.edge_us < END_US - CALM_US else 0.5
        if fate < LOST:
            lost.append(one)
        elif fate < 1.5 * LOST:
            late.append(one)
        elif fate < 2 * LOST:
            first.append((one.edge_us + DAYS_LATE * DAY_US, one))
        else:
            # Some change places with their neighbours.
            first.append((one.edge_us + (dice.uniform(0, 5) * FRAME_US if fate > 0.8 else 0), one))
        if fate > TWICE:
            first.append((one.edge_us + dice.uniform(0, 2) * DAY_US, one))
    first.sort(key=lambda come: come[0])
    dice.shuffle(late)
    return Harm([one for _, one in first], late, _unobserved(away, [*lost, *late]), _unobserved(away, lost))


def _away(dice: Random, resets: Sequence[int]) -> Iterator[Span]:
    """Spans in which a device cannot be reached, apart: seconds to hours, and around some power cuts."""
    begun = [dice.randrange(BEGIN_US + CALM_US, END_US - 2 * CALM_US) for _ in range(AWAYS)]
    spans = [(at, at + int(AWAY_US[0] * (AWAY_US[1] / AWAY_US[0]) ** dice.random())) for at in begun]
    for at in dice.sample(resets, min(2, len(resets))):
        if BEGIN_US + CALM_US < at < END_US - CALM_US:
            spans.append((at - dice.randrange(40 * MINUTE_US), at + dice.randrange(1, 40 * MINUTE_US)))
    end = 0
    for start, stop in sorted(spans):
        if start > end + MINUTE_US:
            yield start, stop
            end = stop


def _unread(life: Life, away: Mapping[str, Sequence[Span]]) -> tuple[Readings, list[Tell]]:
    """What is left of the readings, with what the agents say where a device goes and comes back."""
    r = life.readings
    kept = np.ones(r.series.size, np.bool_)
    more: list[tuple[int, int, int, float]] = []
    tells: list[Tell] = []
    node_of = nodes()
    for machine, spans in away.items():
        own = [n for n, name in enumerate(life.names) if name.startswith(f"{machine}/")]
        mine = np.isin(r.series, own)
        for start, stop in spans:
            kept &= ~(mine & (r.source_us > start) & (r.source_us < stop))
            for n in own:
                told = (r.series == n) & (r.source_us <= stop)
                shown = float(r.value[told][np.argmax(r.source_us[told])])
                more += [(n, start + 1, start + 2_000_000, np.nan), (n, stop, stop + 1_000, shown)]
            for at, end in ((start + 2_000_000, None), (stop + 1_000, stop)):
                gap = Gap(cause=Cause.DEVICE_AWAY, device=f"{machine}-plc", from_us=start, to_us=end)
                tells.append(Tell(node_of[machine], at, gap, [life.names[n] for n in own]))
    columns = (np.array(column) for column in zip(*more, strict=True))
    series, source, edge, value = (
        np.concatenate((old[kept], new))
        for old, new in zip((r.series, r.source_us, r.edge_us, r.value), columns, strict=True)
    )
    order = np.argsort(edge, kind="stable")
    return Readings(series[order], source[order], edge[order], value[order]), tells


def _unobserved(away: Mapping[str, Sequence[Span]], lost: Sequence[Sent]) -> dict[str, list[Span]]:
    """Of each machine the spans of which something was destroyed."""
    node_of = nodes()
    return {
        machine: sorted([*spans, *((one.first_us, one.edge_us) for one in lost if one.node == node_of[machine])])
        for machine, spans in away.items()
    }
