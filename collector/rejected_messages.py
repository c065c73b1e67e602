"""What breaks the contract → table rejected_message: once, in one transaction a batch, and bounded.

A frame whose node, epoch and seq can be read is always kept, and whole: it is acknowledged, and its edge forgets it.
Of what else strangers send only so much a minute is kept; the rest is counted, in a row of its own with an empty topic.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import uuid4

import psycopg
import structlog
from psycopg.rows import TupleRow

from collector import metrics
from contract.messages import key_of
from contract.sample import from_us
from contract.topics import LANES, parse_topic
from runtime.database import queries

log = structlog.get_logger()
SQL = queries("collector")
MAX_REJECT_BYTES = 65_536
MAX_REJECT_CHARACTERS = 1_000
MOST_A_MINUTE = 1_000
MOST_BYTES_A_MINUTE = 8_000_000
MINUTE_US = 60_000_000
Key = tuple[str, int, int]


@dataclass
class Rejects:
    """Collects the broken messages of one batch after another; all counts are of this `minute`.

    `counted` are those that were not kept, `told` how many of them are on record already; `over` are the finished
    minutes of which not all is on record yet: (minute, counted, of these not told).
    """

    site: str
    waiting: list[Mapping[str, object]] = field(default_factory=list)
    minute: int = 0
    kept: int = 0
    size: int = 0
    counted: int = 0
    told: int = 0
    over: list[tuple[int, int, int]] = field(default_factory=list)
    number: str = field(default_factory=lambda: uuid4().hex)

    def add(self, topic: str, payload: bytes, reason: str, now_us: int) -> set[Key]:
        """A message for the record; its key when it is a frame of the node that its topic names."""
        if now_us // MINUTE_US != self.minute:
            self._next_minute(now_us // MINUTE_US)
        address, key = parse_topic(topic), key_of(payload)
        own = address is not None and address.site == self.site and address.kind in LANES
        keys = {key} if own and address and key and key[0] == address.node else set()
        if keys or self._room(min(len(payload), MAX_REJECT_BYTES)):
            row = {
                "topic": _text(topic),
                "reason": _text(reason),
                "payload": payload if keys else payload[:MAX_REJECT_BYTES],
                "sha256": hashlib.sha256(topic.encode() + b"\0" + payload).digest(),
            }
            names = key if keys and key else (None, None, None)
            self.waiting.append(row | dict(zip(("node", "epoch", "seq"), names, strict=True)))
        else:
            self.counted += 1
        return keys

    def write(self, conn: psycopg.Connection[TupleRow]) -> None:
        """Put on record what has come since the last time; whoever calls acknowledges only after that."""
        waiting, self.waiting = self.waiting, []
        over, self.over = self.over, []
        if not waiting and not over and self.counted == self.told:
            return
        with conn.transaction(), conn.cursor() as cursor:
            new = []
            if waiting:
                cursor.executemany(SQL["reject_message"], waiting, returning=True)
                new = [row for row, result in zip(waiting, cursor.results(), strict=True) if result.fetchone()]
            counts = [*over, (self.minute, self.counted, self.counted - self.told)]
            for minute, counted, untold in counts:
                if untold:
                    conn.execute(SQL["reject_counted"], self._flood(minute, counted))
        metrics.REJECTED.inc(len(new) + sum(untold for _, _, untold in counts))
        for row in new:
            log.warning("message_rejected", topic=row["topic"], reason=row["reason"])
        if self.counted and not self.told:
            log.warning("messages_rejected_by_count", kept=self.kept, cure="find out who may write to these topics")
        self.told = self.counted

    def _next_minute(self, minute: int) -> None:
        """The batch in hand may lie in two minutes: what the first has counted is still to be told."""
        if self.counted != self.told:
            self.over.append((self.minute, self.counted, self.counted - self.told))
        self.minute = minute
        self.kept = self.size = self.counted = self.told = 0

    def _room(self, size: int) -> bool:
        if self.kept >= MOST_A_MINUTE or self.size + size > MOST_BYTES_A_MINUTE:
            return False
        self.kept += 1
        self.size += size
        return True

    def _flood(self, minute: int, counted: int) -> Mapping[str, object]:
        """One row a minute and writer, written again while the count grows."""
        name = f"{self.number} {minute}"
        reason = f"{counted} more broken messages in the minute from {from_us(minute * MINUTE_US):%H:%M} UTC"
        return {"reason": reason, "sha256": hashlib.sha256(name.encode()).digest()}


def _text(foreign: str) -> str:
    """A stranger's text as the database can hold it: of sound length, without zero characters."""
    return foreign[:MAX_REJECT_CHARACTERS].replace("\0", "\ufffd")
