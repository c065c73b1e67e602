"""What a channel does not take goes to its spare, and the ledger says by whom and why; an answer that is cut off."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from config.channels import Format
from tests.alerts.floor import Floor, plant_text
from tests.alerts.providers import Bad, Robot, serve
from tests.alerts.receivers import HttpReceiver
from tests.alerts.test_service import Alerts, heat
from tests.support.eventually import eventually

RULE = "[{id: hot, kind: threshold, tag: temperature, above: 60, deadband: 2, priority: high, notify: [first]}]"
CHANNELS = (
    "[{id: first, kind: webhook, url_env: FIRST, format: wecom, spares: [second]},"
    " {id: second, kind: webhook, url_env: SECOND, format: dingtalk, secret_env: SECRET}]"
)


@pytest.fixture
def start(database: str, tmp_path: Path) -> Iterator[Callable[..., Alerts]]:
    """Starts alerts with two robots at these addresses."""
    made: list[Alerts] = []

    def begin(first: str, second: str = "http://127.0.0.1:9/") -> Alerts:
        plant = tmp_path / "plant.yaml"
        plant.write_text(plant_text(RULE, CHANNELS), encoding="utf-8")
        variables = {
            "SHOPFLOOR_PLANT": str(plant),
            "SHOPFLOOR_DATABASE": database,
            "FIRST": first,
            "SECOND": second,
            "SECRET": "SECabcdefgh",
        }
        made.append(Alerts(tmp_path, variables))
        made[0].start()
        return made[0]

    yield begin
    for one in made:
        if one.process is not None:
            one.process.kill()
            one.process.wait(10)


def test_a_refused_message_is_taken_by_the_spare_within_a_minute_and_the_ledger_says_so(
    start: Callable[..., Alerts], floor: Floor
) -> None:
    first, second = Robot(Format.WECOM, bad=Bad.CODE), Robot(Format.DINGTALK, secret="SECabcdefgh")
    with serve(first) as one, serve(second) as two:
        alerts = start(one, two)
        heat(floor, 70)
        eventually("the refusal", lambda: floor.rows("SELECT refused FROM delivery") == [(1,)])
        floor.rows("UPDATE delivery SET posted_at = posted_at - interval '15 s' RETURNING 1")
        eventually("the spare to take it", lambda: len(second.accepted) == 1)
        eventually("it to be noted", lambda: floor.rows("SELECT state FROM delivery") == [("delivered",)])

    assert floor.rows("SELECT channel, via, moved, provider_answer FROM delivery") == [
        ("first", "second", "first: HTTP 200, code 93000: invalid webhook url", "200, code 0, ok")
    ]
    assert floor.rows("SELECT via, result, status, code FROM delivery_attempt ORDER BY id") == [
        ("first", "refused", 200, 93000),
        ("second", "taken", 200, 0),
    ]
    assert "messages_moved" in alerts.text()
    assert "SECabcdefgh" not in alerts.text()


def test_a_message_whose_answer_was_cut_off_by_a_kill_goes_again_once_under_the_same_id_and_says_so(
    start: Callable[..., Alerts], floor: Floor
) -> None:
    robot = Robot(Format.WECOM, bad=Bad.HANG)
    with serve(robot) as address:
        alerts = start(address)
        heat(floor, 70)
        eventually("the message to be on its way", lambda: len(robot.posts) == 1)
        alerts.end(signal.SIGKILL)
        robot.bad = None
        alerts.start()
        eventually("it to be taken", lambda: len(robot.accepted) == 1)
        eventually("it to be noted", lambda: floor.rows("SELECT state FROM delivery") == [("delivered",)])

    first, again = robot.posts
    assert first.key == again.key
    assert ("可能是重复消息" in first.text, "可能是重复消息" in again.text) == (False, True)
    assert floor.rows("SELECT possible_repeat, attempts FROM delivery") == [(1, 2)]
    assert floor.rows("SELECT result FROM delivery_attempt ORDER BY id") == [("cut_off",), ("taken",)]


def test_a_long_text_goes_in_parts_and_none_of_them_twice(start: Callable[..., Alerts], floor: Floor) -> None:
    robot = Robot(Format.WECOM)
    with serve(robot) as address:
        start(address)
        heat(floor, 70)
        eventually("the alarm", lambda: len(robot.accepted) == 1)
        floor.acknowledge(1, comment="请检查冷却水" * 200)
        taken = "SELECT count(*) FROM delivery WHERE state = 'delivered'"
        eventually("both to be noted", lambda: floor.rows(taken) == [(2,)])

    parts = robot.accepted[1:]
    assert [part.key.partition(".")[2] for part in parts] == ["", *(str(n) for n in range(2, len(parts) + 1))]
    assert [part.text[:5] for part in parts] == [f"({n}/{len(parts)})" for n in range(1, len(parts) + 1)]
    assert len({part.key.partition(".")[0] for part in parts}) == 1


@pytest.mark.usefixtures("chat")
def test_messages_of_a_channel_that_is_gone_fail_and_say_why(
    start: Callable[..., Alerts], floor: Floor, chat: HttpReceiver
) -> None:
    floor.conn.execute(
        "WITH a AS (INSERT INTO alarm (rule, subject, priority, text_en, text_zh, raised_at)"
        " VALUES ('hot', 'press-2', 'high', 'a', 'a', now()) RETURNING id),"
        " j AS (INSERT INTO alarm_journal (alarm, event, at) SELECT id, 'raised', now() FROM a RETURNING id)"
        " INSERT INTO delivery (journal, channel, next_attempt_at) SELECT id, 'gone', now() FROM j"
    )
    start(f"http://127.0.0.1:{chat.port}/")

    eventually("it to be said", lambda: floor.rows("SELECT state FROM delivery") == [("failed",)])
    assert floor.rows("SELECT provider_answer FROM delivery") == [
        ("the plant file has no channel of this name any more",)
    ]
