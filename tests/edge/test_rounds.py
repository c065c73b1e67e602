"""The schedule of one source can be ended: between two polls, and in spite of a library that swallows it."""

import asyncio
from contextlib import suppress
from typing import Any, cast

from edge.health import AnySource
from edge.rounds import Alarm, Rounds
from runtime.health import Health
from tests.edge.modbus.peers import device
from tests.support.eventually import until


class Polled:
    """As far as its schedule sees it, a device; a poll waits until it is let go."""

    def __init__(self, swallows: bool) -> None:
        self.device, self.swallows = device(poll="10ms"), swallows
        self.source: Any = type("Told", (), {"trouble": None})
        self.begun = self.ended = 0
        self.go = asyncio.Event()

    async def poll(self) -> None:
        self.begun += 1
        with suppress(*[asyncio.CancelledError] * self.swallows):
            await self.go.wait()
        self.ended += 1


async def test_the_poll_that_is_under_way_is_finished_and_no_other_follows() -> None:
    health, polled = Health("edge", 90), Polled(swallows=False)
    rounds = Rounds(cast(AnySource, polled), health, Alarm())
    running = asyncio.create_task(rounds.run(0.0))
    await until("a poll", lambda: polled.begun == 1)

    ending = asyncio.create_task(rounds.end(running))
    await asyncio.sleep(0)
    still_running = not running.done()
    polled.go.set()
    await ending

    assert still_running
    assert (polled.begun, polled.ended, running.done(), running.cancelled()) == (1, 1, True, False)
    assert health.loops == {}


async def test_who_rests_ends_at_once() -> None:
    polled = Polled(swallows=False)
    polled.device = device(poll="1h", heartbeat="1h")
    polled.go.set()
    rounds = Rounds(cast(AnySource, polled), Health("edge", 90), Alarm())
    running = asyncio.create_task(rounds.run(0.0))
    await until("the rest", lambda: polled.ended == 1 and rounds.resting)

    await asyncio.wait_for(rounds.end(running), 30)

    assert running.cancelled()
    assert polled.begun == 1


async def test_a_poll_that_swallows_its_end_is_the_last_one_all_the_same() -> None:
    polled = Polled(swallows=True)
    rounds = Rounds(cast(AnySource, polled), Health("edge", 90), Alarm())
    running = asyncio.create_task(rounds.run(0.0))
    await until("a poll", lambda: polled.begun == 1)

    rounds.ending = True
    running.cancel()
    await asyncio.wait({running}, timeout=30)

    assert running.done()
    assert polled.begun == polled.ended == 1
