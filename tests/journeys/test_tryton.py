"""An order of a real Tryton is made, corrected, completed while the way there fails: nothing twice, nothing lost."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
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
from tests.support.loops import running
from tests.support.tryton import Planner, Proxy, Way, local_tryton

# No system of processes: it may run beside the others.
pytestmark = [pytest.mark.journey, pytest.mark.timeout(600), pytest.mark.xdist_group("tryton")]
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
    async with running(loop.run()):
        yield


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
        day = await http.get("/api/v1/reconciliation", params={"day": told[-1]["production_day"]})
    proxy.close()
    await planner.calls.close()

    assert (first, second) == (("running", Decimal(760), Decimal(40)), ("running", Decimal(753), Decimal(47)))
    assert last == ("done", Decimal(753), Decimal(47))
    assert sum(Decimal(one["good"]) for one in told) == last[1] == Decimal(str(stock))
    kinds = [row[0] for row in asked(database, DOCUMENTS)]
    # Less time is certain than was told, as the end lies before the last confirmation: that one is taken back, too.
    assert kinds == ["begin", *["confirmation", "reversal"] * 2, "confirmation", "end"]
    certificate = day.json()["certificate"]
    assert (certificate["adds_up"], certificate["reversed"]) == (True, 2)
    assert certificate["acknowledged"] == {"count": 5, "said": {"good": "753", "scrap": "47"}}
    # Every way was met, those among them in which it took effect and nobody heard of it.
    assert proxy.met["production.write"] > len(Way)


async def started(http: httpx.AsyncClient, database: str, production: int, from_minute: int) -> str:
    """The order of a production has come and begun here; the id of its operation."""
    id_ = f"tryton-{production}"
    await until("the order", lambda: asked(database, "SELECT FROM work_order WHERE id = %s", id_) != [], 30)
    order = await posted(http, f"orders/{id_}/start", at=minute(from_minute))
    return str(order["operations"][0]["id"])


def states(database: str, production: int) -> list[tuple[str, str]]:
    statement = "SELECT kind, state FROM external_document WHERE work_order = %s ORDER BY number"
    return [(row[0], row[1]) for row in asked(database, statement, f"tryton-{production}")]


async def test_what_a_person_has_to_put_right_is_parked_and_holds_up_no_other_order(
    database: str, server: LocalTryton
) -> None:
    planner = Planner(server)
    lacking = await planner.order("bracket-a", 10, material="bracket-b")
    bare = await planner.without_materials("bracket-a", 10)
    fine = await planner.order("bracket-a", 10)
    async with client(database, PLANT) as http, connected(database, server, server.url):
        for number, production in enumerate((lacking, bare, fine)):
            operation = await started(http, database, production, number)
            body = {"at": minute(number + 1), "reason": "the next one", "suspend": True}
            await posted(http, f"operations/{operation}/pause", **body)
        await until("the one that is fine", lambda: states(database, fine) == [("begin", "acknowledged")], 60)
        await until("the others", lambda: states(database, lacking) == states(database, bare) != [], 60)
        parked = (await http.get("/api/v1/documents", params={"state": "parked"})).json()["items"]
        events = asked(database, "SELECT data->>'order' FROM outbox_event WHERE type = 'document.parked' ORDER BY 1")
        await planner.calls.ask("model.production.assign_force", [lacking])
        await posted(http, "documents/retry", order=f"tryton-{lacking}", number=1)
        twice = await http.post("/api/v1/documents/retry", json={"order": f"tryton-{fine}", "number": 1})
        await until("the retry", lambda: states(database, lacking) == [("begin", "acknowledged")], 60)
    state = await planner.state(lacking)
    await planner.calls.close()

    told = {one["order"]: (one["problem"], one["cure"]) for one in parked}
    assert "materials are missing" in told[f"tryton-{lacking}"][0]
    assert "no materials" in told[f"tryton-{bare}"][0]
    assert "Reset BOM" in told[f"tryton-{bare}"][1]
    assert {row[0] for row in events} == {f"tryton-{lacking}", f"tryton-{bare}"}
    assert (state[0], twice.status_code) == ("running", 409)


async def test_a_change_in_tryton_changes_the_order_and_a_cancelled_one_is_cancelled(
    database: str, server: LocalTryton
) -> None:
    planner = Planner(server)
    changed, cancelled = await planner.order("bracket-b", 10), await planner.order("bracket-b", 20)
    both = [f"tryton-{changed}", f"tryton-{cancelled}"]

    def quantities() -> list[Any]:
        rows = asked(database, "SELECT quantity FROM work_order WHERE id = ANY(%s) ORDER BY quantity", both)
        return [row[0] for row in rows]

    def hidden() -> list[Any]:
        return asked(database, "SELECT work_order FROM operation WHERE hidden AND work_order = ANY(%s)", both)

    async with connected(database, server, server.url):
        await until("both orders", lambda: quantities() == [10, 20], 30)
        await planner.calls.ask("model.production.draft", [changed])
        await planner.calls.ask("model.production.write", [changed], {"quantity": 15.0})
        await planner.calls.ask("model.production.wait", [changed])
        await planner.calls.ask("model.production.cancel", [cancelled])
        await until("the change", lambda: quantities() == [15, 20], 30)
        await until("the end of the other", lambda: hidden() == [(both[1],)], 30)
    await planner.calls.close()


async def test_a_reference_that_somebody_has_changed_is_not_written_over(database: str, server: LocalTryton) -> None:
    planner = Planner(server)
    wanted = await planner.order("bracket-a", 900)
    async with client(database, PLANT) as http, connected(database, server, server.url):
        operation = await started(http, database, wanted, 0)
        counted(database)
        await until("the begin", lambda: states(database, wanted) == [("begin", "acknowledged")], 60)
        await planner.calls.ask("model.production.write", [wanted], {"reference": "shopfloor:7"})
        await posted(http, f"operations/{operation}/confirmations")
        await until("the parked one", lambda: ("confirmation", "parked") in states(database, wanted), 60)
        before = await planner.state(wanted)
        await planner.calls.ask("model.production.write", [wanted], {"reference": "PO 12"})
        await posted(http, "documents/retry", order=f"tryton-{wanted}", number=2)
        await until("the retry", lambda: ("confirmation", "acknowledged") in states(database, wanted), 60)
    after = await planner.state(wanted)
    [there] = await planner.calls.productions([["id", "=", wanted]])
    await planner.calls.close()

    assert (before[1:], after[1:]) == ((Decimal(0), Decimal(0)), (Decimal(760), Decimal(40)))
    assert there.reference == "PO 12 shopfloor:2"


async def test_a_connector_that_is_ended_in_the_middle_of_a_write_goes_on_where_it_was(
    database: str, server: LocalTryton
) -> None:
    planner, proxy = Planner(server), Proxy(server.url, [Way.LATE])
    wanted = await planner.order("bracket-a", 900)
    async with client(database, PLANT) as http:
        async with connected(database, server, proxy.url):
            operation = await started(http, database, wanted, 0)
            counted(database)
            await until("the begin", lambda: states(database, wanted) == [("begin", "acknowledged")], 60)
            await posted(http, f"operations/{operation}/confirmations")
            await until("the write", lambda: proxy.met["production.write"] == 1, 30)
        before = states(database, wanted)
        async with connected(database, server, proxy.url):
            await until("the other one", lambda: ("confirmation", "acknowledged") in states(database, wanted), 60)
            await until("the late one", lambda: proxy.passed["production.write"] >= 1, 30)
    after = await planner.state(wanted)
    proxy.close()
    await planner.calls.close()

    assert before == [("begin", "acknowledged"), ("confirmation", "sent")]
    assert after == ("running", Decimal(760), Decimal(40))


REFUSE = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no such order'; END $$;
CREATE TRIGGER refuse BEFORE INSERT ON work_order FOR EACH ROW WHEN (new.id = '{id}') EXECUTE FUNCTION refuse();"""


