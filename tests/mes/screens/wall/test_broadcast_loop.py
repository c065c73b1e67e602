import asyncio
import itertools
import time

import psycopg
import pytest

from mes.keeper.refresh_loop import Refresh
from mes.screens.wall.broadcast_loop import AT_LEAST_EVERY_S, AT_MOST_EVERY_S, Channel
from runtime.guard import BACK_OFF_S


class Line:
    """A line that counts how often it is looked at; it can be silent."""

    def __init__(self) -> None:
        self.looks = itertools.count(1)
        self.seen = 0
        self.silent = False

    async def look(self) -> int:
        if self.silent:
            raise psycopg.OperationalError("away")
        self.seen = next(self.looks)
        return self.seen


async def first(channel: Channel[int], number: int) -> list[tuple[int, float]]:
    """The first looks that a new follower gets, with their times."""
    got = []
    async for seen in channel.follow():
        got.append((seen.look, time.monotonic()))
        if len(got) == number:
            break
    return got


async def test_all_screens_get_the_same_looks_computed_once() -> None:
    line = Line()
    channel = Channel("line-1", line.look, Refresh(alive=True))

    screens = await asyncio.gather(*(first(channel, 3) for _ in range(20)))

    assert len({tuple(look for look, _ in screen) for screen in screens}) == 1
    assert line.seen <= 4
    await channel.close()


async def test_a_quiet_line_is_sent_each_second() -> None:
    channel = Channel("line-1", Line().look, Refresh(alive=True))

    times = [at for _, at in await first(channel, 3)]

    assert all(later - earlier < AT_LEAST_EVERY_S + 0.5 for earlier, later in itertools.pairwise(times))
    await channel.close()


async def test_a_change_is_sent_at_once_but_not_more_often_than_five_times_a_second() -> None:
    news = Refresh(alive=True)
    channel = Channel("line-1", Line().look, news)

    async def ring() -> None:
        while True:
            news.tell()
            await asyncio.sleep(0.01)

    ringing = asyncio.create_task(ring())
    times = [at for _, at in await first(channel, 6)]
    ringing.cancel()

    gaps = [later - earlier for earlier, later in itertools.pairwise(times)]
    assert min(gaps) >= AT_MOST_EVERY_S * 0.8
    assert sum(gaps) / len(gaps) < 0.6
    await channel.close()


async def test_a_change_during_a_look_or_the_rest_after_it_is_not_shown_a_second_late() -> None:
    news = Refresh(alive=True)
    changed = 0.0

    class Floor:
        state = "running"

        async def look(self) -> str:
            return self.state

    floor = Floor()
    channel = Channel("line-1", floor.look, news)

    async for seen in channel.follow():
        if seen.look == "down":
            break
        floor.state, changed = "down", time.monotonic()
        news.tell()

    assert time.monotonic() - changed < AT_LEAST_EVERY_S - AT_MOST_EVERY_S
    await channel.close()


async def test_nothing_is_sent_while_the_database_is_silent() -> None:
    line, news = Line(), Refresh(alive=True)
    channel = Channel("line-1", line.look, news)
    line.silent = True

    with pytest.raises(TimeoutError):
        await asyncio.wait_for(first(channel, 1), 0.8)
    line.silent = False
    got = await asyncio.wait_for(first(channel, 1), 5)

    assert got[0][0] == 1
    await channel.close()


async def test_a_screen_that_is_opened_while_the_database_is_away_gets_the_last_look_with_its_age() -> None:
    line = Line()
    channel = Channel("line-1", line.look, Refresh(alive=True))
    staying = asyncio.create_task(first(channel, 1_000))
    await first(channel, 1)
    line.silent = True
    await asyncio.sleep(1.5)

    async for seen in channel.follow():
        age = seen.age_s()
        break

    assert age >= 1.2
    staying.cancel()
    await channel.close()


async def test_however_long_the_database_was_away_the_next_look_comes_within_the_longest_pause() -> None:
    line = Line()
    channel = Channel("line-1", line.look, Refresh(alive=True))
    line.silent = True
    following = asyncio.create_task(first(channel, 1))
    await asyncio.sleep(6)

    line.silent = False
    back = time.monotonic()
    [(_, at)] = await following

    assert at - back < BACK_OFF_S[-1] + 0.5
    await channel.close()


async def test_nobody_looks_at_a_line_without_screens() -> None:
    line = Line()
    channel = Channel("line-1", line.look, Refresh(alive=True))
    await first(channel, 1)

    await asyncio.sleep(2 * AT_LEAST_EVERY_S)
    seen = line.seen
    await asyncio.sleep(1.5 * AT_LEAST_EVERY_S)

    assert line.seen == seen
    assert (await asyncio.wait_for(first(channel, 1), 5))[0][0] >= seen


async def test_closing_ends_every_stream() -> None:
    channel = Channel("line-1", Line().look, Refresh(alive=True))
    began = asyncio.Event()

    async def follow() -> None:
        async for _ in channel.follow():
            began.set()

    following = asyncio.create_task(follow())
    await began.wait()

    await channel.close()

    await asyncio.wait_for(following, 2)
