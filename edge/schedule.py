"""When to poll: at fixed instants of a clock that nobody sets, whatever the polls before have taken. Pure."""

import math
from dataclasses import dataclass

# Polls begin at whole multiples of this: what is due together is woken for once, and reported in one pass.
GRID_S = 0.05
# So many devices begin in one place of the grid before the next one is taken.
AT_ONCE = 25
# So many polls in a row on time, and the schedule is kept again.
CALM = 100


@dataclass
class Beat:
    """One device's beats, `period` seconds apart from the first on; a beat that is over before its turn is missed."""

    period: float
    due: float
    missed: int = 0
    behind: bool = False
    calm: int = 0

    def next(self, now: float) -> float:
        """How long to rest until the next beat, 0 when it is due; beats that are over are missed and counted."""
        self.due += self.period
        over = int((now - self.due) / self.period) if now > self.due else 0
        self.due += over * self.period
        self.missed += over
        self.calm = 0 if over else self.calm + 1
        self.behind = over > 0 or (self.behind and self.calm < CALM)
        return max(0.0, self.due - now)


def phase(number: int, of: int, period: float) -> float:
    """How long after the start the first beat of a source is: many equal ones are spread over their period.

    A first poll connects, which takes long: where more begin in one place of the grid, some of them wait a period.
    """
    steps = max(1, math.floor(period / GRID_S + 1e-9))
    places = min(steps, math.ceil(of / AT_ONCE))
    return number % places * steps // places * GRID_S + number // (places * AT_ONCE) * period


def on_grid(now: float) -> float:
    """The next instant of the grid, now when it is one."""
    return math.ceil(now / GRID_S - 1e-6) * GRID_S
