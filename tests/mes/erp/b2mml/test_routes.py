"""An ERP that speaks B2MML sends orders and reads what was made, to the part, and never a thing twice or not at all."""

import subprocess
import sys
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx
import pytest
from lxml import etree

from contract.sample import from_us
from mes.erp.b2mml.routes import MOST_BYTES
from mes.erp.b2mml.store import told_between
from mes.erp.b2mml.xml_document import document_of
from mes.orders.confirmations.store import BY_ITSELF, confirm
from mes.web.access.door import limits_of
from tests.mes.erp.b2mml.documents import request, schedule
from tests.mes.erp.b2mml.test_performance_out import texts
from tests.mes.erp.plants import client
from tests.mes.house import PLANT, START, keep, reading
from tests.mes.orders.confirmations.test_routes import confirmed, ended
from tests.mes.orders.quantities.test_routes import BURR, made, running, scrapped
from tests.mes.orders.test_routes_bulk import kept
from tests.mes.screens.lines import plant

IN, OUT = "/api/v1/b2mml/operations-schedule", "/api/v1/b2mml/operations-performance"
KEY = {"Idempotency-Key": "8e03978e-40d5-43dd-bc93-6894a57f9324"}
LATER = from_us(START + 10**15)
SEGMENT = "OperationsResponse/SegmentResponse"


async def sent(http: httpx.AsyncClient, content: bytes, **query: str) -> httpx.Response:
    return await http.post(IN, content=content, params=query, headers={"Content-Type": "application/xml"})


async def read(http: httpx.AsyncClient, **query: str) -> etree._Element:
    answer = await http.get(OUT, params=query)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/xml"), answer.text
    return document_of(answer.content, "OperationsPerformance")


def in_document(root: etree._Element) -> list[dict[str, Any]]:
    """Each segment as the confirmation that it is: kind, good, scrap by reason."""
    found = []
    for segment in root.iterfind(f"{{*}}{SEGMENT.replace('/', '/{*}')}"):
        amounts = {
            one.findtext("{*}ID"): one.findtext("{*}Quantity/{*}QuantityString")
            for one in segment.iterfind("{*}MaterialActual")
        }
        good = amounts.pop("good")
        kind = segment.findtext("{*}SegmentData/{*}Value/{*}ValueString")
        scrap = {str(name).removeprefix("scrap/"): quantity for name, quantity in amounts.items()}
        found.append({"id": segment.findtext("{*}ID"), "kind": kind, "good": good, "scrap": scrap})
    return found


def as_confirmed(one: Mapping[str, Any], operation: str) -> dict[str, Any]:
    return {"id": f"{operation}/{one['number']}", "kind": one["kind"], "good": one["good"], "scrap": one["scrap"]}


async def test_each_request_is_taken_or_told_why_not_by_its_element(database: str) -> None:
    content = schedule(
        request("WO-2", quantity="12.5"),
        request("PO/1042#1", equipment="press-1"),
        request("WO-3", quantity="12,5"),
        request("WO-4", product="gold"),
        request("WO-5", equipment="press-99"),
        request("WO-6", head="<Priority>101</Priority>"),
    )
    async with client(database, plant()) as http:
        answer = await sent(http, content)
        [odd] = (await http.get("/api/v1/orders", params={"id": answer.json()["rows"][1]["key"]})).json()["items"]
    told = answer.json()
    problems = [one["problem"] for one in told["rows"]]

    assert answer.status_code == 200, answer.text
    assert [one["status"] for one in told["rows"]] == [201, 201, 422, 422, 422, 422]
    assert (told["schedule"], told["zone"], told["taken"], told["not_kept"]) == ("2027-W05", "UTC", 2, [])
    assert (odd["external_system"], odd["external_number"], odd["machine"]) == ("b2mml", "PO/1042#1", "press-1")
    assert [one["errors"][0]["place"] for one in problems if one] == [
        "OperationsRequest[3]/SegmentRequirement/MaterialRequirement/Quantity/QuantityString, line 17",
        "OperationsRequest[4]/SegmentRequirement/MaterialRequirement/MaterialDefinitionID, line 22",
        "OperationsRequest[5]/SegmentRequirement/EquipmentRequirement/EquipmentID, line 26",
        "OperationsRequest[6]/Priority, line 30",
    ]
    assert "QuantityString, line 17: Give a decimal" in problems[2]["detail"]


