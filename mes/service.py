"""mes: keeps the facts, serves the wall and the API, in one process."""

import asyncio
import errno
import resource
import socket
import ssl
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Protocol
from uuid import UUID

import psycopg
import structlog
import uvicorn
from fastapi import FastAPI

from config.load import BadPlantFile, load_plant
from config.plant import Plant
from contract.sample import to_us
from mes.alarms.rosters.store_demo import make_on_call
from mes.app import close_walls, create_app
from mes.erp.connectors.tryton.tryton_loop import TrytonLoop
from mes.erp.events.publisher_loop import PublisherLoop
from mes.erp.events.store_alarms import forget_told, tell_alarms
from mes.erp.events.store_days import tell_closed_days
from mes.erp.webhooks.deliver_loop import WebhooksLoop
from mes.erp.webhooks.store_deliveries import forget_deliveries
from mes.feed.sequencer_loop import SequencerLoop
from mes.feed.store_idempotency import forget_answers
from mes.feed.store_outbox import tell_in_thread
from mes.feed.store_sequencer import forget_events
from mes.keeper.facts_loop import FactsLoop
from mes.keeper.refresh_loop import Refresh
from mes.keeper.store_claim import AnotherMes
from mes.kpi.store_policies import ChangedPolicy
from mes.maintenance.store_requests import keep_requests, requesting
from mes.maintenance.store_run_hours import PreventiveWork
from mes.orders.confirmations.due import Tried
from mes.orders.confirmations.store import confirm_due
from mes.orders.file import load_orders
from mes.orders.quantities.store_quality import book_defects
from mes.orders.quantities.store_sums import make_sums
from mes.orders.store import bind_orders, take_order
from mes.orders.store_progress import Histories, refresh_progress, tell_faulty
from mes.orders.wish import OrderWish
from mes.people.accounts.store_demo import make_people
from mes.people.accounts.store_links import first_link
from mes.people.programs.store_tokens import forget_tokens
from mes.people.store_sessions import forget_sessions
from mes.people.store_sign_on import end_forgotten
from mes.plant_file.discovery_loop import DiscoveryLoop
from mes.plant_file.store import newest_sha256
from mes.screens.figures.figures_loop import keep_figures
from mes.screens.report.reports_loop import ReportsLoop
from mes.values.hours_loop import HoursLoop
from mes.web.context import Context
from mes.web.patience import PatientProtocol
from mes.web.workers import Workers
from runtime.database import async_pool
from runtime.ending import on_request_in_loop
from runtime.guard import Guard
from runtime.health import Health
from runtime.lending import Pool
from runtime.logs import start_logging
from runtime.memory import keep_for_good
from runtime.own_authority import CannotBeUsed, OwnAuthority, fingerprint_of
from runtime.plant_file import fingerprint
from runtime.pulse import keep_pulse
from runtime.settings import BadSetting, Settings, is_loopback

log = structlog.get_logger()
PROGRESS_EVERY_S = 2.0
PLANT_EVERY_S = 1.0
LONGEST_REST_S = 10.0
RENEWAL_EVERY_S = 24 * 3600.0
SUMS_EVERY_S = 60.0  # so often somebody looks whether a sum is missing, when none was
# A step may remake six hours of a machine: it is late only after this.
LONG_STEP_S = 600.0
MOST_CONNECTIONS = 2000


def run(settings: Settings, plant: Plant) -> int:
    """Serve until SIGTERM or SIGINT; 0."""
    start_logging("mes")
    settings = with_own_certificate(settings)
    _check(settings)
    while asyncio.run(_serve(settings, plant)):
        # Somebody has applied another plant file: everything that was made of the old one is made anew.
        try:
            plant = load_plant(settings.plant)
        except BadPlantFile as err:
            log.error("plant_file_refused", reasons=str(err).splitlines(), cure="the old one stays in use")
    return 0


def with_own_certificate(settings: Settings) -> Settings:
    """The settings with the certificate of our own authority, made where it is missing or ends soon."""
    if settings.own_authority is None:
        return settings
    own = OwnAuthority(settings.own_authority, settings.https_names)
    try:
        if own.ensure(datetime.now(UTC)):
            log.info("certificate_made", names=list(own.names), authority=fingerprint_of(own.authority))
    except CannotBeUsed as err:
        raise BadSetting(str(err)) from err
    return replace(settings, tls_certificate=own.certificate, tls_key=own.key)


async def _renew(settings: Settings, server: uvicorn.Server) -> None:
    """Each day, look whether our own certificate ends soon; new connections then get another one."""
    while settings.own_authority is not None:
        await asyncio.sleep(RENEWAL_EVERY_S)
        try:
            if server.config.ssl is not None:
                await asyncio.to_thread(renew, settings, server.config.ssl)
        except BadSetting as err:
            log.warning("certificate_not_renewed", reason=str(err))


def renew(settings: Settings, context: ssl.SSLContext) -> None:
    """From now on connections get the certificate that is good for longest; those that are open keep theirs."""
    own = with_own_certificate(settings)
    if own.tls_certificate is not None:
        context.load_cert_chain(own.tls_certificate, own.tls_key)


