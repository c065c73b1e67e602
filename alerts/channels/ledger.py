"""Tables delivery, delivery_attempt and channel_trouble, as one channel reads and writes them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from alerts.alarms.journal import Connection
from alerts.channels.letter import Letter
from alerts.channels.message import Message, Refusal, Taken, Trouble
from alerts.channels.planner import Waiting
from alerts.channels.readiness import SPARE_AFTER_S
from runtime.database import queries

SQL = {name: text.encode() for name, text in queries("alerts.channels").items()}
# An attempt that takes longer than this has ended in silence.
DEADLINE = timedelta(seconds=60)
SPARE_AFTER = timedelta(seconds=SPARE_AFTER_S)


@dataclass(frozen=True, slots=True)
class Backlog:
    """What a channel still has to deliver; `answer` is what the receiver said to the one that it refused last."""

    waiting: int = 0
    high: int = 0
    refused: int = 0
    oldest_s: float = 0.0
    answer: str = ""


class Ledger:
    """What one channel knows of its messages; each step is a transaction of its own: a crash loses none."""

    def __init__(self, conn: Connection, channel: str) -> None:
        self.conn = conn
        self.key = {"channel": channel}

    def waiting(self) -> list[Waiting]:
        """What is to be sent, the most urgent first."""
        return [_waiting(row) for row in self.conn.execute(SQL["waiting"], self.key)]

    def refused_before(self) -> list[Waiting]:
        """The refused message that is to be tried again, if any."""
        return [_waiting(row, refused=True) for row in self.conn.execute(SQL["refused_before"], self.key)]

    def backlog(self) -> Backlog:
        """How much waits."""
        row = self.conn.execute(SQL["backlog"], self.key).fetchone()
        return Backlog(*row) if row else Backlog()

    def recall_attempts(self) -> None:
        """Attempts that nobody knows the end of go again, marked."""
        self.conn.execute(SQL["cut_off"], self.key)

    def leave_without_channel(self, channels: Sequence[str]) -> None:
        """Messages of channels that the plant file has no more."""
        with self.conn.transaction():
            self.conn.execute(SQL["without_channel"], {"channels": channels})
            self.conn.execute(SQL["fail_without_channel"], {"channels": channels})

    def sent_lately(self) -> int:
        """How many messages went within the last minute."""
        row = self.conn.execute(SQL["sent_lately"], self.key).fetchone()
        return int(row[0]) if row else 0

    def trouble(self) -> tuple[Refusal, float] | None:
        """Why the channel takes nothing, and for how many seconds more; None while it works."""
        row = self.conn.execute(SQL["trouble_of"], self.key).fetchone()
        return None if row is None else (Refusal(Trouble(row[0]), row[1]), float(row[2]))

    def put_trouble(self, refusal: Refusal, rest_s: float) -> None:
        """The channel takes nothing for so long."""
        row = {"trouble": refusal.trouble, "reason": refusal.reason, "wait": timedelta(seconds=rest_s)}
        self.conn.execute(SQL["put_trouble"], {**self.key, **row})

    def end_trouble(self) -> None:
        """It takes messages again."""
        self.conn.execute(SQL["end_trouble"], self.key)

    def in_trouble(self) -> frozenset[str]:
        """The channels that take nothing now."""
        return frozenset(channel for (channel,) in self.conn.execute(SQL["in_trouble"]))

    def too_long_here(self, all_: bool) -> list[str]:
        """Whose messages have waited for too long at this channel; not `all_`: of those that it has refused."""
        row = {**self.key, "all": all_, "after": SPARE_AFTER}
        return [home for (home,) in self.conn.execute(SQL["too_long_here"], row)]

    def move(self, home: str, to: str, reason: str, all_: bool, spares: int) -> int:
        """How many messages went to the next channel."""
        row = {"home": home, "to": to, "reason": reason, "spares": spares, "all": all_, "after": SPARE_AFTER}
        return self.conn.execute(SQL["move"], {**self.key, **row}).rowcount

    def begin(self, letter: Letter) -> int:
        """Note an attempt before it is made; its number."""
        with self.conn.transaction():
            row: dict[str, Any] = {**self.key, "lead": letter.id, "ids": list(letter.ids), "part": letter.part}
            self.conn.execute(SQL["begin_attempt"], row | {"deadline": DEADLINE})
            found = self.conn.execute(SQL["add_attempt"], row).fetchone()
        return int(found[0]) if found else 0

    def end(self, attempt: int, letter: Letter, answer: Taken | Refusal, parts: int, ask_again_s: float) -> None:
        """Note what the receiver said."""
        said = answer.reason if isinstance(answer, Refusal) else _said(answer)
        row: dict[str, Any] = {
            "attempt": attempt,
            "lead": letter.id,
            "ids": list(letter.ids),
            "part": letter.part,
            "status": answer.status,
            "code": answer.code,
            "said": said,
        }
        with self.conn.transaction():
            self.conn.execute(SQL["end_attempt"], row | {"result": _result(answer)})
            if isinstance(answer, Taken):
                done = letter.part >= parts
                self.conn.execute(SQL["taken" if done else "part_taken"], row | {"relayed": answer.relayed})
            elif answer.trouble is Trouble.REFUSED:
                self.conn.execute(SQL["refused"], row | {"wait": timedelta(seconds=ask_again_s)})
            else:
                counts = int(answer.trouble is Trouble.DOWN)
                self.conn.execute(
                    SQL["not_reached"], row | {"counts": counts, "cut_off": int(answer.cut_off), "again": letter.again}
                )

    def none_refused(self) -> None:
        """What was refused before is tried like all else."""
        self.conn.execute(SQL["none_refused"], self.key)


def _waiting(row: Sequence[Any], refused: bool = False) -> Waiting:
    id_, person, address, language, high, parts_done, repeats, bundle, *message = row
    return Waiting(id_, Message(*message), person, address, language, high, parts_done, repeats, bundle, refused)


def _said(taken: Taken) -> str:
    """In one line."""
    words = [
        f"{taken.status}" if taken.status else "",
        f"code {taken.code}" if taken.code is not None else "",
        taken.said,
    ]
    return ", ".join(word for word in words if word)


def _result(answer: Taken | Refusal) -> str:
    if isinstance(answer, Taken):
        return "taken"
    return "cut_off" if answer.cut_off else str(answer.trouble)