async def test_a_dry_run_tells_all_and_keeps_nothing(database: str) -> None:
    async with client(database, plant()) as http:
        dry = await sent(http, schedule(request("WO-1"), request("WO-2", product="gold")), dry_run="true")
        nothing = kept(database)
        wet = await sent(http, schedule(request("WO-1"), request("WO-2", product="gold")))

    assert nothing == []
    assert dry.json() == wet.json() | {"dry_run": True}
    assert kept(database) == ["WO-1"]


async def test_a_schedule_that_is_sent_twice_with_one_key_is_taken_once(database: str) -> None:
    async with client(database, plant()) as http:
        answers = [await http.post(IN, content=schedule(), headers=KEY) for _ in range(2)]
        other = await http.post(IN, content=schedule(request("WO-2")), headers=KEY)

    assert [answer.json()["rows"][0]["status"] for answer in answers] == [201, 201]
    assert answers[1].headers["Idempotency-Replayed"] == "true"
    assert (other.status_code, kept(database)) == (422, ["WO-1"])


async def test_a_document_that_is_not_valid_is_taken_in_no_part(database: str) -> None:
    wrong = request("WO-2").replace("<ProcessSegmentID>make</ProcessSegmentID>", "")
    async with client(database, plant()) as http:
        answer = await sent(http, schedule(request("WO-1"), wrong))
        performance = await sent(http, b'<OperationsPerformance xmlns="http://www.mesa.org/xml/B2MML"/>')
        doctype = await sent(http, schedule(start='<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]>'))

    assert [one.status_code for one in (answer, performance, doctype)] == [422, 422, 422]
    [error] = answer.json()["errors"]
    assert error["place"] == "body.OperationsRequest[2]/SegmentRequirement/OperationsDefinitionID, line 11"
    assert answer.json()["cure"] == "Correct what 'errors' lists."
    assert kept(database) == []


async def test_20000_orders_are_refused_in_one_document_and_1000_are_taken(database: str) -> None:
    async with client(database, plant()) as http:
        all_at_once = await sent(http, schedule(*(request(f"WO-{n}") for n in range(20_000))))
        many = await sent(http, schedule(*(request(f"WO-{n}") for n in range(1001))))
        thousand = await sent(http, schedule(*(request(f"WO-{n}") for n in range(1000))))

    assert (all_at_once.status_code, all_at_once.json()["cure"]) == (413, "Send at most 4 MiB.")
    assert (many.status_code, "1001 OperationsRequests: give 1 to 1000" in many.text) == (422, True)
    assert (thousand.status_code, thousand.json()["taken"], len(kept(database))) == (200, 1000, 1000)


def test_the_description_and_the_door_agree_how_long_a_schedule_may_be() -> None:
    assert limits_of(IN)[0] == MOST_BYTES


