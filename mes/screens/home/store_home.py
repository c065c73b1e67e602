"""Database → the first page: the site as its board shows it, and the stops that wait for a reason."""

import asyncio
import time
from dataclasses import dataclass, field

from mes.facts.windowing import cut
from mes.losses.stop_list import stops_of
from mes.screens.home.needs import Waiting
from mes.screens.wall.site import SiteView
from mes.screens.wall.store_wall import SiteReader
from mes.web.context import LEND_S, Context
from runtime.database import queries

SQL = queries("mes.screens.home")
FRESH_S = 1.5
# A look may take at most a third of one processor, until the page would be too old.
REST, OLDEST_S = 3.0, 3.0


@dataclass(frozen=True, slots=True)
class Home:
    """What the first page shows, and when that was found out by the monotonic clock."""

    site: SiteView
    waiting: tuple[Waiting, ...]
    held: int
    at_s: float


@dataclass(slots=True)
class HomeReader:
    """One look for all who ask at about the same time."""

    context: Context
    reader: SiteReader
    last: Home | None = None
    fresh_s: float = FRESH_S
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self) -> Home:
        """The site as it stands now, at most a second and a half old, three where a look takes long."""
        async with self._turn:
            if self.last is None or time.monotonic() - self.last.at_s > self.fresh_s:
                began = time.monotonic()
                site = await self.reader.look()
                async with self.context.pool.connection(LEND_S) as conn:
                    row = await (await conn.execute(SQL["held"].encode())).fetchone()
                self.last = Home(site, self._waiting(), int(row[0]) if row else 0, began)
                self.fresh_s = min(OLDEST_S, max(FRESH_S, REST * (time.monotonic() - began)))
            return self.last

    def _waiting(self) -> tuple[Waiting, ...]:
        """The stops of this shift without a reason, line by line."""
        found = []
        for of in self.reader.lines:
            facts = {id_: cut(f, max(f.from_us, of.shift_us), f.to_us) for id_, f in of.facts.items()}
            open_ = [stop for stop in stops_of(self.context.plant, facts, ()) if stop.reason is None]
            if open_:
                found.append(Waiting(of.line.id, len(open_), sum(stop.to_us - stop.from_us for stop in open_)))
        return tuple(found)
