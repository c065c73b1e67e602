"""Readings of a counter → steps: parts that were made between two readings. Pure, vectorised."""

from dataclasses import dataclass

import numpy as np

from config.device import Tag
from mes.blind import NOWHERE, Blind
from mes.facts import HIGHEST, LOWEST, Bools, Int64, Steps
from mes.tape import Readings

# A wrap is believed when the machine could have made the parts at four times its ideal rate, plus two for the
# moment of reading; everything else that falls is a restart at 0.
FASTER_THAN_IDEAL = 4
PARTS_IN_FLIGHT = 2
# After hours of silence any number of parts is possible: so a counter must also have stood in its last quarter,
# and be found in the half after it. A restart over a weekend would else become tens of thousands of parts.
LAST_QUARTER = 4
HALF = 2


@dataclass(frozen=True, slots=True)
class Model:
    """What the plant file says of a counter: after wraps_at - 1 it shows 0, two parts are never closer than
    `fastest_us`, and whether anybody sets it back to 0; None where it says nothing.
    """

    wraps_at: int | None = None
    fastest_us: int | None = None
    resets: bool = True


def model_of(tag: Tag) -> Model:
    """The model of a counter's tag."""
    return Model(tag.wraps_at, tag.fastest_us, tag.resets)


def steps(
    readings: Readings,
    model: Model,
    shortest_cycle_us: int,
    no_data_after_us: int,
    blind: Blind = NOWHERE,
    heard_us: int = 0,
    *,
    from_first: bool = False,
) -> Steps:
    """The steps of a counter. The first good reading is where counting begins; BAD readings are passed over.
    With `from_first` it is the first of all, and what was before it has a step without parts.

    A step is unseen when its two readings lie far apart, or a blind span lies between them.
    A counter that falls has wrapped, when it can have and the wrapped step is possible in the time, or was set back to
    0: then the parts made before the reset and not yet read are not known, and not guessed.
    Then `most` is larger than `parts`: what can be made in the time at the shortest ideal cycle, or at `fastest_us`.
    So it is for a step across a silence in which a reset, or a whole turn of the counter, would have gone unnoticed.
    With `fastest_us` nothing is believed but what must be so: a fall that may be either is taken for a reset, and a
    step that is faster than the machine can be tells no part for certain.
    Where the machine was `heard_us` so long after the last reading that the counter is silent, a last step without
    parts is open from there on.
    """
    samples = readings.usable()
    at, raw = samples.at, samples.value.astype(np.int64)
    since, difference = at[:-1], np.diff(raw)
    elapsed = at[1:] - since
    unseen = (elapsed > no_data_after_us) | (blind.after(since) < at[1:])
    can_make = elapsed // (model.fastest_us or shortest_cycle_us) + 1
    falls = difference < 0
    parts = np.where(falls, raw[1:], difference)
    undecided = falls | (unseen & model.resets & (raw[1:] <= can_make))
    if model.wraps_at is not None:
        wrapped = difference + model.wraps_at
        has_wrapped = falls & _believed(model, raw[:-1], wrapped, elapsed, shortest_cycle_us)
        parts = np.where(has_wrapped, wrapped, parts)
        undecided = (undecided & ~has_wrapped) | (unseen & (parts + model.wraps_at <= can_make))
    if model.fastest_us is not None:
        impossible = parts > can_make
        parts = np.where(impossible, 0, parts)
        undecided |= impossible
    most = np.where(undecided, np.maximum(parts, can_make), parts)
    made = most > 0
    found = Steps(at[1:][made], since[made], parts[made], most[made], unseen[made])
    if not at.size:
        return found
    first, last = int(at[0]), int(at[-1])
    if from_first:
        most_before = (first - LOWEST) // (model.fastest_us or shortest_cycle_us) + 1
        found = _with(found, 0, (first, LOWEST, 0, most_before, True))
    return found if heard_us <= last + no_data_after_us else _with(found, found.at.size, (HIGHEST, last, 0, 1, True))


def _with(found: Steps, place: int, row: tuple[int, int, int, int, bool]) -> Steps:
    """The steps and one more, without parts, of which nobody knows what it was or will have been."""
    columns = (getattr(found, name) for name in Steps.__slots__)
    return Steps(*(np.insert(column, place, one) for column, one in zip(columns, row, strict=True)))


def _believed(model: Model, before: Int64, wrapped: Int64, elapsed: Int64, shortest_cycle_us: int) -> Bools:
    """Which falls are wraps, for a counter that wraps."""
    wraps_at = model.wraps_at or 0
    if model.fastest_us is not None:
        never = np.zeros(wrapped.size, np.bool_)
        return never if model.resets else wrapped <= elapsed // model.fastest_us + 1
    believed = elapsed * FASTER_THAN_IDEAL // shortest_cycle_us + PARTS_IN_FLIGHT
    if not model.resets:
        return wrapped <= believed
    at_the_top = before >= wraps_at - wraps_at // LAST_QUARTER
    return at_the_top & (wrapped <= np.minimum(believed, wraps_at // HALF))
