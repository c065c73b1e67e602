"""The web application of mes: pages, walls, the ERP's interface, health."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files

from fastapi import Depends, FastAPI
from fastapi.responses import HTMLResponse
from fastapi.staticfiles import StaticFiles

from config.health import Health
from config.plant import Plant
from config.settings import BadSetting, Settings, is_loopback
from contract.lending import Pool
from mes import health
from mes.dashboard import node_page, pages, stop_pages
from mes.dashboard.broadcast import Channel
from mes.dashboard.door import Door
from mes.dashboard.read import LineReader
from mes.dashboard.render import page
from mes.erp import api
from mes.erp.access import Access
from mes.erp.beside import Workers
from mes.erp.house import House
from mes.erp.known_query import need_known_query
from mes.erp.problems import add_handlers
from mes.refresh import Refresh


def create_app(
    settings: Settings,
    plant: Plant,
    pool: Pool,
    refresh: Refresh,
    loops: Health | None = None,
    workers: Workers | None = None,
) -> FastAPI:
    """The application; its pool is opened and closed by whoever made it, `loops` are those of its process.

    Without `workers` it computes heavy answers itself, as a worker does.

    Without API keys it is open to everybody who reaches it, so it then refuses any address but this machine's own.
    """
    if not settings.api_keys and not is_loopback(settings.host):
        raise BadSetting(
            f"SHOPFLOOR_HOST={settings.host} is reachable from outside and no key is set: "
            "set SHOPFLOOR_API_KEY_<WHO>=<16 characters or more>, or SHOPFLOOR_HOST=127.0.0.1"
        )
    access = Access(settings.api_keys, settings.host)
    house = House(settings, plant, pool, refresh, access, loops or Health("mes", settings.watchdog.total_seconds()))
    app = FastAPI(
        title="shopfloor",
        summary="Equipment, states, counts, KPIs, orders and alarms of one plant.",
        description=api.DESCRIPTION,
        version="1",
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        openapi_tags=api.TAGS,
        dependencies=[Depends(need_known_query)],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        lifespan=_lifespan,
    )
    app.state.house = house
    app.state.channels = {line.id: Channel(line.id, LineReader(house, line).look, refresh) for line in plant.lines}
    app.state.rendered = {}
    app.state.workers = workers
    app.add_middleware(Door)
    add_handlers(app, pages.away_page)
    app.include_router(api.router)
    app.include_router(pages.router)
    app.include_router(stop_pages.router)
    app.include_router(stop_pages.heavy)
    app.include_router(node_page.router)
    app.include_router(health.router)
    app.add_api_route("/docs", _docs, include_in_schema=False, response_class=HTMLResponse)
    app.mount("/static", StaticFiles(directory=str(files("mes.dashboard").joinpath("static"))), name="static")
    return app


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


async def _docs() -> HTMLResponse:
    """The API's description, readable without any network."""
    return HTMLResponse(page("docs.html", "en"))
