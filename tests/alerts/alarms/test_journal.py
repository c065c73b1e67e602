"""Whatever happens in whatever order, and wherever the service is killed: all is as the table says."""

from datetime import UTC, datetime, timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from alerts.alarms.journal import Connection, Journal
from alerts.rules.judge import Finding, Key
from alerts.rules.tapes import Verdict
from config.rules.kinds import AlarmPolicy
from runtime.database import connect
from tests.alerts.floor import plant_with

RULES = {"plain": "", "confirm": "confirm: true", "latch": "latch: true", "both": "confirm: true, latch: true"}
PLANT = plant_with(
    str(
        [f"{{id: {id_}, kind: stopped, longer_than: 1s, notify: [chat], {more}}}" for id_, more in RULES.items()]
    ).replace("'", ""),
    "[{id: chat, kind: webhook, url_env: CHAT}]",
)

PLANT = PLANT.model_copy(update={"alarms": AlarmPolicy(flood_above=100_000)})
SUBJECT = "press-1"
START = datetime(2026, 11, 30, 6, tzinfo=UTC)
HOUR = timedelta(hours=1)
# Slower than chatter.
STEP = timedelta(seconds=40)
# The table, by hand after ISA-18.2 and OPC UA Part 9: U unacknowledged active, A acknowledged active, C the same and
# confirmed, R returned unacknowledged, W returned and waiting for a confirmation, L latched, N normal.
TABLE = {
    ("N", "on"): "U", ("R", "on"): "U", ("W", "on"): "U", ("L", "on"): "U",
    ("U", "acknowledge"): "A", ("R", "acknowledge"): "W",
    ("A", "confirm"): "C", ("W", "confirm"): "L",
    ("U", "off"): "R", ("A", "off"): "W", ("C", "off"): "L",
    ("L", "reset"): "N",
}  # fmt: skip
CONDITIONS = {"U": "active_unacked", "A": "active_acked", "C": "active_acked", "R": "cleared_unacked"}
CONDITIONS |= {"W": "cleared_unconfirmed", "L": "latched", "N": "normal"}


class Expected:
    """One rule and subject by the table, with what is set aside and who was told."""

    def __init__(self, rule_id: str) -> None:
        self.confirm, self.latch = rule_id in ("confirm", "both"), rule_id in ("latch", "both")
        self.state, self.shelf, self.until, self.out, self.told = "N", "", START, False, False
        self.messages = 0

    @property
    def quiet(self) -> bool:
        return bool(self.shelf) or self.out

    def go(self, what: str) -> bool:
        if (self.state, what) not in TABLE:
            return False
        self.state = TABLE[self.state, what]
        if self.state == "A" and not self.confirm:
            self.state = "C"
        if self.state == "W" and not self.confirm:
            self.state = "L"
        if self.state == "L" and not self.latch:
            self.state = "N"
        return True

    def call(self) -> None:
        """What stands is announced, unless it is set aside."""
        self.told = not self.quiet
        self.messages += self.told

    def happen(self, what: str) -> None:
        stands = self.state in "UAC"
        if what in ("unshelve", "time_out", "in_service"):
            if not (self.out if what == "in_service" else self.shelf):
                return
            self.shelf, self.out = ("", self.out) if what != "in_service" else (self.shelf, False)
            if what == "unshelve":
                self.messages += self.go("acknowledge") and self.told and not self.quiet
            elif stands:
                self.state = "U"
                self.messages += not self.quiet
                self.told = self.told or not self.quiet
        elif what == "out_of_service":
            self.out = True
        elif what == "on":
            if self.go("on"):
                self.call()
        elif what == "off" and stands:
            silently = self.quiet and not self.told
            quiet = self.out or self.shelf == "timed"
            self.go("off")
            if silently:
                self.go("acknowledge")
            self.shelf = "" if self.shelf == "once" else self.shelf
            self.messages += self.told and not quiet
        elif what in ("acknowledge", "confirm", "reset") and self.go(what):
            self.messages += what == "acknowledge" and self.told and not self.quiet


class Killed(Exception):
    """The service ended inside its transaction."""