def _check(settings: Settings) -> None:
    """BadSetting where mes would speak in plain text to strangers, or its certificate cannot be used."""
    if settings.tls_certificate is None:
        if not is_loopback(settings.host) and not settings.plaintext_allowed:
            raise BadSetting(
                f"SHOPFLOOR_HOST={settings.host} would serve plain HTTP: set SHOPFLOOR_HTTPS=own, or "
                "SHOPFLOOR_TLS_CERTIFICATE and SHOPFLOOR_TLS_KEY, "
                "or SHOPFLOOR_ALLOW_PLAINTEXT=yes behind a proxy that has them"
            )
        return
    try:
        # An empty password instead of a question at the terminal: nobody sits in front of a service.
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(settings.tls_certificate, settings.tls_key, password="")
    except OSError as err:
        raise BadSetting(
            f"SHOPFLOOR_TLS_CERTIFICATE={settings.tls_certificate} with SHOPFLOOR_TLS_KEY={settings.tls_key} "
            f"cannot be used ({err.strerror or err}): give two PEM files that belong together, the key without password"
        ) from err


def _bind(settings: Settings) -> socket.socket:
    """The socket that mes listens on, or BadSetting; before anything else, so that a taken port is told at once."""
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        return socket.create_server((settings.host, settings.port), family=family, backlog=2048)
    except OSError as err:
        if err.errno == errno.EADDRINUSE:
            cure = f"port {settings.port} on {settings.host} is taken: end the program that uses it, or set"
            raise BadSetting(f"{cure} SHOPFLOOR_PORT") from err
        raise BadSetting(
            f"cannot listen on SHOPFLOOR_HOST={settings.host}, SHOPFLOOR_PORT={settings.port} "
            f"({err.strerror or err}): give an address of this machine, and a port that this user may open"
        ) from err


