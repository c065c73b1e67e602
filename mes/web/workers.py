"""Heavy answers beside the event loop: a worker, which is a process of its own, computes each within a budget.

A thread would not do: it cannot be ended, and what holds the interpreter's lock holds up every wall.
"""

import asyncio
import pickle
import socket
import sys
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.routing import APIRoute

from config.plant import Plant
from mes.web.access.keys import need_key, need_person
from mes.web.asked import need_right_address
from mes.web.context import context_of
from mes.web.problems import Problem
from mes.web.worker_wire import receive, send
from runtime.guard import DatabaseAway
from runtime.settings import Settings

log = structlog.get_logger()
BUDGET_S = 5.0
WORKERS = 2
START_S = 30.0
GRACE_S = 1.0
# What an answer may depend on beside its address, and who asks, which is settled before.
PASSED_ON = frozenset({b"accept", b"accept-language", b"cookie"})
CURE = "Ask for a shorter window or fewer machines."
CURE_OF_ONE = "Ask for the KPIs of one of its machines, or of a shorter window, and explain these: their ids are new."


@dataclass(slots=True)
class Worker:
    """A process that computes one answer at a time; it starts when it is asked first, and again after its end."""

    opening: tuple[Settings, Plant]
    process: asyncio.subprocess.Process | None = None
    streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None
    starting: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def start(self) -> None:
        """Ready to be asked; who asks while it starts waits for that."""
        async with self.starting:
            await self._start()

    async def _start(self) -> None:
        if self.streams is not None and self.process is not None and self.process.returncode is None:
            return
        await self.end()
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable, "-P", "-m", "mes.worker", str(theirs.fileno()), pass_fds=(theirs.fileno(),)
            )
        reader, writer = await asyncio.open_connection(sock=ours)
        try:
            await send(writer, pickle.dumps(self.opening))
            await receive(reader)
        except BaseException:
            writer.close()  # it ends with its connection
            raise
        self.streams = reader, writer

    async def ask(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """The answer."""
        assert self.streams is not None  # noqa: S101  - start comes first
        reader, writer = self.streams
        await send(writer, pickle.dumps(dict(asked)))
        told: dict[str, Any] = pickle.loads(await receive(reader))  # noqa: S301  - from our own process
        return told

    async def end(self) -> None:
        """Its statement is cancelled, then it goes; at once, if it does not listen."""
        process, streams, self.process, self.streams = self.process, self.streams, None, None
        if process is not None and process.returncode is None:
            with suppress(ProcessLookupError):
                process.terminate()
            try:
                async with asyncio.timeout(GRACE_S):
                    await process.wait()
            except TimeoutError:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
        if streams is not None:
            streams[1].close()


class Workers:
    """A few workers, and whoever waits for one."""

    def __init__(self, settings: Settings, plant: Plant, count: int = WORKERS, budget_s: float = BUDGET_S) -> None:
        self._all = [Worker((settings, plant)) for _ in range(count)]
        self._free: asyncio.LifoQueue[Worker] = asyncio.LifoQueue()
        for worker in self._all:
            self._free.put_nowait(worker)
        self._budget_s = budget_s
        self._ending: set[asyncio.Task[None]] = set()

    async def warm(self) -> None:
        """One of them is started before it is needed."""
        worker = await self._free.get()
        try:
            await worker.start()
        except Exception:
            log.exception("worker_not_started")
        finally:
            self._free.put_nowait(worker)

    async def answer(self, request: Request) -> Response:
        """What a worker answers; a Problem 503 when it takes too long. Nothing goes on for a caller that has gone."""
        pool = context_of(request).pool
        work = asyncio.create_task(self._computed(request))
        gone, lost = asyncio.create_task(_gone(request)), asyncio.create_task(pool.until_away())
        try:
            await asyncio.wait({work, gone, lost}, return_when=asyncio.FIRST_COMPLETED)
            if not work.done() and lost.done():
                raise DatabaseAway(pool.away)
            return await work if work.done() else Response(status_code=503)
        finally:
            for task in (work, gone, lost):
                task.cancel()

    async def close(self) -> None:
        """End all of them."""
        for task in self._ending:
            task.cancel()
        await asyncio.gather(*self._ending, return_exceptions=True)
        await asyncio.gather(*(worker.end() for worker in self._all), return_exceptions=True)

    async def _computed(self, request: Request) -> Response:
        told = await self.told(_asked(request))
        response = Response(told["body"], told["status"])
        response.raw_headers = told["headers"]
        return response

    async def told(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """Status, headers and body of the answer to a GET of `path` with `query_string`, or a Problem 503."""
        path = asked["path"]
        asked = {"headers": [], "state": {"holder": None, "keys_away": None}, **asked}
        worker = await self._lent()
        whole = False
        try:
            async with asyncio.timeout(START_S):
                await worker.start()
            async with asyncio.timeout(self._budget_s):
                told = await worker.ask(asked)
            whole = True
        except TimeoutError:
            log.warning("answer_too_heavy", path=path, budget_s=self._budget_s)
            cure = CURE_OF_ONE if path.startswith("/api/v1/kpis/") else CURE
            raise Problem(503, f"The answer takes longer than {self._budget_s:g} s.", cure, retry_after_s=30) from None
        except (OSError, EOFError) as err:
            log.warning("worker_lost", path=path, reason=str(err))
            raise Problem(503, "What computed the answer has ended.", CURE, retry_after_s=5) from err
        finally:
            if whole:
                self._free.put_nowait(worker)
            else:
                self._replace(worker)
        return told

    async def _lent(self) -> Worker:
        try:
            async with asyncio.timeout(self._budget_s):
                return await self._free.get()
        except TimeoutError:
            cure = "Try again in a few seconds; heavy questions wait for each other."
            raise Problem(503, "All workers are busy.", cure, retry_after_s=5) from None

    def _replace(self, worker: Worker) -> None:
        """A worker that did not finish is ended and started anew, so that whoever asks next need not wait for that."""

        async def anew() -> None:
            await worker.end()
            self._free.put_nowait(worker)
            try:
                async with asyncio.timeout(START_S):
                    await worker.start()
            except (OSError, EOFError, TimeoutError):
                log.warning("worker_not_started")

        task = asyncio.create_task(anew())
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


class HeavyPage(APIRoute):
    """A route whose answer a worker computes, where the application has workers; a worker itself has none."""

    needs_key = False

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """As for every route, but beside the event loop; what cannot be asked needs no worker to be refused."""
        here = super().get_route_handler()

        async def handle(request: Request) -> Response:
            workers: Workers | None = request.app.state.workers
            if workers is None:
                return await here(request)
            context = context_of(request)
            if self.needs_key:
                await need_key(request, context)
            else:
                await need_person(request, context)
            await need_right_address(request)
            return await workers.answer(request)

        return handle


class HeavyRoute(HeavyPage):
    """A heavy route of the API."""

    needs_key = True


def _asked(request: Request) -> dict[str, Any]:
    scope = request.scope
    headers = [(name, value) for name, value in scope["headers"] if name in PASSED_ON]
    known = {"holder": request.state.holder, "keys_away": None}
    return {"path": scope["path"], "query_string": scope["query_string"], "headers": headers, "state": known}


async def _gone(request: Request) -> None:
    """Return when the caller has hung up."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
