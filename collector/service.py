"""The collector: takes, writes, confirms; outlives the broker and the database."""

import threading
import time
from collections.abc import Callable

import psycopg
import structlog

from collector import metrics
from collector.health import Database, watched
from collector.maintenance import Maintenance
from collector.subscriber import Received, Subscriber
from collector.watchdog import Watchdog
from collector.writer import Writer
from config.ending import on_request
from config.health import Health
from config.health_server import serving
from config.load import load_plant
from config.logs import start_logging
from config.plant import Plant
from config.settings import Settings

log = structlog.get_logger()
Beat = Callable[[], None]
MOST_MESSAGES = 200
# A database that goes away while nothing comes is noticed as well.
LOOK_EVERY_S = 5.0
BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 5.0)


def run(settings: Settings) -> int:
    """Collect until SIGTERM or SIGINT; 0."""
    start_logging("collector")
    ending = threading.Event()
    on_request(ending.set)
    database = settings.need_database()
    plant = load_plant(settings.plant)
    health = Health("collector", settings.watchdog.total_seconds())
    with serving(settings.health, health):
        _serve(settings, database, plant, health, ending)
    log.info("collector_stopped")
    return 0


def _serve(settings: Settings, database: str, plant: Plant, health: Health, ending: threading.Event) -> None:
    """One connection to the database after another, until the service ends."""
    subscriber = Subscriber(settings.need_broker(), plant.site.id, settings.collector_group)
    maintenance = Maintenance(database, plant.site.keep_samples)
    state, beat = Database(), health.loop("collect")
    health.parts = watched(subscriber, state, maintenance)
    log.info("collector_ready", site=plant.site.id)
    refused = 0
    try:
        while not ending.is_set():
            writer = _connect(database, plant, ending, state, beat)
            if writer is not None:
                written = _collect(subscriber, writer, ending, state, beat)
                writer.close()
                # One that takes connections and no samples, as with a full disk, is not asked without a pause.
                refused = 0 if written else refused + 1
                ending.wait(_back_off(refused))
    finally:
        subscriber.close()
        maintenance.close()


def _connect(database: str, plant: Plant, ending: threading.Event, state: Database, beat: Beat) -> Writer | None:
    """A writer as soon as the database is there; None when the service ends first."""
    for attempt in range(1_000_000_000):
        beat()
        try:
            writer = Writer(database, plant.site.id, plant.site.keep_samples)
        except psycopg.OperationalError as err:
            state.trouble = str(err).splitlines()[0]
            if attempt == 0:
                log.warning("database_away", reason=state.trouble)
            if ending.wait(_back_off(attempt)):
                return None
        else:
            log.info("database_connected")
            state.connected()
            return writer
    return None


def _back_off(attempt: int) -> float:
    return BACK_OFF_SECONDS[min(attempt, len(BACK_OFF_SECONDS) - 1)]


def _collect(subscriber: Subscriber, writer: Writer, ending: threading.Event, state: Database, beat: Beat) -> int:
    """Write until the service ends or the database goes away; how many batches. What is not written goes back."""
    taken: list[Received] = []
    written = 0
    watchdog = Watchdog(writer.conn)
    look_at = 0.0
    try:
        while not ending.is_set():
            beat()
            if time.monotonic() >= look_at:
                with watchdog.watching():
                    writer.look_for_gaps()
                look_at = time.monotonic() + LOOK_EVERY_S
            taken = subscriber.take(MOST_MESSAGES, seconds=0.2)
            if taken:
                with watchdog.watching(), metrics.BATCH.time():
                    held = writer.write([received.message for received in taken])
                subscriber.confirm(taken, held)
                taken = []
                written += 1
                state.wrote()
    except (psycopg.OperationalError, psycopg.InterfaceError) as err:
        state.lost(str(err).splitlines()[0], bool(taken))
        log.warning("database_lost", reason=state.trouble)
        subscriber.put_back(taken)
    finally:
        watchdog.close()
    return written
