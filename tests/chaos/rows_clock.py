"""Rows: the wall clock of the edge agent, or of the collector, is set an hour forward and back while it runs.

`clock.c` is loaded into the one process: its wall clock is off by what a file says, the steady clocks are not touched.
"""

import shutil
import struct
import subprocess
from functools import partial
from pathlib import Path

import psycopg

from tests.chaos.auditor import Stored, Verdict, polls
from tests.chaos.shop import Shop
from tests.chaos.stage import Row, Stage, Unfit

HOUR_S = 3600
# Far more than the way from a PLC to the agent takes on a busy machine, far less than a jump.
NEAR_US = 600_000_000
NEWEST = "SELECT coalesce(max(value), 0) FROM sample JOIN series USING (series) WHERE tag = 'tick' AND quality & 3 <> 2"


class WallClock:
    """What a process takes for the time; True time plus what was last set."""

    def __init__(self, folder: Path) -> None:
        compiler = shutil.which("cc")
        if compiler is None:
            raise Unfit("no C compiler (cc) for the library that sets a clock: apt-get install build-essential")
        self.file, library = folder / "clock", folder / "clock.so"
        source = Path(__file__).with_name("clock.c")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, source], check=True)
        self.file.write_bytes(struct.pack("=q", 0))
        self.environment = {"LD_PRELOAD": str(library), "CHAOS_CLOCK": str(self.file)}

    def set(self, ahead_s: int) -> None:
        """From now on the clock is ahead of the truth, or behind it."""
        with self.file.open("r+b") as file:
            file.write(struct.pack("=q", ahead_s))


def clock_jump(stage: Stage, service: str) -> Verdict:
    """An hour forward, an hour back, and right again, in an order that the seed chooses."""
    with stage.shop() as shop:
        clock = WallClock(stage.folder)
        shop.start_all()
        shop.kill(service)
        shop.start(service, environment=clock.environment, preload=True)
        jumps = [HOUR_S, -HOUR_S, 0]
        stage.chance.shuffle(jumps)
        for ahead_s in [*jumps, 0]:
            fresh = newest_tick(shop)
            shop.until("samples after the jump", lambda fresh=fresh: newest_tick(shop) > fresh + 10)
            shop.moment(3, least=1)
            clock.set(ahead_s)
        fresh = newest_tick(shop)
        shop.until("samples after the last jump", lambda: newest_tick(shop) > fresh + 40)
        verdict = shop.settle()
        stored = of_all(shop)
        if service == "edge":
            assert "clock_was_set" in shop.says("edge")
            assert not any(poll.held_out for poll in stored)
        else:
            # To a collector an hour behind, all that comes is from the future; when it is right again, nothing is.
            assert any(poll.held_out for poll in stored)
            assert not stored[-1].held_out
        assert not (far := displaced(shop, stored)), f"{len(far)} samples are dated away from their reading: {far[:3]}"
        return verdict


def of_all(shop: Shop) -> list[Stored]:
    """Every stored poll, in the order of time."""
    with psycopg.connect(shop.database, autocommit=True) as conn:
        return sorted((poll for of_machine in polls(conn).values() for poll in of_machine), key=lambda poll: poll.at_us)


def newest_tick(shop: Shop) -> int:
    """How far the database is."""
    with psycopg.connect(shop.database, autocommit=True) as conn:
        row = conn.execute(NEWEST).fetchone()
        return int(row[0]) if row else 0


def displaced(shop: Shop, stored: list[Stored]) -> list[Stored]:
    """Polls dated away from when a PLC showed them: with none, no time between two of them has changed by a jump."""
    shown: dict[int, list[int]] = {}
    for plc in shop.plcs:
        for reading in list(plc.readings):
            shown.setdefault(reading.tick, []).append(reading.at_us)
    return [
        poll
        for poll in stored
        if "tick" in poll.values and min(abs(poll.at_us - at_us) for at_us in shown[int(poll.values["tick"])]) > NEAR_US
    ]


ROWS: dict[str, Row] = {
    "clock-jump-edge": partial(clock_jump, service="edge"),
    "clock-jump-collector": partial(clock_jump, service="collector"),
}
