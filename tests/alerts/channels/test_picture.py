"""A message takes a small curve of the watched value along, where its channel takes one."""

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import BytesIO

from PIL import Image

from alerts.channels.course import Course
from alerts.channels.email import EmailSender
from alerts.channels.ntfy import NtfySender
from alerts.channels.picture import LIMIT, Step, png_of
from alerts.channels.robots import document_of
from config.channels import Email, Format, Ntfy
from tests.alerts.floor import Floor, plant_with
from tests.alerts.letters import AT, LETTER, STYLE, letter_with, settings
from tests.alerts.receivers import HttpReceiver, Mailbox

SPAN = (AT - timedelta(hours=2), AT)
RULE = "[{id: hot, kind: threshold, tag: temperature, above: 60, machines: [press-1]}]"


def steps(count: int = 600) -> list[Step]:
    return [Step(SPAN[0] + timedelta(seconds=12 * n), 40 + n / 20, 41 + n / 20) for n in range(count)]


def picture(png: bytes) -> Image.Image:
    found = Image.open(BytesIO(png))
    found.load()
    return found


def colours(png: bytes) -> set[str]:
    found = picture(png).convert("RGB").getcolors(10_000) or []
    return {"#{:02x}{:02x}{:02x}".format(*colour) for _, colour in found if isinstance(colour, tuple)}


def test_it_shows_the_value_and_its_limit_and_is_small() -> None:
    png = png_of(steps(), SPAN, [60.0], "press-1 temperature", 300)

    assert picture(png).size == (640, 300)
    assert LIMIT in colours(png)
    assert len(png) < 20_000


def test_nothing_read_is_no_picture_and_an_even_value_is_one() -> None:
    assert png_of([], SPAN, [60.0], "", 300) == b""
    assert png_of([Step(AT, 5.0, 5.0)], SPAN, [], "", 300) != b""


def test_it_is_of_what_the_rule_watches(floor: Floor) -> None:
    now = datetime.now(UTC)
    floor.samples("press-1", "temperature", [(now - timedelta(minutes=n), 50.0 + n) for n in range(30, 0, -1)])
    course, letter = Course(plant_with(RULE), "chat"), letter_with(at=now)

    assert LIMIT in colours(course(floor.conn, letter))
    assert course(floor.conn, letter_with(at=now, machine="press-2")) == b""
    assert course(floor.conn, letter_with(at=now, rule="stands")) == b""


def test_wecom_gets_it_as_a_message_of_its_own() -> None:
    png = png_of(steps(), SPAN, [], "", 300)

    document = document_of(Format.WECOM, replace(LETTER, picture=png, part=2), STYLE)

    image = document["image"]
    assert isinstance(image, dict)
    assert base64.b64decode(image["base64"]) == png
    assert image["md5"] == hashlib.md5(png).hexdigest()
    assert len(json.dumps(document)) < 2 * 1024**2


def test_a_mail_shows_it_inline(free_port: Callable[[], int]) -> None:
    mailbox = Mailbox(free_port())
    mailbox.start()
    desk = Email(id="desk", kind="email", to=("wang@example.com",), picture=True)
    sender = EmailSender(desk, settings(SHOPFLOOR_SMTP=f"smtp://127.0.0.1:{mailbox.port}"), STYLE)
    png = png_of(steps(), SPAN, [], "", 300)

    sender.send(replace(LETTER, picture=png))
    mailbox.stop()

    [attached] = mailbox.mails[0].iter_attachments()
    assert (attached.get_content_type(), attached.get_content_disposition()) == ("image/png", "inline")
    assert attached.get_content() == png


def test_ntfy_gets_text_then_picture_and_its_token_stays_secret(chat: HttpReceiver) -> None:
    channel = Ntfy(id="phone", kind="ntfy", url_env="NTFY", topic="plant-duty", token_env="TOKEN", picture=True)
    sender = NtfySender(channel, settings(NTFY=f"http://127.0.0.1:{chat.port}", TOKEN="tk_abcdefgh"), STYLE)
    letter = replace(LETTER, picture=png_of(steps(), SPAN, [], "", 300), acknowledge="https://mes.example.com/a")

    sent = [sender.send(replace(letter, part=n)) for n in range(1, sender.parts(letter) + 1)]

    text, image = chat.posts
    assert (text.path, image.path, len(sent)) == ("/plant-duty", "/plant-duty", 2)
    assert LETTER.messages[0].text_zh in text.content.decode()
    assert (text.headers["Priority"], text.headers["Authorization"]) == ("5", "Bearer tk_abcdefgh")
    assert text.headers["Click"] == "https://mes.example.com/a"
    assert text.headers["Title"].startswith("=?utf-8?")
    assert image.content == letter.picture
    assert (text.key, image.key) == ("17", "17.2")


def test_a_person_on_ntfy_has_a_topic_of_their_own(chat: HttpReceiver) -> None:
    channel = Ntfy(id="phone", kind="ntfy", url_env="NTFY", topic="plant-duty")
    sender = NtfySender(channel, settings(NTFY=f"http://127.0.0.1:{chat.port}"), STYLE)

    sender.send(replace(LETTER, person="wang", address="wang-9f3b"))

    assert chat.posts[0].path == "/wang-9f3b"
