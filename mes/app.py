"""The web application of mes: pages, walls, the ERP's interface, health."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from functools import cache
from importlib.resources import files
from typing import Any

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles
from starlette.routing import BaseRoute

from config.plant import Plant
from mes import health
from mes.alarms import pages_chain, pages_detectors, pages_figures, pages_link, pages_push, pages_rules
from mes.alarms.rosters import pages as roster_pages
from mes.alarms.rosters import pages_change
from mes.erp import pages_calendar, pages_targets
from mes.erp import routes as api
from mes.erp.entries import pages as entry_pages
from mes.erp.reconciliation import pages as reconciliation_pages
from mes.erp.store_act_lines import lines_of_act
from mes.keeper.refresh_loop import Refresh
from mes.losses import pages as stop_pages
from mes.maintenance import pages as call_pages
from mes.maintenance import pages_requests
from mes.nodes import pages as node_pages
from mes.orders import pages as order_pages
from mes.orders import pages_labour, pages_order
from mes.orders.board import pages as board_pages
from mes.orders.products import pages as product_pages
from mes.people import pages_crew, pages_login, pages_station
from mes.people.accounts import pages_account, pages_audit, pages_authority, pages_demo, pages_openid, pages_people
from mes.people.programs import routes_token
from mes.people.store_keys import KeyStore
from mes.people.store_known import PersonStore
from mes.quality import pages as quality_pages
from mes.quality import pages_chart
from mes.screens.engineer import pages as tag_pages
from mes.screens.engineer import pages_losses
from mes.screens.explain import pages as explain_pages
from mes.screens.figures import pages as figure_pages
from mes.screens.figures.counts import Counts
from mes.screens.figures.meter_loop import Meter
from mes.screens.home import pages as home_pages
from mes.screens.home.store_home import HomeReader
from mes.screens.maintenance import pages as alarm_pages
from mes.screens.operator import pages as operator_pages
from mes.screens.plant import pages as plant_pages
from mes.screens.report import pages as report_pages
from mes.screens.report import pages_schedules
from mes.screens.setup import pages as setup_pages
from mes.screens.trends import pages as trend_pages
from mes.screens.wall import pages as wall_pages
from mes.screens.wall.broadcast_loop import Channel
from mes.screens.wall.store_wall import LineReader, SiteReader
from mes.web.access.access import Access
from mes.web.access.door import Door
from mes.web.access.keys import need_person
from mes.web.access.openid import Provider, need_library
from mes.web.access.scopes import scopes_in
from mes.web.asked import need_known_query
from mes.web.context import Context
from mes.web.pages import TheLanguage, away_page, page_of, problem_page
from mes.web.problems import add_handlers
from mes.web.workers import Workers
from runtime.health import Health
from runtime.lending import Connection, Pool
from runtime.settings import BadSetting, Settings

PAGES = (
    pages_login,
    pages_station,
    pages_crew,
    home_pages,
    wall_pages,
    operator_pages,
    call_pages,
    roster_pages,
    pages_change,
    pages_requests,
    pages_account,
    pages_people,
    pages_audit,
    pages_demo,
    pages_authority,
    report_pages,
    pages_openid,
    pages_schedules,
    stop_pages,
    alarm_pages,
    pages_figures,
    pages_detectors,
    pages_rules,
    pages_chain,
    pages_link,
    pages_push,
    board_pages,
    order_pages,
    pages_order,
    pages_labour,
    product_pages,
    quality_pages,
    node_pages,
    reconciliation_pages,
    entry_pages,
    pages_calendar,
    pages_targets,
    trend_pages,
    tag_pages,
    pages_losses,
    plant_pages,
    setup_pages,
)

# What a worker computes; see mes/web/workers.py.
HEAVY = (
    stop_pages,
    quality_pages,
    pages_chart,
    trend_pages,
    report_pages,
    explain_pages,
    figure_pages,
    pages_losses,
)


def create_app(
    settings: Settings,
    plant: Plant,
    pool: Pool,
    refresh: Refresh,
    loops: Health | None = None,
    workers: Workers | None = None,
    *,
    asks_who: bool = True,
) -> FastAPI:
    """The application; its pool is opened and closed by whoever made it, `loops` are those of its process.

    Without `workers` it computes heavy answers itself, as a worker does. A worker asks nobody who they are: that was
    settled before.

    While no program has a key and nobody can log in, it is open where it listens on this machine only.
    """
    stored = KeyStore(pool) if asks_who else None
    access = Access(settings.api_keys, settings.host, _scopes(settings), stored)
    health_ = loops or Health("mes", settings.watchdog.total_seconds())
    context = Context(
        settings,
        plant,
        pool,
        refresh,
        access,
        health_,
        persons=_persons(settings, plant, pool),
        openid=_openid(settings),
    )
    app = FastAPI(
        title="shopfloor",
        summary="Equipment, states, counts, KPIs, orders and alarms of one plant.",
        description=api.DESCRIPTION,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        openapi_tags=api.TAGS,
        routes=_routes(),
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=_lifespan,
    )
    app.state.context = context
    app.state.readers = {line.id: LineReader(context, line) for line in plant.lines}
    app.state.channels = {id_: Channel(id_, reader.look, refresh) for id_, reader in app.state.readers.items()}
    app.state.channels[wall_pages.SITE] = Channel(wall_pages.SITE, SiteReader(context).look, refresh)
    app.state.home = HomeReader(context, SiteReader(context))
    app.state.rendered = {}
    app.state.workers = workers
    app.add_middleware(Door)
    app.state.counts = Counts()
    app.add_middleware(Meter, counts=app.state.counts)
    add_handlers(app, away_page, problem_page)
    known = [Depends(need_known_query), Depends(need_person)]
    app.add_api_route("/docs", _docs, include_in_schema=False, response_class=HTMLResponse, dependencies=known)
    app.mount("/static", StaticFiles(directory=str(files("mes.web").joinpath("static"))), name="static")
    return app


@cache
def _routes() -> list[BaseRoute]:
    """Of every application in this process: to read from signatures what each of them takes is half a second's work."""
    every = APIRouter(dependencies=[Depends(need_known_query)])
    every.include_router(api.router, prefix=api.PREFIX)
    for beside in (routes_token, health):
        every.include_router(beside.router)
    needed = [Depends(need_person)]
    for part in PAGES:
        every.include_router(part.router, dependencies=needed)
    for computed in HEAVY:
        every.include_router(computed.heavy, dependencies=needed)
    # Whoever comes back from a provider brings keys of its own.
    coming = APIRouter()
    coming.include_router(pages_openid.callback)
    return [*every.routes, *coming.routes]


