"""The agent's time: the wall clock as it was at the start, carried on by the clock that nobody sets.

So a wall clock that is set, by a person or by NTP, changes no duration and puts no two readings in the wrong order.
The agent tells how far it is off from the wall; a restart takes the new time.
"""

import time

# The clock that goes on while the machine sleeps, where there is one.
STEADY = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
_START_NS = time.time_ns() - time.clock_gettime_ns(STEADY)


def now_us() -> int:
    """Now, microseconds since 1970 UTC."""
    return (_START_NS + time.clock_gettime_ns(STEADY)) // 1000


def steady_us() -> int:
    """Microseconds of the clock that nobody sets, for durations."""
    return time.clock_gettime_ns(STEADY) // 1000


def wall_ahead_us() -> int:
    """How far the wall clock has been set forward since the start; negative when it was set back."""
    return time.time_ns() // 1000 - now_us()
