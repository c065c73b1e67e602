"""A product needs no restart: made, versioned, released and retired by the API, with its drawings."""

import hashlib
from typing import Any

import httpx
import psycopg
import pytest

from tests.mes.erp.plants import client
from tests.mes.screens.lines import plant

NUMBER = "A/12-3 #7"
PRODUCT = {
    "number": NUMBER,
    "names": {"en": "Bracket", "zh": "支架"},
    "base_unit": "KGM",
    "units": [{"unit": "TNE", "numerator": 1000, "denominator": 1}],
}
STEPS: list[dict[str, Any]] = [
    {"step": 10, "machines": ["press-1", "press-2"], "ideal_cycle_us": 2_000_000, "units_per_count": "2.5"},
    {"step": 20, "lines": ["line-2"], "setup_us": 60_000_000, "count_source": "operator"},
]
PDF = b"%PDF-1.7 drawing"


async def drafted(http: httpx.AsyncClient, label: str = "A", **more: Any) -> dict[str, Any]:
    await http.put("/api/v1/products", json=PRODUCT)
    body = {"product": NUMBER, "label": label, "routing": STEPS} | more
    answer = await http.post("/api/v1/product-versions", json=body)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def released(http: httpx.AsyncClient, label: str = "A", **more: Any) -> dict[str, Any]:
    id_ = (await drafted(http, label, **more))["id"]
    answer = await http.post(f"/api/v1/product-versions/{id_}/release")
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_any_material_number_is_a_product_at_once_and_sending_it_twice_is_sending_it_once(database: str) -> None:
    async with client(database, plant()) as http:
        first = await http.put("/api/v1/products", json=PRODUCT)
        second = await http.put("/api/v1/products", json=PRODUCT)
        one = await http.get("/api/v1/products", params={"number": NUMBER})
        listed = (await http.get("/api/v1/products")).json()["items"]

    assert (first.status_code, second.json()) == (200, first.json())
    assert one.json()["items"] == [first.json()]
    assert one.headers["ETag"] == first.headers["ETag"] == '"v1"'
    assert [(item["number"], item["source"]) for item in listed] == [
        ("slow-part", "plant file"),
        ("part", "plant file"),
        (NUMBER, "api"),
    ]


async def test_a_row_takes_the_place_of_a_product_of_the_plant_file(database: str) -> None:
    async with client(database, plant()) as http:
        await http.put("/api/v1/products", json=PRODUCT | {"number": "part"})
        listed = (await http.get("/api/v1/products")).json()["items"]
        versions = (await http.get("/api/v1/product-versions")).json()["items"]

    assert [(one["number"], one["source"]) for one in listed] == [("slow-part", "plant file"), ("part", "api")]
    assert [(one["product"], one["state"], one["id"]) for one in versions] == [("slow-part", "released", None)]


async def test_a_change_that_was_made_of_an_older_product_is_refused(database: str) -> None:
    async with client(database, plant()) as http:
        await http.put("/api/v1/products", json=PRODUCT)
        changed = PRODUCT | {"retired": True}
        good = await http.put("/api/v1/products", json=changed, headers={"If-Match": '"v1"'})
        stale = await http.put("/api/v1/products", json=PRODUCT, headers={"If-Match": '"v1"'})

    assert (good.status_code, good.headers["ETag"], stale.status_code) == (200, '"v2"', 412)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"number": " A"}, "body.number"),
        ({"number": ""}, "body.number"),
        ({"base_unit": "kilo"}, "body.base_unit"),
        ({"units": [{"unit": "TNE", "numerator": 0}]}, "body.units.0.numerator"),
        ({"units": [{"unit": "KGM", "numerator": 1}]}, "body"),
        ({"colour": "red"}, "body.colour"),
    ],
)
async def test_a_wrong_product_names_the_place(database: str, change: dict[str, Any], place: str) -> None:
    async with client(database, plant()) as http:
        answer = await http.put("/api/v1/products", json=PRODUCT | change)

    assert (answer.status_code, answer.json()["errors"][0]["place"]) == (422, place)


async def test_the_base_unit_of_an_ordered_product_stays(database: str) -> None:
    order = {"product": NUMBER, "quantity": "2", "due_at": "2027-01-31T14:00:00Z", "line": "line-1"}
    async with client(database, plant()) as http:
        await http.put("/api/v1/products", json=PRODUCT)
        free = await http.put("/api/v1/products", json=PRODUCT | {"base_unit": "GRM"})
        await http.put("/api/v1/products", json=PRODUCT)
        await http.put("/api/v1/orders/WO-1", json=order)
        bound = await http.put("/api/v1/products", json=PRODUCT | {"base_unit": "GRM"})

    assert (free.status_code, bound.status_code) == (200, 409)


