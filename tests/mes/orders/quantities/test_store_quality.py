"""Orders and quality: what is held does not begin, and a defect that was decided is booked once."""

from datetime import UTC, datetime, timedelta

from contract.sample import from_us, to_us
from mes.orders.quantities.store_quality import book_defects
from tests.mes.erp.plants import client, parts
from tests.mes.house import MINUTE, PLANT, keep, reading
from tests.mes.orders.quantities.test_routes import BURR, WINDOW, made, running
from tests.mes.quality.plans import burrs, makes, plant, released, since, torque

WISH = {"product": "bracket-a", "quantity": "9", "due_at": "2026-12-24T12:00:00Z", "machine": "press-1"}


async def test_what_is_held_does_not_begin_until_somebody_says_what_becomes_of_it(database: str) -> None:
    async with client(database, PLANT) as http:
        id_ = (await http.put("/api/v1/orders/WO-1", json=WISH)).json()["operations"][0]["id"]
        await http.post(f"/api/v1/operations/{id_}/release")
        codes, cures = [], []
        for kind, subject in (("order", "WO-1"), ("operation", id_), ("machine", "press-1")):
            hold = (
                await http.post("/api/v1/holds", json={"kind": kind, "subject": subject, "reason": "cracks"})
            ).json()
            refused = [await http.post(f"/api/v1/{where}/start") for where in ("orders/WO-1", f"operations/{id_}")]
            codes += [answer.status_code for answer in refused]
            cures.append(f"/holds/{hold['id']}/release" in refused[0].json()["cure"])
            address = f"/api/v1/holds/{hold['id']}/release"
            assert (await http.post(address, json={"disposition": "use_as_is", "why": "looked at"})).status_code == 200
        begun = await http.post("/api/v1/orders/WO-1/start")

    assert codes == [409] * 6
    assert cures == [True] * 3
    assert begun.status_code == 200


async def test_a_defect_is_booked_once_when_it_is_decided_to_the_operation_that_made_it(database: str) -> None:
    made(database)
    begin = datetime.now(UTC) - timedelta(hours=1)
    async with client(database, PLANT) as http, reading(database) as conn:
        await http.put("/api/v1/reasons/burr", json=BURR)
        cause = await running(http)
        finder = (await http.put("/api/v1/orders/WO-2", json=WISH | {"machine": "press-2"})).json()["operations"][0][
            "id"
        ]
        body = {"code": "burr", "quantity": "3", "operation": finder, "caused_by": cause}
        defect = (await http.post("/api/v1/defects", json=body | {"made_at": "2026-11-24T02:45:00Z"})).json()
        open_ = await book_defects(conn, begin)
        address = f"/api/v1/defects/{defect['id']}/disposition"
        assert (await http.post(address, json={"disposition": "scrap", "why": "too deep"})).status_code == 200
        booked = [await book_defects(conn, begin) for _ in range(2)]
        keep(database)
        [row] = (await http.get("/api/v1/production-quantities", params={"operation": cause})).json()
        sums = (await http.get("/api/v1/quantities", params=WINDOW)).json()["items"]

    assert (open_, booked) == (0, [1, 0])
    assert (row["id"], row["kind"], row["quantity"], row["reason"], row["found_at"]) == (
        defect["id"],
        "scrap",
        "3",
        "burr",
        finder,
    )
    # The counter's forty and the three that were found later.
    assert [(one["order"], one["scrap"], one["scrap_by_reason"]["burr"]) for one in sums] == [("WO-1", "43", "3")]


async def test_an_operation_whose_inspection_is_due_or_unfinished_needs_a_word_to_be_completed(database: str) -> None:
    now = to_us(datetime.now(UTC))
    makes(database, "press-1", now - 60 * MINUTE)
    parts(database, "press-1", "total", MINUTE, now - 55 * MINUTE, now)
    wish = {"product": "part", "quantity": "9", "due_at": "2026-12-24T12:00:00Z", "machine": "press-1"}
    async with client(database, plant()) as http:
        plan = await released(http)
        since(database, plan, now - 120 * MINUTE)
        await http.put("/api/v1/orders/WO-1", json=wish)
        await http.post("/api/v1/orders/WO-1/start", json={"at": from_us(now - 60 * MINUTE).isoformat()})
        id_ = (await http.get("/api/v1/orders/WO-1")).json()["operations"][0]["id"]
        address, short = f"/api/v1/operations/{id_}/complete", {"override": ["quantity"]}
        due = await http.post(address, json=short)
        taken = {"plan": plan["id"], "operation": id_, "results": torque(plan, "2.4", "2.4", "2.4")}
        assert (await http.post("/api/v1/inspections", json=taken)).status_code == 201
        lacking = await http.post(address, json=short)
        taken["results"] += [burrs(plan, 0)]
        assert (await http.post("/api/v1/inspections", json=taken)).status_code == 201
        done = await http.post(address, json=short)
        await http.post(f"/api/v1/operations/{id_}/undo", json={"reason": "again"})
        await http.post("/api/v1/inspections", json=taken | {"results": []})
        all_the_same = await http.post(address, json={"override": ["quantity", "inspections"]})

    assert [one.status_code for one in (due, lacking, done, all_the_same)] == [409, 409, 200, 200]
    assert "is to be inspected by: In-process" in due.json()["detail"]
    assert '"override": ["inspections"]' in lacking.json()["cure"]
