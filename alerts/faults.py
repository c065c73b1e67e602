"""What cannot be judged: rows and rules that are passed over, so that none ends a loop or hides another. Pure."""

from collections.abc import Iterator
from contextlib import contextmanager

# What a value that nobody expected does to arithmetic, look-ups and texts; a fault of the program may be among them.
ODD = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
MOST_REASON = 200


class Faults:
    """What was passed over in this round and in the last whole one, by what it concerns, with the reason."""

    def __init__(self) -> None:
        self.now: dict[str, str] = {}
        self.last: dict[str, str] = {}

    @contextmanager
    def passed_over(self, what: str) -> Iterator[None]:
        """Whatever is odd in here concerns only `what`."""
        try:
            yield
        except ODD as err:
            self.add(what, err)

    def add(self, what: str, err: BaseException) -> None:
        """Note one."""
        self.now[what] = f"{type(err).__name__}: {' '.join(str(err).split())}"[:MOST_REASON]

    def end_of_round(self) -> tuple[dict[str, str], set[str]]:
        """Those that are new in this round with their reasons, and those that are over."""
        new = {what: reason for what, reason in self.now.items() if what not in self.last}
        over = self.last.keys() - self.now.keys()
        self.last, self.now = self.now, {}
        return new, set(over)

    @property
    def trouble(self) -> str:
        """Of the last whole round, in one line; empty when all was judged."""
        found = list(self.last.items())
        if not found:
            return ""
        more = f", and {len(found) - 1} more" if len(found) > 1 else ""
        return f"{found[0][0]} cannot be judged: {found[0][1]}{more}"
