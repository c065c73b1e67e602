"""The connector to Tryton: orders in, documents out. It may be away for as long as it likes and hurts nobody."""

import asyncio
import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import psycopg
import structlog

from config.plant import Plant
from contract.sample import to_us
from mes.erp.connectors.tryton.calls_loop import OPEN, TIMEOUT_S, Calls
from mes.erp.connectors.tryton.order_of import SYSTEM, Problem, order_id, order_of
from mes.erp.connectors.tryton.records import Production
from mes.erp.connectors.tryton.wire import TrytonAway, TrytonRefuses
from mes.erp.connectors.tryton.writer_loop import Parked, write_document
from mes.erp.store_documents import (
    Document,
    SeenOrder,
    due_documents,
    park,
    plan_documents,
    put_seen,
    seen_orders,
    try_later,
)
from mes.erp.webhooks.answer import delay_s
from mes.orders.operation_states import Command
from mes.orders.store import act, only_operation, put_order
from mes.orders.store_list import orders
from mes.orders.store_operations import Refused
from mes.orders.store_steps import unknown_in
from mes.orders.wish import OrderFields
from mes.web.access.author import Author
from runtime.guard import of_the_server, reason_of
from runtime.lending import Connection
from runtime.news import News
from runtime.only_one import OnlyOne
from runtime.settings import Settings

log = structlog.get_logger()
LOCK = 0x545259  # "TRY": only one writes, so that no document of an order can overtake another
REST_S = 2.0
LOOK_EVERY_S = 5.0
LONGEST_AWAY_S = 60.0
BY_TRYTON = Author(None, SYSTEM)


