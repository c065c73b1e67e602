"""An order of a real Tryton is made, corrected, completed while the way there fails: nothing twice, nothing lost."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any

import httpx
import psycopg
import pytest

from contract.sample import from_us
from laptop.tryton import DATABASE, USER, LocalTryton
from mes.erp.connectors.tryton.tryton_loop import TrytonLoop
from runtime.news import News
from runtime.settings import Tryton
from tests.mes.erp.plants import client, settings
from tests.mes.house import MINUTE, PLANT, START, keep, know, sample
from tests.support.eventually import until
from tests.support.tryton import Planner, Proxy, Way, local_tryton

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]
BURR = {"kind": "scrap", "name_en": "Burr", "name_zh": "毛刺"}
DOCUMENTS = "SELECT kind, state, good, scrap FROM external_document ORDER BY number"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, free_port: Callable[[], int]) -> Iterator[LocalTryton]:
    with local_tryton(tmp_path_factory.mktemp("erp") / "tryton", free_port) as made:
        yield made


@asynccontextmanager
async def connected(database: str, server: LocalTryton, url: str) -> AsyncIterator[None]:
    """The connector of a running mes, with a shorter patience."""
    where = Tryton(url, DATABASE, USER, server.password)
    loop = TrytonLoop(replace(settings(database), tryton=where), PLANT, News(), lambda: None, 0.5, 3, 0.5)
    task = asyncio.create_task(loop.run())
    try:
        yield
        assert not task.done(), task.exception()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def asked(database: str, statement: str, *values: object) -> list[tuple[Any, ...]]:
    with psycopg.connect(database, autocommit=True) as conn:
        return conn.execute(statement, values).fetchall()


def counted(database: str) -> None:
    """Forty minutes of the line: twenty parts a minute, one of them rejected."""
    samples = []
    for second in range(0, 60 * 40 + 1, 2):
        told = (("state", 1.0), ("product", 1.0), ("total", 100.0 + second // 3), ("rejects", float(second // 60)))
        samples += [sample("weld-1", tag, second, value) for tag, value in told]
    know(database, samples)


async def posted(http: httpx.AsyncClient, address: str, **body: object) -> Any:
    answer = await http.post(f"/api/v1/{address}", json=body)
    assert answer.status_code == 200, answer.text
    return answer.json()


def minute(number: int) -> str:
    return from_us(START + number * MINUTE).isoformat()


async def test_an_order_of_tryton_is_made_and_confirmed_once_whatever_the_way_does(
    database: str, server: LocalTryton
) -> None:
    proxy, planner = Proxy(server.url, list(Way)), Planner(server)
    wanted = await planner.order("bracket-a", 900)
    id_ = f"tryton-{wanted}"

    def acknowledged(count: int) -> bool:
        rows = asked(database, DOCUMENTS)
        return len(rows) == count and all(row[1] == "acknowledged" for row in rows)

    async with client(database, PLANT) as http, connected(database, server, proxy.url):
        await http.put("/api/v1/reasons/burr", json=BURR)
        await until("the order", lambda: asked(database, "SELECT FROM work_order WHERE id = %s", id_) != [], 30)
        counted(database)
        order = await posted(http, f"orders/{id_}/start", at=minute(0))
        operation = order["operations"][0]["id"]
        await posted(http, f"operations/{operation}/pause", at=minute(25), reason="tool change")
        await posted(http, f"operations/{operation}/resume", at=minute(30))
        keep(database)
        await posted(http, f"operations/{operation}/confirmations")
        await until("begin and first confirmation", lambda: acknowledged(2), 60)
        first = await planner.state(wanted)
        body = {"operation": operation, "kind": "scrap", "quantity": "47", "reason": "burr", "made_at": minute(20)}
        await posted(http, "production-quantities", **body)
        keep(database)
        await posted(http, f"operations/{operation}/confirmations")
        await until("the correction", lambda: acknowledged(4), 60)
        second = await planner.state(wanted)
        proxy.away.set()
        await posted(http, f"operations/{operation}/complete", at=minute(45), override=["quantity"])
        keep(database)
        await posted(http, f"operations/{operation}/confirmations", kind="final")
        await asyncio.sleep(1)
        proxy.away.clear()
        await until("the end", lambda: acknowledged(7), 60)
        last, stock = await planner.state(wanted), await planner.stock("bracket-a")
        told = (await http.get(f"/api/v1/operations/{operation}/confirmations")).json()
    proxy.close()
    await planner.calls.close()

    assert (first, second) == (("running", Decimal(760), Decimal(40)), ("running", Decimal(753), Decimal(47)))
    assert last == ("done", Decimal(753), Decimal(47))
    assert sum(Decimal(one["good"]) for one in told) == last[1] == Decimal(str(stock))
    kinds = [row[0] for row in asked(database, DOCUMENTS)]
    # Less time is certain than was told, as the end lies before the last confirmation: that one is taken back, too.
    assert kinds == ["begin", *["confirmation", "reversal"] * 2, "confirmation", "end"]
    # Every way was met, those among them in which it took effect and nobody heard of it.
    assert proxy.met["production.write"] > len(Way)
