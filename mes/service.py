"""mes: keeps the facts, serves the wall and the API, in one process."""

import asyncio
import signal
import time
from contextlib import suppress
from datetime import UTC, datetime

import psycopg
import structlog
import uvicorn
from psycopg_pool import PoolTimeout

from config.logs import start_logging
from config.plant import Plant
from config.settings import BadSetting, Settings, is_loopback
from contract.database import async_pool, connect
from contract.sample import to_us
from mes.dashboard.app import close_walls, create_app
from mes.orders import load_orders, put_order, refresh_progress
from mes.recompute import AnotherMes, Recompute
from mes.refresh import Refresh

log = structlog.get_logger()
PROGRESS_EVERY_S = 2.0
BACK_OFF_S = 1.0


def run(settings: Settings, plant: Plant) -> int:
    """Serve until SIGTERM or SIGINT; 0."""
    start_logging("mes")
    _check(settings)
    return asyncio.run(_serve(settings, plant))


def _check(settings: Settings) -> None:
    if is_loopback(settings.host):
        return
    if settings.tls_certificate is None and not settings.plaintext_allowed:
        raise BadSetting(
            f"SHOPFLOOR_HOST={settings.host} would serve plain HTTP: set SHOPFLOOR_TLS_CERTIFICATE and "
            "SHOPFLOOR_TLS_KEY, or SHOPFLOOR_ALLOW_PLAINTEXT=yes behind a proxy that has them"
        )


async def _serve(settings: Settings, plant: Plant) -> int:
    database = settings.need_database()
    wishes = load_orders(settings.orders, plant) if settings.orders else []
    pool = async_pool(database, "mes", max_size=8)
    refresh = Refresh()
    app = create_app(settings, plant, pool, refresh)
    server = _server(settings, app)
    ending = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ending.set)
    await pool.open()
    async with pool.connection() as conn:
        for wish in wishes:
            await put_order(conn, wish, "orders file")
    tasks = [
        asyncio.create_task(_keep_facts(database, plant, refresh), name="facts"),
        asyncio.create_task(_keep_progress(pool, plant), name="progress"),
        asyncio.create_task(server.serve(), name="web"),
        asyncio.create_task(ending.wait(), name="ending"),
    ]
    log.info("mes_ready", host=settings.host, port=settings.port)
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    await close_walls(app)
    server.should_exit = True
    for task in tasks[:2]:
        task.cancel()
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*tasks[:3], return_exceptions=True), 4)
    await pool.close(1)
    for task in done:
        if not task.cancelled() and task.exception() is not None:
            _explain(task.exception(), settings)
    log.info("mes_stopped")
    return 0


def _explain(err: BaseException | None, settings: Settings) -> None:
    """Raise what a person can put right as one line, and everything else as it is."""
    if isinstance(err, AnotherMes):
        raise BadSetting(str(err)) from err
    if isinstance(err, SystemExit):
        raise BadSetting(
            f"port {settings.port} on {settings.host} is taken: end the program that uses it, or set SHOPFLOOR_PORT"
        ) from err
    if err is not None:
        raise err


def _server(settings: Settings, app: object) -> uvicorn.Server:
    config = uvicorn.Config(
        app,  # type: ignore[arg-type]  # FastAPI is an ASGI application
        host=settings.host,
        port=settings.port,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        lifespan="on",
    )
    server = uvicorn.Server(config)
    # Signals are ours: uvicorn would raise them again after its end.
    server.capture_signals = suppress  # type: ignore[assignment,method-assign]
    return server


async def _keep_facts(database: str, plant: Plant, refresh: Refresh) -> None:
    """Recompute when frames come, and at least each second; outlives the database."""
    away = False
    while True:
        try:
            recompute = await asyncio.to_thread(lambda: Recompute(connect(database, "mes-facts"), plant))
            await asyncio.to_thread(recompute.claim)
            if away:
                log.info("database_back")
            away = False
            refresh.alive = True
            try:
                await _follow(recompute, refresh)
            finally:
                recompute.conn.close()
        except psycopg.OperationalError as err:
            if not away:
                log.warning("database_away", reason=str(err).splitlines()[0])
            away, refresh.alive = True, False
            await asyncio.sleep(BACK_OFF_S)


async def _follow(recompute: Recompute, refresh: Refresh) -> None:
    recompute.conn.execute("LISTEN shopfloor_frame")
    while True:
        changed = await asyncio.to_thread(recompute.step)
        if changed:
            await refresh.tell()
        else:
            await asyncio.to_thread(_heard, recompute)
        # Many small frames become one step; a wall that is 50 ms younger helps nobody.
        await asyncio.sleep(0.05)


def _heard(recompute: Recompute) -> None:
    """Return when a frame has been announced, after a second at the latest."""
    for _ in recompute.conn.notifies(timeout=1.0, stop_after=1):
        return


async def _keep_progress(pool: object, plant: Plant) -> None:
    """The progress of running orders, every two seconds; silent while the database is away."""
    while True:
        began = time.monotonic()
        with suppress(psycopg.OperationalError, PoolTimeout):
            async with pool.connection() as conn:  # type: ignore[attr-defined]  # the pool of contract.database
                await refresh_progress(conn, plant, to_us(datetime.now(UTC)))
        await asyncio.sleep(max(0.2, PROGRESS_EVERY_S - (time.monotonic() - began)))
