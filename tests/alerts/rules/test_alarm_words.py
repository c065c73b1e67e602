"""Alarm words of PLCs: each bit with a text is an alarm of its own, over restarts and in both languages."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from alerts.health import count_alarms
from alerts.metrics import ACTIVE
from alerts.rules.alarm_words import Word, words_of
from alerts.rules.tapes import Verdict
from alerts.watch import Watch
from config.device import Tag
from config.load import BadPlantFile, parse_plant
from config.plant import Plant
from config.rules.kinds import PlcAlarm
from mes.keeper.refresh_loop import Refresh
from mes.screens.wall.store_wall import LineReader
from mes.web.access.access import Access
from mes.web.context import Context
from runtime.database import async_pool, connect
from tests.alerts.floor import PLANT, Floor
from tests.mes.erp.plants import client, settings

CURRENT = "          - {name: current, register: 3, type: float32, unit: A}\n"
BITS = "{0: {en: Guard open, zh: 防护门打开}, 3: {en: Oil low, zh: 油位低, priority: high}}"
WORD = f"          - {{name: alarms, role: alarm_word, register: 5, alarms: {BITS}}}\n"
RULE = "{id: plc, kind: plc_alarm, machines: [press-1], priority: low}"
ON, OFF = Verdict.ON, Verdict.OFF


def plant(word: str = WORD, rules: str = RULE.replace("machines: [press-1], ", "")) -> Plant:
    return parse_plant(f"{PLANT.replace(CURRENT, CURRENT + word)}rules: [{rules}]\n")


def word(**more: Any) -> Word:
    alarms = {0: {"en": "a", "zh": "甲"}, 15: {"en": "b", "zh": "乙"}}
    keys = {"name": "w", "role": "alarm_word", "register": 1, "alarms": alarms} | more
    return Word(PlcAlarm(id="plc", kind="plc_alarm"), "press-1", Tag.model_validate(keys))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0, {"press-1/w/0": OFF, "press-1/w/15": OFF}),
        (1.0, {"press-1/w/0": ON, "press-1/w/15": OFF}),
        (32_768.0, {"press-1/w/0": OFF, "press-1/w/15": ON}),
        (-32_768.0, {"press-1/w/0": OFF, "press-1/w/15": ON}),
        (6.0, {"press-1/w/0": OFF, "press-1/w/15": OFF}),
        (None, {}),
    ],
)
def test_each_bit_with_a_text_says_whether_it_is_on(value: float | None, expected: dict[str, Verdict]) -> None:
    assert word().feed(1, value) == expected


def test_a_sample_that_came_late_says_nothing() -> None:
    one = word()
    one.feed(10, 1.0)

    assert one.feed(9, 0.0) == {}
    assert one.feed(10, 0.0) == {"press-1/w/0": OFF, "press-1/w/15": OFF}


@pytest.mark.parametrize(
    ("made", "complaint"),
    [
        ({"word": WORD.replace("3: {", "16: {")}, "an alarm word of type 'uint16' has 16 bits, counted from 0"),
        ({"word": WORD.replace("register: 5", "register: 5, type: float32")}, "an alarm word of type 'float32' has 0"),
        ({"word": WORD.replace(f", alarms: {BITS}", "")}, "a tag with role 'alarm_word' needs 'alarms' (bit: text)"),
        ({"rules": ""}, "tag 'alarms' of machine 'press-1': no rule asks for its alarms: add one such as {id: plc"),
        ({"rules": RULE}, "tag 'alarms' of machine 'press-2': no rule asks for its alarms"),
        ({"word": "", "rules": RULE}, "rule 'plc': none of its machines has a tag with role 'alarm_word'"),
    ],
)
def test_each_mistake_is_named_with_its_cure(made: dict[str, str], complaint: str) -> None:
    with pytest.raises(BadPlantFile) as caught:
        plant(**made)

    assert complaint in str(caught.value)


def test_a_machine_may_have_several_alarm_words() -> None:
    two = plant(WORD + WORD.replace("name: alarms", "name: more-alarms").replace("register: 5", "register: 6"))

    assert [one.tag.name for one in words_of(two) if one.machine == "press-1"] == ["alarms", "more-alarms"]


def now() -> datetime:
    return datetime.now(UTC)


def rounds(watch: Watch) -> None:
    while watch.round():
        pass


async def test_bits_come_and_go_as_alarms_with_their_text_and_priority_and_the_api_shows_them(
    floor: Floor, database: str
) -> None:
    with connect(database, "alerts") as conn:
        watch = Watch(conn, plant(), threading.Event())
        floor.samples("press-1", "alarms", [(now(), 0.0)])
        rounds(watch)
        floor.samples("press-1", "alarms", [(now(), 9.0)])
        rounds(watch)
        count_alarms(watch.journal)
        active = {priority: ACTIVE.labels(priority)._value.get() for priority in ("low", "medium", "high")}
        floor.samples("press-1", "alarms", [(now(), None)])
        rounds(watch)
        floor.samples("press-1", "alarms", [(now(), 8.0)])
        rounds(watch)
    async with client(database, plant()) as http:
        told = (await http.get("/api/v1/alarms", params={"open": "true"})).json()["items"]
        page = (await http.get("/alarms", headers={"accept-language": "zh"})).text
    async with async_pool(database, "mes") as pool:
        context = Context(settings(database), plant(), pool, Refresh(alive=True), Access({}))
        wall = await LineReader(context, plant().lines[0]).look()

    assert active == {"low": 1, "medium": 0, "high": 1}
    assert floor.alarms() == [
        ("plc", "press-1/alarms/0", "cleared_unacked"),
        ("plc", "press-1/alarms/3", "active_unacked"),
    ]
    assert [(one["text"], one["priority"], one["machine"]) for one in reversed(told)] == [
        ({"en": "Press 1: Guard open", "zh": "压力机 1：防护门打开"}, "low", "press-1"),
        ({"en": "Press 1: Oil low", "zh": "压力机 1：油位低"}, "high", "press-1"),
    ]
    assert "压力机 1：油位低" in page
    assert [(line.priority, line.text_zh) for line in wall.tiles[0].alarms] == [
        ("high", "压力机 1：油位低"),
        ("low", "压力机 1：防护门打开"),
    ]


def test_a_bit_that_came_and_went_between_two_rounds_is_on_record(floor: Floor, database: str) -> None:
    with connect(database, "alerts") as conn:
        watch = Watch(conn, plant(), threading.Event())
        at = now()
        floor.samples("press-1", "alarms", [(at, 1.0), (at + timedelta(milliseconds=100), 0.0)])
        rounds(watch)

    assert floor.events() == ["raised", "cleared"]


def test_a_restart_neither_raises_again_nor_forgets_and_a_text_that_is_taken_away_ends_its_alarm(
    floor: Floor, database: str
) -> None:
    with connect(database, "alerts") as conn:
        watch = Watch(conn, plant(), threading.Event())
        floor.samples("press-1", "alarms", [(now(), 9.0)])
        rounds(watch)
    with connect(database, "alerts") as conn:
        watch = Watch(conn, plant(), threading.Event())
        floor.samples("press-1", "alarms", [(now(), 9.0)])
        rounds(watch)
        again = floor.events()
    without = plant(WORD.replace("0: {en: Guard open, zh: 防护门打开}, ", ""))
    with connect(database, "alerts") as conn:
        rounds(Watch(conn, without, threading.Event()))

    assert again == ["raised", "raised"]
    assert [condition for _, _, condition in floor.alarms()] == ["cleared_unacked", "active_unacked"]


def test_what_was_read_long_ago_raises_nothing(floor: Floor, database: str) -> None:
    with connect(database, "alerts") as conn:
        watch = Watch(conn, plant(), threading.Event())
        floor.samples("press-1", "alarms", [(now() - timedelta(hours=2), 1.0)], backlog=True)
        rounds(watch)

    assert floor.alarms() == []
