"""The storm at the real clock: the service, its database, and three robots over HTTP that enforce their limits."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psycopg
import pytest

from config.channels import Format
from tests.alerts.floor import Floor, plant_text
from tests.alerts.providers import Robot, serve
from tests.alerts.test_service import Alerts
from tests.support.eventually import eventually

ROBOTS = {
    "wecom": Robot(Format.WECOM),
    "dingtalk": Robot(Format.DINGTALK, secret="SECdingtalk"),
    "feishu": Robot(Format.FEISHU, secret="SECfeishu"),
}
CHANNELS = "[%s]" % ", ".join(  # noqa: UP031  - braces of YAML
    f"{{id: {name}, kind: webhook, url_env: {name.upper()}, format: {robot.format}"
    + (f", secret_env: {name.upper()}_SECRET}}" if robot.secret else "}")
    for name, robot in ROBOTS.items()
)
STORM = (
    "WITH a AS (INSERT INTO alarm (rule, subject, machine, priority, text_en, text_zh, raised_at)"
    " SELECT 'hot', 'press-' || n, 'press-1', CASE WHEN n %% 20 = 0 THEN 'high' ELSE 'low' END,"
    " 'Press ' || n || ': too hot', '压力机 ' || n || '：过热', now() FROM generate_series(1, %(count)s) AS n"
    " RETURNING id, priority),"
    " j AS (INSERT INTO alarm_journal (alarm, event, at) SELECT id, 'raised', now() FROM a RETURNING id, alarm)"
    " INSERT INTO delivery (journal, channel, next_attempt_at, high)"
    " SELECT j.id, (ARRAY['wecom', 'dingtalk', 'feishu'])[j.id %% 3 + 1], now(), a.priority = 'high'"
    " FROM j JOIN a ON a.id = j.alarm"
)


@pytest.fixture
def alerts(database: str, tmp_path: Path) -> Iterator[Alerts]:
    """The service with the three robots, running."""
    with ExitStack() as stack:
        addresses = {name.upper(): stack.enter_context(serve(robot)) for name, robot in ROBOTS.items()}
        plant = tmp_path / "plant.yaml"
        plant.write_text(plant_text("[]", CHANNELS), encoding="utf-8")
        secrets = {f"{name.upper()}_SECRET": robot.secret for name, robot in ROBOTS.items()}
        base = {"SHOPFLOOR_PLANT": str(plant), "SHOPFLOOR_DATABASE": database}
        made = Alerts(tmp_path, base | addresses | secrets)
        made.start()
        yield made
        if made.process is not None:
            made.process.kill()
            made.process.wait(10)


@pytest.mark.usefixtures("alerts")
def test_a_storm_reaches_people_within_a_minute_over_real_robots(floor: Floor, database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(STORM, {"count": 1000})
    posted = time.monotonic()

    left = "SELECT count(*) FROM delivery WHERE high AND delivered_at IS NULL"
    eventually("all of high priority", lambda: floor.rows(left) == [(0,)], 60)
    took = time.monotonic() - posted
    eventually("all others", lambda: floor.rows(left.replace("high AND", "")) == [(0,)], 120)

    texts = [post.text for robot in ROBOTS.values() for post in robot.accepted]
    [*high] = floor.rows("SELECT text_zh FROM alarm WHERE priority = 'high'")
    assert took < 60
    assert [robot.throttled for robot in ROBOTS.values()] == [0, 0, 0]
    assert len(high) == 50
    assert all(any(text in said for said in texts) for (text,) in high)
    assert any("Digest of" in text for text in texts)
    assert floor.rows("SELECT count(*) FROM delivery WHERE state = 'bundled'")[0][0] > 500
