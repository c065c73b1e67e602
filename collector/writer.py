"""A batch of messages → one transaction: ledger, samples, gaps; broken ones go to table rejected_message."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import numpy as np
import psycopg
from psycopg.rows import TupleRow
from pydantic import ValidationError

from collector import metrics
from collector.clocks import Clocks, cannot_be_true, now_us
from collector.gap_ledger import CERTAIN_AFTER, make_certain, record_collection_gaps
from collector.ledger import SQL, Arrival, enter, mark_changed
from collector.ownership import Machines, Ownership
from collector.rejected_messages import Rejects
from collector.rows import COPY, Numbered, copy_block
from collector.watchdog import end_dead_copies
from contract.frame import BrokenFrame, Frame, decode, first_error
from contract.messages import Status
from contract.sample import MICROSECOND, from_us
from contract.topics import LANES, Address, parse_topic
from runtime.database import connect
from runtime.guard import of_the_server, reason_of
from runtime.storage import prepare

# A serial number that is read as a text is new each time: only so many are remembered here.
MOST_TEXTS = 100_000
US_PER_DAY = 86_400_000_000
Now = Callable[[], int]


@dataclass(frozen=True, slots=True)
class Message:
    """One MQTT message as it came."""

    topic: str
    payload: bytes


class Writer:
    """Writes to one database over one connection; psycopg.OperationalError means that the database is away.

    `now` is the clock by which a sample's time is judged, `keep` how old a sample may be; `machines` tells which node
    reads each machine by the plant file as it is now, without it a node may speak of any.
    """

    def __init__(
        self,
        url: str,
        site: str,
        keep: timedelta = timedelta(days=400),
        now: Now = now_us,
        machines: Machines | None = None,
    ) -> None:
        self.site = site
        self.keep_us = keep // MICROSECOND
        self.clocks, self.now = Clocks(), now
        self.conn: psycopg.Connection[TupleRow] = connect(url, "collector")
        end_dead_copies(self.conn)
        self.nodes: dict[str, int] = {}
        self.machines: dict[str, set[str]] = {}
        self.series: dict[str, int] = {}
        self.texts: dict[str, int] = {}
        self.days: set[date] = set()
        self.rejects = Rejects(site)
        self.ownership = Ownership(self.conn, machines) if machines else None

    def close(self) -> None:
        """Close the connection."""
        self.conn.close()

    def write(self, messages: Sequence[Message]) -> set[tuple[str, int, int]]:
        """Store a batch; the keys (node, epoch, seq) that the database now holds, those it held before included.

        A frame in table rejected_message is held as well: sending it again would not make it better.
        """
        arrivals: list[Arrival] = []
        held: set[tuple[str, int, int]] = set()
        for message in messages:
            try:
                address = self._address(message)
                if address.kind == "status":
                    self._status(Status.model_validate_json(message.payload), address.node)
                    continue
                arrivals.append(self._arrival(message, address.node, LANES[address.kind]))
            except ValidationError as err:
                self._reject(message, first_error(err))
            except BrokenFrame as err:
                held |= self._reject(message, str(err))
            except Exception as err:  # noqa: BLE001  - whatever a message does, it alone is rejected
                held |= self._reject(message, self._blame(err))
        self._store(arrivals)
        self.rejects.write(self.conn)
        self._note_clocks()
        return held | {(a.frame.node, a.frame.epoch, a.frame.seq) for a in arrivals}

    def _blame(self, err: Exception) -> str:
        """Why a message cannot be taken in; raises again what is the database's own trouble."""
        if isinstance(err, psycopg.Error) and of_the_server(err, self.conn):
            raise err
        return f"{'database' if isinstance(err, psycopg.Error) else type(err).__name__}: {reason_of(err)}"

    def _address(self, message: Message) -> Address:
        address = parse_topic(message.topic)
        if address is None or address.site != self.site or address.kind not in (*LANES, "status"):
            raise BrokenFrame(f"topic: not one of site '{self.site}'")
        return address

    def _arrival(self, message: Message, node: str, lane: str) -> Arrival:
        frame = decode(message.payload)
        if frame.node != node:
            raise BrokenFrame(f"node: '{frame.node}' speaks on the topic of '{node}'")
        if self.ownership is not None:
            self.ownership.check(frame)
        now = self.now()
        if lane == "live":
            self.clocks.heard(frame, now)
        return Arrival(
            frame, lane, message.topic, message.payload, cannot_be_true(frame.columns.source_us, now, self.keep_us)
        )

    def _store(self, arrivals: Sequence[Arrival]) -> None:
        """One transaction; when the database refuses it, the halves by themselves, down to the one that is refused."""
        if not arrivals:
            return
        try:
            self._transaction(arrivals)
        except Exception as err:  # noqa: BLE001  - whatever a frame does, it alone is rejected
            reason = self._blame(err)
            for known in (self.nodes, self.machines, self.series, self.texts, self.days):
                known.clear()
            if len(arrivals) == 1:
                arrival = arrivals[0]
                self._reject(Message(arrival.topic, arrival.payload), reason)
                return
            half = len(arrivals) // 2
            self._store(arrivals[:half])
            self._store(arrivals[half:])

    def _transaction(self, arrivals: Sequence[Arrival]) -> None:
        with self.conn.transaction():
            self._learn_machines(arrivals)
            fresh = enter(self.conn, arrivals)
            if fresh:
                self._prepare(fresh)
                numbered = self._numbered(fresh)
                with self.conn.cursor() as cursor, cursor.copy(COPY) as copy:
                    copy.write(copy_block(numbered))
                for arrival in fresh:
                    for (start, end), machines in record_collection_gaps(self.conn, arrival.frame):
                        mark_changed(self.conn, arrival, start, end, machines)
                self.conn.execute(SQL["notify"])
        self._count(arrivals, fresh)

    def _count(self, arrivals: Sequence[Arrival], fresh: Sequence[Arrival]) -> None:
        """What a commit has stored."""
        held_out = sum(int(arrival.held_out.sum()) for arrival in fresh)
        metrics.STORED.inc(len(fresh))
        metrics.DUPLICATE.inc(len(arrivals) - len(fresh))
        metrics.SOUND.inc(sum(arrival.frame.size for arrival in fresh) - held_out)
        metrics.HELD_OUT.inc(held_out)
        metrics.COMMITTED.set_to_current_time()
        read = [int(arrival.frame.columns.edge_us.max()) for arrival in fresh if arrival.lane == "live"]
        if read:
            metrics.LAG.set((self.now() - max(read)) / 1e6)

    def _prepare(self, arrivals: Sequence[Arrival]) -> None:
        days: set[date] = set()
        for arrival in arrivals:
            for number in np.unique(arrival.frame.columns.source_us // US_PER_DAY):
                days.add(datetime.fromtimestamp(int(number) * 86_400, UTC).date())
        if days - self.days:
            prepare(self.conn, days - self.days)
            self.days |= days

    def look_for_gaps(self, certain_after: timedelta = CERTAIN_AFTER) -> None:
        """What has been missing for so long is not merely on its way: the KPIs count it from now on."""
        with self.conn.transaction():
            if make_certain(self.conn, certain_after):
                self.conn.execute(SQL["notify"])
        row = self.conn.execute(SQL["missing"]).fetchone()
        metrics.MISSING.set(row[0] if row else 0)

    def _note_clocks(self) -> None:
        for source, minute_us, offset_us, samples in self.clocks.finished(self.now()):
            row = {"source": source, "minute": from_us(minute_us), "offset_us": offset_us, "samples": samples}
            self.conn.execute(SQL["add_clock"], row)

    def _numbered(self, arrivals: Sequence[Arrival]) -> list[Numbered]:
        self._learn_series(set().union(*(a.frame.series for a in arrivals)) - self.series.keys())
        self._learn_texts({text for a in arrivals for text in a.frame.texts})
        return [
            Numbered(a.frame, self.nodes[a.frame.node], self._series_of(a.frame), a.held_out, self._texts_of(a.frame))
            for a in arrivals
        ]

    def _series_of(self, frame: Frame) -> np.ndarray[tuple[int], np.dtype[np.int32]]:
        return np.fromiter(map(self.series.__getitem__, frame.series), np.int32, len(frame.series))

    def _texts_of(self, frame: Frame) -> np.ndarray[tuple[int], np.dtype[np.float64]] | None:
        return np.array([self.texts[text] for text in frame.texts], np.float64) if frame.texts else None

    def _learn_nodes(self, unknown: set[str]) -> None:
        if unknown:
            names = {"nodes": sorted(unknown)}
            self.conn.execute(SQL["add_nodes"], names)
            self.nodes |= dict(self.conn.execute(SQL["nodes"], names))

    def _learn_machines(self, arrivals: Sequence[Arrival]) -> None:
        sent: dict[str, set[str]] = {}
        for arrival in arrivals:
            sent.setdefault(arrival.frame.node, set()).update(arrival.frame.machines)
        self._learn_nodes(sent.keys() - self.nodes.keys())
        for node, machines in sorted(sent.items()):
            if machines - self.machines.get(node, set()):
                self.conn.execute(SQL["learn_machines"], {"node": node, "machines": sorted(machines)})
                self.machines.setdefault(node, set()).update(machines)

    def _learn_series(self, unknown: set[str]) -> None:
        if unknown:
            pairs = [name.split("/", 1) for name in sorted(unknown)]
            names = {"machines": [machine for machine, _ in pairs], "tags": [tag for _, tag in pairs]}
            self.conn.execute(SQL["add_series"], names)
            self.series |= {f"{m}/{t}": number for m, t, number in self.conn.execute(SQL["series"], names)}

    def _learn_texts(self, texts: set[str]) -> None:
        if len(self.texts) > MOST_TEXTS:
            self.texts.clear()
        unknown = texts - self.texts.keys()
        if unknown:
            # In one order, so that two collectors that learn the same ones never wait for each other.
            names = {"texts": sorted(unknown)}
            self.conn.execute(SQL["add_texts"], names)
            self.texts |= dict(self.conn.execute(SQL["texts"], names))

    def _status(self, status: Status, node: str) -> None:
        if status.node != node:
            raise BrokenFrame(f"node: '{status.node}' speaks on the topic of '{node}'")
        if self.ownership is not None and not self.ownership.knows(node):
            raise BrokenFrame(f"node: '{node}' is no edge of the plant file")
        self._learn_nodes({node} - self.nodes.keys())
        self.conn.execute(SQL["status"], {"node": node, "state": status.state, "epoch": status.epoch})

    def _reject(self, message: Message, reason: str) -> set[tuple[str, int, int]]:
        return self.rejects.add(message.topic, message.payload, reason, self.now())
