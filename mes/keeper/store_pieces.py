"""A long history in pieces, newest first; while one is computed the next is read over a connection of its own."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field

import psycopg
from psycopg.conninfo import make_conninfo

from mes.facts.tape import Readings
from mes.keeper.rebuild import Region
from mes.keeper.store_samples import Connection, readings_of
from runtime.arrays import use_arrays
from runtime.database import connect


@dataclass
class Pieces:
    """The regions of a machine that are to be made anew; those of one span are a piece.

    What was read ahead is that of when it was begun: whoever takes in a frame meanwhile has it read again.
    """

    conn: Connection
    regions: list[Region] = field(default_factory=list)
    _own: Connection | None = None
    _thread: ThreadPoolExecutor | None = None
    _begun: Future[list[Readings]] | None = None

    def __bool__(self) -> bool:
        """Whether any is left."""
        return bool(self.regions)

    def begin(self, regions: Sequence[Region]) -> None:
        """These, in the order of time, are to be made now, and no others."""
        self.read_again()
        self.regions = list(regions)

    def take(self) -> tuple[list[Region], list[Readings]]:
        """The newest piece with its samples; the one before it is read from now on."""
        some, begun = self._newest(), self._begun
        readings = self._read_ahead(begun) if begun else readings_of(self.conn, some)
        self.regions = self.regions[: -len(some)]
        self._begun = None
        if self.regions:
            self._thread = self._thread or ThreadPoolExecutor(1, "read-ahead")
            self._begun = self._thread.submit(self._read, self._newest())
        return some, readings

    def read_again(self) -> None:
        """What was read ahead may have changed."""
        if self._begun:
            self._begun.cancel()
        self._begun = None

    def close(self) -> None:
        """No more is to come for now: the connection is given back."""
        self.read_again()
        if self._own:
            with suppress(psycopg.Error):
                self._own.cancel_safe(timeout=1)
        if self._thread:
            self._thread.shutdown()
        if self._own:
            self._own.close()
        self._own = self._thread = None

    def _newest(self) -> list[Region]:
        return [region for region in self.regions if region.span == self.regions[-1].span]

    def _read_ahead(self, begun: Future[list[Readings]]) -> list[Readings]:
        # A connection more may be refused, or lost: then nothing was read ahead.
        with suppress(psycopg.Error):
            return begun.result()
        return readings_of(self.conn, self._newest())

    def _read(self, regions: Sequence[Region]) -> list[Readings]:
        if self._own is None:
            info = self.conn.info
            self._own = connect(make_conninfo(info.dsn, password=info.password or None), "mes-read-ahead")
            use_arrays(self._own)
        return readings_of(self._own, regions)
