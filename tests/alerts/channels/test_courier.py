"""A channel has a pace; "too fast" is the channel's, a refusal the message's; nothing is lost and people can see it."""

import signal
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from alerts.channels.courier import Courier
from alerts.channels.letter import Letter
from alerts.channels.message import Taken
from config.channels import Webhook
from tests.alerts.floor import Floor, plant_text
from tests.alerts.letters import STYLE
from tests.alerts.receivers import HttpReceiver
from tests.alerts.test_service import Alerts, heat, keys
from tests.health import Asked
from tests.support.eventually import eventually

WORD = "- {name: alarms, role: alarm_word, register: 9, alarms: {%s}}" % ", ".join(  # noqa: UP031  - braces of YAML
    f"{bit}: {{en: A{bit}, zh: 甲{bit}}}" for bit in range(16)
)
RULES = (
    "[{id: hot, kind: threshold, tag: temperature, above: 60, deadband: 2, priority: high, notify: [chat]},"
    " {id: plc, kind: plc_alarm, priority: medium, notify: [chat]}]"
)


@pytest.fixture
def chat(free_port: Callable[[], int]) -> Iterator[HttpReceiver]:
    made = HttpReceiver(free_port())
    made.answer = {"errcode": 0, "errmsg": "ok"}
    made.start()
    yield made
    made.stop()


@pytest.fixture
def alerts(database: str, tmp_path: Path, chat: HttpReceiver, asked: Asked) -> Iterator[Alerts]:
    """The service with one chat robot that takes 1200 a minute, not yet started."""
    channel = "[{id: chat, kind: webhook, url_env: CHAT, format: wecom, rate: 1200/min}]"
    text = plant_text(RULES, channel).replace("- {name: current", f"{WORD}\n          - {{name: current")
    plant = tmp_path / "plant.yaml"
    plant.write_text(text, encoding="utf-8")
    variables = {
        "SHOPFLOOR_PLANT": str(plant),
        "SHOPFLOOR_DATABASE": database,
        "SHOPFLOOR_HEALTH": f"127.0.0.1:{asked.port}",
        "CHAT": f"http://127.0.0.1:{chat.port}/cgi-bin/webhook/send?key=693a1f56-7aoc",
    }
    made = Alerts(tmp_path, variables)
    yield made
    if made.process is not None:
        made.process.kill()
        made.process.wait(10)


def flap(floor: Floor, times: int) -> None:
    """Sixteen alarms come and go, and each line of it is to be sent, as before a flood is known to be one."""
    floor.conn.execute(
        "WITH a AS (INSERT INTO alarm (rule, subject, priority, active, acked, text_en, text_zh, raised_at)"
        " SELECT 'plc', 'bit/' || n, 'medium', false, true, 'Bit ' || n, '位 ' || n, now()"
        " FROM generate_series(1, 16) AS n RETURNING id), j AS ("
        " INSERT INTO alarm_journal (alarm, event, at)"
        " SELECT a.id, CASE n %% 2 WHEN 0 THEN 'raised' ELSE 'cleared' END, now()"
        " FROM generate_series(0, %s) AS n, a ORDER BY n, a.id RETURNING id)"
        " INSERT INTO delivery (journal, channel, next_attempt_at) SELECT id, 'chat', now() FROM j ORDER BY id",
        (2 * times - 1,),
    )


def channel_part(asked: Asked) -> dict[str, object]:
    part = asked.ready()["parts"]["channel chat"]
    assert isinstance(part, dict)
    return part


def text_of(document: dict[str, dict[str, str]]) -> str:
    return document["text"]["content"]


def test_a_flood_goes_out_at_the_channels_rate_whole_and_in_order_and_high_priority_before_it(
    alerts: Alerts, floor: Floor, chat: HttpReceiver
) -> None:
    alerts.start()
    flap(floor, 2)
    eventually("the flood", lambda: len(chat.posts) > 15)
    asked_at = time.monotonic()
    heat(floor, 70)
    eventually("all messages", lambda: len(chat.posts) == 65)

    times = [post.at for post in chat.posts]
    assert max(sum(first <= at < first + 1 for at in times) for first in times) <= 4 + 20
    urgent = next(post for post in chat.posts if "temperature" in text_of(post.document))
    assert urgent.at - asked_at < 3
    assert len(keys(chat)) == 65
    alarm_of = dict(floor.rows("SELECT d.id::text, alarm FROM delivery d JOIN alarm_journal j ON j.id = journal"))
    by_alarm: dict[int, list[int]] = {}
    for post in chat.posts:
        by_alarm.setdefault(alarm_of[post.key], []).append(int(post.key or 0))
    assert all(earlier < later for sent in by_alarm.values() for earlier, later in pairwise(sent))


