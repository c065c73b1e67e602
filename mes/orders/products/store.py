"""Products in the database: made, changed, listed; those of the plant file stand beside them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from config.device import Name
from config.plant import Plant
from mes.feed.store_audit import note
from mes.feed.store_outbox import tell
from mes.orders.products.models import ProductAnswer, ProductBody
from mes.orders.store_operations import Refused
from mes.web.access.author import Author
from mes.web.etag import need_match
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders.products")
# Words of a product that its version, author and instant are not among.
SIGNED = {"source", "version", "person", "client", "at"}


async def rows(conn: Connection, name: str, asked: dict[str, Any]) -> list[dict[str, Any]]:
    """The rows of a named query."""
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name].encode(), asked)
        return await cursor.fetchall()


async def run(conn: Connection, name: str, row: dict[str, Any]) -> int:
    """Run a named statement; how many rows it has written."""
    return (await conn.execute(SQL[name].encode(), row)).rowcount


async def put_product(
    conn: Connection, body: ProductBody, author: Author, if_match: str | None = None
) -> tuple[ProductAnswer, bool]:
    """Make the product or bring it to these words, and whether it is new; doing it twice changes nothing."""
    await run(conn, "lock_product", {"number": body.number})
    before = await product_of(conn, body.number)
    need_match(if_match, None if before is None else before.version)
    told = None if before is None else before.model_dump(mode="json", exclude=SIGNED)
    wanted = body.model_dump(mode="json") | {"units": sorted(body.model_dump()["units"], key=lambda one: one["unit"])}
    if before is not None and told == wanted:
        return before, False
    if before is not None and before.base_unit != body.base_unit:
        used = await rows(conn, "product_used", {"number": body.number})
        if used[0]["exists"]:
            raise Refused(
                f"Orders of '{body.number}' are in '{before.base_unit}': its base unit stays.",
                "Retire it and make a product with a number of its own.",
            )
    row = body.model_dump(exclude={"names", "units"}) | _signed(author)
    await run(conn, "put_product", row | {"name_en": body.names.en, "name_zh": body.names.zh})
    await run(conn, "forget_units", {"number": body.number})
    for unit in body.units:
        await run(conn, "add_unit", {"number": body.number} | unit.model_dump())
    await tell(conn, "product.changed", subject(body.number), wanted)
    await note(conn, author, "product.put", subject(body.number), told, wanted)
    made = await product_of(conn, body.number)
    assert made is not None  # noqa: S101  - it was written just now
    return made, before is None


async def products(conn: Connection, after: int = 0, limit: int = 1000) -> list[tuple[int, ProductAnswer]]:
    """Products of the table with their place in the list, in the order in which they were made."""
    found = await rows(conn, "products", {"number": None, "after": after, "limit": limit})
    return [(row.pop("written"), _answer(row)) for row in found]


async def product_of(conn: Connection, number: str) -> ProductAnswer | None:
    """One product of the table, None where it has none such."""
    found = await rows(conn, "products", {"number": number, "after": 0, "limit": 1})
    return _answer({key: value for key, value in found[0].items() if key != "written"}) if found else None


async def of_plant_file(conn: Connection, plant: Plant) -> list[ProductAnswer]:
    """Products of the plant file that no row of the table takes the place of."""
    taken = await known_numbers(conn, [one.id for one in plant.products])
    return [
        ProductAnswer(
            number=one.id,
            names={"en": one.name.en, "zh": one.name.zh},
            base_unit=None,
            tracking="none",
            units=[],
            retired=False,
            source="plant file",
            version=None,
            person=None,
            client=None,
            at=None,
        )
        for one in plant.products
        if one.id not in taken
    ]


async def known_numbers(conn: Connection, numbers: Iterable[str]) -> set[str]:
    """Which of some numbers are products of the table."""
    return {row["number"] for row in await rows(conn, "product_numbers", {"numbers": list(numbers)})}


async def product_names(conn: Connection, plant: Plant, numbers: Iterable[str]) -> dict[str, Name]:
    """What people read for some products; the table before the plant file, the number where neither has it."""
    asked = set(numbers)
    names = {number: Name(en=number, zh=number) for number in asked}
    names |= {one.id: one.name for one in plant.products if one.id in asked}
    for row in await rows(conn, "product_names", {"numbers": list(asked)}):
        names[row["number"]] = Name(en=row["name_en"], zh=row["name_zh"])
    return names


def subject(number: str) -> str:
    """What the feed and the audit call a product."""
    return f"product/{number}"


def _signed(author: Author) -> dict[str, str | None]:
    return {"person": author.person, "client": author.client}


def _answer(row: dict[str, Any]) -> ProductAnswer:
    names = {"en": row.pop("name_en"), "zh": row.pop("name_zh")}
    at: datetime = row.pop("at")
    return ProductAnswer(**row, names=names, at=at, source="api")
