"""Killed at any moment, alerts loses no message; for each kill one goes twice at most, marked as a possible repeat."""

import random
import signal
import time
from collections import Counter
from pathlib import Path

import psycopg

from config.channels import Format
from tests.alerts.floor import Floor, plant_text
from tests.alerts.providers import Robot, serve
from tests.alerts.test_service import Alerts
from tests.support.eventually import eventually
from tests.support.size import sized

CHANNEL = "[{id: chat, kind: webhook, url_env: CHAT, format: dingtalk, rate: 1200/min}]"
MESSAGES = (
    "WITH a AS (INSERT INTO alarm (rule, subject, priority, text_en, text_zh, raised_at)"
    " SELECT 'hot', 'press-' || n, 'low', 'a', 'a', now() FROM generate_series(1, %s) AS n RETURNING id),"
    " j AS (INSERT INTO alarm_journal (alarm, event, at) SELECT id, 'raised', now() FROM a RETURNING id)"
    " INSERT INTO delivery (journal, channel, next_attempt_at) SELECT id, 'chat', now() FROM j"
)
REPEAT = "可能是重复消息"


class Patient(Robot):
    """A robot without a limit, which needs a while for each message."""

    def _too_fast(self, at_s: float) -> bool:
        time.sleep(0.03)
        return False


def test_killed_at_random_no_message_is_lost_and_one_a_kill_goes_twice_at_most(
    database: str, floor: Floor, tmp_path: Path
) -> None:
    kills, robot, chance = sized(20, at_least=2), Patient(Format.DINGTALK), random.Random(4711)
    plant = tmp_path / "plant.yaml"
    plant.write_text(plant_text("[]", CHANNEL), encoding="utf-8")
    count = 30 * kills
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(MESSAGES, (count,))
    with serve(robot) as address:
        variables = {"SHOPFLOOR_PLANT": str(plant), "SHOPFLOOR_DATABASE": database, "CHAT": address}
        alerts = Alerts(tmp_path, variables)
        for _ in range(kills):
            alerts.start()
            before = len(robot.posts)
            eventually("some messages", lambda n=before: len(robot.posts) > n + 2)
            time.sleep(chance.uniform(0, 0.3))
            alerts.end(signal.SIGKILL)
        alerts.start()
        left = "SELECT count(*) FROM delivery WHERE delivered_at IS NULL"
        eventually("all of them", lambda: floor.rows(left) == [(0,)], 120)
        alerts.end(signal.SIGTERM)

    times = Counter(post.key for post in robot.posts)
    assert len(times) == count
    assert len(robot.posts) - count <= kills
    assert max(times.values()) <= 2
    marked = [post for post in robot.posts if REPEAT in post.text]
    assert {key for key, n in times.items() if n > 1} <= {post.key for post in marked}
    assert len(marked) <= kills
