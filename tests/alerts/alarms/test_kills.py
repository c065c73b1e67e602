"""kill -9 at random instants: no alarm, timer or line of the journal is lost or doubled, and messages are repeated
at most once a kill and channel. SHOPFLOOR_TEST_KILLS says how often (default 2)."""

import os
import random
import signal
import time
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

from tests.alerts.floor import Floor, plant_text
from tests.alerts.receivers import HttpReceiver
from tests.support.eventually import eventually
from tests.support.program import Program

KILLS = int(os.environ.get("SHOPFLOOR_TEST_KILLS", "2"))
RULES = "[{id: hot, kind: threshold, tag: temperature, above: 60, deadband: 2, notify: [chat]}]"
CHANNELS = "[{id: chat, kind: webhook, url_env: CHAT, rate: 6000/min}]"


class Killed:
    """alerts as a process that is killed and started again at once, never by itself."""

    def __init__(self, folder: Path, database: str, chat: HttpReceiver, rules: str = RULES) -> None:
        plant = folder / "plant.yaml"
        plant.write_text(plant_text(rules, CHANNELS), encoding="utf-8")
        self.log = folder / "alerts.log"
        self.environment = os.environ | {
            "SHOPFLOOR_PLANT": str(plant),
            "SHOPFLOOR_DATABASE": database,
            "CHAT": f"http://127.0.0.1:{chat.port}/",
        }
        self.process = Program(["alerts"], self.environment, self.log)

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(10)
        self.process = Program(["alerts"], self.environment, self.log)

    def end(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(10)


def heat(floor: Floor, value: float) -> None:
    floor.samples("press-1", "temperature", [(datetime.now(UTC), value)])


def shelve(floor: Floor, seconds: float) -> None:
    """What mes writes at the button, for the alarm that stands or stood last."""
    floor.conn.execute(
        "INSERT INTO alarm_request (alarm, action, by, comment, lasts_us)"
        " SELECT max(id), 'shelve', 'wang', 'test', %s FROM alarm HAVING max(id) IS NOT NULL",
        (int(seconds * 1e6),),
    )


def test_killed_at_random_nothing_is_lost_and_nothing_doubled(
    database: str, tmp_path: Path, floor: Floor, chat: HttpReceiver
) -> None:
    seed = random.randrange(1_000_000)
    print(f"seed {seed}")
    chance = random.Random(seed)
    service = Killed(tmp_path, database, chat)
    heats = 0
    try:
        eventually("the first round", lambda: floor.rows("SELECT count(*) FROM alerts_position") == [(1,)])
        for _ in range(KILLS):
            ends = time.monotonic() + chance.uniform(0.2, 2.0)
            while time.monotonic() < ends:
                heats += 1
                heat(floor, 70)
                if chance.random() < 0.3:
                    shelve(floor, chance.uniform(0.1, 1.5))
                time.sleep(chance.uniform(0.0, 0.2))
                heat(floor, 50)
                time.sleep(chance.uniform(0.0, 0.2))
            service.kill()
        eventually("all to be judged", lambda: Counter(floor.events())["cleared"] == heats, 20)
        eventually("all requests to be done", lambda: floor.rows(WAITING) == [(0, 0)], 30)
        eventually("all messages", lambda: floor.rows(UNSENT) == [(0,)], 60)
    finally:
        service.end()

    events = floor.events()
    judged = [event for event in events if event in ("raised", "raised_again", "cleared")]
    assert all(event != "cleared" for event in judged[::2])
    assert all(event == "cleared" for event in judged[1::2])
    assert len(judged) == 2 * heats
    shelvings = [event for event in events if event in ("shelved", "shelving_ended")]
    assert Counter(floor.rows("SELECT request FROM alarm_journal WHERE event = 'shelved'")) == Counter(
        floor.rows("SELECT id FROM alarm_request")
    )
    assert shelvings[-1:] in ([], ["shelving_ended"])
    assert "shelving_ended, shelving_ended" not in ", ".join(shelvings)
    sent = Counter(post.key for post in chat.posts)
    assert len(sent) == floor.rows("SELECT count(*) FROM delivery WHERE state = 'delivered'")[0][0]
    assert sum(sent.values()) - len(sent) <= KILLS
    print(
        f"{heats} times hot, {KILLS} kills, {len(events)} lines, {len(sent)} messages, "
        f"{sum(sent.values()) - len(sent)} repeated"
    )


WAITING = """
SELECT (SELECT count(*) FROM alarm_request r
         WHERE NOT EXISTS (SELECT FROM alarm_request_outcome o WHERE o.request = r.id)),
       (SELECT count(*) FROM shelving)
"""
UNSENT = "SELECT count(*) FROM delivery WHERE delivered_at IS NULL"