async def test_a_draft_changes_and_what_is_released_never_does(database: str) -> None:
    async with client(database, plant()) as http:
        draft = await drafted(http)
        address = f"/api/v1/product-versions/{draft['id']}"
        changed = await http.put(address, json={"label": "B", "routing": STEPS[:1]}, headers={"If-Match": '"v1"'})
        stale = await http.put(address, json={"label": "C"}, headers={"If-Match": '"v1"'})
        await http.post(f"{address}/release")
        late = await http.put(address, json={"label": "C"})
        paper = await http.post(
            f"{address}/documents", params={"name": "x"}, content=PDF, headers={"Content-Type": "text/plain"}
        )
        found = (await http.get(address)).json()

    assert (changed.status_code, stale.status_code, late.status_code, paper.status_code) == (200, 412, 409, 409)
    assert (found["label"], found["state"], [one["step"] for one in found["routing"]]) == ("B", "released", [10])


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"product": "gold"}, "body.product"),
        ({"routing": [{"step": 10, "machines": ["press-99"]}]}, "body.routing.0.machines"),
        ({"routing": [{"step": 10}]}, "body.routing.0"),
        (
            {"routing": [{"step": 10, "machines": ["press-1"], "units_per_count": 0.5}]},
            "body.routing.0.units_per_count",
        ),
        ({"routing": [STEPS[1], STEPS[0]]}, "body"),
        ({"valid_from": "2027-01-02T00:00:00Z", "valid_to": "2027-01-02T00:00:00Z"}, "body"),
    ],
)
async def test_a_wrong_version_names_the_place(database: str, change: dict[str, Any], place: str) -> None:
    async with client(database, plant()) as http:
        await http.put("/api/v1/products", json=PRODUCT)
        body = {"product": NUMBER, "label": "A", "routing": STEPS} | change
        answer = await http.post("/api/v1/product-versions", json=body)

    assert (answer.status_code, answer.json()["errors"][0]["place"]) == (422, place)


async def test_two_released_versions_of_a_product_never_hold_at_the_same_time(database: str) -> None:
    async with client(database, plant()) as http:
        first = await released(http, valid_to="2027-06-01T00:00:00Z")
        after = await released(http, "B", valid_from="2027-06-01T00:00:00Z")
        third = (await drafted(http, "C"))["id"]
        refused = await http.post(f"/api/v1/product-versions/{third}/release")
        one = await http.post(f"/api/v1/product-versions/{third}/release", json={"replaces": first["id"]})
        await http.post(f"/api/v1/product-versions/{after['id']}/retire")
        whole = await http.post(f"/api/v1/product-versions/{third}/release", json={"replaces": first["id"]})
        states = (await http.get("/api/v1/product-versions", params={"product": NUMBER})).json()["items"]
    with psycopg.connect(database) as conn, pytest.raises(psycopg.errors.ExclusionViolation):
        conn.execute("UPDATE product_version SET state = 'released'")

    assert (refused.status_code, one.status_code, whole.status_code) == (409, 409, 200)
    assert "Version 'A'" in refused.json()["detail"]
    assert [(item["label"], item["state"]) for item in states] == [
        ("C", "released"),
        ("B", "retired"),
        ("A", "retired"),
    ]


async def test_a_drawing_comes_back_byte_for_byte_and_is_never_shown_as_a_page(database: str) -> None:
    async with client(database, plant()) as http:
        id_ = (await drafted(http))["id"]
        address = f"/api/v1/product-versions/{id_}/documents"
        up = await http.post(
            address, params={"name": "图纸 1.html"}, content=PDF, headers={"Content-Type": "text/html; charset=utf-8"}
        )
        sha256 = hashlib.sha256(PDF).hexdigest()
        again = await http.post(address, params={"name": "copy"}, content=PDF, headers={"Content-Type": "text/html"})
        down = await http.get(f"{address}/{sha256}")
        same = await http.get(f"{address}/{sha256}", headers={"If-None-Match": down.headers["ETag"]})
        none = await http.get(f"{address}/{'0' * 64}")
    with psycopg.connect(database) as conn:
        stored = conn.execute("SELECT count(*) FROM document").fetchone()

    assert (up.status_code, up.json()["sha256"], up.json()["size"]) == (201, sha256, len(PDF))
    assert (again.status_code, stored) == (201, (1,))
    assert (down.content, down.headers["ETag"]) == (PDF, f'"{sha256}"')
    assert down.headers["Content-Disposition"].startswith("attachment")
    assert down.headers["X-Content-Type-Options"] == "nosniff"
    assert (same.status_code, none.status_code) == (304, 404)


async def test_20_mib_are_taken_for_a_drawing_and_nothing_more_and_nowhere_else(database: str) -> None:
    whole = b"x" * 20 * 1024 * 1024
    kind = {"Content-Type": "application/octet-stream"}
    async with client(database, plant(), {"erp": "a-key-of-sixteen"}) as http:
        http.headers["Authorization"] = "Bearer a-key-of-sixteen"
        id_ = (await drafted(http))["id"]
        address = f"/api/v1/product-versions/{id_}/documents?name=big"
        good = await http.post(address, content=whole, headers=kind)
        more = await http.post(address, content=whole + b"x", headers=kind)
        other = await http.put("/api/v1/products", content=whole[:70_000])
        http.headers.pop("Authorization")
        stranger = await http.post(address, content=whole, headers=kind)

    assert (good.status_code, more.status_code, other.status_code, stranger.status_code) == (201, 413, 413, 401)
    assert more.json()["cure"] == "Send at most 20 MiB."
    assert other.json()["cure"] == "Send at most 64 KiB."


async def test_each_change_of_a_product_is_an_event_and_an_audit_entry(database: str) -> None:
    async with client(database, plant()) as http:
        http.headers["Shopfloor-Person"] = "%E6%9D%8E"
        id_ = (await released(http))["id"]
        await http.post(f"/api/v1/product-versions/{id_}/retire")
    with psycopg.connect(database) as conn:
        events = conn.execute("SELECT type, subject, subject_version FROM outbox_event ORDER BY written").fetchall()
        acts = conn.execute("SELECT action, person FROM audit_entry ORDER BY written").fetchall()

    assert events == [("product.changed", f"product/{NUMBER}", number) for number in (1, 2, 3, 4)]
    assert acts == [
        (action, "李")
        for action in ("product.put", "product_version.create", "product_version.release", "product_version.retire")
    ]
