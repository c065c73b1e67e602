"""Alive and ready are two questions, and both are answered while a loop stands still."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import suppress

import httpx
import pytest

from runtime.health import Health, Part
from runtime.health_server import serving
from runtime.settings import BadSetting, Endpoint
from tests.health import Asked

AWAY = Part("broker", "no connection", "check SHOPFLOOR_BROKER")


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def hand() -> Hand:
    return Hand()


@pytest.fixture
def health(hand: Hand) -> Health:
    return Health("edge", 90.0, clock=hand)


@pytest.fixture
def asked(health: Health, free_port: Callable[[], int]) -> Iterator[Asked]:
    port = free_port()
    with serving(Endpoint("127.0.0.1", port), health):
        yield Asked(port)


def test_a_loop_that_stands_still_is_named_and_ends_when_it_turns_again(health: Health, hand: Hand) -> None:
    beat, other = health.loop("keep"), health.loop("publish")
    hand.now = 91.0
    other()
    stuck = health.live()
    beat()

    assert (stuck.status, health.live().status) == (503, 200)
    assert stuck.document["reason"] == "keep has not turned for 91 s"
    assert stuck.document["cure"]


def test_a_loop_that_rests_by_itself_has_that_long_in_addition(health: Health, hand: Hand) -> None:
    health.loop("poll slow-plc", period_s=3600.0)

    for now, status in ((3689.0, 200), (3691.0, 503)):
        hand.now = now
        assert status == health.live().status


def test_what_hangs_is_not_ready_either(health: Health, hand: Hand) -> None:
    health.loop("keep")
    hand.now = 91.0

    assert health.ready([Part("broker")]).status == 503


def test_a_service_that_starts_is_alive_and_not_yet_ready(health: Health) -> None:
    assert (health.live().status, health.ready(health.parts()).status) == (200, 503)


def test_the_first_reason_comes_with_its_cure_and_all_parts(health: Health) -> None:
    answer = health.ready([Part("journal"), AWAY, Part("claim", "not held", "wait")])

    assert (answer.status, answer.document["reason"]) == (503, "broker: no connection")
    assert answer.document["cure"] == "check SHOPFLOOR_BROKER"
    assert answer.document["parts"] == {
        "loops": {"ok": True},
        "journal": {"ok": True},
        "broker": {"ok": False, "reason": "no connection", "cure": "check SHOPFLOOR_BROKER"},
        "claim": {"ok": False, "reason": "not held", "cure": "wait"},
    }


def test_a_part_that_is_not_needed_is_told_and_forgiven(health: Health) -> None:
    answer = health.ready([Part("device plc-1", "no answer", "check its power", needed=False)])

    assert answer.status == 200
    assert "no answer" in str(answer.document["parts"])


def test_the_answers_come_over_http(health: Health, hand: Hand, asked: Asked) -> None:
    health.loop("keep")
    health.parts = lambda: [AWAY]
    before = asked.codes()
    hand.now = 100.0

    assert (before, asked.codes()) == ((200, 503), (503, 503))
    assert (asked.number("shopfloor_ready"), asked.number("shopfloor_part_ok", part="broker")) == (0.0, 0.0)
    assert asked.number("shopfloor_loop_age_seconds", loop="keep") == 100.0
    assert asked.get("/metrics").headers["content-type"].startswith("text/plain; version=")


def test_anything_else_is_not_found_and_nothing_can_be_sent(asked: Asked) -> None:
    posted = httpx.post(f"http://127.0.0.1:{asked.port}/metrics")

    assert (asked.get("/").status_code, posted.status_code) == (404, 501)


def test_a_page_whose_name_leads_here_is_not_answered(asked: Asked) -> None:
    assert asked.get("/metrics", Host="evil.example").status_code == 403
    assert asked.get("/metrics", Host=f"localhost:{asked.port}").status_code == 200


def test_who_connects_and_says_nothing_keeps_nobody_waiting(asked: Asked) -> None:
    with socket.create_connection(("127.0.0.1", asked.port)):
        assert asked.get("/health/live").status_code == 200


def test_a_taken_port_is_named_with_its_cure(health: Health, free_port: Callable[[], int]) -> None:
    port = free_port()
    with (
        socket.create_server(("127.0.0.1", port)),
        pytest.raises(BadSetting, match=f"SHOPFLOOR_HEALTH=127.0.0.1:{port}"),
        serving(Endpoint("127.0.0.1", port), health),
    ):
        pass


def test_without_an_endpoint_nothing_listens(health: Health) -> None:
    before = listening()

    with serving(None, health):
        while_it_runs = listening()

    assert while_it_runs == before


def listening() -> set[int]:
    """The sockets of this process that wait for connections."""
    found = set()
    for number in map(int, os.listdir("/proc/self/fd")):
        with suppress(OSError), socket.socket(fileno=os.dup(number)) as one:
            if one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                found.add(number)
    return found


def test_it_listens_on_the_other_kind_of_address_too(health: Health, free_port: Callable[[], int]) -> None:
    port = free_port()
    try:
        socket.create_server(("::1", port), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("this machine has no ::1")
    with serving(Endpoint("::1", port), health), socket.create_connection(("::1", port)) as line:
        line.sendall(b"GET /health/live HTTP/1.0\r\nHost: [::1]\r\n\r\n")
        assert line.recv(100).startswith(b"HTTP/1.0 200")
