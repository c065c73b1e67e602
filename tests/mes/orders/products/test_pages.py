"""The pages of products, in both languages; drawings are opened and added by who may."""

from urllib.parse import quote

from tests.mes.erp.plants import client
from tests.mes.orders.products.test_routes import NUMBER, PDF, PRODUCT, STEPS, drafted, released
from tests.mes.screens.lines import plant

ONE = f"/products/one?number={quote(NUMBER, safe='')}"
KEY = "a-key-of-sixteen"


async def test_products_of_table_and_plant_file_stand_in_one_list(database: str) -> None:
    async with client(database, plant()) as http:
        await http.put("/api/v1/products", json=PRODUCT)
        english = (await http.get("/products?lang=en")).text
        chinese = (await http.get("/products?lang=zh")).text

    assert ONE in english
    assert "Slow part" in english
    assert "支架" in chinese
    assert "工厂文件" in chinese


async def test_a_product_shows_versions_steps_and_drawings(database: str) -> None:
    async with client(database, plant()) as http:
        id_ = (await drafted(http))["id"]
        address = f"/api/v1/product-versions/{id_}/documents"
        await http.post(address, params={"name": "<b>.pdf"}, content=PDF, headers={"Content-Type": "application/pdf"})
        draft = (await http.get(ONE)).text
        await http.post(f"/api/v1/product-versions/{id_}/release")
        page = (await http.get(f"{ONE}&lang=zh")).text
        missing = await http.get("/products/one?number=gold")
        of_file = await http.get("/products/one?number=part")

    assert f'data-upload="{address}"' in draft
    assert "data-upload" not in page
    assert "&lt;b&gt;.pdf" in page
    assert "压力机 1, 压力机 2" in page
    assert "2 s" in page
    assert (missing.status_code, of_file.status_code) == (404, 200)


async def test_with_keys_drawings_are_for_who_is_logged_in(database: str) -> None:
    async with client(database, plant(), {"erp": KEY}) as http:
        http.headers["Authorization"] = f"Bearer {KEY}"
        id_ = (await drafted(http))["id"]
        await http.post(
            f"/api/v1/product-versions/{id_}/documents",
            params={"name": "drawing.pdf"},
            content=PDF,
            headers={"Content-Type": "application/pdf"},
        )
        known = (await http.get(ONE)).text
        http.headers.pop("Authorization")
        stranger = (await http.get(ONE)).text

    assert f"/api/v1/product-versions/{id_}/documents/" in known
    assert "/api/v1/product-versions" not in stranger
    assert "/login?next=" in stranger


async def test_a_released_order_leads_to_the_drawings_of_its_version(database: str) -> None:
    wish = {"product": NUMBER, "quantity": "2", "due_at": "2027-01-31T14:00:00Z"}
    async with client(database, plant()) as http:
        id_ = (await drafted(http))["id"]
        address = f"/api/v1/product-versions/{id_}/documents"
        kind = {"Content-Type": "application/pdf"}
        sha256 = (await http.post(f"{address}?name=drawing.pdf", content=PDF, headers=kind)).json()["sha256"]
        await http.post(f"/api/v1/product-versions/{id_}/release")
        await http.put("/api/v1/orders/WO-1", json=wish)
        before = (await http.get("/orders/WO-1")).text
        await http.post("/api/v1/orders/WO-1/release")
        after = (await http.get("/orders/WO-1")).text

    assert "drawing.pdf" not in before
    assert after.count(f'<a href="{address}/{sha256}">drawing.pdf</a>') == len(STEPS)


async def test_orders_name_products_of_the_table_and_lead_to_them(database: str) -> None:
    wish = {"product": NUMBER, "quantity": "2", "due_at": "2027-01-31T14:00:00Z"}
    async with client(database, plant()) as http:
        await released(http)
        await http.put("/api/v1/orders/WO-1", json=wish)
        page = (await http.get("/orders?lang=zh")).text

    assert f'<a href="{ONE}">支架</a>' in page
