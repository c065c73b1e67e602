"""Whatever happens in whatever order, and wherever the service is killed: one open alarm, a journal that adds up."""

from collections import Counter
from datetime import UTC, datetime

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.alarms.journal import Journal, Request
from alerts.rules.judge import Finding, Key
from alerts.rules.tapes import Verdict
from runtime.database import connect
from tests.alerts.floor import plant_with

PLANT = plant_with("[{id: stands, kind: stopped, longer_than: 1s}, {id: silent, kind: no_data, longer_than: 1s}]")
KEYS = [("stands", "press-1"), ("stands", "press-2"), ("silent", "press-1")]
HAPPENINGS = st.lists(
    st.tuples(st.sampled_from(KEYS), st.sampled_from(["on", "off", "acknowledge", "killed", "restart"])), max_size=30
)


class Killed(Exception):
    """The service ended inside its transaction."""


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(HAPPENINGS)
def test_there_are_never_two_open_alarms_of_one_rule_and_subject(
    database: str, happenings: list[tuple[Key, str]]
) -> None:
    with connect(database, "alerts") as conn:
        conn.execute("TRUNCATE alarm, alarm_journal, delivery, delivery_attempt")
        journal, requests = Journal(conn, PLANT), 0
        events: dict[Key, list[str]] = {key: [] for key in KEYS}
        for key, happening in happenings:
            now = datetime.now(UTC)
            if happening == "restart":
                journal = Journal(conn, PLANT)
            elif happening == "killed":
                try:
                    with conn.transaction():
                        journal.write([], [finding(key, Verdict.ON), finding(key, Verdict.OFF)], now)
                        raise Killed
                except Killed:
                    journal = Journal(conn, PLANT)
            elif happening == "acknowledge":
                requests += 1
                journal.write([Request(requests, key, "wang", "")], [], now)
            else:
                journal.write([], [finding(key, Verdict(happening))], now)
        rows = conn.execute("SELECT rule, subject FROM alarm WHERE condition <> 'normal'").fetchall()
        lines = conn.execute(
            "SELECT rule, subject, event FROM alarm_journal j JOIN alarm a ON a.id = j.alarm ORDER BY j.id"
        )
        for rule, subject, event in lines:
            events[rule, subject].append(event)

        assert sorted(journal.open_keys) == sorted((rule, subject) for rule, subject in rows)
    assert max(Counter(rows).values(), default=0) <= 1
    for words in events.values():
        raised = [word for word in words if word in ("raised", "raised_again")]
        assert len(raised) - words.count("cleared") in (0, 1)


def finding(key: Key, verdict: Verdict) -> Finding:
    rule = next(rule for rule in PLANT.rules if rule.id == key[0])
    return Finding(rule, key, key[1], verdict)
