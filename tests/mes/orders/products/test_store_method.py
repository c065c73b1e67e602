"""What is released stays as it was released, whatever is changed afterwards."""

import asyncio
from itertools import count
from typing import Any
from uuid import UUID

import psycopg
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mes.orders.operation_states import Command
from mes.orders.products.method import method_hash
from mes.orders.products.models import ChangeVersionBody, ProductBody, VersionBody
from mes.orders.products.store import put_product
from mes.orders.products.store_versions import add_version, attach, change_version, release_version, retire_version
from mes.orders.store import act, put_order
from mes.orders.store_list import order_of
from mes.orders.store_operations import Refused, locked
from mes.orders.wish import OrderFields
from mes.web.problems import Problem
from runtime.lending import Connection
from tests.mes.house import DUE_LATER, PLANT, START
from tests.mes.orders.people import PERSON
from tests.support.size import sized

NUMBERS = count(1)
CHANGES = ("product", "draft", "change", "attach", "release", "replace", "retire", "order", "quantity", "start", "undo")


class Shop:
    """A product with two versions and an order of it."""

    def __init__(self, conn: Connection) -> None:
        self.conn, self.number, self.order = conn, f"P/{next(NUMBERS)}", f"WO-{next(NUMBERS)}"
        self.versions: list[UUID] = []

    async def product(self, label: str = "x") -> None:
        names = {"en": label, "zh": label}
        await put_product(self.conn, ProductBody.model_validate({"number": self.number, "names": names}), PERSON)

    def words(self, cycle: int) -> dict[str, Any]:
        step = {"step": 10, "machines": ["press-1"], "ideal_cycle_us": cycle, "units_per_count": f"{cycle}.5"}
        return {"label": f"v{next(NUMBERS)}", "routing": [step]}

    async def draft(self, cycle: int) -> UUID:
        body = VersionBody.model_validate(self.words(cycle) | {"product": self.number})
        made = await add_version(self.conn, PLANT, body, PERSON)
        assert made.id is not None
        self.versions.append(made.id)
        return made.id

    async def put(self, quantity: int) -> None:
        wish = {"product": self.number, "quantity": str(quantity), "due_at": DUE_LATER}
        await put_order(self.conn, self.order, OrderFields.model_validate(wish), PERSON)

    async def ask(self, command: Command) -> None:
        operation = (await order_of(self.conn, PLANT, self.order)).operations[0].id
        found = await locked(self.conn, PLANT, operation)
        assert found is not None
        await act(self.conn, PLANT, *found, command, START, PERSON, "asked")

    async def change(self, what: str, which: int) -> None:
        """One change; what is refused changes nothing."""
        version = self.versions[which % len(self.versions)]
        try:
            async with self.conn.transaction():
                match what:
                    case "product":
                        await self.product(f"name {which}")
                    case "draft":
                        await self.draft(which + 1)
                    case "change":
                        body = ChangeVersionBody.model_validate(self.words(which + 7))
                        await change_version(self.conn, PLANT, version, body, PERSON, None)
                    case "attach":
                        await attach(self.conn, version, f"{which}", "text/plain", b"%d" % which, PERSON)
                    case "release":
                        await release_version(self.conn, version, None, PERSON)
                    case "replace":
                        await release_version(self.conn, version, self.versions[0], PERSON)
                    case "retire":
                        await retire_version(self.conn, version, PERSON)
                    case "order" | "quantity":
                        await self.put(5 if what == "order" else which + 1)
                    case _:
                        await self.ask(Command.START if what == "start" else Command.PAUSE)
        except (Refused, Problem):
            return

    async def methods(self) -> list[Any]:
        found = (await order_of(self.conn, PLANT, self.order)).operations
        return [(one.id, one.method, one.method_hash) for one in found]


async def released_order(conn: Connection) -> Shop:
    shop = Shop(conn)
    await shop.product()
    await release_version(conn, await shop.draft(3), None, PERSON)
    await shop.put(5)
    await shop.ask(Command.RELEASE)
    return shop


def test_whatever_is_changed_after_release_the_method_and_its_hash_stay(database: str) -> None:
    async def law(changes: list[tuple[str, int]]) -> None:
        async with await psycopg.AsyncConnection.connect(database, autocommit=True) as conn:
            shop = await released_order(conn)
            before = await shop.methods()
            for change in changes:
                await shop.change(*change)

            assert await shop.methods() == before
            _, method, told = before[0]
            assert method is not None
            assert method_hash(method.model_dump(mode="json")) == told
            assert (method.ideal_cycle_us, method.units_per_count) == (3, "3.5")

    @settings(max_examples=sized(40), deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.sampled_from(CHANGES), st.integers(0, 5)), max_size=12))
    def holds(changes: list[tuple[str, int]]) -> None:
        asyncio.run(law(changes))

    holds()
