"""/board: orders by how they stand, and by machine over time; releasing and dragging are all that changes here."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from config.device import Name
from config.shifts import day_at, day_span
from contract.sample import from_us, to_us
from mes.calendar.store import read_calendar
from mes.orders.board.columns import columns_of
from mes.orders.board.gantt import AHEAD, BACK, chart_of
from mes.orders.board.store import board_orders, open_operations, place_before, runs_in
from mes.orders.models import CommandBody
from mes.orders.operation_states import Command
from mes.orders.products.store import product_names
from mes.orders.store_commands import command_operation
from mes.web.access.author import author_named, named_in
from mes.web.bounds import Letters
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import TheLanguage, form_of, formats_of, page_of
from mes.web.problems import Problem
from mes.web.words import words

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/board")
async def board(
    request: Request, context: TheContext, language: TheLanguage, trouble: Annotated[Letters, Query()] = ""
) -> HTMLResponse:
    """The board and the chart as they are known now."""
    now = datetime.now(UTC)
    async with context.pool.connection(LEND_S) as conn:
        calendar = await read_calendar(conn, context.plant.site)
        since = from_us(day_span(calendar, day_at(calendar, to_us(now)))[0])
        found = await board_orders(conn, context.plant, since)
        runs = await runs_in(conn, now - BACK, now + AHEAD)
        names = await product_names(conn, context.plant, {order.product for order in found})
    formats, w = formats_of(context, language), words(language)
    called = {line.id: line.name for line in context.plant.lines}
    called |= {machine.id: machine.name for machine in context.plant.machines}
    return page_of(
        request,
        "orders_board.html",
        language,
        columns=columns_of(found, since),
        chart=chart_of(now, runs, open_operations(found), _places(context)),
        names=names,
        name_of=lambda id_: called.get(id_, Name(en=id_, zh=id_)),
        share=lambda order: 0.0 if order.good is None else min(100.0, float(100 * order.good / order.quantity)),
        moment=lambda at: formats.moment(to_us(at)),
        clock=lambda at: formats.clock(to_us(at)),
        late=formats.late,
        first=lambda order: next((one for one in order.operations if "release" in one.allowed), None),
        trouble=w.get(f"board.{trouble}", "") if trouble else "",
    )


@router.post("/board/{id_}/release")
async def release(request: Request, context: TheContext, id_: UUID) -> Response:
    """Allow an operation to start; back to the board."""
    form = await form_of(request)
    try:
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            author = author_named(request, named_in(request, form))
            await command_operation(conn, context.plant, id_, Command.RELEASE, CommandBody(), author)
    except Problem as err:
        return _back(err)
    return RedirectResponse("/board", 303)


@router.post("/board/{id_}/place")
async def place(request: Request, context: TheContext, id_: UUID) -> Response:
    """Put an operation before another one, or last; back to the board."""
    form = await form_of(request)
    try:
        before = UUID(form["before"]) if form.get("before") else None
        async with context.pool.connection(LEND_S) as conn, conn.transaction():
            await place_before(conn, context.plant, id_, before, author_named(request, named_in(request, form)))
    except Problem as err:
        return _back(err)
    except ValueError:
        return RedirectResponse("/board?trouble=changed", 303)
    return RedirectResponse("/board", 303)


def _back(err: Problem) -> Response:
    if err.roles:
        raise err
    return RedirectResponse("/board?trouble=changed", 303)


def _places(context: Context) -> dict[str, str]:
    """The row of each machine and line: a line has the row of the machine that counts for it."""
    found = {}
    for line in context.plant.lines:
        for machine in line.machines:
            found[machine.id] = machine.id
        found[line.id] = line.output_machine
    return found
