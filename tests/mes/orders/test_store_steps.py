"""An order of a product with a routing is made in its steps."""

from typing import Any

import httpx
import pytest

from tests.mes.erp.plants import client
from tests.mes.orders.products.test_routes import NUMBER, PRODUCT, STEPS, drafted, released
from tests.mes.screens.lines import plant

WISH: dict[str, Any] = {"product": NUMBER, "quantity": "2.5", "due_at": "2027-01-31T14:00:00Z"}


async def put(http: httpx.AsyncClient, **more: Any) -> dict[str, Any]:
    answer = await http.put("/api/v1/orders/WO-1", json=WISH | more)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def steps(order: dict[str, Any]) -> list[tuple[int, str]]:
    return [(one["step"], one["machine"] or one["line"]) for one in order["operations"]]


async def test_an_order_gets_its_operations_from_the_routing_in_force_and_needs_no_place(database: str) -> None:
    async with client(database, plant()) as http:
        await released(http)
        order = await put(http)
        again = await put(http)
        elsewhere = await put(http, machine="press-2")
        wrong = await http.put("/api/v1/orders/WO-2", json=WISH | {"line": "line-1"})

    assert steps(order) == [(10, "press-1"), (20, "line-2")]
    assert again == order
    assert (order["unit"], [one["quantity"] for one in order["operations"]]) == ("KGM", ["2.5", "2.5"])
    assert steps(elsewhere) == [(10, "press-2"), (20, "line-2")]
    assert (wrong.status_code, wrong.json()["errors"][0]["place"]) == (422, "body.line")


async def test_release_copies_the_method_of_each_step_and_revoke_forgets_it(database: str) -> None:
    async with client(database, plant()) as http:
        version = await released(http)
        before = await put(http)
        after = (await http.post("/api/v1/orders/WO-1/release")).json()
        back = (await http.post("/api/v1/orders/WO-1/revoke")).json()

    assert (
        [one["method"] for one in before["operations"]] == [one["method"] for one in back["operations"]] == [None] * 2
    )
    first, second = (one["method"] for one in after["operations"])
    assert first["product_version"] == second["product_version"] == {"id": version["id"], "label": "A"}
    assert (first["ideal_cycle_us"], first["units_per_count"], first["count_source"]) == (2_000_000, "2.5", "counter")
    assert (second["setup_us"], second["count_source"]) == (60_000_000, "operator")
    assert {one["state"] for one in after["operations"]} == {"allowed_to_start"}


async def test_an_order_that_was_planned_by_another_version_is_planned_anew_before_it_is_released(
    database: str,
) -> None:
    async with client(database, plant()) as http:
        old = await released(http)
        await put(http)
        new = (await drafted(http, "B", routing=STEPS[1:]))["id"]
        await http.post(f"/api/v1/product-versions/{new}/release", json={"replaces": old["id"]})
        refused = await http.post("/api/v1/orders/WO-1/release")
        order = await put(http)
        good = await http.post("/api/v1/orders/WO-1/release")

    assert refused.status_code == 409
    assert "planned by version 'A'" in refused.json()["detail"]
    assert steps(order) == [(20, "line-2")]
    assert good.json()["operations"][0]["method"]["product_version"]["label"] == "B"


async def test_steps_that_are_released_later_are_of_the_same_version_as_the_first(database: str) -> None:
    async with client(database, plant()) as http:
        version = await released(http)
        first, second = (one["id"] for one in (await put(http))["operations"])
        await http.post(f"/api/v1/operations/{first}/release")
        await http.post(f"/api/v1/product-versions/{version['id']}/retire")
        more = await put(http, quantity="7")
        late = await http.post(f"/api/v1/operations/{second}/release")

    assert steps(more) == [(10, "press-1"), (20, "line-2")]
    assert [one["quantity"] for one in more["operations"]] == ["7", "7"]
    assert late.json()["method"]["product_version"]["label"] == "A"


async def test_a_released_order_keeps_its_product(database: str) -> None:
    async with client(database, plant()) as http:
        await put(http, product="part", line="line-1", quantity=2)
        released_now = (await http.post("/api/v1/orders/WO-1/release")).json()
        other = await http.put("/api/v1/orders/WO-1", json=WISH | {"product": "slow-part", "line": "line-1"})
        await http.post("/api/v1/orders/WO-1/revoke")
        then = await http.put("/api/v1/orders/WO-1", json=WISH | {"product": "slow-part", "line": "line-1"})

    assert released_now["operations"][0]["method"]["product_version"] is None
    assert (other.status_code, then.status_code) == (409, 200)


async def test_a_retired_product_takes_no_new_order(database: str) -> None:
    async with client(database, plant()) as http:
        await released(http)
        await put(http)
        await http.put("/api/v1/products", json=PRODUCT | {"retired": True})
        new = await http.put("/api/v1/orders/WO-2", json=WISH)
        old = await put(http, quantity="9")

    assert (new.status_code, old["quantity"]) == (409, "9")


@pytest.mark.parametrize(("unit", "quantity", "said"), [("TNE", "0.25", "250"), ("KGM", "0.25", "0.25")])
async def test_an_order_is_kept_in_the_base_unit_of_its_product(
    database: str, unit: str, quantity: str, said: str
) -> None:
    async with client(database, plant()) as http:
        await released(http)
        order = await put(http, unit=unit, quantity=quantity)

    assert (order["quantity"], order["unit"]) == (said, "KGM")


async def test_a_released_step_moves_to_a_place_of_its_routing_only(database: str) -> None:
    async with client(database, plant()) as http:
        await released(http, routing=STEPS[:1])
        await put(http)
        before = (await http.post("/api/v1/orders/WO-1/release")).json()["operations"][0]
        wrong = await http.put("/api/v1/orders/WO-1", json=WISH | {"machine": "press-3"})
        after = (await put(http, machine="press-2"))["operations"][0]

    assert (wrong.status_code, wrong.json()["errors"][0]["place"]) == (422, "body.machine")
    assert (before["machine"], after["machine"]) == ("press-1", "press-2")
    assert after["method"] == before["method"]
