"""One source, polled at fixed instants; it can be ended between two polls."""

import asyncio
import time

import structlog

from config.ending import end
from config.health import Health
from edge.health import AnySource, PollCounts
from edge.schedule import Beat

log = structlog.get_logger()
# A poll that is under way may take so long before it is broken off.
PATIENCE_S = 10.0


class Rounds:
    """The schedule of one source; beats that are over before their turn are missed and counted."""

    def __init__(self, source: AnySource, health: Health) -> None:
        self.source, self.health = source, health
        self.period = source.device.poll.total_seconds()
        self.name = f"poll {source.device.id} every {self.period:g} s"
        self.missed = 0
        self.resting = self.ending = False

    async def run(self, wait_s: float) -> None:
        """Poll for the first time after `wait_s`, and then on schedule until `end`."""
        device = self.source.device.id
        turn, counts = self.health.loop(self.name, self.period), PollCounts(device)
        beat = Beat(self.period, time.monotonic() + wait_s)
        told = False
        await self._rest(wait_s)
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
            await self._rest(rest)

    async def end(self, task: asyncio.Task[None]) -> None:
        """Let the poll that is under way end, and then no other follows; `task` is what runs these rounds."""
        self.ending = True
        if self.resting:
            task.cancel()
        if not (await asyncio.wait({task}, timeout=PATIENCE_S))[0]:
            await end([task])
        self.health.end(self.name)

    async def _rest(self, seconds: float) -> None:
        if self.ending:
            return
        self.resting = True
        await asyncio.sleep(seconds)
        self.resting = False
