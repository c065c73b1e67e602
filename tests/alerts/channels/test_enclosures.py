"""A message that calls somebody has a link of its own."""

from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from alerts.channels.enclosures import Enclosures
from alerts.channels.letter import Kind
from runtime.action_link import ActionLink, read
from tests.alerts.floor import Floor
from tests.alerts.letters import LETTER, letter_with, several


def test_the_link_is_of_this_message_alarm_and_person(floor: Floor) -> None:
    letter = Enclosures("https://mes.example.com")(floor.conn, replace(LETTER, person="wang"))

    address = urlsplit(letter.acknowledge)
    [(key,)] = floor.rows("SELECT key FROM action_key")
    assert (address.netloc, address.path) == ("mes.example.com", "/acknowledge")
    assert read(bytes(key), parse_qs(address.query)["link"][0]) == ActionLink(17, 3, "wang")


@pytest.mark.parametrize("event", ["raised", "raised_again", "escalated", "calm", "unsuppressed"])
def test_whatever_calls_somebody_has_one(floor: Floor, event: str) -> None:
    assert Enclosures("https://mes.example.com")(floor.conn, letter_with(event=event)).acknowledge


@pytest.mark.parametrize(
    "letter",
    [
        letter_with(event="cleared"),
        letter_with(event="acknowledged"),
        several(3, Kind.TOGETHER),
        several(30, Kind.DIGEST),
    ],
)
def test_what_calls_nobody_alone_has_none(floor: Floor, letter: object) -> None:
    assert Enclosures("https://mes.example.com")(floor.conn, letter).acknowledge == ""  # type: ignore[arg-type]


def test_without_an_address_for_people_there_is_none(floor: Floor) -> None:
    assert Enclosures("")(floor.conn, LETTER).acknowledge == ""
