"""When an entry was made, by our clock: from its age, which needs no clock of a tablet to be right. Pure."""

from datetime import datetime, timedelta

# A clock that is set by hand moves by more; one that drifts, or answers late, by less.
SET_BY = timedelta(seconds=30)
# What was made so recently is made now: a command needs no instant of its own then.
RECENT = timedelta(seconds=5)


class ClockSet(ValueError):
    """Nobody knows when the entry was made: the tablet's clock was set after it."""


def made_at(made: datetime, now: datetime, received: datetime, offset: timedelta | None) -> datetime:
    """The instant of an entry; `made` and `now` are the tablet's clock, `offset` is ours less it, as it was known then.

    ClockSet where the clock has been set since: the entry lies in its own future, or the offset is another one by now.
    """
    age = now - made
    if age < timedelta(0):
        raise ClockSet("The tablet's clock was set back after this was entered.")
    if offset is not None and abs((received - now) - offset) > SET_BY:
        raise ClockSet("The tablet's clock was set after this was entered.")
    return received - age
