"""A real database with facts in it, the short way: frames by the collector's writer, facts by mes."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import psycopg

from collector.writer import Message, Writer
from config.channels import Webhook
from config.load import load_plant
from contract.frame import encode
from contract.sample import Quality, Sample, to_us
from contract.topics import frame_topic
from mes.keeper.store import Keeper
from runtime.database import connect
from runtime.lending import Connection
from tests.support.frames import frame_of
from tests.times import at, later

PLANT = load_plant(Path("config/demo.yaml"))
WITH_CHAT = PLANT.model_copy(update={"channels": (Webhook(id="chat", kind="webhook", url_env="CHAT"),)})
START = to_us(at("2026-11-24 02:30"))  # 10:30 in Suzhou: the early shift, after its break
SECOND = 1_000_000
MINUTE = 60 * SECOND
DUE_LATER = at("2026-11-24 05:30")


def sample(machine: str, tag: str, second: float, value: float | None) -> Sample:
    """A sample so many seconds after START; None is BAD."""
    now = START + round(second * SECOND)
    return Sample(machine, tag, now, now, value, Quality.BAD if value is None else Quality.GOOD)


def know(database: str, samples: Sequence[Sample], epoch: int = 1) -> None:
    """Store samples as one frame and make facts of them."""
    writer = Writer(database, PLANT.site.id, now=later)
    frame = frame_of("edge-1", epoch, 1, samples)
    writer.write([Message(frame_topic(PLANT.site.id, "edge-1"), encode(frame))])
    writer.close()
    keep(database)


def keep(database: str) -> None:
    """The keeper takes in what waits."""
    with connect(database, "mes") as conn:
        keeper = Keeper(conn, PLANT)
        while keeper.step():
            pass


@asynccontextmanager
async def reading(database: str) -> AsyncIterator[Connection]:
    """A connection as mes has it."""
    options = "-c timezone=UTC"
    async with await psycopg.AsyncConnection.connect(database, autocommit=True, options=options) as conn:
        yield conn
