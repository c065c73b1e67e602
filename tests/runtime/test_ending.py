"""A program that is asked to end does so, whatever a library makes of the first request."""

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager

import pytest

from runtime.ending import INTERRUPTED, end

Started = Callable[[str], subprocess.Popen[str]]
HEAD = """
import asyncio, signal, sys, time
from runtime.ending import on_request, run
def say(word): print(word, flush=True)
"""
DEAF = """
async def deaf():
    say("ready")
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            say("swallowed")
"""
BUSY = """
async def busy():
    say("ready")
    while True:
        time.sleep(0.01)
"""


async def test_a_cancellation_that_was_swallowed_is_asked_for_again() -> None:
    swallowed = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            swallowed.append(1)
        await asyncio.sleep(60)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)

    assert await end([task]) == set()
    assert task.cancelled()
    assert swallowed == [1]


async def test_what_never_ends_is_given_up_after_its_bound() -> None:
    free = asyncio.Event()

    async def work() -> None:
        while not free.is_set():
            try:
                await free.wait()
            except asyncio.CancelledError:
                continue

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    began = time.monotonic()
    left = await end([task], 0.2)
    took = time.monotonic() - began
    free.set()
    await task

    assert left == {task}
    assert took < 2


async def test_who_puts_something_in_order_at_its_end_has_time_for_it() -> None:
    done = []

    async def work() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.2)
            done.append(1)

    task = asyncio.create_task(work())
    await asyncio.sleep(0)
    await end([task])

    assert done == [1]


@pytest.fixture
def started() -> Iterator[Started]:
    with ExitStack() as programs:

        @contextmanager
        def program(text: str) -> Iterator[subprocess.Popen[str]]:
            command = [sys.executable, "-c", HEAD + text]
            with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
                assert process.stdout is not None
                assert process.stdout.readline() == "ready\n"
                yield process
                process.kill()

        yield lambda text: programs.enter_context(program(text))


def interrupt(process: subprocess.Popen[str], times: int, number: int = signal.SIGINT) -> tuple[int, float]:
    """Its exit code, and how long it took from the last time on."""
    for _ in range(times):
        process.send_signal(number)
        time.sleep(0.2)
    began = time.monotonic()
    return process.wait(60), time.monotonic() - began


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_work_that_obeys_ends_at_the_first_request(started: Started, number: int) -> None:
    work = 'async def work():\n    say("ready")\n    await asyncio.sleep(60)\n'
    process = started(work + "sys.exit(0 if run(work()) else 130)")
    code, took = interrupt(process, 1, number)

    assert code == INTERRUPTED
    assert took < 2


def test_work_that_swallows_every_request_ends_after_the_bound(started: Started) -> None:
    code, took = interrupt(started(DEAF + "run(deaf())"), 1)

    assert code == INTERRUPTED
    assert 1 < took < 10


@pytest.mark.parametrize("work", [DEAF + "run(deaf())", BUSY + "run(busy())"], ids=["swallows it", "is busy"])
def test_the_second_ctrl_c_ends_a_command_at_once(started: Started, work: str) -> None:
    code, took = interrupt(started(work), 2)

    assert code == INTERRUPTED
    assert took < 1


def test_the_second_ctrl_c_ends_a_service_at_once_whose_end_takes_long(started: Started) -> None:
    code, took = interrupt(started('on_request(lambda: None)\nsay("ready")\ntime.sleep(60)'), 2)

    assert code == INTERRUPTED
    assert took < 1


def test_ctrl_c_before_a_command_has_begun_its_work_is_told_by_its_exit_code(started: Started) -> None:
    """A call of the command line that is still reading its plant file."""
    text = (
        "import os, threading, shopfloor\n"
        "pipe = os.pipe()\n"
        # Who runs the tests in the background of a shell has them ignore Ctrl-C.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        "threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()\n"
        'say("ready")\n'
        'sys.exit(shopfloor.main(["check", f"/dev/fd/{pipe[0]}"]))'
    )

    assert started(text).wait(60) == INTERRUPTED
