"""A PLC whose every answer is on record: what there was to read, known without asking what is tested.

Each answer shows other numbers than the one before, so that each poll is one reading of each tag, and none is like
another: a lost one and a doubled one can be named.
"""

import random
import socket
import struct
import threading
import time
from contextlib import suppress
from dataclasses import dataclass

HOLDING = 3
WORDS = 8
HALF_FLOAT = 8


@dataclass(frozen=True, slots=True)
class Reading:
    """What one answer showed, and when it was given.

    `made` is all that the machine has made, `since_reset` what it made since its counter was last set to 0, for the
    `run`-th time; `fresh` is False for a repeat.
    """

    tick: int
    total: int
    state: int
    load: float
    at_us: int
    made: int
    since_reset: int
    run: int
    fresh: bool

    @property
    def values(self) -> dict[str, float]:
        """By tag, as the database is to hold them: state codes are those of the plant file."""
        return {"tick": self.tick, "total": self.total, "state": float(self.state), "load": self.load}


class Plc:
    """Answers reads of its eight holding registers by Modbus TCP; `readings` is the ledger.

    Registers: 0-1 tick, 2-3 total, 4 state, 5-6 load, 7 nothing. `wraps_at` is where `total` begins again at 0.
    """

    def __init__(self, machine: str, port: int, chance: random.Random, total: int = 0, wraps_at: int = 2**32) -> None:
        self.machine, self.port, self.chance, self.wraps_at = machine, port, chance, wraps_at
        self.readings: list[Reading] = []
        self.tick, self.total, self.run = 0, total, 0
        self.made = self.since_reset = 0
        self.holds = self.changed = False
        self.turn = threading.Lock()
        self.listener: socket.socket | None = None
        self.connections: set[socket.socket] = set()

    def start(self) -> None:
        """Listen."""
        self.listener = socket.create_server(("127.0.0.1", self.port), reuse_port=False)
        threading.Thread(target=self._accept, args=(self.listener,), daemon=True).start()

    def stop(self) -> None:
        """The power is cut: nobody is told, all connections are gone."""
        if self.listener is not None:
            # A thread that waits in accept keeps the port, close alone does not wake it.
            with suppress(OSError):
                self.listener.shutdown(socket.SHUT_RDWR)
            self.listener.close()
            self.listener = None
        with self.turn:
            for connection in self.connections:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    def hold(self) -> None:
        """The machine stands still: from now on every answer is the last one."""
        with self.turn:
            self.holds = True

    def make(self, parts: int) -> None:
        """Parts made while nobody reads; those before a loss of power are known to nobody but this ledger."""
        with self.turn:
            self._count(parts)
            self.changed = True

    def reset(self) -> None:
        """The counter forgets, as after a loss of power."""
        with self.turn:
            self.total = self.since_reset = 0
            self.run += 1
            self.changed = True

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                with self.turn:
                    self.connections.add(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError), connection, connection.makefile("rb") as requests:
            while len(header := requests.read(7)) == 7:
                number, protocol, length, unit = struct.unpack(">HHHB", header)
                body = requests.read(length - 1)
                answer = self._answer(body)
                connection.sendall(struct.pack(">HHHB", number, protocol, len(answer) + 1, unit) + answer)
        with self.turn:
            self.connections.discard(connection)

    def _answer(self, body: bytes) -> bytes:
        function, first, count = struct.unpack(">BHH", body)
        if function != HOLDING or first + count > WORDS:
            return struct.pack(">BB", function | 0x80, 2)
        # The ledger stands on one read for all tags: an agent that reads them one by one would need another ledger.
        assert (first, count) == (0, 7), f"a plan of its own: {count} registers from {first}"
        with self.turn:
            block = self._next()
        return struct.pack(">BB", function, 2 * count) + block[first * 2 : (first + count) * 2]

    def _next(self) -> bytes:
        fresh = not self.holds or self.changed or not self.readings
        self.changed = False
        if fresh:
            self.tick += 1
            self._count(self.chance.randint(1, 3))
        # Two states in turn: each poll is a change.
        state, load = 1 + self.tick % 2, self.tick / HALF_FLOAT
        now = time.time_ns() // 1000
        self.readings.append(
            Reading(self.tick, self.total, state, load, now, self.made, self.since_reset, self.run, fresh)
        )
        return struct.pack(">IIHfH", self.tick, self.total, state, load, 0)

    def _count(self, parts: int) -> None:
        self.total = (self.total + parts) % self.wraps_at
        self.made += parts
        self.since_reset += parts
