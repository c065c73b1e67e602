"""Readings of a counter → steps: parts that were made between two readings. Pure, vectorised."""

from dataclasses import dataclass

import numpy as np

from config.device import MAX_RATE_FACTOR, Machine, Tag
from mes.facts.model import HIGHEST, LOWEST, Bools, Int64, Steps
from mes.facts.outages import NOWHERE, Outages
from mes.facts.plausible import PARTS_BEGUN, Pace, far, plausible, recall_us, returns
from mes.facts.tape import LARGEST, Readings

# After hours of silence any number of parts is possible: so a counter that wraps must also have stood in its last
# quarter, and be found in the half after it. A restart over a weekend would else become tens of thousands of parts.
LAST_QUARTER = 4
HALF = 2


@dataclass(frozen=True, slots=True)
class Model:
    """What the plant file says of a counter: after wraps_at - 1 it shows 0, two parts are never closer than
    `fastest_us`, and whether anybody sets it back to 0; None where it says nothing. Without `fastest_us` it is believed
    to be at most `rate_factor` times as fast as ideal. One count is `parts_per_count` parts.
    """

    wraps_at: int | None = None
    fastest_us: int | None = None
    resets: bool = True
    rate_factor: float = MAX_RATE_FACTOR
    parts_per_count: int = 1

    def pace(self, shortest_cycle_us: int) -> Pace:
        """How fast it may count."""
        if self.fastest_us is not None:
            fastest = self.fastest_us * self.parts_per_count
            return Pace(fastest, fastest, 1)
        ideal = shortest_cycle_us * self.parts_per_count
        return Pace(ideal, max(1, int(ideal / self.rate_factor)), PARTS_BEGUN)


def model_of(machine: Machine, tag: Tag) -> Model:
    """The model of a counter's tag."""
    return Model(tag.wraps_at, tag.fastest_us, tag.resets, machine.max_rate_factor, tag.parts_per_count)


def counts(readings: Readings) -> Readings:
    """The readings that can be a count: no counter shows less than 0."""
    return readings.usable(0, LARGEST)


def steps(
    readings: Readings,
    model: Model,
    shortest_cycle_us: int,
    no_data_after_us: int,
    outages: Outages = NOWHERE,
    heard_us: int = 0,
    *,
    from_first: bool = False,
) -> Steps:
    """The steps of a counter. The first good reading is where counting begins; BAD readings are passed over.
    With `from_first` it is the first of all, and what was before it has a step without parts.

    A step is bridged when its two readings lie far apart, or an outage lies between them.
    Certain are a rise that the machine can have made, and of a counter that falls: a wrap, when it can have wrapped and
    the wrapped step is possible in the time; what it shows after it was set back to 0, when the machine can have made
    that meanwhile and it fell further than a person corrects. Parts made before a reset are not known, and not guessed.
    Of a counter that nobody sets back only a wrap is certain. No part is certain of what the machine cannot have made,
    nor of the way back from a value that was misread; that way back is as long as the value was shown.
    Where not all is certain `most` is larger than `parts`: what can be made in the time at the shortest ideal cycle, or
    at `fastest_us`. So it is for a step across a silence in which a reset, or a whole turn of the counter, would have
    gone unnoticed. With `fastest_us` a fall that may be either is taken for a reset.
    Where the machine was `heard_us` so long after the last reading that the counter is silent, a last step without
    parts is open from there on.
    """
    samples = counts(readings)
    at, raw = samples.at, samples.value.astype(np.int64)
    pace = model.pace(shortest_cycle_us)
    parts, undecided, wrapped, since = _certain(at, raw, model, pace, no_data_after_us)
    elapsed = at[1:] - since
    bridged = (elapsed > no_data_after_us) | (outages.after(since) < at[1:])
    can_make = elapsed // pace.ideal + 1
    undecided |= bridged & model.resets & (raw[1:] <= can_make) & ~wrapped
    if model.wraps_at is not None:
        undecided |= bridged & (parts + model.wraps_at <= can_make)
    most = np.where(undecided, np.maximum(parts, can_make), parts)
    made = most > 0
    each = model.parts_per_count
    found = Steps(at[1:][made], since[made], parts[made] * each, most[made] * each, bridged[made])
    if not at.size:
        return found
    first, last = int(at[0]), int(at[-1])
    if from_first:
        most_before = ((first - LOWEST) // pace.ideal + 1) * each
        found = _with(found, 0, (first, LOWEST, 0, most_before, True))
    return found if heard_us <= last + no_data_after_us else _with(found, found.at.size, (HIGHEST, last, 0, 1, True))


def doubted(
    readings: Readings, model: Model, shortest_cycle_us: int, no_data_after_us: int
) -> list[tuple[int, int, int]]:
    """(instant, count before, count then) of the steps that the machine cannot have made."""
    samples = counts(readings)
    at, raw = samples.at, samples.value.astype(np.int64)
    pace = model.pace(shortest_cycle_us)
    found = plausible(at, raw, pace, recall_us(no_data_after_us))
    parts, *_ = _certain(at, raw, model, pace, no_data_after_us)
    can_make = np.diff(at) // pace.ideal + 1
    which = found.impossible | (found.falls & (parts == 0) & (raw[1:] > can_make))
    return list(zip(at[1:][which].tolist(), raw[:-1][which].tolist(), raw[1:][which].tolist(), strict=True))


def _certain(
    at: Int64, raw: Int64, model: Model, pace: Pace, no_data_after_us: int
) -> tuple[Int64, Bools, Bools, Int64]:
    """Counts of each step that are certain; of which steps that may not be all; which are wraps; since when it is.

    The step back from a value that was misread is as long as the value was shown.
    """
    found, difference = plausible(at, raw, pace, recall_us(no_data_after_us)), np.diff(raw)
    possible = raw[1:] <= np.diff(at) // pace.ideal + 1
    falls = found.falls & ~found.spiked
    wrapped = difference + (model.wraps_at or 0)
    has_wrapped = falls & _believed(model, raw[:-1], wrapped, found.limit)
    set_back = falls & possible & far(raw) & model.resets
    parts = np.where(found.falls, np.where(set_back, raw[1:], 0), difference)
    fallen = found.falls & ~has_wrapped
    back = returns(at, raw, fallen, pace, no_data_after_us)
    doubtful = found.impossible | back
    since = np.where(back | found.spiked, found.since, at[:-1])
    return np.where(doubtful, 0, np.where(has_wrapped, wrapped, parts)), fallen | doubtful, has_wrapped, since


def _believed(model: Model, before: Int64, wrapped: Int64, limit: Int64) -> Bools:
    """Which falls are wraps, for a counter that wraps; `limit` is what it can have counted."""
    if model.wraps_at is None or (model.resets and model.fastest_us is not None):
        return np.zeros(wrapped.size, np.bool_)
    possible = (before < model.wraps_at) & (wrapped <= limit)
    if not model.resets:
        return possible
    at_the_top = before >= model.wraps_at - model.wraps_at // LAST_QUARTER
    return possible & at_the_top & (wrapped <= model.wraps_at // HALF)


def _with(found: Steps, place: int, row: tuple[int, int, int, int, bool]) -> Steps:
    """The steps and one more, without parts, of which nobody knows what it was or will have been."""
    columns = (getattr(found, name) for name in Steps.__slots__)
    return Steps(*(np.insert(column, place, one) for column, one in zip(columns, row, strict=True)))
