"""A worker of mes: computes one answer at a time, as the whole application would, for the process that started it.

It keeps no facts, opens no port and asks nobody who they are: that was settled before. It ends with its parent.
"""

import asyncio
import os
import pickle
import signal
import socket
import sys
from dataclasses import replace
from typing import Any

import structlog
from fastapi import FastAPI

from mes.app import create_app
from mes.keeper.refresh_loop import Refresh
from mes.web.worker_wire import receive, send
from mes.web.workers import BUDGET_S
from runtime.database import async_pool
from runtime.logs import start_logging
from runtime.memory import keep_for_good

log = structlog.get_logger()


def main(number: int) -> None:
    """Answer on the socket with this number until it is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a Ctrl-C is for the parent, which ends us
    os.nice(5)  # walls and facts first, where processors are few
    start_logging("mes")
    asyncio.run(_serve(number))


async def _serve(number: int) -> None:
    """Until the parent has gone; then nothing is waited for, neither a thread that computes nor a pool."""
    reader, writer = await asyncio.open_connection(sock=socket.socket(fileno=number))
    try:
        await _answer_all(reader, writer)
    except (EOFError, ConnectionError):
        os._exit(0)
    except Exception:
        log.exception("worker_failed")
        os._exit(1)


async def _answer_all(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    settings, plant = pickle.loads(await receive(reader))  # noqa: S301  - from the process that started us
    pool = async_pool(settings.need_database(), "mes-answers", max_size=2, statement_timeout_s=BUDGET_S)
    await pool.open()
    alone = replace(settings, api_keys={}, api_scopes={}, host="127.0.0.1")
    app = create_app(alone, plant, pool, Refresh(alive=True), asks_who=False)
    keep_for_good()
    await send(writer, b"ready")
    following = asyncio.create_task(receive(reader))
    loop = asyncio.get_running_loop()
    while True:
        asked = pickle.loads(await following)  # noqa: S301  - as above
        following = asyncio.create_task(receive(reader))
        computing = asyncio.create_task(answer(app, asked))
        loop.add_signal_handler(signal.SIGTERM, computing.cancel)
        await asyncio.wait({computing, following}, return_when=asyncio.FIRST_COMPLETED)
        if not computing.done() or computing.cancelled():
            os._exit(0)  # nobody waits for the answer
        loop.remove_signal_handler(signal.SIGTERM)
        await send(writer, pickle.dumps(await computing))


async def answer(app: FastAPI, asked: dict[str, Any]) -> dict[str, Any]:
    """Status, headers and body of what the application answers to a GET."""
    told: dict[str, Any] = {"body": b""}
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "GET",
        "scheme": "http",
        "root_path": "",
        "raw_path": None,
        "client": None,
        "server": None,
        **asked,
        "headers": [(b"host", b"127.0.0.1"), *asked["headers"]],
    }
    parts: list[bytes] = []

    async def take(message: Any) -> None:
        if message["type"] == "http.response.start":
            told.update(status=message["status"], headers=message["headers"])
        else:
            parts.append(message.get("body", b""))

    async def nothing() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    try:
        await app(scope, nothing, take)
    except Exception:
        # A bug is logged and answered with 500 by the application, and raised once more for its server.
        if "status" not in told:
            raise
    return told | {"body": b"".join(parts)}


if __name__ == "__main__":
    main(int(sys.argv[1]))
