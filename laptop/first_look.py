"""Database → one line for each step until the wall shows live numbers of every machine."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psycopg

from runtime.database import connect, queries

SQL = queries("laptop")
SECONDS_TO_FOLLOW = 120


def follow(url: str, logger: Path, machines: Sequence[str], nap: Callable[[float], bool]) -> None:
    """Print what is still on its way, and at last that the wall is live, or how many machines have numbers.

    A machine is live while its state is known now: samples that say that a PLC does not answer are no numbers.
    `nap` waits and says True when it is time to end; `logger` is where the history's files are taken from.
    """
    began = time.monotonic()
    said = ""
    live = 0
    while time.monotonic() - began < SECONDS_TO_FOLLOW:
        try:
            live, text = _look(url, logger, machines)
        except psycopg.Error:
            text = ""
        if live == len(machines) and not text:
            print(f"看板实时 · the wall is live, {live} machines ({time.monotonic() - began:.0f} s)", flush=True)
            return
        if text and text != said:
            print(text, flush=True)
            said = text
        if nap(1):
            return
    print(f"仅有部分机器有数据 · only {live} of {len(machines)} machines send data: see the edges' logs", flush=True)


def _look(url: str, logger: Path, machines: Sequence[str]) -> tuple[int, str]:
    """Of how many machines the state is known now, and what is still missing; nothing when all is there."""
    with connect(url, "demo") as conn:
        row = conn.execute(SQL["first_look"].encode(), {"machines": list(machines)}).fetchone()
    live, history_to, counted = row if row is not None else (0, None, False)
    if any(logger.glob("*.csv")) or not counted:
        up_to = f" → {history_to.astimezone():%H:%M}" if history_to else ""
        return live, f"… 历史数据导入 importing history{up_to}"
    return live, "" if live == len(machines) else f"… 实时数据 live data: {live}/{len(machines)}"
