"""The alerts service: judges at each news and at least each second; outlives the database and every receiver."""

import signal
import threading
import time

import psycopg
import structlog

from alerts.journal import SQL, Connection
from alerts.outbox import senders_of, start_couriers
from alerts.watch import Watch
from config.logs import start_logging
from config.plant import Plant
from config.settings import BadSetting, Settings
from contract.database import connect

log = structlog.get_logger()
AT_LEAST_EVERY_S = 1.0
AT_MOST_EVERY_S = 0.2
BACK_OFF_S = (0.5, 1.0, 2.0, 5.0)
# After a kill -9 the server needs a moment to see that the other has gone.
PATIENCE_S = 3.0


def run(settings: Settings, plant: Plant) -> int:
    """Watch until SIGTERM or SIGINT; 0. BadSetting when a channel lacks its setting or another alerts works here."""
    start_logging("alerts")
    database = settings.need_database()
    senders = senders_of(settings, plant)
    ending = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ending.set())
    service = Service(database, plant, ending)
    if service.connect(patience_s=PATIENCE_S):
        join = start_couriers(database, senders, ending)
        service.work()
        join(2.0)
    log.info("alerts_stopped")
    return 0


class Service:
    """One connection after another; the lock on it keeps a second alerts away."""

    def __init__(self, database: str, plant: Plant, ending: threading.Event) -> None:
        self.database = database
        self.plant = plant
        self.ending = ending
        self.conn: Connection | None = None
        self.away = False

    def connect(self, patience_s: float | None = None) -> bool:
        """Wait for the database and the lock; False when the service ends first, BadSetting when patience does."""
        attempt, refused_since = 0, None
        while not self.ending.is_set():
            try:
                self.conn = connect(self.database, "alerts")
                row = self.conn.execute(SQL["only_one"]).fetchone()
                if row and row[0]:
                    self.conn.execute("LISTEN shopfloor_frame")
                    self.conn.execute("LISTEN shopfloor_facts")
                    self.away = False
                    log.info("alerts_ready", rules=len(self.plant.rules), machines=len(self.plant.machines))
                    return True
                self.conn.close()
                refused_since = refused_since or time.monotonic()
                if patience_s is not None and time.monotonic() - refused_since > patience_s:
                    raise BadSetting("SHOPFLOOR_DATABASE: another alerts already watches this database: stop it first")
            except (psycopg.OperationalError, psycopg.InterfaceError) as err:
                self._lost(err)
            self.ending.wait(BACK_OFF_S[min(attempt, len(BACK_OFF_S) - 1)])
            attempt += 1
        return False

    def work(self) -> None:
        """Judge until the service ends; connect anew whenever the database was away."""
        while self.conn is not None and not self.ending.is_set():
            try:
                with self.conn:
                    self._watch(self.conn)
            except (psycopg.OperationalError, psycopg.InterfaceError) as err:
                self._lost(err)
                if not self.connect():
                    return

    def _watch(self, conn: Connection) -> None:
        watch = Watch(conn, self.plant, self.ending)
        while not self.ending.is_set():
            more = watch.round()
            self.ending.wait(AT_MOST_EVERY_S if not more else 0)
            if not more:
                for _ in conn.notifies(timeout=AT_LEAST_EVERY_S - AT_MOST_EVERY_S, stop_after=1):
                    pass

    def _lost(self, err: psycopg.Error) -> None:
        if not self.away:
            log.warning("database_away", reason=str(err).splitlines()[0] if str(err) else type(err).__name__)
        self.away = True
