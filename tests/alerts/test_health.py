"""The health of alerts as a process, and what it counts."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.alerts.floor import Floor, plant_text
from tests.alerts.receivers import HttpReceiver
from tests.alerts.test_service import Alerts
from tests.health import Asked
from tests.support.eventually import eventually

RULE = "[{id: hot, kind: threshold, tag: temperature, above: 60, deadband: 2, priority: high, notify: [chat]}]"
CHANNEL = "[{id: chat, kind: webhook, url_env: CHAT}]"


@pytest.fixture
def alerts(database: str, tmp_path: Path, chat: HttpReceiver, asked: Asked) -> Iterator[Alerts]:
    """Running."""
    plant = tmp_path / "plant.yaml"
    plant.write_text(plant_text(RULE, CHANNEL), encoding="utf-8")
    variables = {
        "SHOPFLOOR_PLANT": str(plant),
        "SHOPFLOOR_DATABASE": database,
        "SHOPFLOOR_HEALTH": f"127.0.0.1:{asked.port}",
        "CHAT": f"http://127.0.0.1:{chat.port}/",
    }
    made = Alerts(tmp_path, variables)
    made.start()
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.wait(10)


def becomes(asked: Asked, live: int, ready: int) -> None:
    eventually(f"live {live}, ready {ready}", lambda: asked.codes() == (live, ready), 60)


@pytest.mark.usefixtures("alerts")
def test_without_its_database_it_is_alive_and_not_ready(database: str, asked: Asked) -> None:
    becomes(asked, 200, 200)
    name = psycopg.conninfo.conninfo_to_dict(database)["dbname"]
    allow = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
    with psycopg.connect(database.replace(f"/{name}", "/postgres"), autocommit=True) as server:
        server.execute(allow.format(sql.Identifier(str(name)), sql.SQL("false")))
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", (name,))
        becomes(asked, 200, 503)
        said = asked.ready()
        server.execute(allow.format(sql.Identifier(str(name)), sql.SQL("true")))
    becomes(asked, 200, 200)

    assert said["reason"].startswith("database: ")
    assert "SHOPFLOOR_DATABASE" in said["cure"]


@pytest.mark.usefixtures("alerts")
def test_a_database_that_stands_still_is_said_to(database: str, asked: Asked) -> None:
    becomes(asked, 200, 200)
    with psycopg.connect(database) as holder:
        holder.execute("LOCK TABLE frame, delivery IN ACCESS EXCLUSIVE MODE")
        eventually("it to be told", lambda: asked.codes() == (200, 503), 15)
        said = asked.ready()
        holder.rollback()
    becomes(asked, 200, 200)

    assert said["reason"].startswith("database: no answer within")


@pytest.mark.usefixtures("alerts")
def test_alarms_and_messages_are_counted(database: str, chat: HttpReceiver, asked: Asked) -> None:
    floor = Floor(database)
    chat.stop()
    floor.samples("press-1", "temperature", [(datetime.now(UTC), 70.0)])
    eventually("a failure", lambda: failed(asked) >= 1)
    waiting, down = asked.number("shopfloor_alerts_outbox_deliveries", channel="chat"), asked.ready()
    active = [asked.number("shopfloor_alerts_active_alarms", priority=p) for p in ("low", "medium", "high")]
    chat.start()
    eventually("none to wait", lambda: asked.number("shopfloor_alerts_outbox_deliveries", channel="chat") == 0)
    floor.acknowledge(1)
    eventually("it to be acknowledged", lambda: asked.number("shopfloor_alerts_unacknowledged_alarms") == 0)
    floor.close()

    assert (waiting, active) == (1, [0, 0, 1])
    assert (down["ready"], down["parts"]["channel chat"]["ok"]) == (True, False)
    assert asked.number("shopfloor_alerts_deliveries_total", channel="chat", result="ok") >= 1
    assert asked.number("shopfloor_alerts_active_alarms", priority="high") == 1


def failed(asked: Asked) -> float:
    try:
        return asked.number("shopfloor_alerts_deliveries_total", channel="chat", result="failed")
    except KeyError:
        return 0.0
