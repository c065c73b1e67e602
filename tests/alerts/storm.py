"""Channels on a clock of their own: the real dispatch, plan, pace, documents and answers; table and wire in memory."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from alerts.channels.dispatch import Dispatch
from alerts.channels.ledger import Backlog
from alerts.channels.letter import Letter, Style
from alerts.channels.message import Message, NotDelivered, Refusal, Taken, Trouble
from alerts.channels.planner import Waiting
from alerts.channels.readiness import SPARE_AFTER_S
from alerts.channels.robots import MOST_TEXT, answer_of, document_of, texts_of
from alerts.channels.webhook import TIMEOUT_S
from config.channels import Webhook
from tests.alerts.letters import STYLE
from tests.alerts.providers import Robot

ANSWER_S = 0.2


class Clock:
    """Counts seconds from a full minute."""

    def __init__(self) -> None:
        self.s = 0.0

    def now(self) -> float:
        """As time.monotonic."""
        return self.s


class Wire:
    """A sender to a robot in memory."""

    pictures = False

    def __init__(self, robot: Robot, clock: Clock, style: Style = STYLE) -> None:
        self.robot, self.clock, self.style = robot, clock, style

    @property
    def room(self) -> int | None:
        """As of the real one."""
        return MOST_TEXT[self.robot.format]

    def parts(self, letter: Letter) -> int:
        """As of the real one."""
        return len(texts_of(self.robot.format, letter, self.style))

    def send(self, letter: Letter) -> Taken:
        """Post it."""
        content = json.dumps(document_of(self.robot.format, letter, self.style), ensure_ascii=False).encode()
        self.clock.s += ANSWER_S
        answer = self.robot.take(content, "", {"Idempotency-Key": letter.key}, self.clock.s)
        if answer.status is None:
            self.clock.s += TIMEOUT_S
            raise NotDelivered(Refusal(Trouble.DOWN, "ReadTimeout", cut_off=True))
        found = answer_of(self.robot.format, answer.status, answer.content, answer.headers, datetime.now(UTC))
        if isinstance(found, Refusal):
            raise NotDelivered(found)
        return found


@dataclass
class Row:
    """A row of table delivery."""

    waiting: Waiting
    home: str
    via: str
    since_s: float
    posted_s: float
    state: str = "pending"
    taken_s: float | None = None
    refused: int = 0
    moves: int = 0
    ask_at_s: float = 0.0


@dataclass
class Tables:
    """All rows, and the channels in trouble until when."""

    clock: Clock
    rows: list[Row] = field(default_factory=list)
    troubles: dict[str, float] = field(default_factory=dict)

    def post(self, channel: str, message: Message) -> None:
        """A new delivery."""
        waiting = Waiting(len(self.rows) + 1, message, high=message.high)
        self.rows.append(Row(waiting, channel, channel, self.clock.s, self.clock.s))


class MemoryLedger:
    """As alerts.channels.ledger, of one channel."""

    conn = None

    def __init__(self, tables: Tables, channel: str) -> None:
        self.tables, self.channel = tables, channel

    def _mine(self) -> list[Row]:
        return [row for row in self.tables.rows if row.via == self.channel and row.state == "pending"]

    def waiting(self) -> list[Waiting]:
        """The same order as in SQL."""
        found = [row.waiting for row in self._mine() if not row.refused]
        return sorted(found, key=lambda one: (not one.high, one.bundle is None, one.id))[:1001]

    def refused_before(self) -> list[Waiting]:
        """One."""
        due = [row for row in self._mine() if row.refused and row.ask_at_s <= self.tables.clock.s]
        return [_changed(row.waiting, refused=True) for row in sorted(due, key=lambda row: row.ask_at_s)[:1]]

    def backlog(self) -> Backlog:
        """How much waits."""
        mine = self._mine()
        refused = sum(row.refused > 0 for row in mine)
        return Backlog(len(mine), sum(row.waiting.high for row in mine), refused)

    def put_trouble(self, _: Refusal, rest_s: float) -> None:
        """Until when."""
        self.tables.troubles[self.channel] = self.tables.clock.s + rest_s

    def end_trouble(self) -> None:
        """It works."""
        self.tables.troubles.pop(self.channel, None)

    def in_trouble(self) -> frozenset[str]:
        """Now."""
        return frozenset(name for name, until in self.tables.troubles.items() if until > self.tables.clock.s)

    def _too_long(self, all_: bool) -> list[Row]:
        until = self.tables.clock.s - SPARE_AFTER_S
        return [row for row in self._mine() if (row.refused or all_) and row.since_s < until]

    def too_long_here(self, all_: bool) -> list[str]:
        """Whose."""
        return sorted({row.home for row in self._too_long(all_)})

    def move(self, home: str, to: str, _: str, all_: bool, spares: int) -> int:
        """To the next channel."""
        moved = [r for r in self._too_long(all_) if r.home == home and (not r.refused or r.moves < spares)]
        for row in moved:
            row.via, row.since_s, row.refused, row.moves = to, self.tables.clock.s, 0, row.moves + 1
            row.waiting = _changed(row.waiting, parts_done=0, bundle=None)
        return len(moved)

    def begin(self, letter: Letter) -> int:
        """Under way."""
        for row in self._of(letter):
            row.state = "sending"
        return 0

    def end(self, _: int, letter: Letter, answer: Taken | Refusal, parts: int, ask_again_s: float) -> None:
        """As in SQL."""
        now = self.tables.clock.s
        for row in self._of(letter):
            row.state = "pending"
            if isinstance(answer, Taken) and letter.part >= parts:
                row.state, row.taken_s = "delivered", now
            elif isinstance(answer, Taken):
                row.waiting = _changed(row.waiting, parts_done=letter.part, bundle=letter.id)
            elif answer.trouble is Trouble.REFUSED:
                row.refused, row.ask_at_s = row.refused + 1, now + ask_again_s
            elif answer.cut_off:
                row.waiting = _changed(row.waiting, repeats=row.waiting.repeats + 1, bundle=letter.id)

    def none_refused(self) -> None:
        """All follow."""
        for row in self._mine():
            row.refused = 0

    def _of(self, letter: Letter) -> Sequence[Row]:
        return [self.tables.rows[id_ - 1] for id_ in letter.ids]


def _changed(waiting: Waiting, **change: object) -> Waiting:
    return replace(waiting, **change)  # type: ignore[arg-type]


class Floor:
    """Some channels with their robots, turned in order of time."""

    def __init__(self, channels: Mapping[str, tuple[Webhook, Robot]]) -> None:
        self.clock = Clock()
        self.tables = Tables(self.clock)
        chains = {name: channel.chain for name, (channel, _) in channels.items()}
        self.dispatches = {
            name: Dispatch(channel, Wire(robot, self.clock), chains, None, self.clock.now, self.clock.now)
            for name, (channel, robot) in channels.items()
        }
        self.ledgers = {name: MemoryLedger(self.tables, name) for name in channels}
        self.due = dict.fromkeys(channels, 0.0)

    def run(self, until_s: float) -> None:
        """Turn each channel when it is due; while one waits for an answer the others turn too."""
        while True:
            name = min(self.due, key=lambda one: self.due[one])
            if self.due[name] >= until_s:
                self.clock.s = until_s
                return
            self.clock.s = self.due[name]
            wait = self.dispatches[name].turn(self.ledgers[name])  # type: ignore[arg-type]
            self.due[name] = self.clock.s + max(wait, 0.001)
