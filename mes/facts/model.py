"""What is known of one machine in a window. Pure; the shapes that all readers share."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

Int64 = np.ndarray[tuple[int], np.dtype[np.int64]]
Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]
Span = tuple[int, int]
# Microseconds of the first and the last instant that our contract can tell.
LOWEST = 0
HIGHEST = 7_258_118_400_000_000
# A row that lies further ahead than this when it is taken back was in no answer: answers end at most so much after
# the instant of knowledge that they are given with.
TOLD_AHEAD_US = 1_000_000


@dataclass(frozen=True, slots=True)
class Steps:
    """Count steps of one counter: parts became known at `at`, were made after `since`; microseconds and parts.

    `parts` is what was certainly made, or decided to have been. `most` is more where a reset or a wrap may have hidden
    parts, and equal to `parts` elsewhere. `bridged`: the parts are real, but it is not known when in (since, at].
    An bridged one without parts that ends at HIGHEST is of a counter that is silent since while its machine is heard;
    one that begins at LOWEST ends with the first reading of all.
    """

    at: Int64
    since: Int64
    parts: Int64
    most: Int64
    bridged: Bools

    def untold(self, counts_parts: bool) -> Bools:
        """Steps of which it is not known when what they tell was made; or, of a counter that only tells how good parts
        are, how much it was: what a counter of parts may have lost when it was set back is among the unobserved parts.
        """
        return self.bridged if counts_parts else self.bridged | (self.most > self.parts)


def no_steps() -> Steps:
    """No steps at all."""
    none: Int64 = np.zeros(0, np.int64)
    return Steps(none, none, none, none, np.zeros(0, np.bool_))


@dataclass(frozen=True, slots=True)
class MachineFacts:
    """What is known of one machine in [from_us, to_us).

    `state_at`/`state` is the contiguous tape: state[i] holds from state_at[i] to state_at[i+1], the last to `to_us`;
    state_at[0] is from_us and neighbours differ, unless somebody has split an interval.
    `product`, `reason` and `order` are such tapes too (None: not known).
    Steps have from_us <= at < to_us.

    What lies just outside makes stops whole, however a window cuts them: the first state began at `first_since_us`
    after `state_before`; the last one ends at `last_until_us`, then comes `state_after`.
    That is None while the state is open; then `last_until_us` is as far as it is known to hold.
    `outages` are the spans of which it is not known what a counter would have told (`untold`): those that reach into
    the window or up to it, whole, in order, apart; a counter without any need not be in it. Of one that was never read
    it is all time.
    `reported` is scrap that people told beyond the counters, of parts that these counted as good: at each of their
    instants so many, each with `since` its own instant.
    """

    machine: str
    from_us: int
    to_us: int
    state_at: Int64
    state: Int64
    product_at: Int64
    product: tuple[str | None, ...]
    reason_at: Int64
    reason: tuple[str | None, ...]
    order_at: Int64
    order: tuple[str | None, ...]
    total: Steps
    good: Steps
    scrap: Steps
    rework: Steps
    first_since_us: int
    state_before: int
    last_until_us: int
    state_after: int | None
    outages: Mapping[str, tuple[Span, ...]]
    reported: Steps = field(default_factory=no_steps)