def _persons(settings: Settings, plant: Plant, pool: Pool) -> PersonStore:
    async def lines_of(conn: Connection, address: str, parameters: Mapping[str, Any]) -> frozenset[str] | None:
        return await lines_of_act(conn, plant, address, parameters)

    return PersonStore(pool, plant.site.id, lines_of, enforced=settings.roles_enforced)


def _openid(settings: Settings) -> Provider | None:
    if settings.openid is None:
        return None
    need_library()
    return Provider(settings.openid)


def _scopes(settings: Settings) -> dict[str, frozenset[str]]:
    """What the keys of the environment are good for, where a setting narrows it."""
    found = {}
    for who, text in settings.api_scopes.items():
        name = f"SHOPFLOOR_API_SCOPES_{who.upper()}"
        if who not in settings.api_keys:
            raise BadSetting(f"{name} narrows a key that is not set: set SHOPFLOOR_API_KEY_{who.upper()}")
        try:
            found[who] = scopes_in(text)
        except ValueError as err:
            raise BadSetting(f"{name}: {err}") from err
    return found


async def close_walls(app: FastAPI) -> None:
    """End all event streams, so that a server that stops need not wait for its screens."""
    for channel in app.state.channels.values():
        await channel.close()


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    yield
    await close_walls(app)
    if app.state.workers is not None:
        await app.state.workers.close()


async def _docs(request: Request, language: TheLanguage) -> HTMLResponse:
    """The API's description, readable without any network; it is in English, whatever the pages are in."""
    return page_of(request, "docs.html", language)