class Life(RuleBasedStateMachine):
    """The journal on a real database beside the table."""

    conn: Connection

    def __init__(self) -> None:
        super().__init__()
        self.conn.execute("TRUNCATE alarm, alarm_request, alarm_request_outcome CASCADE")
        self.now = START
        self.journal = Journal(self.conn, PLANT)
        self.expected = {id_: Expected(id_) for id_ in RULES}
        self.last: dict[str, int] = {}

    def write(self, *findings: Finding) -> None:
        self.now += STEP
        with self.conn.transaction():
            self.journal.write(self.journal.requests(), findings, self.now)
        for id_, known in ((key[0], known) for key, known in self.journal.known.items()):
            self.last[id_] = known.alarm

    @rule(id_=st.sampled_from(list(RULES)), on=st.booleans())
    def judged(self, id_: str, on: bool) -> None:
        self.expected[id_].happen("on" if on else "off")
        self.write(finding(id_, Verdict.ON if on else Verdict.OFF))

    @rule(
        id_=st.sampled_from(list(RULES)),
        action=st.sampled_from(["acknowledge", "confirm", "reset", "unshelve", "out_of_service", "in_service"]),
    )
    def asked(self, id_: str, action: str) -> None:
        if id_ in self.last:
            self.ask(self.last[id_], action)
            self.expected[id_].happen(action)
            self.write()

    @rule(id_=st.sampled_from(list(RULES)), hours=st.sampled_from([None, 1, 3]))
    def shelved(self, id_: str, hours: int | None) -> None:
        if id_ not in self.last:
            return
        expected = self.expected[id_]
        self.ask(self.last[id_], "shelve", hours)
        self.write()
        if hours is not None:
            expected.shelf, expected.until = "timed", self.now + hours * HOUR
        elif expected.state in "UAC":
            expected.shelf = "once"

    @rule(hours=st.sampled_from([1, 2]))
    def time_passes(self, hours: int) -> None:
        self.now += hours * HOUR
        for expected in self.expected.values():
            if expected.shelf == "timed" and expected.until <= self.now + STEP:
                expected.happen("time_out")
        self.write()

    @rule()
    def restarted(self) -> None:
        self.journal = Journal(self.conn, PLANT)

    @rule(id_=st.sampled_from(list(RULES)))
    def killed(self, id_: str) -> None:
        try:
            with self.conn.transaction():
                both = [finding(id_, Verdict.ON), finding(id_, Verdict.OFF)]
                self.journal.write(self.journal.requests(), both, self.now)
                raise Killed
        except Killed:
            self.journal = Journal(self.conn, PLANT)

    @invariant()
    def as_the_table_says(self) -> None:
        asked = "SELECT rule, condition, quiet, id FROM alarm WHERE condition <> 'normal'"
        rows = {rule: (condition, quiet) for rule, condition, quiet, _ in self.conn.execute(asked)}
        wanted = {i: (CONDITIONS[e.state], e.quiet) for i, e in self.expected.items() if e.state != "N"}
        assert wanted == rows
        shelved = {rule for (rule,) in self.conn.execute("SELECT rule FROM shelving")}
        assert {i for i, e in self.expected.items() if e.shelf} == shelved
        out = {rule for (rule,) in self.conn.execute("SELECT rule FROM out_of_service")}
        assert {i for i, e in self.expected.items() if e.out} == out
        sent = dict(
            self.conn.execute(
                "SELECT a.rule, count(*) FROM alarm_journal j JOIN alarm a ON a.id = j.alarm"
                " WHERE j.told_with IS NOT NULL OR EXISTS (SELECT FROM delivery d WHERE d.journal = j.id)"
                " OR EXISTS (SELECT FROM announcement n WHERE n.journal = j.id) GROUP BY a.rule"
            ).fetchall()
        )
        assert {i: e.messages for i, e in self.expected.items() if e.messages} == sent

    def ask(self, alarm: int, action: str, hours: int | None = None) -> None:
        self.conn.execute(
            "INSERT INTO alarm_request (alarm, action, by, comment, lasts_us, at)"
            " VALUES (%s, %s, 'wang', 'why', %s, %s)",
            (alarm, action, None if hours is None else hours * 3_600_000_000, self.now + timedelta(seconds=0.5)),
        )


def finding(id_: str, verdict: Verdict) -> Finding:
    key: Key = (id_, SUBJECT)
    return Finding(next(rule for rule in PLANT.rules if rule.id == id_), key, SUBJECT, verdict)


def test_an_alarm_lives_as_the_table_says(database: str) -> None:
    with connect(database, "alerts") as conn:
        life = type("LifeHere", (Life,), {"conn": conn})

        run_state_machine_as_test(life, settings=settings(max_examples=20, stateful_step_count=40, deadline=None))
