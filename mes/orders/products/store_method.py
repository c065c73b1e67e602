"""Release copies how a product is made into the operation; what is changed later touches nothing of it."""

from uuid import UUID

from mes.orders.operation_states import NEW, Condition
from mes.orders.products.method import canonical, method_hash, method_of
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders.products")
TIMES = ("ideal_cycle_us", "standard_us", "setup_us", "setup_family")


async def put_method(conn: Connection, operation: UUID, before: Condition, now: Condition) -> tuple[str, str] | None:
    """Copy the method where the operation has just been released, forget it where that was revoked.

    What forbids it and the cure, where the order was planned by another version than the one in force and nothing binds
    it to that.
    """
    if now == NEW and before != NEW:
        await conn.execute(SQL["copy_method"].encode(), {"id": operation, "method": None, "hash": None})
    return await _copy(conn, operation) if before == NEW and now.open and now != NEW else None


async def _copy(conn: Connection, operation: UUID) -> tuple[str, str] | None:
    row = await (await conn.execute(SQL["method_parts"].encode(), {"id": operation})).fetchone()
    assert row is not None  # noqa: S101  - the caller holds the operation
    product, id_, label, *times, units, source, documents, in_force, bound, copied = row
    if copied:
        return None
    if id_ != in_force and not bound:
        planned = "no version" if label is None else f"version '{label}'"
        now = "none" if in_force is None else "another one"
        return (
            f"The order was planned by {planned} of '{product}', and {now} is in force now.",
            "PUT the order again: its steps are then those of the version in force.",
        )
    version = None if id_ is None else {"id": str(id_), "label": label}
    method = method_of(product, version, dict(zip(TIMES, times, strict=True)), units, source, documents or [])
    told = {"id": operation, "method": canonical(method), "hash": method_hash(method)}
    await conn.execute(SQL["copy_method"].encode(), told)
    return None
