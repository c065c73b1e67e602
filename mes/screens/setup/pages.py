"""/setup: the first hour in a browser: name the plant, let an agent look at a PLC, choose tags, see live numbers."""

from typing import Annotated
from uuid import UUID
from zoneinfo import available_timezones

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from config.device import Role
from config.load import BadPlantFile, parse_plant
from config.plant_text import CannotEdit
from mes.plant_file.store import text_now
from mes.plant_file.store_discovery import Found, ask, found, nodes, stop
from mes.screens.plant.pages import checked_page
from mes.screens.setup.draft import PATTERNS, STATES, CannotBeUsed, Chosen, Machine, machine_text, site_text
from mes.web.access.author import author_named, named_in
from mes.web.bounds import ONE_LINE
from mes.web.context import LEND_S, Context, TheContext
from mes.web.pages import TheLanguage, form_of, page_of
from mes.web.problems import Problem

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
SHOWN = 60
MOST_FIELDS = 8 * SHOWN + 20
MOST_BYTES = 200_000
TYPES = ("bool", "int16", "uint16", "int32", "uint32", "float32", "float64")


@router.get("/setup")
async def setup(request: Request, context: TheContext, language: TheLanguage) -> HTMLResponse:
    """The four steps, and how far they are."""
    text = text_now(context.settings.plant)
    plant = parse_plant(text) if text else context.plant
    async with context.pool.connection(LEND_S) as conn:
        known = await nodes(conn)
    return page_of(
        request,
        "setup.html",
        language,
        plant=plant,
        zones=sorted(available_timezones()),
        patterns=PATTERNS,
        agents={node: known.get(node, "unknown") for node in plant.edges},
        broker=context.settings.broker is not None,
        tagged=[machine for machine in plant.machines if machine.tags],
    )


@router.post("/setup/site")
async def name_it(request: Request, context: TheContext, language: TheLanguage) -> Response:
    """The plant's names, zone and shifts, to be looked at before they are applied."""
    form = await form_of(request)
    text = text_now(context.settings.plant)
    try:
        new = site_text(text, form.get("en", ""), form.get("zh", ""), form.get("zone", ""), form.get("pattern", ""))
    except CannotEdit as err:
        raise Problem(422, f"{err}", "Use the page of the plant file.") from err
    return checked_page(request, context, language, new, form, "/setup")


@router.post("/setup/discover")
async def discover(request: Request, context: TheContext) -> Response:
    """Ask an agent to look at a device."""
    form = await form_of(request)
    name = named_in(request, form)
    if not name:
        raise Problem(422, "Write your name: it is kept with what is asked for.")
    node, address = form.get("node", ""), form.get("address", "").strip()
    if node not in context.plant.edges:
        raise Problem(422, f"There is no edge agent '{node}'.", f"Choose one of {', '.join(context.plant.edges)}.")
    action, device, asked = _looked_for(form, address)
    async with context.pool.connection(LEND_S) as conn, conn.transaction():
        id_ = await ask(conn, node, action, device, asked, author_named(request, name))
    return RedirectResponse(f"/setup/found/{id_}", 303)


@router.get("/setup/found/{id_}")
async def what_was_found(
    request: Request,
    context: TheContext,
    language: TheLanguage,
    id_: UUID,
    q: Annotated[str, Query(max_length=80, pattern=ONE_LINE)] = "",
) -> HTMLResponse:
    """How far it is; at its end the rows to choose from."""
    async with context.pool.connection(LEND_S) as conn:
        told = await found(conn, id_)
    rows = _rows(told)
    fit = [
        (n, row) for n, row in rows if all(word in " ".join(row.values()).casefold() for word in q.casefold().split())
    ]
    return page_of(
        request,
        "setup_found.html",
        language,
        told=told,
        rows=fit[:SHOWN],
        fitting=len(fit),
        all=len(rows),
        q=q,
        plant=context.plant,
        roles=[role.value for role in Role if role is not Role.ALARM_WORD],
        types=TYPES,
        modbus=told.action == "scan",
        states=STATES,
    )


@router.post("/setup/found/{id_}/stop")
async def end_it(context: TheContext, id_: UUID) -> Response:
    """What was found until now is enough."""
    async with context.pool.connection(LEND_S) as conn:
        await stop(conn, id_)
    return RedirectResponse(f"/setup/found/{id_}", 303)


@router.post("/setup/found/{id_}/choose")
async def choose(request: Request, context: TheContext, language: TheLanguage, id_: UUID) -> Response:
    """The plant file with the chosen tags, to be looked at before it is applied."""
    form = await form_of(request, most_fields=MOST_FIELDS, most_bytes=MOST_BYTES)
    async with context.pool.connection(LEND_S) as conn:
        told = await found(conn, id_)
    machine = _machine(form, context)
    tags = [
        Chosen(
            name=form.get(f"n{n}", "").strip(),
            role=form.get(f"r{n}", ""),
            type=form.get(f"t{n}", "") or row.get("type", ""),
            unit=form.get(f"e{n}", "").strip(),
            scale=form.get(f"s{n}", "").strip(),
            states=form.get(f"c{n}", ""),
            row=row,
        )
        for n, row in _rows(told)
        if f"u{n}" in form
    ]
    protocol = "modbus" if told.action == "scan" else "opcua"
    try:
        new = machine_text(text_now(context.settings.plant), told.device, protocol, told.node, machine, tags)
    except (CannotEdit, CannotBeUsed, BadPlantFile) as err:
        raise Problem(422, f"{err}", "Go back and choose again, or use the page of the plant file.") from err
    return checked_page(request, context, language, new, form, f"/tags?machine={machine.id}")


def _looked_for(form: dict[str, str], address: str) -> tuple[str, dict[str, object], dict[str, object]]:
    """Scan or browse, the keys of the device, and the span of a scan."""
    if form.get("protocol") == "opcua":
        url = address if address.startswith("opc.tcp://") else f"opc.tcp://{address}"
        return "browse", {"url": url}, {}
    host, _, port = address.removeprefix("modbus://").partition(":")
    try:
        device: dict[str, object] = {"host": host, "port": int(port or 502), "unit": int(form.get("unit") or 1)}
        first, last = int(form.get("first") or 0), int(form.get("last") or 199)
    except ValueError as err:
        raise Problem(422, "Port, unit and registers are whole numbers.", "Write 192.0.2.10:502.") from err
    if not host or not 0 <= first <= last <= 65_535:
        raise Problem(422, "An address and registers from 0 to 65535 are needed.", "Write 192.0.2.10:502.")
    return "scan", device, {"table": form.get("table", "holding"), "first": first, "last": last}


def _machine(form: dict[str, str], context: Context) -> Machine:
    """The machine that was chosen, or the new one."""
    chosen = form.get("machine", "")
    known = {machine.id: machine for machine in context.plant.machines}
    new = chosen.startswith("new:")
    id_ = form.get("id", "").strip() if new else chosen
    if not new and id_ not in known:
        raise Problem(422, "Choose a machine.", "Or a new one on a line.")
    here = None if new else known[id_].name
    en = form.get("en", "").strip() or (here.en if here else id_)
    zh = form.get("zh", "").strip() or (here.zh if here else en)
    cycle = form.get("cycle", "").strip()
    seconds = f"{cycle}s" if cycle.replace(".", "", 1).isdigit() else cycle
    return Machine(id_, en, zh, seconds, chosen.removeprefix("new:") if new else None)


def _rows(told: Found) -> list[tuple[int, dict[str, str]]]:
    return [(n, dict(zip(told.columns, row, strict=False))) for n, row in enumerate(told.rows)]
