"""Waiting for what others do, in one place: as soon as it is so, or with its name when it is not in time."""

import asyncio
import inspect
import time
from collections.abc import Callable

WITHIN_S = 40.0
LOOK_EVERY_S = 0.03


def eventually(
    what: str,
    holds: Callable[[], object],
    within_s: float = WITHIN_S,
    *,
    every_s: float = LOOK_EVERY_S,
    despite: type[Exception] | tuple[()] = (),
) -> float:
    """The seconds it took; with an exception of the kind `despite` it does not hold yet."""
    began = time.monotonic()
    while True:
        try:
            if holds():
                return time.monotonic() - began
        except despite:
            pass
        assert time.monotonic() - began < within_s, f"waited {within_s:g} s for: {what}"
        time.sleep(every_s)


async def until(what: str, holds: Callable[[], object], within_s: float = WITHIN_S) -> float:
    """As `eventually`, while the other tasks of the loop go on; `holds` may be one that is awaited."""
    began = time.monotonic()
    while not (await found if inspect.isawaitable(found := holds()) else found):
        assert time.monotonic() - began < within_s, f"waited {within_s:g} s for: {what}"
        await asyncio.sleep(LOOK_EVERY_S)
    return time.monotonic() - began
