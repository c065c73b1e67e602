"""Readings of a counter → steps: parts that were made between two readings. Pure, vectorised."""

import numpy as np

from mes.blind import NOWHERE, Blind
from mes.facts import Steps
from mes.tape import Readings

# A wrap is believed when the machine could have made the parts at four times its ideal rate, plus two for the
# moment of reading; everything else that falls is a restart at 0.
FASTER_THAN_IDEAL = 4
PARTS_IN_FLIGHT = 2
# After hours of silence any number of parts is possible: so a counter must also have stood in its last quarter,
# and be found in the half after it. A restart over a weekend would else become tens of thousands of parts.
LAST_QUARTER = 4
HALF = 2


def steps(
    readings: Readings, wraps_at: int | None, shortest_cycle_us: int, no_data_after_us: int, blind: Blind = NOWHERE
) -> Steps:
    """The steps of a counter. The first good reading is where counting begins; BAD readings are passed over.

    A step is unseen when its two readings lie far apart, or a blind span lies between them.
    A counter that falls has wrapped, when `wraps_at` is given and the wrapped step is possible in the time,
    or was set back to 0: then the parts made before the reset and not yet read are not known, and not guessed.
    They are bounded by `most`: what the machine can make in the time at its shortest ideal cycle. The same bound holds
    for a step across a silence in which a reset, or a whole turn of the counter, would have gone unnoticed.
    """
    samples = readings.usable()
    at, raw = samples.at, samples.value.astype(np.int64)
    since, difference = at[:-1], np.diff(raw)
    elapsed = at[1:] - since
    unseen = (elapsed > no_data_after_us) | (blind.after(since) < at[1:])
    can_make = elapsed // shortest_cycle_us + 1
    falls = difference < 0
    parts = np.where(falls, raw[1:], difference)
    undecided = falls | (unseen & (raw[1:] <= can_make))
    if wraps_at is not None:
        wrapped = difference + wraps_at
        believed = np.minimum(elapsed * FASTER_THAN_IDEAL // shortest_cycle_us + PARTS_IN_FLIGHT, wraps_at // HALF)
        at_the_top = raw[:-1] >= wraps_at - wraps_at // LAST_QUARTER
        has_wrapped = falls & at_the_top & (wrapped <= believed)
        parts = np.where(has_wrapped, wrapped, parts)
        undecided = (undecided & ~has_wrapped) | (unseen & (parts + wraps_at <= can_make))
    most = np.where(undecided, np.maximum(parts, can_make), parts)
    made = most > 0
    return Steps(at[1:][made], since[made], parts[made], most[made], unseen[made])
