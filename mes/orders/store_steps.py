"""The operations of an order: one for each step of its product's routing, as long as none is released."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from config.plant import Plant
from mes.orders.operation_states import NEW
from mes.orders.products.routing import Ordered, Place, RoutingStep, Unfit, settled, steps_of
from mes.orders.store_operations import Operation, Refused
from mes.orders.wish import OrderFields, half_said, in_plant_file, unknown_place
from mes.web.quantity import plain
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders")
PRODUCTS = queries("mes.orders.products")
# What was found of each product: for a batch of orders in one transaction.
Products = dict[str, Ordered | None]


class Misfit(Refused):
    """An order that does not fit its product; `key` and `text` as of Unfit."""

    def __init__(self, order: str, err: Unfit) -> None:
        super().__init__(f"Order '{order}': {err.key}: {err.text}", "Correct the order, or its product.")
        self.key, self.text = err.key, err.text


async def ordered_of(conn: Connection, product: str, products: Products | None = None) -> Ordered | None:
    """What the table says of an order's product, None where it has no such; `products` remembers it for a batch."""
    if products is not None and product in products:
        return products[product]
    row = await (await conn.execute(PRODUCTS["ordered"].encode(), {"product": product})).fetchone()
    found = None
    if row is not None:
        base_unit, retired, units, version, label, steps = row
        ratios = {unit: Fraction(int(above), int(below)) for unit, above, below in units or ()}
        found = Ordered(base_unit, retired, ratios, version, label, tuple(_step(*one) for one in steps or ()))
    if products is not None:
        products[product] = found
    return found


async def unknown_in(
    conn: Connection, plant: Plant, wish: OrderFields, products: Products | None = None
) -> tuple[str, str] | None:
    """What an order names that is not there, or names twice, and the key; None where all is well."""
    wrong = half_said(wish) or unknown_place(plant, wish)
    if wrong:
        return wrong
    if in_plant_file(plant, wish.product) or await ordered_of(conn, wish.product, products) is not None:
        return None
    in_file = ", ".join(one.id for one in plant.products) or "none"
    return "product", f"'{wish.product}' is no product: PUT /api/v1/products first; the plant file has {in_file}."


async def planned(
    conn: Connection,
    id_: str,
    wish: OrderFields,
    there: Sequence[Operation],
    pinned: UUID | None,
    products: Products | None,
) -> tuple[OrderFields, dict[int, Place], UUID | None]:
    """The wish in base units and with its place; its steps, and the version that they are of. Refused where unfit.

    An order of which a step is released keeps product, steps and version.
    """
    ordered = await ordered_of(conn, wish.product, products) or Ordered()
    bound = any(one.condition != NEW for one in there)
    if bound:
        places = tuple(RoutingStep(one.step, (Place(one.machine, one.line),)) for one in there[:1])
        as_was = (wish.machine, wish.line) == (None, None)
        # Where the version is still in force, a step that has not begun moves to a place of its routing only.
        allowed = ordered.steps if len(there) == 1 and ordered.version == pinned else ()
        ordered = replace(ordered, version=pinned, steps=places if as_was else allowed)
    elif ordered.retired and not there:
        raise Refused(f"Product '{wish.product}' is retired.", "Order another one, or take its retirement back.")
    try:
        wish = settled(wish, ordered)
    except Unfit as err:
        raise Misfit(id_, err) from err
    if not bound:
        return wish, steps_of(wish, ordered), ordered.version
    _need_same(id_, wish, there)
    steps = {one.step: Place(one.machine, one.line) for one in there if one.part == 1}
    if len(there) == 1 and not there[0].condition.started:
        steps = {there[0].step: Place(wish.machine, wish.line)}
    return wish, steps, pinned


async def put_operations(
    conn: Connection, id_: str, wish: OrderFields, there: Sequence[Operation], steps: Mapping[int, Place]
) -> None:
    """Bring the operations of an order to its steps and its quantity; what is split off keeps its part of that."""
    surplus = {one.id: one.version for one in there if one.step not in steps}
    dropped = await conn.execute(PRODUCTS["drop_operations"].encode(), {"ids": list(surplus)}) if surplus else None
    if dropped is not None and dropped.rowcount < len(surplus):
        raise Refused(
            f"Order '{id_}' was released by another version: its steps stay.",
            "Cancel its operations and put another order with an id of its own.",
        )
    if surplus:
        await conn.execute(SQL["raise_version"].encode(), {"id": id_, "dropped": sum(surplus.values())})
    for step, place in steps.items():
        first = next((one for one in there if one.step == step and one.part == 1), None)
        others = sum((one.quantity for one in there if one.step == step and one.part > 1), Decimal(0))
        if wish.quantity <= others:
            raise Refused(
                f"{plain(others)} of order '{id_}' are split off: {plain(wish.quantity)} is not more than that.",
                "Cancel what was split off first, or order more.",
            )
        row = {"machine": place.machine, "line": place.line, "quantity": wish.quantity - others}
        if first is None:
            await conn.execute(SQL["add_operation"].encode(), row | {"order": id_, "step": step})
        else:
            await conn.execute(SQL["change_operation"].encode(), row | {"id": first.id})


def _need_same(id_: str, wish: OrderFields, there: Sequence[Operation]) -> None:
    """Refused where a released order would get another product, or one that has begun another place."""
    begun = any(one.condition.started for one in there)
    other_product = (there[0].product, there[0].unit) != (wish.product, wish.unit)
    other_place = (wish.machine, wish.line) not in {(one.machine, one.line) for one in there}
    if begun and (other_product or other_place):
        raise Refused(
            f"Order '{id_}' has begun: it keeps its product and its place.",
            "Complete it and put another order with an id of its own.",
        )
    if other_product or (other_place and len(there) > 1):
        raise Refused(
            f"Order '{id_}' is released: it keeps its product, and its steps their places.",
            f"Revoke it first: POST /api/v1/orders/{id_}/revoke.",
        )


def _step(step: int, machines: Sequence[str], lines: Sequence[str]) -> RoutingStep:
    places = (*(Place(machine=one) for one in machines), *(Place(line=one) for one in lines))
    return RoutingStep(step, places)