class TrytonLoop:
    """One of all mes processes on a database speaks with Tryton; the others stand by."""

    def __init__(
        self,
        settings: Settings,
        plant: Plant,
        events: News,
        beat: Callable[[], None],
        look_every_s: float = LOOK_EVERY_S,
        timeout_s: float = TIMEOUT_S,
        longest_rest_s: float = LONGEST_AWAY_S,
    ) -> None:
        self.settings, self.plant, self.events = settings, plant, events
        self.look_every_s, self.timeout_s, self.longest_rest_s = look_every_s, timeout_s, longest_rest_s
        self._only = OnlyOne("tryton", settings.need_database(), LOCK, beat)
        self._failures = 0

    async def run(self) -> None:
        """Until it is cancelled."""
        if self.settings.tryton is None:
            return
        calls = Calls(self.settings.tryton, self.timeout_s)
        try:
            await self._only.run(lambda conn: self._follow(conn, calls))
        finally:
            await calls.close()

    def lost(self) -> None:
        """The database does not answer: what waits for it is told now."""
        self._only.lost()

    async def _follow(self, conn: Connection, calls: Calls) -> None:
        looked = float("-inf")
        while True:
            self._only.beat()
            seen, now = self.events.number, asyncio.get_running_loop().time()
            try:
                if now - looked >= self.look_every_s:
                    await self._orders_in(conn, calls)
                    looked = now
                await plan_documents(conn, SYSTEM)
                for document in await due_documents(conn, SYSTEM):
                    self._only.beat()
                    await self._write(conn, calls, document)
                self._works()
                rest = min(REST_S, self.look_every_s)
            except (TrytonAway, TrytonRefuses) as err:
                rest = self._away(str(err))
            self._only.guard.works()
            await self.events.wait(seen, rest)

    async def _orders_in(self, conn: Connection, calls: Calls) -> None:
        """New orders are made here, changed ones follow, and those that are no longer wanted end."""
        shown = {str(one.id): one for one in await calls.productions([["state", "in", OPEN]])}
        seen = await seen_orders(conn, SYSTEM, list(shown))
        left = [int(one.external_id) for one in seen.values() if one.external_id not in shown]
        for first in range(0, len(left), 200):
            more = await calls.productions([["id", "in", left[first : first + 200]]])
            shown |= {str(one.id): one for one in more}
        for id_, production in shown.items():
            self._only.beat()
            try:
                await self._take(conn, production, seen.get(id_))
            except psycopg.Error as err:
                if of_the_server(err, conn):
                    raise
                # One order that the database does not take keeps no other from being taken.
                now = SeenOrder(id_, production.number or "", None, production.state, production.timestamp, None)
                problem = Problem(f"The database refuses it: {reason_of(err)}", "Change the order in Tryton.")
                await self._trouble(conn, now, seen.get(id_), problem)
        for id_, before in seen.items():
            if id_ not in shown:
                await self._ended(conn, before, "deleted")

    async def _take(self, conn: Connection, production: Production, before: SeenOrder | None) -> None:
        if (
            before is not None
            and before.problem is None
            and (before.stamp, before.state)
            == (
                production.timestamp,
                production.state,
            )
        ):
            return
        now = SeenOrder(
            str(production.id),
            production.number or "",
            before.order if before else None,
            production.state,
            production.timestamp,
            None,
        )
        if production.state == "cancelled":
            await self._ended(conn, now, production.state)
            return
        if production.state not in OPEN:
            await put_seen(conn, SYSTEM, now)
            return
        wish = order_of(production, self.plant)
        problem = wish if isinstance(wish, Problem) else None
        if not isinstance(wish, Problem):
            try:
                async with conn.transaction():
                    await self._put(conn, production, wish)
                    taken = SeenOrder(now.external_id, now.number, order_id(production), now.state, now.stamp, None)
                    await put_seen(conn, SYSTEM, taken)
                return
            except Refused as refused:
                problem = Problem(refused.detail, refused.cure)
        await self._trouble(conn, now, before, problem)

    async def _put(self, conn: Connection, production: Production, wish: OrderFields) -> None:
        """The order is made or changed; Refused where it names what is not there, or counts in another unit here."""
        unknown = await unknown_in(conn, self.plant, wish)
        if unknown is not None:
            cure = "Give it the number of a product here as its code in Tryton, or the plant file's product erp_number."
            raise Refused(unknown[1], cure)
        await put_order(conn, order_id(production), wish, BY_TRYTON)
        [there] = await orders(conn, self.plant, [order_id(production)])
        if there.unit != wish.unit:
            cure = "Order it in that unit in Tryton: what is confirmed is written in the unit of the production."
            raise Refused(f"It is ordered in {wish.unit} and counted in {there.unit} here.", cure)

    async def _ended(self, conn: Connection, one: SeenOrder, state: str) -> None:
        """Cancelled or deleted in Tryton: what has not begun is cancelled here; what has is a person's to decide."""
        now = SeenOrder(one.external_id, one.number, one.order, state, one.stamp, None)
        if one.order is None:
            await put_seen(conn, SYSTEM, now)
            return
        try:
            async with conn.transaction():
                operation, entries = await only_operation(conn, self.plant, one.order)
                if not operation.condition.hidden and operation.condition.open and not operation.condition.started:
                    at_us = to_us(datetime.now(UTC))
                    reason = f"{state} in Tryton"
                    await act(conn, self.plant, operation, entries, Command.CANCEL, at_us, BY_TRYTON, reason)
                    await put_seen(conn, SYSTEM, now)
                    return
            problem = Problem(f"It was {state} in Tryton after it had begun here.", "Complete it or abort it here.")
        except Refused as refused:
            problem = Problem(refused.detail, refused.cure)
        await self._trouble(conn, now, one, problem)

    async def _trouble(
        self, conn: Connection, now: SeenOrder, before: SeenOrder | None, problem: Problem | None
    ) -> None:
        text, cure = (problem.text, problem.cure) if problem else (None, None)
        await put_seen(conn, SYSTEM, now, text, cure)
        if text is not None and (before is None or before.problem != text):
            log.warning("tryton_order_not_followed", production=now.number, reason=text, cure=cure)

    async def _write(self, conn: Connection, calls: Calls, document: Document) -> None:
        try:
            await write_document(conn, calls, document)
        except Parked as parked:
            await park(conn, SYSTEM, document, parked.problem, parked.cure)
            told = {"order": document.order, "document": document.number, "kind": document.kind}
            log.warning("tryton_document_parked", **told, reason=parked.problem, cure=parked.cure)
        except TrytonAway as err:
            share = random.random()  # noqa: S311  - spreads attempts, guards nothing
            delay = timedelta(seconds=min(delay_s(document.tries + 1, None, share), self.longest_rest_s))
            await try_later(conn, SYSTEM, document, delay, f"Tryton: {err}.")
            raise

    def _away(self, reason: str) -> float:
        if not self._failures:
            log.warning("tryton_away", reason=reason, cure="tried again until it works, after a look-up")
        self._failures += 1
        return min(0.25 * 2.0 ** min(self._failures, 10), self.longest_rest_s)

    def _works(self) -> None:
        if self._failures:
            log.info("tryton_back")
        self._failures = 0