async def test_an_order_that_cannot_be_taken_or_was_cancelled_too_late_is_shown_and_stops_no_other(
    database: str, server: LocalTryton
) -> None:
    planner = Planner(server)
    refused, late = await planner.order("bracket-a", 10), await planner.order("bracket-a", 20)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(REFUSE.format(id=f"tryton-{refused}").encode())

    async def untaken(http: httpx.AsyncClient) -> dict[int, str]:
        day = (await http.get("/api/v1/reconciliation", params={"day": "2026-11-24"})).json()
        ids = {row[0]: int(row[1]) for row in asked(database, "SELECT number, external_id FROM external_order")}
        found = {ids[one["external_number"]]: str(one["problem"]) for one in day["untaken"]}
        return {id_: text for id_, text in found.items() if id_ in (refused, late)}

    async with client(database, PLANT) as http, connected(database, server, server.url):
        operation = await started(http, database, late, 0)
        await until("the begin", lambda: states(database, late) == [("begin", "acknowledged")], 60)
        await planner.calls.ask("model.production.cancel", [late])

        async def both() -> bool:
            return len(await untaken(http)) == 2

        await until("both of them", both, 30)
        told = await untaken(http)
        await posted(http, f"operations/{operation}/abort", at=minute(1), reason="cancelled by the planner")
        after = await untaken(http)
    await planner.calls.close()

    assert "no such order" in told[refused]
    assert "after it had begun here" in told[late]
    assert set(after) == {refused}
