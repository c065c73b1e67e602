"""A browser subscribes, to push services that the plant file names and to no other address."""

import psycopg
import pytest

from config.channels import PUSH_HOSTS, WebPush
from mes.alarms.push_endpoints import allowed, sound
from tests.mes.erp.plants import client
from tests.mes.screens.lines import plant

CHANNEL = WebPush(id="push", kind="web_push", contact="plant@example.com")
PLANT = plant().model_copy(update={"channels": (CHANNEL,)})
BROWSER = {
    "endpoint": "https://updates.push.services.mozilla.com/wpush/v2/abc",
    "p256dh": "B" * 87,
    "auth": "0123456789abcdefghijkl",
}


def subscriptions(database: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as conn:
        return conn.execute("SELECT endpoint, language, person FROM push_subscription").fetchall()


async def test_a_browser_begins_and_ends(database: str) -> None:
    async with client(database, PLANT) as http:
        page = await http.get("/push?lang=zh")
        again = await http.get("/push?lang=zh")
        begun = await http.post("/push?lang=zh", data=BROWSER)
        kept = subscriptions(database)
        ended = await http.post("/push/end", data={"endpoint": BROWSER["endpoint"]})

    assert 'data-key="B' in page.text
    assert page.text == again.text
    assert (begun.status_code, ended.status_code) == (204, 204)
    assert kept == [(BROWSER["endpoint"], "zh", None)]
    assert subscriptions(database) == []


async def test_to_an_address_of_ones_own_nothing_is_sent(database: str) -> None:
    async with client(database, PLANT) as http:
        inside = await http.post("/push", data=BROWSER | {"endpoint": "https://10.0.0.5/admin"})
        odd = await http.post("/push", data=BROWSER | {"auth": "<script>"})

    assert (inside.status_code, odd.status_code) == (422, 422)
    assert subscriptions(database) == []


async def test_without_such_a_channel_there_is_no_button(database: str) -> None:
    async with client(database, plant()) as http:
        page = await http.get("/push?lang=en")

    assert "The plant file has no channel of kind web_push." in page.text
    assert "push.js" not in page.text


@pytest.mark.parametrize(
    ("endpoint", "expected"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://web.push.apple.com/abc", True),
        ("http://fcm.googleapis.com/fcm/send/abc", False),
        ("https://fcm.googleapis.com.evil.example/abc", False),
        ("https://evilpush.apple.com.example", False),
        ("https://user@fcm.googleapis.com/", False),
        ("https://fcm.googleapis.com:0/", False),
        ("https://[::1/", False),
        ("https://fcm.googleapis.com/" + "x" * 500, False),
    ],
)
def test_only_named_push_services_are_sent_to(endpoint: str, expected: bool) -> None:
    assert allowed(endpoint, PUSH_HOSTS) is expected


def test_a_key_is_base64url() -> None:
    assert [sound(text) for text in ("B" * 87, "short", "a b" * 10, "B" * 200)] == [True, False, False, False]
