"""One source, polled at fixed instants together with all that are due then; it can be ended between two polls."""

import asyncio
import time

import structlog

from edge.health import AnySource, PollCounts
from edge.schedule import Beat, on_grid
from runtime.ending import end
from runtime.health import Health

log = structlog.get_logger()
# A poll that is under way may take so long before it is broken off.
PATIENCE_S = 10.0


class Alarm:
    """Wakes all that rest until the same millisecond at once, with one timer."""

    def __init__(self) -> None:
        self.times: dict[int, asyncio.Event] = {}

    async def at(self, due: float) -> None:
        """Return when the clock that nobody sets shows `due`."""
        millisecond = round(due * 1000)
        event = self.times.get(millisecond)
        if event is None:
            event = self.times[millisecond] = asyncio.Event()
            asyncio.get_running_loop().call_later(due - time.monotonic(), self._ring, millisecond)
        await event.wait()

    def _ring(self, millisecond: int) -> None:
        self.times.pop(millisecond).set()


class Rounds:
    """The schedule of one source; beats that are over before their turn are missed and counted."""

    def __init__(self, source: AnySource, health: Health, alarm: Alarm) -> None:
        self.source, self.health, self.alarm = source, health, alarm
        self.period = source.device.poll.total_seconds()
        self.name = f"poll {source.device.id} every {self.period:g} s"
        self.missed = 0
        self.resting = self.ending = False

    async def run(self, wait_s: float) -> None:
        """Poll for the first time after `wait_s`, and then on schedule until `end`."""
        device = self.source.device.id
        turn, counts = self.health.loop(self.name, self.period), PollCounts(device)
        beat = Beat(self.period, on_grid(time.monotonic()) + wait_s)
        told = False
        await self._rest(beat.due)
        while not self.ending:
            await self.source.poll()
            turn()
            before = beat.missed
            rest = beat.next(time.monotonic())
            self.missed = beat.missed
            counts.count(self.source.source.trouble is not None, self.missed - before)
            if beat.behind != told and (told or self.source.source.trouble is None):
                told = beat.behind
                say = log.warning if told else log.info
                say("polls_missed" if told else "polls_on_time", device=device, poll_s=self.period, missed=self.missed)
            await self._rest(beat.due if rest else None)

    async def end(self, task: asyncio.Task[None]) -> None:
        """Let the poll that is under way end, and then no other follows; `task` is what runs these rounds."""
        self.ending = True
        if self.resting:
            task.cancel()
        if not (await asyncio.wait({task}, timeout=PATIENCE_S))[0]:
            await end([task])
        self.health.end(self.name)

    async def _rest(self, due: float | None) -> None:
        """Until it is due; one that is due already lets others have their turn."""
        if self.ending:
            return
        self.resting = True
        await (asyncio.sleep(0) if due is None else self.alarm.at(due))
        self.resting = False
