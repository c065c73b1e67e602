"""The service as a process of its own: kill -9, SIGTERM, receivers and the database that come and go."""

import hashlib
import os
import signal
import socket
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from contract.sample import State
from tests.alerts.floor import Floor, plant_text
from tests.alerts.receivers import HttpReceiver, Mailbox
from tests.support.eventually import eventually
from tests.support.program import Program, finished

RULES = (
    "[{id: hot, kind: threshold, tag: temperature, above: 60, deadband: 2, notify: [chat, desk]},"
    " {id: stands, kind: stopped, longer_than: 1s, machines: [press-2], notify: [chat]}]"
)
CHANNELS = "[{id: chat, kind: webhook, url_env: CHAT}, {id: desk, kind: email, to: [wang@example.com]}]"


class Alerts:
    """`shopfloor alerts` as a process, its log in a file."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self.log = folder / "alerts.log"
        self.environment = environment
        self.process: Program | None = None

    def start(self, wait: bool = True) -> Program:
        """Start, and wait until it watches."""
        seen = self.text().count("alerts_ready")
        self.process = Program(["alerts"], os.environ | self.environment, self.log)
        if wait:
            eventually("alerts to be ready", lambda: self.text().count("alerts_ready") > seen)
        return self.process

    def end(self, number: signal.Signals) -> int:
        """Send a signal; the exit code."""
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(10)
        self.process = None
        return code

    def text(self) -> str:
        """The log so far."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""


@pytest.fixture
def desk(free_port: Callable[[], int]) -> Iterator[Mailbox]:
    """An SMTP server, running."""
    made = Mailbox(free_port())
    made.start()
    yield made
    made.stop()


@pytest.fixture
def alerts(database: str, tmp_path: Path, chat: HttpReceiver, desk: Mailbox) -> Iterator[Alerts]:
    """The service, not yet started."""
    plant = tmp_path / "plant.yaml"
    plant.write_text(plant_text(RULES, CHANNELS), encoding="utf-8")
    made = Alerts(
        tmp_path,
        {
            "SHOPFLOOR_PLANT": str(plant),
            "SHOPFLOOR_DATABASE": database,
            "SHOPFLOOR_SMTP": f"smtp://127.0.0.1:{desk.port}",
            "SHOPFLOOR_PUBLIC_URL": "http://127.0.0.1:8080",
            "CHAT": f"http://127.0.0.1:{chat.port}/token-8f3a",
        },
    )
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.wait(10)


def heat(floor: Floor, value: float) -> None:
    floor.samples("press-1", "temperature", [(datetime.now(UTC), value)])


def keys(chat: HttpReceiver) -> set[str | None]:
    return {post.key for post in chat.posts}


@pytest.mark.xdist_group("systems")
def test_a_hot_press_reaches_people_within_two_seconds(
    alerts: Alerts, floor: Floor, chat: HttpReceiver, desk: Mailbox
) -> None:
    alerts.start()
    began = time.monotonic()
    heat(floor, 70)
    eventually("chat and mail", lambda: len(chat.posts) == len(desk.mails) == 1)
    took = time.monotonic() - began
    floor.acknowledge(1)
    eventually("the acknowledgement", lambda: len(chat.posts) == 2)

    assert floor.alarms() == [("hot", "press-1", "active_acked")]
    assert alerts.end(signal.SIGTERM) == 0
    assert took < 2
    assert "token-8f3a" not in alerts.text()


def test_a_stop_is_noticed_although_nothing_new_comes(alerts: Alerts, floor: Floor, chat: HttpReceiver) -> None:
    alerts.start()
    floor.state("press-2", datetime.now(UTC), State.DOWN)

    eventually("the stop", lambda: bool(chat.posts))

    assert (chat.posts[0].document["rule"], chat.posts[0].document["priority"]) == ("stands", "medium")
    assert floor.alarms() == [("stands", "press-2", "active_unacked")]


def test_receivers_that_are_away_get_it_when_they_are_back(
    alerts: Alerts, floor: Floor, chat: HttpReceiver, desk: Mailbox
) -> None:
    chat.stop()
    desk.stop()
    alerts.start()
    heat(floor, 70)
    eventually(
        "failed attempts",
        lambda: floor.rows("SELECT count(*) FROM delivery WHERE attempts > 1 AND delivered_at IS NULL") == [(2,)],
    )
    heat(floor, 50)
    eventually("judging goes on meanwhile", lambda: floor.events() == ["raised", "cleared"])

    chat.start()
    desk.start()

    eventually("chat and mail", lambda: len(chat.posts) == len(desk.mails) == 2)
    assert [post.document["event"] for post in chat.posts] == ["raised", "cleared"]
    eventually("all marked", lambda: floor.rows("SELECT count(*) FROM delivery WHERE delivered_at IS NULL") == [(0,)])
    assert alerts.text().count("channel_down") == 2
    assert "token-8f3a" not in alerts.text()


