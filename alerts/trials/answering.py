"""Trials that people asked for on /rules → what the rule would have done; one after another, beside the judge."""

import threading
from collections.abc import Callable
from datetime import datetime

import psycopg
from psycopg.types.json import Jsonb

from alerts.database_thread import DatabaseThread
from alerts.faults import ODD
from alerts.trials.replay import messages, share_active
from alerts.trials.store import Connection, try_rule
from config.plant import Plant
from config.rules.candidate import read_candidate
from contract.sample import MICROSECOND, to_us
from runtime.database import queries

SQL = {name: text.encode() for name, text in queries("alerts.trials", "queries_answers.sql").items()}
LOOK_EVERY_S = 0.5
MOST_TIMES = 1000


class TrialLoop(DatabaseThread):
    """Answers until the service ends; what cannot be tried is answered with the reason."""

    def __init__(self, url: str, plant: Plant, ending: threading.Event, beat: Callable[[], None]) -> None:
        super().__init__("trials", "trials", url, "alerts-trials", ending, beat)
        self.plant = plant

    def work(self, conn: Connection) -> None:
        """One trial after another, as they are asked for."""
        conn.execute(SQL["forget_answers"])
        while not self.ending.is_set():
            self.beat()
            found = answer_next(conn, self.plant)
            self.guard.works()
            if not found:
                self.ending.wait(LOOK_EVERY_S)


def answer_next(conn: Connection, plant: Plant) -> bool:
    """Answer one trial; False when none waits."""
    row = conn.execute(SQL["next_trial"]).fetchone()
    if row is None:
        return False
    trial, text, begin, end = row
    nothing = {"times": Jsonb([]), "count": 0, "messages": 0, "active_us": 0}
    try:
        answer = _tried(conn, plant, text, begin, end)
    except psycopg.errors.QueryCanceled:
        answer = nothing | {"trouble": "the database took longer than a minute: ask for a shorter time"}
    except (*ODD, psycopg.DataError) as err:
        # A rule that is wrong, or cannot be tried, and whatever a row says that nobody can read.
        answer = nothing | {"trouble": " ".join(str(err).split())[:1000] or type(err).__name__}
    conn.execute(SQL["answer"], answer | {"trial": trial})
    return True


def _tried(conn: Connection, plant: Plant, text: str, begin: datetime, end: datetime) -> dict[str, object]:
    rule = read_candidate(plant, text)
    times = try_rule(conn, plant, rule, begin, end)
    told = [
        {"subject": one.subject, "begin_us": one.begin_us, "end_us": one.end_us, "en": one.text.en, "zh": one.text.zh}
        for one in times[:MOST_TIMES]
    ]
    return {
        "trouble": "",
        "times": Jsonb(told),
        "count": len(times),
        "messages": messages(plant, rule, times),
        "active_us": share_active(times, (to_us(begin), to_us(end))) // MICROSECOND,
    }
