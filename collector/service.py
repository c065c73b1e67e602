"""The collector: takes, writes, confirms; outlives the broker and the database."""

import threading
import time
from collections.abc import Callable, Mapping
from functools import partial

import psycopg
import structlog

from collector import metrics
from collector.health import Database, watched
from collector.maintenance import Maintenance
from collector.ownership import nodes_of
from collector.subscriber import Received, Subscriber
from collector.watchdog import Watchdog
from collector.writer import Writer
from config.load import BadPlantFile, load_plant
from config.plant import Plant
from runtime.ending import on_request
from runtime.guard import Guard, reason_of
from runtime.health import Health
from runtime.health_server import serving
from runtime.logs import start_logging
from runtime.settings import Settings

log = structlog.get_logger()
Beat = Callable[[], None]
MOST_MESSAGES = 200
# A database that goes away while nothing comes is noticed as well.
LOOK_EVERY_S = 5.0


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
    state, beat, guard = Database(), health.loop("collect"), Guard("collect")
    health.parts = watched(subscriber, state, maintenance)
    log.info("collector_ready", site=plant.site.id)
    try:
        while not ending.is_set():
            beat()
            writer: Writer | None = None
            try:
                writer = Writer(database, plant.site.id, plant.site.keep_samples, machines=partial(_machines, settings))
                log.info("database_connected")
                state.connected()
                _collect(subscriber, writer, ending, state, beat, guard)
            except psycopg.Error as err:
                state.trouble = reason_of(err)
                ending.wait(guard.failed(err, writer.conn if writer else None))
            finally:
                if writer is not None:
                    writer.close()
    finally:
        subscriber.close()
        maintenance.close()


def _machines(settings: Settings) -> Mapping[str, str]:
    """Which node reads each machine by the plant file as it is now; nothing new from one that cannot be used."""
    try:
        return nodes_of(load_plant(settings.plant))
    except BadPlantFile as err:
        log.warning("plant_file_not_used", reason=str(err).splitlines()[0])
        return {}


def _collect(
    subscriber: Subscriber, writer: Writer, ending: threading.Event, state: Database, beat: Beat, guard: Guard
) -> None:
    """Write until the service ends or the database goes away; what is not written goes back."""
    taken: list[Received] = []
    watchdog = Watchdog(writer.conn)
    look_at = 0.0
    try:
        while not ending.is_set():
            beat()
            if time.monotonic() >= look_at:
                with state.asked(), watchdog.watching():
                    writer.look_for_gaps()
                look_at = time.monotonic() + LOOK_EVERY_S
            if not state.write_failed:  # as with a full disk, which takes connections and no samples
                guard.works()
            taken = subscriber.take(MOST_MESSAGES, seconds=0.2)
            if taken:
                with state.asked(), watchdog.watching(), metrics.BATCH.time():
                    held = writer.write([received.message for received in taken])
                subscriber.confirm(taken, held)
                taken = []
                state.wrote()
    except psycopg.Error:
        state.write_failed = state.write_failed or bool(taken)
        subscriber.put_back(taken)
        raise
    finally:
        watchdog.close()
