"""How a program ends: what is cancelled is cancelled until it ends, and a second Ctrl-C ends the process at once."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterable
from contextlib import suppress
from types import FrameType
from typing import Any

INTERRUPTED = 130
# A library may swallow a cancellation: as asyncio.wait_for does before Python 3.12, when its answer comes at the same
# moment. Who has something to put in order gets this long before the next one.
AGAIN_S = 1.0
PATIENCE_S = 5.0


async def end(tasks: Iterable[asyncio.Task[Any]], within_s: float = PATIENCE_S) -> set[asyncio.Task[Any]]:
    """Cancel tasks, again and again; those that have not ended within the bound. Their results are the caller's."""
    left = {task for task in tasks if not task.done()}
    clock = asyncio.get_running_loop().time
    until = clock() + within_s
    while left and clock() < until:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=min(AGAIN_S, until - clock()))
    return left


async def end_all() -> None:
    """End every other task of this loop; the process, where one of them does not end."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if await end(task for task in others if task is not None):
        leave()


def on_request(ask: Callable[[], None]) -> None:
    """Ask at the first SIGTERM or Ctrl-C, soon after; the second Ctrl-C ends the process whatever it is doing."""
    asked: list[int] = []

    def handle(number: int, _: FrameType | None) -> None:
        if number == signal.SIGINT and asked:
            leave()
        asked.append(number)
        ask()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, handle)


def on_request_in_loop(ask: Callable[[], None]) -> None:
    """As `on_request`, for who runs in this thread's loop."""
    loop = asyncio.get_running_loop()

    def soon() -> None:
        loop.call_soon_threadsafe(ask)

    on_request(soon)


def run(work: Coroutine[Any, Any, None]) -> bool:
    """Run it; False when it was interrupted before its end, whatever it made of that."""
    return asyncio.run(_until_asked(work))


def leave() -> None:
    """End this process now."""
    with suppress(Exception):
        sys.stdout.flush()
    os._exit(INTERRUPTED)


async def _until_asked(work: Coroutine[Any, Any, None]) -> bool:
    asked = asyncio.Event()
    on_request_in_loop(asked.set)
    task, interrupted = asyncio.create_task(work), asyncio.create_task(asked.wait())
    await asyncio.wait({task, interrupted}, return_when=asyncio.FIRST_COMPLETED)
    ended = task.done()
    if not ended and await end([task]):
        leave()
    await end_all()
    if ended:
        task.result()
    elif not task.cancelled():
        task.exception()
    return ended