def test_a_hanging_receiver_holds_up_neither_the_others_nor_the_end(
    alerts: Alerts, floor: Floor, chat: HttpReceiver, desk: Mailbox, free_port: Callable[[], int]
) -> None:
    with socket.create_server(("127.0.0.1", free_port())) as deaf:
        alerts.environment["CHAT"] = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        alerts.start()
        heat(floor, 70)
        eventually("the mail", lambda: len(desk.mails) == 1)
        began = time.monotonic()

        assert alerts.end(signal.SIGTERM) == 0
        assert time.monotonic() - began < 5


def changes(floor: Floor) -> list[str]:
    """What happened to alarms, without what was noted of it."""
    return [event for event in floor.events() if event not in ("chattering", "calm")]


def test_killed_in_the_middle_nothing_is_lost_and_nothing_raised_twice(
    alerts: Alerts, floor: Floor, chat: HttpReceiver
) -> None:
    alerts.start()
    for number in range(4):
        heat(floor, 70)
        heat(floor, 50)
        if number % 2 == 0:
            alerts.end(signal.SIGKILL)
        else:
            eventually("raised and cleared", lambda n=number: len(changes(floor)) == 2 * (n + 1))
            alerts.end(signal.SIGKILL)
        alerts.start()

    eventually("the journal", lambda: len(changes(floor)) == 8)
    assert changes(floor) == ["raised", "cleared"] + ["raised_again", "cleared"] * 3
    assert len(floor.alarms()) == 1
    open_ = "SELECT count(*) FROM delivery WHERE channel = 'chat' AND delivered_at IS NULL"
    eventually("all messages", lambda: floor.rows(open_) == [(0,)])
    leads = "SELECT id::text FROM delivery WHERE channel = 'chat' AND state = 'delivered'"
    assert keys(chat) == {key for (key,) in floor.rows(leads)}


def test_an_open_alarm_stays_open_over_a_restart(alerts: Alerts, floor: Floor, chat: HttpReceiver) -> None:
    alerts.start()
    heat(floor, 70)
    eventually("the alarm", lambda: floor.events() == ["raised"])
    alerts.end(signal.SIGTERM)
    alerts.start()
    heat(floor, 71)
    heat(floor, 50)

    eventually("the end", lambda: floor.events() == ["raised", "cleared"])


def test_a_second_alerts_is_refused_and_the_first_goes_on(alerts: Alerts, floor: Floor, tmp_path: Path) -> None:
    alerts.start()
    second = finished(["alerts"], os.environ | alerts.environment, 20)
    heat(floor, 70)

    eventually("the alarm", lambda: floor.events() == ["raised"])
    assert second.returncode == 2
    assert "another alerts already watches this database" in second.stderr
    assert "Traceback" not in second.stderr


def test_a_lost_database_is_waited_for(alerts: Alerts, floor: Floor, database: str) -> None:
    alerts.start()
    with psycopg.connect(database, autocommit=True) as conn:
        name = conn.info.dbname
        allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        server = database.replace(f"/{name}", "/postgres")
        with psycopg.connect(server, autocommit=True) as other:
            other.execute(allow.format(sql.Identifier(name), sql.SQL("false")))
            conn.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name LIKE 'shopfloor-alerts%'"
            )
            eventually("it to notice", lambda: "database_away" in alerts.text())
            heat(floor, 70)
            other.execute(allow.format(sql.Identifier(name), sql.SQL("true")))

    eventually("the alarm", lambda: floor.events() == ["raised"])
    said = [line for line in alerts.text().splitlines() if "database_away" in line and '"judge"' in line]
    assert len(said) == 1
    assert alerts.end(signal.SIGTERM) == 0


def test_a_missing_address_is_one_line(alerts: Alerts) -> None:
    alerts.environment["CHAT"] = ""
    process = alerts.start(wait=False)

    assert process.wait(15) == 2
    assert alerts.text().splitlines() == [
        "CHAT is not set: channel 'chat' of the plant file needs its address",
    ]


def test_rules_of_a_plant_file_that_mes_has_applied_are_judged_within_seconds(alerts: Alerts, database: str) -> None:
    file = Path(alerts.environment["SHOPFLOOR_PLANT"])
    alerts.start()
    new = file.read_text(encoding="utf-8").replace("id: hot", "id: too-hot")
    file.write_text(new, encoding="utf-8")
    by_hand = alerts.text().count("alerts_ready")
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO plant_file (text, sha256, client) VALUES (%s, %s, 'test')",
            (new, hashlib.sha256(new.encode()).hexdigest()),
        )
    eventually("the new rules", lambda: alerts.text().count("alerts_ready") > by_hand, 20)

    assert "plant_file_applied" in alerts.text()
    assert alerts.end(signal.SIGTERM) == 0