def _allow_files() -> None:
    """As many open files as the connections need, where the system allows them: many start a service with 1024."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * MOST_CONNECTIONS
    if 0 <= soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted if hard < 0 else min(wanted, hard), hard))


async def _serve(settings: Settings, plant: Plant) -> bool:
    """Until a request to end (False), or until another plant file was applied (True)."""
    read = fingerprint(settings.plant)
    database = settings.need_database()
    wishes = load_orders(settings.orders, plant) if settings.orders else []
    pool = async_pool(database, "mes", max_size=8)
    refresh = Refresh()
    health = Health("mes", settings.watchdog.total_seconds())
    workers = Workers(settings, plant)
    app = create_app(settings, plant, pool, refresh, health, workers)
    keep_for_good()
    door = _bind(settings)
    _allow_files()
    server = _server(settings, app)
    ending = asyncio.Event()
    on_request_in_loop(ending.set)
    await pool.open()
    databases = _database_loops(settings, app.state.context)
    loops: list[asyncio.Task[Any]] = [asyncio.create_task(one.run(), name=name) for name, one in databases.items()]

    def lost() -> None:
        for one in databases.values():
            one.lost()

    loops += [
        asyncio.create_task(_keep_orders(pool, plant, wishes), name="orders"),
        asyncio.create_task(keep_pulse(database, pool, lost, Guard("pulse")), name="pulse"),
    ]
    web: asyncio.Task[Any] = asyncio.create_task(server.serve(sockets=[door]), name="web")
    warming = asyncio.create_task(workers.warm())
    renewing = asyncio.create_task(_renew(settings, server))
    inviting = asyncio.create_task(_invite(pool, settings, plant))
    log.info("mes_ready", host=settings.host, port=settings.port)
    asked: asyncio.Task[Any] = asyncio.create_task(ending.wait(), name="ending")
    applied: asyncio.Task[Any] = asyncio.create_task(_plant_applied(settings, pool, read), name="plant")
    loops += [applied, asyncio.create_task(keep_figures(pool, app.state.counts), name="figures")]
    done, _ = await asyncio.wait([*loops, web, asked], return_when=asyncio.FIRST_COMPLETED)
    again = done == {applied}
    await close_walls(app)
    server.should_exit = True
    for task in loops:
        task.cancel()
    with suppress(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*loops, web, return_exceptions=True), 4)
    warming.cancel()
    inviting.cancel()
    renewing.cancel()
    await workers.close()
    await pool.close(1)
    for task in done:
        if not task.cancelled():
            _explain(task.exception())
    log.info("plant_file_applied" if again else "mes_stopped")
    return again


async def _plant_applied(settings: Settings, pool: Pool, read: str) -> None:
    """Return once another plant file stands on disk than was read, and it was applied by mes."""
    while True:
        await asyncio.sleep(PLANT_EVERY_S)
        now = await asyncio.to_thread(fingerprint, settings.plant)
        if now in ("", read):
            continue
        with suppress(psycopg.Error):
            async with pool.connection() as conn:
                if await newest_sha256(conn) == now:
                    return


class _Loop(Protocol):
    """Lives with the database over connections of its own; `lost` ends what waits on them."""

    async def run(self) -> None: ...

    def lost(self) -> None: ...


def _database_loops(settings: Settings, context: Context) -> dict[str, _Loop]:
    """The keeper, and what the feed needs."""
    database, plant, health, events = settings.need_database(), context.plant, context.health, context.events
    tidy = [
        forget_answers,
        forget_events,
        forget_deliveries,
        forget_told,
        forget_tokens,
        forget_sessions,
        end_forgotten,
    ]
    beat = health.loop("facts", LONG_STEP_S)
    requests = partial(keep_requests, rules=requesting(plant))
    loops: dict[str, _Loop] = {
        "facts": FactsLoop(database, context.pool, plant, context.refresh, beat, tell_in_thread, tidy),
        "feed": SequencerLoop(
            database, events, health.loop("feed"), settings.audit_key, [tell_alarms, requests, PreventiveWork(plant)]
        ),
        "webhooks": WebhooksLoop(settings, events, health.loop("webhooks")),
        # A piece reads a day of each of some tags.
        # A month of a large plant, on paper.
        "reports": ReportsLoop(settings, plant, health.loop("reports", LONG_STEP_S)),
        "values": HoursLoop(database, plant, health.loop("values", LONG_STEP_S)),
    }
    if settings.tryton is not None:
        # One question may take a quarter of a minute, and a round asks many.
        loops["tryton"] = TrytonLoop(settings, plant, events, health.loop("tryton", LONG_STEP_S))
    if settings.broker is not None:
        loops["discovery"] = DiscoveryLoop(settings, plant, health.loop("discovery"))
        loops["mqtt"] = PublisherLoop(settings, plant, events, health.loop("mqtt"))
    return loops


def _explain(err: BaseException | None) -> None:
    """Raise what a person can put right as one line, and everything else as it is."""
    if isinstance(err, AnotherMes | ChangedPolicy):
        raise BadSetting(str(err)) from err
    if err is not None:
        raise err


def _server(settings: Settings, app: FastAPI) -> uvicorn.Server:
    config = uvicorn.Config(
        app,
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
        lifespan="on",
        http=PatientProtocol,
        ws="none",
        limit_concurrency=MOST_CONNECTIONS,
    )
    server = uvicorn.Server(config)
    # Signals are ours: uvicorn would raise them again after its end.
    server.capture_signals = suppress  # type: ignore[assignment,method-assign]
    return server


def address_of(settings: Settings) -> str:
    """Where people reach the pages, as far as the settings say."""
    if settings.public_url:
        return settings.public_url
    host = socket.gethostname() if settings.host in ("0.0.0.0", "::") else settings.host  # noqa: S104  - is compared
    scheme = "https" if settings.tls_certificate or settings.https_names else "http"
    return f"{scheme}://{f'[{host}]' if ':' in host else host}:{settings.port}"


async def _invite(pool: Pool, settings: Settings, plant: Plant) -> None:
    """Where nobody can log in, print a link for the first administrator; in the demo, make its people and rosters.

    On standard output, not in the log, since it is a secret.
    """
    guard = Guard("first administrator")
    while True:
        try:
            async with pool.connection() as conn:
                if settings.demo:
                    await make_people(conn, plant.site.id)
                    await make_on_call(conn, plant)
                    return
                path = await first_link(conn)
        except psycopg.Error as err:
            await asyncio.sleep(guard.failed(err))
            continue
        if path is not None:
            print(f"设置首位管理员 · set up the first administrator: {address_of(settings)}{path}", flush=True)
        return


async def _keep_orders(pool: Pool, plant: Plant, wishes: Sequence[OrderWish]) -> None:
    """The orders of the file once; then every two seconds what order tags show, and the progress of running orders."""
    left, guard = list(wishes), Guard("orders")
    told: dict[UUID, str] = {}
    faulty: set[str] = set()
    tried: dict[UUID, Tried] = {}
    histories: Histories = {}
    # What was decided of defects while nobody booked them is booked once somebody does.
    decided = datetime.now(UTC) - timedelta(days=30)
    sums_at = 0.0
    while True:
        began = time.monotonic()
        try:
            async with pool.connection() as conn:
                while left:
                    await take_order(conn, plant, left[0])
                    left.pop(0)
                now_us = to_us(datetime.now(UTC))
                await bind_orders(conn, plant, now_us, told)
                await tell_faulty(conn, faulty)
                await refresh_progress(conn, plant, now_us, histories)
                await book_defects(conn, decided)
                decided = datetime.now(UTC)
                await confirm_due(conn, plant, decided, tried)
                if began >= sums_at:
                    sums_at = began + (0 if await make_sums(conn, plant, decided) else SUMS_EVERY_S)
                await tell_closed_days(conn, plant)
            guard.works()
        except psycopg.Error as err:
            await asyncio.sleep(guard.failed(err))
            continue
        # Orders that run for weeks take longer to add up: they may then be told less often, but load no database.
        await asyncio.sleep(min(LONGEST_REST_S, max(PROGRESS_EVERY_S, 5 * (time.monotonic() - began))))
