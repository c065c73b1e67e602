"""Writes one document into Tryton exactly once: looked up first, written under a condition, read back, compared.

Tryton knows no idempotency. The one write that holds a confirmation sets its key and makes its moves together, on the
condition that the production is as it was read: a request that was believed lost and arrives late changes nothing.
"""

from collections.abc import Sequence
from typing import NoReturn

from mes.erp.connectors.tryton import receipt as receipts
from mes.erp.connectors.tryton.calls_loop import Calls
from mes.erp.connectors.tryton.order_of import SYSTEM
from mes.erp.connectors.tryton.receipt import Receipt
from mes.erp.connectors.tryton.records import Move, Production
from mes.erp.connectors.tryton.wire import TrytonAway, TrytonRefuses
from mes.erp.store_documents import Document, acknowledge, mark_sent, own_records, put_amounts
from mes.web.quantity import plain
from runtime.lending import Connection

AGAIN = "then POST /api/v1/documents/retry."


class Parked(Exception):
    """A document that waits for a person: why, and the cure."""

    def __init__(self, problem: str, cure: str) -> None:
        super().__init__(problem)
        self.problem, self.cure = problem, cure


async def write_document(conn: Connection, calls: Calls, document: Document) -> None:
    """The document is in Tryton, acknowledged. Parked where a person has to act, TrytonAway where nobody knows."""
    try:
        production = await _production(calls, document)
        if document.kind == "begin":
            await mark_sent(conn, SYSTEM, document, None)
            await _running(calls, document, production)
            await acknowledge(conn, SYSTEM, document, None)
        elif document.kind == "end":
            await _end(conn, calls, document, await _running(calls, document, production))
        elif document.kind == "reversal":
            await _reverse(conn, calls, document, await _running(calls, document, production))
        else:
            await _confirm(conn, calls, document, await _running(calls, document, production))
    except TrytonRefuses as err:
        if err.changed:
            raise TrytonAway("the production was changed meanwhile") from err
        raise Parked(f"Tryton refuses: {err}", f"Put that right in Tryton, {AGAIN}") from err


async def _production(calls: Calls, document: Document) -> Production:
    production = await calls.production(int(document.external_id))
    if production is None:
        raise Parked("The production was deleted in Tryton.", "Nothing can be written any more: settle it by hand.")
    if production.state in ("cancelled", "draft", "request"):
        raise Parked(
            f"Production {production.number} is in state {production.state} in Tryton.",
            f"Put it back to Waiting there, {AGAIN}",
        )
    return production


async def _running(calls: Calls, document: Document, production: Production) -> Production:
    """The production, begun: its materials are taken from stock. One that is done stays so."""
    if production.state in ("running", "done"):
        return production
    if production.bom is not None and not production.inputs:
        # Made over an API a bill of material is not resolved, and Tryton would run it without taking any material.
        raise Parked(
            f"Production {production.number} has a bill of material and no materials.",
            f"Press Reset BOM on it in Tryton and save, {AGAIN}",
        )
    for state, command in (("waiting", "assign_try"), ("assigned", "run")):
        if production.state == state:
            said = await _asked(calls, f"model.production.{command}", [production.id])
            production = await _production(calls, document)
            if production.state == state:
                what = said or ("materials are missing" if state == "waiting" else "Tryton does not say why")
                cure = f"Assign it and run it in Tryton, or have the materials there, {AGAIN}"
                raise Parked(f"Production {production.number} stays {state}: {what}.", cure)
    return production


async def _confirm(conn: Connection, calls: Calls, document: Document, production: Production) -> None:
    receipt = Receipt(document.number, document.good, document.scrap)
    own, moves = await _own(conn, document), await calls.moves(production.outputs)
    before = frozenset(document.before or ())
    if not _applied(production, document):
        waste = await calls.waste(production) if receipt.scrap else None
        if receipt.scrap and waste is None:
            raise Parked(
                "The warehouse has no waste location, so scrap cannot be told.",
                f"Give the warehouse one in Tryton (Inventory & Stock, Locations), {AGAIN}",
            )
        before = frozenset(one.id for one in moves)
        await mark_sent(conn, SYSTEM, document, sorted(before))
        await _write(calls, production, receipts.write(production, moves, receipt, own, waste))
        production = await _production(calls, document)
        moves = await calls.moves(production.outputs)
    mine = receipts.found(moves, before, receipt)
    if mine is None:
        _differ(production, receipt)
    said = await _asked(calls, "model.stock.move.do", [one.id for one in mine if one.state != "done"])
    moves = await calls.moves((await _production(calls, document)).outputs)
    mine = receipts.found(moves, before, receipt)
    if mine is None or any(one.state != "done" for one in mine):
        _differ(production, receipt, said)
    await acknowledge(conn, SYSTEM, document, [one.id for one in mine])
    await put_amounts(conn, SYSTEM, document.external_id, production.state, receipts.sums(moves, production.product))