async def test_the_document_has_the_confirmations_of_the_feed_to_the_part(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        await http.put("/api/v1/reasons/burr", json=BURR)
        id_ = await running(http)
        await scrapped(http, id_, "7.5")
        await ended(http, id_)
        keep(database)
        told = await confirmed(http, id_)
        # More scrap than was told: the first is reversed, what is right follows.
        await scrapped(http, id_, "50.25")
        keep(database)
        told += await confirmed(http, id_)
        told += await confirmed(http, id_, kind="final")
        address = f"/api/v1/operations/{id_}/confirmations/{told[-1]['number']}/reverse"
        told += (await http.post(address, json={"reason": "wrong order"})).json()["items"]
        told += await confirmed(http, id_, kind="final")
        root = await read(http, order="WO-1")
        of_feed = (await http.get(f"/api/v1/operations/{id_}/confirmations")).json()

    assert [one["kind"] for one in told] == ["partial", "reversal", "partial", "final", "reversal", "final"]
    assert in_document(root) == [as_confirmed(one, id_) for one in of_feed]
    sums = sum((Decimal(one["good"]) for one in in_document(root)), Decimal(0))
    assert sums == sum(Decimal(one["good"]) for one in of_feed) > 0
    assert texts(root, "PerformanceState") == ["Completed"]
    assert texts(root, f"{SEGMENT}/PostingDate") == [one["at"] for one in of_feed]
    assert set(texts(root, f"{SEGMENT}/ActualStartTime")) == {from_us(START).isoformat().replace("+00:00", "Z")}
    assert len(texts(root, f"{SEGMENT}/ActualEndTime")) == 2


async def test_reading_on_from_the_end_of_each_document_reads_every_confirmation_once(database: str) -> None:
    made(database)
    begin = from_us(START).isoformat()
    async with client(database, PLANT) as http:
        id_ = await running(http)
        await ended(http, id_, 30)
        keep(database)
        first = await confirmed(http, id_)
        one = await read(http, **{"from": begin})
        [so_far] = texts(one, "Endtime")
        nothing = await http.get(OUT, params={"from": so_far})
        final = await confirmed(http, id_, kind="final")
        other = await read(http, **{"from": so_far})

    assert in_document(one) == [as_confirmed(first[0], id_)]
    assert (nothing.status_code, nothing.content) == (204, b"")
    assert in_document(other) == [as_confirmed(final[0], id_)]


async def test_a_confirmation_that_is_being_written_is_never_left_behind(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        id_ = await running(http)
        await ended(http, id_, 30)
        keep(database)
    async with reading(database) as writing, reading(database) as conn:
        async with writing.transaction():
            [being_written] = await confirm(writing, PLANT, UUID(id_), BY_ITSELF, final=False)
            meanwhile, so_far = await told_between(conn, from_us(START), LATER)
        after, _ = await told_between(conn, so_far, LATER)

    assert (meanwhile, so_far <= being_written.at) == ([], True)
    assert [one.number for one in after] == [1]


async def test_more_than_a_document_holds_goes_into_the_next(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        id_ = await running(http)
        await ended(http, id_, 30)
        keep(database)
        for _ in range(3):
            [final] = await confirmed(http, id_, kind="final")
            address = f"/api/v1/operations/{id_}/confirmations/{final['number']}/reverse"
            assert (await http.post(address, json={"reason": "again"})).status_code == 200
    found: list[int] = []
    start: datetime = from_us(START)
    async with reading(database) as conn:
        for _ in range(3):
            told, start = await told_between(conn, start, LATER, most=2)
            found += [one.number for one in told]

    assert found == [1, 2, 3, 4, 5, 6]


async def test_an_order_goes_round_by_the_number_of_its_own_system(database: str) -> None:
    made(database)
    async with client(database, PLANT) as http:
        answer = await sent(
            http, schedule(request("PO/1042 甲", product="bracket-a", scheme="sap", equipment="press-1"))
        )
        [row] = answer.json()["rows"]
        at = from_us(START).isoformat()
        started = await http.post(f"/api/v1/orders/{row['key']}/start", json={"at": at})
        [operation] = started.json()["operations"]
        await ended(http, operation["id"], 40)
        keep(database)
        await confirmed(http, operation["id"], kind="final")
        root = await read(http, order=row["key"])
    [number] = root.iterfind("{*}OperationsResponse/{*}OperationsRequestID")

    assert (row["status"], number.text, number.get("schemeID")) == (201, "PO/1042 甲", "sap")
    assert set(texts(root, f"{SEGMENT}/MaterialActual/Quantity/UnitOfMeasure")) == {"C62"}


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({}, 422),
        ({"order": "WO-1", "from": "2026-11-30T00:00:00Z"}, 422),
        ({"order": "WO-1", "to": "2026-11-30T00:00:00Z"}, 422),
        ({"from": "2026-11-30T00:00:00"}, 422),
        ({"from": "2026-11-20T00:00:00Z", "to": "2026-11-19T00:00:00Z"}, 422),
        ({"from": "2199-01-01T00:00:00Z"}, 422),
        ({"order": "WO-404"}, 404),
        ({"order": "WO-1"}, 204),
    ],
)
async def test_what_is_asked_is_an_order_or_a_time(database: str, query: dict[str, str], status: int) -> None:
    async with client(database, plant()) as http:
        await sent(http, schedule())
        answer = await http.get(OUT, params=query)

    assert answer.status_code == status


WITHOUT = """
import asyncio, sys
sys.modules["lxml"] = None
from tests.mes.erp.plants import client
from tests.mes.screens.lines import plant
async def ask():
    async with client(sys.argv[1], plant()) as http:
        for method, address in (("POST", "operations-schedule"), ("GET", "operations-performance?order=WO-1")):
            answer = await http.request(method, f"/api/v1/b2mml/{address}")
            print(answer.status_code, answer.json()["cure"])
        print((await http.get("/api/v1/orders")).status_code)
asyncio.run(ask())
"""


def test_without_the_extra_the_routes_say_what_to_install_and_all_others_answer(database: str) -> None:
    asking = subprocess.run(
        [sys.executable, "-c", WITHOUT, database], check=False, capture_output=True, text=True, timeout=60
    )

    lines = asking.stdout.splitlines()
    assert [line.split()[0] for line in lines] == ["501", "501", "200"], asking.stderr
    assert "pip install 'shopfloor[b2mml]'" in lines[0]
