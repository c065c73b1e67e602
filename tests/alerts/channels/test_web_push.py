"""What a browser is pushed can be read by that browser alone, and one that is gone is left alone."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace

import http_ece
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from alerts.channels.message import NotDelivered, Trouble
from alerts.channels.web_push import WebPushSender
from config.channels import WebPush
from mes.alarms.store_push import public_key
from runtime.database import async_pool
from tests.alerts.floor import Floor
from tests.alerts.letters import LETTER, STYLE, settings
from tests.alerts.receivers import HttpReceiver

AUTH = b"0123456789abcdef"


def text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@pytest.fixture
def key() -> ec.EllipticCurvePrivateKey:
    """The browser's."""
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
async def sender(database: str) -> WebPushSender:
    """With the installation's key made, as by the first browser."""
    async with async_pool(database, "mes") as pool, pool.connection() as conn:
        assert len(await public_key(conn)) == 87
    channel = WebPush(id="push", kind="web_push", contact="plant@example.com")
    return WebPushSender(channel, settings(SHOPFLOOR_DATABASE=database), STYLE)


def browser(floor: Floor, key: ec.EllipticCurvePrivateKey, address: str, person: str | None = None) -> None:
    """It subscribes."""
    point = key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    floor.conn.execute(
        "INSERT INTO push_subscription (endpoint, p256dh, auth, language, person) VALUES (%s, %s, %s, 'zh', %s)",
        (address, text(point), text(AUTH), person),
    )


def test_a_browser_reads_the_message_in_its_language(
    sender: WebPushSender, floor: Floor, key: ec.EllipticCurvePrivateKey, chat: HttpReceiver
) -> None:
    chat.status = 201
    browser(floor, key, f"http://127.0.0.1:{chat.port}/push/abc")

    taken = sender.send(LETTER)

    post = chat.posts[0]
    told = json.loads(http_ece.decrypt(post.content, private_key=key, auth_secret=AUTH, version="aes128gcm"))
    assert (taken.relayed, taken.said) == (True, "1 of 1 browsers")
    assert told["title"] == f"[报警] {LETTER.messages[0].text_zh}"
    assert (told["url"], told["high"]) == ("https://mes.example.com/alarms/3", True)
    headers = {name.lower(): said for name, said in post.headers.items()}
    assert headers["authorization"].startswith("vapid t=")
    assert (headers["urgency"], headers["ttl"]) == ("high", "14400")


def test_a_person_gets_what_is_theirs(
    sender: WebPushSender, floor: Floor, key: ec.EllipticCurvePrivateKey, chat: HttpReceiver
) -> None:
    chat.status = 201
    for person in ("wang", "li"):
        browser(floor, key, f"http://127.0.0.1:{chat.port}/push/{person}", person)

    sender.send(replace(LETTER, person="wang"))

    assert [post.path for post in chat.posts] == ["/push/wang"]


def test_a_browser_that_its_service_knows_no_more_is_left_alone(
    sender: WebPushSender, floor: Floor, key: ec.EllipticCurvePrivateKey, chat: HttpReceiver
) -> None:
    chat.status = 410
    browser(floor, key, f"http://127.0.0.1:{chat.port}/push/abc")
    refused = []
    for _ in range(2):
        with pytest.raises(NotDelivered) as err:
            sender.send(LETTER)
        refused.append(err.value.refusal)

    assert len(chat.posts) == 1
    assert {one.trouble for one in refused} == {Trouble.REFUSED}
    assert "page /push" in refused[0].reason


def test_a_push_service_that_is_away_is_the_channels_trouble(
    sender: WebPushSender, floor: Floor, key: ec.EllipticCurvePrivateKey, free_port: Callable[[], int]
) -> None:
    browser(floor, key, f"http://127.0.0.1:{free_port()}/push/abc")

    with pytest.raises(NotDelivered) as refused:
        sender.send(LETTER)

    assert refused.value.refusal.trouble is Trouble.DOWN