async def _reverse(conn: Connection, calls: Calls, document: Document, production: Production) -> None:
    """The moves of the confirmation that it takes back are cancelled: Tryton keeps them, and stock is as before."""
    records = await own_records(conn, SYSTEM, document.order)
    taken = frozenset(records.get(document.reverses or 0, ()))
    moves = await calls.moves(production.outputs)
    await mark_sent(conn, SYSTEM, document, [one.id for one in moves])
    live = [one.id for one in moves if one.id in taken and one.state in receipts.LIVE]
    said = await _asked(calls, "model.stock.move.cancel", live)
    moves = await calls.moves(production.outputs)
    if any(one.id in taken and one.state in receipts.LIVE for one in moves):
        cure = f"Let the user of mes cancel moves in Tryton (group Stock Cancellation), {AGAIN}"
        raise Parked(f"The moves of document {document.reverses} are not cancelled: {said}", cure)
    if not _applied(production, document):
        nothing = Receipt(document.number, receipts.NONE, receipts.NONE)
        own = await _own(conn, document)
        await _write(calls, production, receipts.write(production, moves, nothing, own, None))
        if (await _production(calls, document)).key != document.number:
            raise TrytonAway("the key was not written")
    await acknowledge(conn, SYSTEM, document, [])
    await put_amounts(conn, SYSTEM, document.external_id, production.state, receipts.sums(moves, production.product))


async def _end(conn: Connection, calls: Calls, document: Document, production: Production) -> None:
    """Done in Tryton with what was confirmed; what is lacking to the order stays lacking."""
    own, moves = await _own(conn, document), await calls.moves(production.outputs)
    await mark_sent(conn, SYSTEM, document, None)
    planned = _to_come(moves, own, production)
    if planned:
        await _write(calls, production, {"outputs": [["delete", planned]]})
        moves = [one for one in moves if one.id not in planned]
    confirmed = receipts.sums([one for one in moves if one.id in own], production.product)
    there = receipts.sums(moves, production.product)
    if confirmed != there:
        raise Parked(
            f"Production {production.number} has {plain(there[0])} good and {plain(there[1])} scrap in Tryton, "
            f"confirmed are {plain(confirmed[0])} and {plain(confirmed[1])}.",
            f"Cancel the moves that were entered by hand in Tryton, or correct the order here, {AGAIN}",
        )
    if production.state != "done":
        said = await _asked(calls, "model.production.do", [production.id])
        production = await _production(calls, document)
        if production.state != "done":
            raise Parked(f"Production {production.number} is not done: {said}", f"Put that right in Tryton, {AGAIN}")
    await acknowledge(conn, SYSTEM, document, None)
    await put_amounts(conn, SYSTEM, document.external_id, production.state, there)


def _to_come(moves: Sequence[Move], own: frozenset[int], production: Production) -> list[int]:
    return [one.id for one in moves if one.id not in own and one.state == "draft" and one.product == production.product]


def _applied(production: Production, document: Document) -> bool:
    """Whether Tryton has this document by its key; Parked where the key is neither this one nor the one before."""
    if production.key == document.number:
        return True
    if production.key == document.key_before:
        return False
    wanted = production.with_key(document.key_before) if document.key_before else "empty of shopfloor:<number>"
    raise Parked(
        f"The reference of production {production.number} was changed in Tryton: nobody knows what it has.",
        f"Compare its moves with GET /api/v1/documents, make its Reference '{wanted}', {AGAIN}",
    )


def _differ(production: Production, receipt: Receipt, said: str = "") -> NoReturn:
    text = f"Production {production.number} does not have {plain(receipt.good)} good and {plain(receipt.scrap)} scrap"
    raise Parked(f"{text} as they were written. {said}".strip(), f"Look at its output moves in Tryton, {AGAIN}")


async def _own(conn: Connection, document: Document) -> frozenset[int]:
    records = await own_records(conn, SYSTEM, document.order)
    return frozenset(one for ids in records.values() for one in ids)


async def _write(calls: Calls, production: Production, values: dict[str, object]) -> None:
    """Only if the production is as it was read."""
    stamp: dict[str, object] = {"_timestamp": {f"production,{production.id}": production.timestamp}}
    await calls.ask("model.production.write", [production.id], values, context=stamp)


async def _asked(calls: Calls, method: str, ids: Sequence[int]) -> str:
    """Ask for a change of state; the words of a refusal, as it may have happened before: whoever asks looks."""
    if not ids:
        return ""
    try:
        await calls.ask(method, list(ids))
    except TrytonRefuses as err:
        return str(err)
    return ""
