"""The ledger → the certificate of a window: which questions to ask the database, and what the answers mean.

`certify` asks and is answered, so that the command line and the API drive the same code over their own connections.
"""

import json
from collections.abc import Generator, Iterable, Sequence
from datetime import datetime
from typing import Any, cast

import psycopg
from psycopg.rows import TupleRow

from mes.evidence.loss_certificate import Certificate, Epoch, Hole, Life, Span, account_of
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.evidence")
MOST_SPANS = 500
LIFE = ("node", "epoch", "after", "up_to", "start", "end", "highest", "frames", "stored", "held_out", "latest")
# All questions see one moment of the database.
ONE_MOMENT = "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"
Row = Sequence[Any]
Question = tuple[str, dict[str, object]]
Asking = Generator[Question, list[Row], "Certificate"]


def certify(from_at: datetime, to_at: datetime, node: str | None = None, count: bool = False) -> Asking:
    """The certificate of [from_at, to_at); `count` also counts the rows of table sample, which reads them all."""
    window: dict[str, object] = {"from": from_at, "to": to_at, "node": node}
    lives = yield SQL["lives"], window
    keys: dict[str, object] = {
        "n": list(range(len(lives))),
        "nodes": [row[0] for row in lives],
        "epochs": [row[1] for row in lives],
        "after": [row[2] for row in lives],
        "up_to": [row[3] for row in lives],
    }
    holes = _by_life((yield SQL["holes"], keys))
    drops = _by_life((yield SQL["drops"], keys))
    refused = _by_life((yield SQL["refused"], keys))
    counted = _by_life((yield SQL["counted"], keys)) if count else None
    never = yield SQL["never_numbered"], window
    spans = yield SQL["spans"], window | {"most": MOST_SPANS + 1}
    epochs = []
    for n, row in enumerate(lives):
        numbers: dict[str, Any] = dict(zip(LIFE, row, strict=False))
        life = Life(
            **numbers,
            ended=(row[11], row[12]) if row[11] else None,
            holes=[Hole(*hole) for hole in holes.get(n, ())],
            drops=[(first, last, lost) for first, last, lost in drops.get(n, ())],
            refused={seq: claimed_samples(payload) for seq, payload in refused.get(n, ())},
            counted=None if counted is None else sum(found for (found,) in counted.get(n, ())),
        )
        epochs.append(Epoch(life.node, life.epoch, life.after, life.up_to, account_of(life)))
    told = tuple(Span(*row) for row in spans[:MOST_SPANS])
    numberless: dict[str, int] = dict(cast("list[tuple[str, int]]", never))
    return Certificate(from_at, to_at, tuple(epochs), numberless, told, len(spans) > MOST_SPANS)


def ask(conn: psycopg.Connection[TupleRow], asking: Asking) -> Certificate:
    """Drive `certify` over a connection in autocommit."""
    with conn.transaction():
        conn.execute(ONE_MOMENT)
        question = next(asking)
        while True:
            try:
                question = asking.send(list(conn.execute(question[0].encode(), question[1])))
            except StopIteration as end:
                return _certificate(end)


async def ask_async(conn: Connection, asking: Asking) -> Certificate:
    """As `ask`."""
    async with conn.transaction():
        await conn.execute(ONE_MOMENT)
        question = next(asking)
        while True:
            cursor = await conn.execute(question[0].encode(), question[1])
            try:
                question = asking.send(list(await cursor.fetchall()))
            except StopIteration as end:
                return _certificate(end)


def claimed_samples(payload: bytes) -> int | None:
    """How many samples a frame that was refused says it holds; None where that cannot be read."""
    try:
        found = json.loads(payload)
    except ValueError:
        return None
    value = found.get("value") if isinstance(found, dict) else None
    return len(value) if isinstance(value, list) else None


def _certificate(end: StopIteration) -> Certificate:
    made = end.value
    assert isinstance(made, Certificate)  # noqa: S101  - that is what certify returns
    return made


def _by_life(rows: Iterable[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {}
    for n, *rest in rows:
        found.setdefault(n, []).append(rest)
    return found
