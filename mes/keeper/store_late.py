"""Late time of machines, waiting to be made into facts: durable, newest first, fair between machines.

What comes late must not hold up what happens now: it waits in table late_span and is made piece by piece, after the
live facts. Many late samples of one time wait as one span, and cost one computation.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import psycopg
from psycopg.rows import TupleRow

from contract.sample import from_us
from mes.facts.model import HIGHEST, Span
from mes.facts.windowing import merged
from mes.keeper.dirty import PIECE_US
from runtime.database import queries

SQL = queries("mes.keeper")
# What ends longer ago than this is late.
LATE_US = 3_600_000_000
# Late spans of a machine that lie closer than this wait as one.
CLOSE_US = 600_000_000
LONG_AGO_US = 30 * 86_400_000_000
# A piece is sized so that it takes about this long: live facts wait for no more.
PIECE_TAKES_S = 0.25
FIRST_PIECE_US = 900_000_000
# Even the shortest span costs as much as so much time.
SPAN_COSTS_US = 60_000_000
MOST_SPANS = 50
SHOWN_FOR = timedelta(days=1)
Connection = psycopg.Connection[TupleRow]


def is_long(spans: Iterable[Span], now_us: int) -> bool:
    """True where a span reaches so far that it pays to look from when to when there are samples at all. Pure."""
    return any(start < now_us - LONG_AGO_US or end > now_us + LATE_US for start, end in spans)


def split(spans: Iterable[Span], now_us: int, reach: Span = (0, HIGHEST)) -> tuple[list[Span], list[Span]]:
    """What of some spans is live, and what waits. Pure.

    A node may claim a gap from 1970 to 2199: of that waits what lies within the `reach` of the machine's samples.
    """
    begin, end = now_us - LATE_US, now_us + LATE_US
    live: list[Span] = []
    late: list[Span] = []
    for first, last in spans:
        parts = ((reach[0], begin - 1, late), (begin, end, live), (end + 1, reach[1], late))
        for low, high, found in parts:
            if max(first, low) <= min(last, high):
                found.append((max(first, low), min(last, high)))
    return live, late


def forget_done(conn: Connection, now: datetime) -> None:
    """What was done a day ago has been seen by whoever shows facts."""
    conn.execute(SQL["forget_late"], {"before": now - SHOWN_FOR})


@dataclass
class LateSpans:
    """The queue of one keeper; what is in the database is the truth, this is how it is worked off."""

    conn: Connection
    # Of each machine what waits, in the order of time.
    waiting: dict[str, list[Span]] = field(default_factory=dict)
    # How much time of a machine makes a piece that takes about as long as it should.
    piece_us: dict[str, int] = field(default_factory=dict)

    def begin(self, machines: Iterable[str]) -> None:
        """Read what waits; of other machines than these nothing does."""
        self.conn.execute(SQL["drop_late"], {"machines": list(machines)})
        self.waiting = {}
        for machine, start, end in self.conn.execute(SQL["late_spans"]):
            self.waiting.setdefault(machine, []).append((start, end))

    def add(self, late: Mapping[str, Sequence[Span]]) -> None:
        """Spans that have become dirty, joined with what waits near them; within the caller's transaction."""
        waiting = {name: [*self.waiting.get(name, []), *spans] for name, spans in late.items()}
        self._change({name: list(merged(spans, CLOSE_US)) for name, spans in waiting.items()})

    def count(self) -> int:
        """How many spans wait."""
        return sum(map(len, self.waiting.values()))

    def next_piece(self) -> tuple[str, list[Span]] | None:
        """The newest time that waits of the machine whose turn it is, as much as makes a piece; None: nothing waits."""
        if not self.waiting:
            return None
        machine, spans = next(iter(self.waiting.items()))
        left = self.piece_us.get(machine, FIRST_PIECE_US)
        piece: list[Span] = []
        for start, end in reversed(spans):
            if left <= 0 or len(piece) == MOST_SPANS:
                break
            piece.append((max(start, end - left + 1), end))
            left -= end - start + SPAN_COSTS_US
        return machine, piece[::-1]

    def done(self, machine: str, piece: Sequence[Span], known_us: int, took_s: float) -> None:
        """The piece has been made, within the caller's transaction; another machine has its turn."""
        rest = self.waiting[machine][: -len(piece)]
        start, _ = self.waiting[machine][-len(piece)]
        if start < piece[0][0]:
            rest.append((start, piece[0][0] - 1))
        self._change({machine: rest})
        self._insert([(machine, span) for span in piece], known_us)
        if rest:
            self.waiting[machine] = self.waiting.pop(machine)
        size = self.piece_us.get(machine, FIRST_PIECE_US)
        if took_s > PIECE_TAKES_S:
            self.piece_us[machine] = max(CLOSE_US // 10, size // 2)
        elif took_s < PIECE_TAKES_S / 3:
            self.piece_us[machine] = min(PIECE_US, size * 2)

    def _change(self, now: Mapping[str, list[Span]]) -> None:
        """What waits of some machines, here and in the table; few rows change."""
        gone: list[tuple[str, Span]] = []
        new: list[tuple[str, Span]] = []
        for machine, spans in now.items():
            old = self.waiting.get(machine, [])
            was, then = set(old), set(spans)
            gone += [(machine, span) for span in old if span not in then]
            new += [(machine, span) for span in spans if span not in was]
            self.waiting[machine] = spans
            if not spans:
                del self.waiting[machine]
        if gone:
            self.conn.execute(SQL["take_late"], {"machines": [m for m, _ in gone], "from": [a for _, (a, _) in gone]})
        if new:
            self._insert(new)

    def _insert(self, spans: Sequence[tuple[str, Span]], done_us: int | None = None) -> None:
        columns = {
            "machines": [m for m, _ in spans],
            "from": [a for _, (a, _) in spans],
            "to": [b for _, (_, b) in spans],
        }
        self.conn.execute(SQL["add_late"], columns | {"done": None if done_us is None else from_us(done_us)})
