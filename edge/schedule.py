"""When to poll: at fixed instants of a clock that nobody sets, whatever the polls before have taken. Pure."""

from dataclasses import dataclass

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
    """How long after the start the first beat of a source is, so that equal ones are spread over their period."""
    return period * number / of
