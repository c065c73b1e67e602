"""Samples given up, frames that have not come, frames refused: one alarm for each edge agent, until it is over."""

import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from alerts.alarms.texts import text_of
from alerts.rules.tapes import Loss
from alerts.watch import Watch
from collector.writer import Message
from contract.frame import encode
from contract.gap import Cause, Gap
from contract.sample import Quality, Sample, to_us
from contract.topics import frame_topic
from runtime.database import connect
from tests.alerts.floor import Floor, plant_with
from tests.support.frames import frame_of

LOST = "{id: lost, kind: data_loss, within: 1h}"
TOPIC = frame_topic("suzhou", "edge-1")


@pytest.fixture
def watch(database: str) -> Iterator[Watch]:
    """A watch with the rule."""
    with connect(database, "alerts") as conn:
        yield Watch(conn, plant_with(f"[{LOST}]"), threading.Event())


def rounds(made: Watch) -> None:
    while made.round():
        pass


def frame(seq: int) -> dict[str, object]:
    now = to_us(datetime.now(UTC))
    read = [Sample("press-1", "current", now, now, 1.5, Quality.GOOD)]
    return dict(json.loads(encode(frame_of("edge-1", 1, seq, read))))


def send(floor: Floor, document: dict[str, object]) -> None:
    floor.writer.write([Message(TOPIC, json.dumps(document).encode())])


def gap(cause: Cause, lost: int) -> dict[str, object]:
    now = to_us(datetime.now(UTC))
    told = Gap(cause=cause, from_us=now - 9, to_us=now, series=[0], lost=lost, epoch=1 if lost else 0)
    return dict(told.model_dump(mode="json"))


def texts(floor: Floor) -> list[tuple[str, str]]:
    return [(en, zh) for en, zh in floor.rows("SELECT text_en, text_zh FROM alarm")]


def test_without_a_loss_there_is_no_alarm_and_a_device_that_was_away_is_none(watch: Watch, floor: Floor) -> None:
    send(floor, frame(1) | {"gaps": [gap(Cause.DEVICE_AWAY, 0)]})
    rounds(watch)

    assert floor.rows("SELECT cause FROM collection_gap") == [("device_away",)]
    assert floor.alarms() == []


def test_samples_that_were_given_up_are_one_alarm_that_says_how_many(watch: Watch, floor: Floor) -> None:
    for seq, lost in ((1, 120), (2, 30)):
        send(floor, frame(seq) | {"gaps": [gap(Cause.JOURNAL_FULL, lost)]})
        rounds(watch)

    assert floor.alarms() == [("lost", "edge-1", "active_unacked")]
    assert texts(floor) == [
        ("Edge agent edge-1: data lost: 120 samples given up", "边缘代理 edge-1：数据丢失：120 个采样被丢弃")
    ]


def test_frames_that_do_not_come_are_an_alarm_once_that_is_certain(watch: Watch, floor: Floor) -> None:
    send(floor, frame(1))
    send(floor, frame(5))
    rounds(watch)
    early = floor.alarms()
    floor.writer.look_for_gaps(timedelta(0))
    rounds(watch)

    assert early == []
    assert texts(floor) == [
        ("Edge agent edge-1: data lost: 3 frames missing", "边缘代理 edge-1：数据丢失：3 个数据帧缺失")
    ]


def test_an_alarm_of_frames_that_come_after_all_clears_by_itself(watch: Watch, floor: Floor) -> None:
    send(floor, frame(1))
    send(floor, frame(3))
    floor.writer.look_for_gaps(timedelta(0))
    rounds(watch)
    send(floor, frame(2))
    rounds(watch)

    assert floor.events() == ["raised", "cleared"]


def test_a_refused_frame_is_an_alarm_and_a_strangers_nonsense_is_not(watch: Watch, floor: Floor) -> None:
    floor.writer.write([Message("shopfloor/v1/elsewhere/x/frame", b"nonsense")])
    rounds(watch)
    early = floor.alarms()
    send(floor, frame(7) | {"colour": "red"})
    rounds(watch)

    assert early == []
    assert texts(floor)[0][0] == "Edge agent edge-1: data lost: 1 frame refused"


def test_what_was_lost_longer_ago_than_the_rule_looks_back_is_over(watch: Watch, floor: Floor) -> None:
    send(floor, frame(1) | {"gaps": [gap(Cause.JOURNAL_FULL, 120)]})
    rounds(watch)
    floor.conn.execute("UPDATE collection_gap SET noticed_at = noticed_at - interval '61 min'")
    rounds(watch)

    assert floor.events() == ["raised", "cleared"]


def test_a_damaged_journal_is_told_though_nobody_knows_how_much_was_in_it() -> None:
    plant = plant_with(f"[{LOST}]")

    text = text_of(plant, plant.rules[0], "edge-1", Loss(0, 0, 0, damaged=True))

    assert (text.en, text.zh) == (
        "Edge agent edge-1: data lost: 1 journal damaged and set aside",
        "边缘代理 edge-1：数据丢失：1 个日志文件损坏并已隔离",
    )