def test_too_fast_pauses_the_channel_and_counts_against_no_message(
    alerts: Alerts, floor: Floor, chat: HttpReceiver, asked: Asked
) -> None:
    chat.answer, chat.headers = {"errcode": 45009, "errmsg": "api freq out of limit"}, {"Retry-After": "5"}
    alerts.start()
    flap(floor, 3)
    eventually("too fast", lambda: "channel_too_fast" in alerts.text())
    eventually("health to say it", lambda: not channel_part(asked)["ok"])
    heat(floor, 70)
    eventually("judging goes on", lambda: floor.rows("SELECT count(*) FROM alarm_journal") == [(97,)])
    part, ready = channel_part(asked), asked.ready()["ready"]
    attempts = floor.rows("SELECT max(attempts), max(refused) FROM delivery")
    # A killed service does not forget that its receiver wants to rest.
    alerts.end(signal.SIGKILL)
    alerts.start()
    time.sleep(1)
    posts = len(chat.posts)
    chat.answer, chat.headers = {"errcode": 0}, {}

    eventually("all messages", lambda: len(keys(chat)) == 97 and channel_part(asked)["ok"] is True)
    assert (posts, ready, attempts) == (1, True, [(0, 0)])
    assert "too fast" in str(part["reason"])
    assert "'rate' of channel 'chat'" in str(part["cure"])
    assert "temperature" in text_of(chat.posts[1].document)
    assert floor.rows("SELECT count(*) FROM channel_trouble") == [(0,)]


def test_refused_messages_are_said_once_and_shown_until_they_are_taken(
    alerts: Alerts, floor: Floor, chat: HttpReceiver, asked: Asked
) -> None:
    chat.answer = {"errcode": 40008, "errmsg": "invalid message type, more info at https://example.com/e=40008"}
    alerts.start()
    flap(floor, 1)
    eventually("all to be refused", lambda: floor.rows("SELECT count(*) FROM delivery WHERE refused = 1") == [(32,)])
    eventually("health to say it", lambda: "32 messages refused" in str(channel_part(asked).get("reason")))
    part, posts = channel_part(asked), len(chat.posts)
    refused = asked.number("shopfloor_alerts_refused_deliveries", channel="chat")
    chat.answer = {"errcode": 0}
    heat(floor, 70)
    eventually("others to be taken", lambda: len(chat.posts) == posts + 1)
    floor.rows("UPDATE delivery SET next_attempt_at = clock_timestamp() RETURNING 1")
    alerts.end(signal.SIGTERM)
    alerts.start()

    left = "SELECT count(*) FROM delivery WHERE delivered_at IS NULL"
    eventually("all to be taken", lambda: floor.rows(left) == [(0,)])
    eventually("health to be well", lambda: channel_part(asked)["ok"] is True)
    assert (posts, refused) == (32, 32)
    assert alerts.text().count("message_refused") == 1
    assert "code 40008: invalid message type" in str(part["reason"])
    assert "'format'" in str(part["cure"])
    assert "example.com" not in str(part)
    assert "693a1f56" not in alerts.text() + str(part)


class Illegible:
    """A sender that cannot write the messages of one rule."""

    style, room, pictures = STYLE, None, False

    def __init__(self) -> None:
        self.sent: list[int] = []

    def parts(self, letter: Letter) -> int:
        return 1

    def send(self, letter: Letter) -> Taken:
        if letter.messages[0].rule == "odd":
            raise KeyError("urgent")
        self.sent.append(letter.id)
        return Taken()


def test_a_message_that_cannot_be_written_holds_up_no_other(database: str, floor: Floor) -> None:
    for rule in ("odd", "hot"):
        floor.conn.execute(
            "WITH a AS (INSERT INTO alarm (rule, subject, priority, text_en, text_zh, raised_at)"
            " VALUES (%s, 'press-1', 'high', 'a', 'a', now()) RETURNING id),"
            " j AS (INSERT INTO alarm_journal (alarm, event, at) SELECT id, 'raised', now() FROM a RETURNING id)"
            " INSERT INTO delivery (journal, channel, next_attempt_at) SELECT id, 'chat', now() FROM j",
            (rule,),
        )
    sender, ending = Illegible(), threading.Event()
    courier = Courier(database, Webhook(kind="webhook", id="chat", url_env="CHAT"), sender, ending, lambda: None)
    courier.start()

    eventually("the other one", lambda: bool(sender.sent))
    eventually("the count", lambda: courier.backlog.refused == 1)
    ending.set()
    courier.join(5)
    assert floor.rows("SELECT provider_answer FROM delivery WHERE delivered_at IS NULL") == [
        ("this message cannot be written: KeyError: 'urgent'",)
    ]
