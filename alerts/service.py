"""The alerts service: judges at each news and at least each second; outlives the database and every receiver."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import psycopg
import structlog

from alerts import metrics
from alerts.alarms.journal import Connection
from alerts.channels.email import mail_server
from alerts.channels.heartbeat import HeartbeatLoop, outage_of
from alerts.channels.outbox import Couriers, enclosures_of, senders_of
from alerts.faults import Faults
from alerts.health import count_alarms, watched
from alerts.reports import ReportCourier
from alerts.trials.answering import TrialLoop
from alerts.watch import SQL, Watch
from config.load import BadPlantFile, load_plant
from config.plant import Plant
from runtime.database import connect
from runtime.ending import on_request
from runtime.guard import Guard
from runtime.health import Health
from runtime.health_server import serving
from runtime.logs import start_logging
from runtime.plant_file import fingerprint
from runtime.settings import BadSetting, Settings

log = structlog.get_logger()
AT_LEAST_EVERY_S = 1.0
PLANT_EVERY_S = 2.0
AT_MOST_EVERY_S = 0.5
CLAIM_EVERY_S = 0.5
# After a kill -9 the server needs a moment to see that the other has gone.
PATIENCE_S = 3.0
# A start may replay days of samples for every detector: the loop is late only after this.
LONG_REPLAY_S = 600.0
# A round that takes longer is told: there is one each second.
ROUND_S = 8.0


def run(settings: Settings, plant: Plant) -> int:
    """Watch until SIGTERM or SIGINT; 0. BadSetting when a channel lacks its setting or another alerts works here."""
    start_logging("alerts")
    asked = threading.Event()
    while _serve(settings, plant, asked):
        # mes has applied another plant file: rules and channels are those of the new one.
        try:
            plant = load_plant(settings.plant)
        except BadPlantFile as err:
            log.error("plant_file_refused", reasons=str(err).splitlines(), cure="the old one stays in use")
    log.info("alerts_stopped")
    return 0


def _serve(settings: Settings, plant: Plant, asked: threading.Event) -> bool:
    """Until a request to end (False), or until another plant file was applied (True)."""
    database, senders, ending = settings.need_database(), senders_of(settings, plant), threading.Event()

    enclosures = enclosures_of(settings, plant, senders)

    def end() -> None:
        asked.set()
        ending.set()

    on_request(end)
    health = Health("alerts", settings.watchdog.total_seconds())
    service = Service(database, plant, ending, health.loop("judge", LONG_REPLAY_S), settings.plant)
    couriers = Couriers(database, senders, ending, lambda name: health.loop(name, LONG_REPLAY_S), enclosures)
    # Without a mail server scheduled reports wait, and their page says so.
    reports = None
    if settings.smtp is not None:
        beat = health.loop("reports", LONG_REPLAY_S)
        reports = ReportCourier(database, mail_server(settings), ending, beat)
    heartbeat = None
    if plant.heartbeat is not None:
        beat = health.loop("heartbeat", LONG_REPLAY_S)
        heartbeat = HeartbeatLoop(
            plant.heartbeat, settings, lambda: service.trouble() or outage_of(couriers.all), ending, beat
        )
    trials = TrialLoop(database, plant, ending, health.loop("trials", LONG_REPLAY_S))
    health.parts = watched(service.trouble, service.faults, couriers, heartbeat)
    with serving(settings.health, health):
        if service.connect(patience_s=PATIENCE_S):
            couriers.start()
            trials.start()
            if heartbeat is not None:
                heartbeat.start()
            if reports is not None:
                reports.start()
            service.work()
            ending.set()
            couriers.join(2.0)
    return not asked.is_set()


class Service:
    """One connection after another; the lock on it keeps a second alerts away."""

    def __init__(
        self, database: str, plant: Plant, ending: threading.Event, beat: Callable[[], None], file: Path | None = None
    ) -> None:
        # The plant file and what of it was read; None: it is never read again.
        self.file, self.read, self.looked_at = file, fingerprint(file) if file else "", 0.0
        self.beat = beat
        # Its trouble says why nothing can be judged now; empty while rounds go well.
        self.guard = Guard("judge", "not yet connected")
        self.faults = Faults()
        self.judged_at = time.monotonic()
        self.database = database
        self.plant = plant
        self.ending = ending
        self.conn: Connection | None = None

    def trouble(self) -> str:
        """Why nothing is judged now, in one line; a database that stands still says nothing itself."""
        since_s = time.monotonic() - self.judged_at
        return self.guard.trouble or (f"no answer within {since_s:.0f} s" if since_s > ROUND_S else "")

    def connect(self, patience_s: float | None = None) -> bool:
        """Wait for the database and the lock; False when the service ends first, BadSetting when patience does."""
        refused_since = None
        while not self.ending.is_set():
            self.beat()
            self.conn = None
            try:
                self.conn = connect(self.database, "alerts")
                row = self.conn.execute(SQL["only_one"]).fetchone()
                if row and row[0]:
                    self.conn.execute("LISTEN shopfloor_frame")
                    self.conn.execute("LISTEN shopfloor_facts")
                    self.guard.connected()
                    log.info("alerts_ready", rules=len(self.plant.rules), machines=len(self.plant.machines))
                    return True
                self.conn.close()
                self.guard.trouble = "another alerts watches this database"
                refused_since = refused_since or time.monotonic()
                if patience_s is not None and time.monotonic() - refused_since > patience_s:
                    raise BadSetting("SHOPFLOOR_DATABASE: another alerts already watches this database: stop it first")
                self.ending.wait(CLAIM_EVERY_S)
            except psycopg.Error as err:
                self.ending.wait(self.guard.failed(err, self.conn))
        return False

    def work(self) -> None:
        """Judge until the service ends; connect anew whenever the database was away or has refused something."""
        while self.conn is not None and not self.ending.is_set():
            with self.conn as conn:
                try:
                    self._watch(conn)
                except psycopg.Error as err:
                    self.ending.wait(self.guard.failed(err, conn))
            if not self.connect():
                return

    def _watch(self, conn: Connection) -> None:
        watch = Watch(conn, self.plant, self.ending, self.faults)
        while not self.ending.is_set():
            self.beat()
            more = watch.round()
            self.guard.works()
            self.judged_at = time.monotonic()
            self._tell_faults()
            count_alarms(watch.journal)
            if self._applied(conn):
                log.info("plant_file_applied")
                self.ending.set()
            self.ending.wait(AT_MOST_EVERY_S if not more else 0)
            if not more:
                for _ in conn.notifies(timeout=AT_LEAST_EVERY_S - AT_MOST_EVERY_S, stop_after=1):
                    pass

    def _applied(self, conn: Connection) -> bool:
        """True once another plant file stands on disk than was read, and it was applied by mes."""
        if self.file is None or time.monotonic() - self.looked_at < PLANT_EVERY_S:
            return False
        self.looked_at = time.monotonic()
        now = fingerprint(self.file)
        if now in ("", self.read):
            return False
        row = conn.execute(SQL["newest_plant_file"]).fetchone()
        return row is not None and row[0] == now

    def _tell_faults(self) -> None:
        """Once of each row and rule that is passed over, and once when it is judged again."""
        new, over = self.faults.end_of_round()
        for what, reason in new.items():
            log.error("passed_over", what=what, reason=reason, cure="correct it; all other rules are judged")
        for what in over:
            log.info("judged_again", what=what)
        metrics.FAULTS.set(len(self.faults.last))
