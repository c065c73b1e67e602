"""An event is written with what it tells, or not at all; the events of a subject stand in the order of its versions."""

import asyncio
import random

import psycopg
import pytest

from mes.feed.store_outbox import tell
from tests.mes.house import reading

SUBJECT = "operation/0199aaaa-0000-7000-8000-000000000001"


def events(database: str) -> list[tuple[str, int]]:
    with psycopg.connect(database) as conn:
        return conn.execute("SELECT subject, subject_version FROM outbox_event ORDER BY written").fetchall()  # type: ignore[return-value]


async def test_an_event_is_told_with_its_change_or_not_at_all(database: str) -> None:
    async with reading(database) as conn:
        async with conn.transaction(force_rollback=True):
            await tell(conn, "order.changed", "order/WO-1", {"order": "WO-1"})
        async with conn.transaction():
            version = await tell(conn, "order.changed", "order/WO-1", {"order": "WO-1"})

    assert version == 1
    assert events(database) == [("order/WO-1", 1)]


async def test_the_versions_of_a_subject_are_dense_and_in_order_whoever_commits_when(database: str) -> None:
    async def writer(seed: int) -> None:
        lot = random.Random(seed)
        async with reading(database) as conn:
            for _ in range(20):
                try:
                    async with conn.transaction():
                        await tell(conn, "operation.state_changed", SUBJECT, {"from": "running"})
                        await asyncio.sleep(lot.random() / 500)
                        if lot.random() < 0.3:
                            raise LookupError
                except LookupError:
                    pass

    await asyncio.gather(*(writer(seed) for seed in range(6)))

    versions = [version for _, version in events(database)]
    assert versions == list(range(1, len(versions) + 1))
    assert len(versions) > 20


async def test_a_type_that_nobody_knows_and_a_number_that_is_none_are_our_bugs(database: str) -> None:
    async with reading(database) as conn:
        with pytest.raises(ValueError, match="no type of event"):
            await tell(conn, "order.altered", "order/WO-1", {})
        with pytest.raises(ValueError, match="not JSON compliant"):
            await tell(conn, "order.changed", "order/WO-1", {"good": float("nan")})

    assert events(database) == []
