"""Somebody outside is told that alerts works, and is not told so when it does not."""

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest

from alerts.channels.courier import Courier
from alerts.channels.heartbeat import HeartbeatLoop, outage_of
from alerts.channels.ledger import Backlog
from alerts.channels.message import Refusal, Trouble
from alerts.channels.webhook import WebhookSender
from config.channels import Heartbeat, Webhook
from runtime.settings import BadSetting
from tests.alerts.letters import STYLE, settings
from tests.alerts.receivers import HttpReceiver
from tests.support.eventually import eventually


def loop(chat: HttpReceiver, outage: Callable[[], str], ending: threading.Event) -> HeartbeatLoop:
    asked = settings(PING=f"http://127.0.0.1:{chat.port}/ping/0123456789abcdef")
    made = HeartbeatLoop(Heartbeat(url_env="PING", every=timedelta(seconds=10)), asked, outage, ending, lambda: None)
    made.every_s = 0.1
    return made


def test_no_ping_while_it_cannot_judge_or_send_and_again_when_it_can(chat: HttpReceiver) -> None:
    ending, outages = threading.Event(), [""]
    made = loop(chat, lambda: outages[0], ending)
    made.start()
    eventually("pings", lambda: len(chat.pings) > 1)

    outages[0] = "the database is away"
    eventually("it to be withheld", lambda: "the database is away" in made.part().trouble)
    count = len(chat.pings)
    eventually("time to pass", lambda: made.due_at and len(chat.pings) == count)
    outages[0] = ""
    eventually("pings again", lambda: len(chat.pings) > count and made.part().trouble == "")
    ending.set()
    made.join(5)


def test_a_watchdog_that_is_away_is_said_without_its_address(chat: HttpReceiver) -> None:
    made = loop(chat, lambda: "", threading.Event())
    chat.stop()

    assert made._pinged() == "the watchdog did not take it: ConnectError"


def test_a_channel_that_takes_nothing_is_an_outage_only_when_people_miss_something(chat: HttpReceiver) -> None:
    channel = Webhook(kind="webhook", id="chat", url_env="CHAT")
    sender = WebhookSender(channel, settings(CHAT=f"http://127.0.0.1:{chat.port}/"), STYLE)
    courier = Courier("postgresql://nowhere", channel, sender, threading.Event(), lambda: None)
    down = courier.readiness.after(Refusal(Trouble.DOWN, "HTTP 500"), False, 0.0)
    found = []
    for backlog in (Backlog(), Backlog(3, 1, 0, 30.0), Backlog(3, 1, 0, 200.0)):
        courier.dispatch.backlog, courier.dispatch.readiness = backlog, down
        found.append(outage_of([courier]))

    assert found == ["", "", "channel chat has taken nothing for 200 s (HTTP 500)"]


def test_a_heartbeat_without_its_address_is_said(chat: HttpReceiver) -> None:
    with pytest.raises(BadSetting, match="PING is not set"):
        HeartbeatLoop(Heartbeat(url_env="PING"), settings(), str, threading.Event(), lambda: None)
