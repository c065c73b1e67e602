"""Quantities in the database: what people report of operations, and what is booked of them and of counters."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from config.calendar import Calendar
from config.device import Machine, Role
from config.plant import Plant
from config.shifts import day_at, day_span, edges_between
from contract.sample import from_us
from mes.facts.model import Span
from mes.facts.reported import in_run
from mes.facts.source_tags import COUNTERS, counter_names
from mes.feed.store_audit import note
from mes.feed.store_outbox import tell
from mes.keeper.store_changes import wake_keeper
from mes.orders.quantities.booked import Booked, Count, QuantityKind, Report, Rules, ScrapPolicy, book
from mes.orders.quantities.models import QuantityAnswer, QuantityBody, QuantityCorrection
from mes.orders.wish import counting_machine
from mes.web.access.author import Author
from mes.web.problems import Problem, mistake
from mes.web.quantity import plain
from mes.web.snapshot import Snapshot
from runtime.database import queries
from runtime.lending import Connection

SQL = queries("mes.orders.quantities")
# Rework counters tell parts that came back, which is no quantity of its own.
BOOKED_COUNTERS = [name for role, name in COUNTERS.items() if role is not Role.REWORK_COUNT]
MOST_OPERATIONS = 5000
MOST_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Booking:
    """An operation and its booked rows in a window, in the order of time; `counts`: what its `counters` alone said.

    `edges` of its runs and shifts: what is reported and what is counted meet between two of them.
    """

    id: UUID
    order: str
    step: int
    product: str
    unit: str
    machine: str | None
    counters: frozenset[str]
    rows: list[Booked]
    counts: list[Count]
    runs: list[tuple[int, int | None]]
    edges: tuple[int, ...]


async def booked(
    conn: Connection,
    plant: Plant,
    calendar: Calendar,
    window: Span,
    known: Snapshot,
    *,
    order: str | None = None,
    operation: UUID | None = None,
    only: Collection[str] | None = None,
    pending: bool = False,
) -> list[Booking]:
    """What is booked of operations in a window, as it was known then or is known now.

    `only`: on these machines; '' is where none counts. `pending`: with what the keeper has not taken in yet.

    Counts belong to the instant of the reading that shows them. A report meets the counter of its run and shift.
    """
    machines = {machine.id: machine for machine in plant.machines}
    # Whole runs, shifts and days: what a report explains does not depend on where a window cuts.
    wide = (
        day_span(calendar, day_at(calendar, window[0]))[0],
        day_span(calendar, day_at(calendar, window[1] - 1))[1],
    )
    until_us = min(wide[1], known.at_us)
    asked: dict[str, Any] = {
        "from": from_us(wide[0]),
        "to": from_us(wide[1]),
        "as_of": None if known.as_of_us is None else from_us(known.as_of_us),
        "order": order,
        "operation": operation,
        "pending": pending,
        "most": MOST_OPERATIONS + 1,
        "counters": BOOKED_COUNTERS,
        "by_product": [name for name, machine in machines.items() if machine.tag_of(Role.PRODUCT)],
        "by_tag": [name for name, machine in machines.items() if machine.tag_of(Role.ORDER)],
    }
    found = await _all(conn, "quantity_operations", asked)
    if len(found) > MOST_OPERATIONS:
        raise Problem(422, f"More than {MOST_OPERATIONS} operations have to do with this window.", "Ask a shorter one.")
    places = {row[0]: machines.get(row[8] or counting_machine(plant, row[6], row[7]) or "") for row in found}
    if only is not None:
        found = [row for row in found if _name(places[row[0]]) in only]
    asked["ids"] = [row[0] for row in found]
    shifts = edges_between(calendar, *wide)
    runs: dict[UUID, list[tuple[int, int | None]]] = {id_: [] for id_ in asked["ids"]}
    for id_, *run in await _all(conn, "known_runs", asked):
        runs[id_].append((run[0], run[1]))
    units: dict[UUID, Decimal] = {row[0]: row[-1] for row in found}
    counts: dict[UUID, list[Count]] = {}
    for row in await _all(conn, "counts", asked | {"ids": [id_ for id_ in asked["ids"] if places[id_]]}):
        # A silence that goes on beyond the last of these days is of the day in which it ends.
        if row[2] >= until_us == wide[1] and (row[8] is None or row[8] > until_us):
            continue
        count = _count(row[1:7], row[7:], until_us, units[row[0]])
        if count.high:
            counts.setdefault(row[0], []).append(count)
    reports: dict[UUID, list[Report]] = {}
    for id_, at_us, kind, quantity, reason, downstream in await _all(conn, "reports", asked):
        if quantity:
            at = in_run(runs[id_], at_us)
            reports.setdefault(id_, []).append(Report(at, QuantityKind(kind), quantity, reason, downstream))
    bookings = []
    for id_, order_id, step, _, product, unit, _, _, _, source, _ in found:
        place = places[id_]
        has = counter_names(place) if place else frozenset[str]()
        by_counter = source == "counter" and bool(has & {"total", "good"})
        edges = {*shifts, *(edge for run in runs[id_] for edge in run if edge is not None)}
        rules = Rules(by_counter, has, _policy(has), tuple(sorted(edges)))
        place_id = place.id if place else None
        rows = [
            row for row in book(counts.get(id_, []), reports.get(id_, []), rules) if window[0] <= row.at_us < window[1]
        ]
        said = [count for count in counts.get(id_, []) if window[0] <= count.at_us < window[1]]
        bookings.append(Booking(id_, order_id, step, product, unit, place_id, has, rows, said, runs[id_], rules.edges))
    return bookings


def _name(machine: Machine | None) -> str:
    """Under which name the quantities of a place stand; '' where no machine counts."""
    return machine.id if machine else ""


def _policy(has: frozenset[str]) -> ScrapPolicy:
    """EXPLAIN where something tells scrap, ADD where nothing does."""
    return ScrapPolicy.EXPLAIN if "scrap" in has or {"total", "good"} <= has else ScrapPolicy.ADD


def _count(step: Sequence[Any], run: Sequence[Any], until_us: int, units: Decimal) -> Count:
    """A step as it counts for a run, in units of the order; a part stands for so many of them.

    Across a silence that an edge of the run lies in, none of it is certain; what may have been hidden in the silence
    (`most` beyond `parts`, bounded by the fastest pace) may have been made in the run in proportion to the time there.
    """
    counter, at_us, since_us, parts, most, bridged = step
    end = until_us if run[1] is None else min(run[1], until_us)
    if not bridged or (since_us >= run[0] and at_us < end):
        return Count(at_us, counter, parts * units, most * units)
    inside, whole = max(0, min(at_us, end) - max(since_us, run[0])), at_us - since_us
    hidden = -(-(most - parts) * inside // whole)
    return Count(min(at_us, end - 1), counter, Decimal(0), (hidden + (parts if inside else 0)) * units)


async def report(conn: Connection, body: QuantityBody, author: Author) -> QuantityAnswer:
    """Put down what was made of an operation; a Problem where it cannot have been."""
    now = datetime.now(UTC)
    made_at = body.made_at or now
    if made_at > now:
        raise mistake("body.made_at", f"Lies in the future: here it is {now.isoformat(timespec='seconds')}.")
    if (body.kind is QuantityKind.SCRAP) != (body.reason is not None):
        raise mistake("body.reason", "Scrap needs a reason, and nothing else has one; GET /api/v1/reasons lists them.")
    if body.reason is not None:
        await need_reason(conn, body.reason, "scrap")
    begun_at = await _need_open(conn, body.operation)
    if made_at < begun_at:
        raise mistake("body.made_at", f"Lies before the operation began, {begun_at.isoformat(timespec='seconds')}.")
    row = body.model_dump() | {"id": uuid4(), "made_at": made_at, "corrects": None}
    return await _add(conn, row, author)


async def _need_open(conn: Connection, operation: UUID) -> datetime:
    """When an operation began; a Problem 409 where it has not, or was closed."""
    row = await (await conn.execute(SQL["begun"].encode(), {"id": operation})).fetchone()
    if row is None or row[0] is None:
        detail = f"Operation {operation} has not begun."
        raise Problem(409, detail, f"POST /api/v1/operations/{operation}/start first, with `at` where it was earlier.")
    if row[1] == "closed":
        raise Problem(409, f"Operation {operation} was closed.", "Nothing is reported of it any more.")
    begun: datetime = row[0]
    return begun


async def correct(conn: Connection, id_: UUID, body: QuantityCorrection, author: Author) -> QuantityAnswer:
    """Another quantity for a row that stands; a row of its own that says why."""
    await conn.execute(SQL["hold_quantity"].encode(), {"id": id_})
    found = await (await conn.execute(SQL["left_of"].encode(), {"id": id_})).fetchone()
    if found is None:
        raise Problem(404, f"There is no quantity {id_}.", "GET /api/v1/production-quantities lists them.")
    operation, kind, reason, found_at, made_at, source, corrects, left = found
    if corrects is not None:
        raise Problem(409, f"Quantity {id_} is a correction.", f"Correct {corrects}, the row that it corrects.")
    await _need_open(conn, operation)
    if body.quantity < 0:
        raise mistake("body.quantity", "Give what it should be: 0 or more.")
    row = {
        "id": uuid4(),
        "operation": operation,
        "made_at": made_at,
        "kind": kind,
        "quantity": body.quantity - left,
        "source": source,
        "reason": reason,
        "found_at": found_at,
        "corrects": id_,
        "comment": body.why,
    }
    return await _add(conn, row, author)


async def need_reason(conn: Connection, id_: str, kind: str) -> None:
    """A Problem 422 where there is no such reason for this."""
    row = await (await conn.execute(SQL["reason_kind"].encode(), {"id": id_})).fetchone()
    if row is None or row[0] != kind or row[1]:
        cure = f"GET /api/v1/reasons?kind={kind} lists them, PUT /api/v1/reasons/{{id}} makes one."
        raise mistake("body.reason", f"'{id_}' is no reason for {kind} that is in use. {cure}")


async def quantities(
    conn: Connection, *, operation: UUID | None = None, id_: UUID | None = None, most: int = MOST_ROWS
) -> list[QuantityAnswer]:
    """What was reported, the newest first."""
    cursor = await conn.execute(SQL["quantities"].encode(), {"operation": operation, "id": id_, "most": most})
    names = [column.name for column in cursor.description or ()]
    return [QuantityAnswer(**dict(zip(names, row, strict=True))) for row in await cursor.fetchall()]


async def unassigned(conn: Connection, machines: Sequence[Machine], window: Span) -> list[tuple[Any, ...]]:
    """(machine, hour, counter, parts, most, first, last) of parts that no operation has."""
    asked = {
        "machines": [machine.id for machine in machines],
        "counters": ["total", "good"],
        "from": from_us(window[0]),
        "to": from_us(window[1]),
        "by_product": [machine.id for machine in machines if machine.tag_of(Role.PRODUCT)],
        "by_tag": [machine.id for machine in machines if machine.tag_of(Role.ORDER)],
    }
    return await _all(conn, "unassigned", asked)


async def _add(conn: Connection, row: dict[str, Any], author: Author) -> QuantityAnswer:
    await conn.execute(SQL["add_quantity"].encode(), row | {"person": author.person, "client": author.client})
    await wake_keeper(conn)
    answer = (await quantities(conn, id_=row["id"]))[0]
    told = answer.model_dump(mode="json", exclude={"known"}) | {"quantity": plain(row["quantity"])}
    await tell(conn, "quantity.booked", f"operation/{row['operation']}", told)
    await note(
        conn, author, "report" if row["corrects"] is None else "correct", f"operation/{row['operation']}", None, told
    )
    return answer


async def _all(conn: Connection, name: str, asked: Mapping[str, Any]) -> list[tuple[Any, ...]]:
    return await (await conn.execute(SQL[name].encode(), asked)).fetchall()
