"""The collector: takes, writes, confirms; outlives the broker and the database."""

import signal
import threading
import time

import psycopg
import structlog

from collector.maintenance import Maintenance
from collector.subscriber import Received, Subscriber
from collector.watchdog import Watchdog
from collector.writer import Writer
from config.load import load_plant
from config.logs import start_logging
from config.plant import Plant
from config.settings import Settings

log = structlog.get_logger()
MOST_MESSAGES = 200
LOOK_FOR_GAPS_S = 5.0
BACK_OFF_SECONDS = (0.5, 1.0, 2.0, 5.0)


def run(settings: Settings) -> int:
    """Collect until SIGTERM or SIGINT; 0."""
    start_logging("collector")
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    database = settings.need_database()
    plant = load_plant(settings.plant)
    site = plant.site.id
    subscriber = Subscriber(settings.need_broker(), site, settings.collector_group)
    maintenance = Maintenance(database, plant.site.keep_samples)
    log.info("collector_ready", site=site)
    refused = 0
    try:
        while not ending.is_set():
            writer = _connect(database, plant, ending)
            if writer is not None:
                written = _collect(subscriber, writer, ending)
                writer.close()
                # One that takes connections and no samples, as with a full disk, is not asked without a pause.
                refused = 0 if written else refused + 1
                ending.wait(_back_off(refused))
    finally:
        subscriber.close()
        maintenance.close()
    log.info("collector_stopped")
    return 0


def _connect(database: str, plant: Plant, ending: threading.Event) -> Writer | None:
    """A writer as soon as the database is there; None when the service ends first."""
    for attempt in range(1_000_000_000):
        try:
            writer = Writer(database, plant.site.id, plant.site.keep_samples)
        except psycopg.OperationalError as err:
            if attempt == 0:
                log.warning("database_away", reason=str(err).splitlines()[0])
            if ending.wait(_back_off(attempt)):
                return None
        else:
            log.info("database_connected")
            return writer
    return None


def _back_off(attempt: int) -> float:
    return BACK_OFF_SECONDS[min(attempt, len(BACK_OFF_SECONDS) - 1)]


def _collect(subscriber: Subscriber, writer: Writer, ending: threading.Event) -> int:
    """Write until the service ends or the database goes away; how many batches. What is not written goes back."""
    taken: list[Received] = []
    written = 0
    watchdog = Watchdog(writer.conn)
    looked_at = 0.0
    try:
        while not ending.is_set():
            if time.monotonic() - looked_at > LOOK_FOR_GAPS_S:
                with watchdog.watching():
                    writer.look_for_gaps()
                looked_at = time.monotonic()
            taken = subscriber.take(MOST_MESSAGES, seconds=0.2)
            if taken:
                with watchdog.watching():
                    held = writer.write([received.message for received in taken])
                subscriber.confirm(taken, held)
                taken = []
                written += 1
    except (psycopg.OperationalError, psycopg.InterfaceError) as err:
        log.warning("database_lost", reason=str(err).splitlines()[0])
        subscriber.put_back(taken)
    finally:
        watchdog.close()
    return written
