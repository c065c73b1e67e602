"""Letter → the browsers that have asked for it, by their push services. Needs pywebpush (an extra)."""

import json
from collections.abc import Sequence
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import psycopg

from alerts.channels.letter import Kind, Letter, Style, text_of, title_of
from alerts.channels.message import NotDelivered, Refusal, Taken, Trouble
from alerts.channels.parts import parts_of
from config.channels import WebPush
from runtime.database import connect, queries
from runtime.settings import BadSetting, Settings

SQL = {name: text.encode() for name, text in queries("alerts.channels", "queries_push.sql").items()}
TIMEOUT_S = 5.0
# Push services take 4,096 bytes, of which the encryption needs some.
MOST_BYTES = 3000
KEPT_S = 4 * 3600
GONE = (404, 410)


class WebPushSender:
    """Sends to all browsers of a person, or of a group to those of nobody and everybody."""

    room, pictures = None, False

    def __init__(self, channel: WebPush, settings: Settings, style: Style) -> None:
        if find_spec("pywebpush") is None:
            raise BadSetting(f"channel '{channel.id}' needs pywebpush: pip install 'shopfloor[push]'")
        self.style, self.contact, self.database = style, channel.contact, settings.need_database()
        self.public_url = settings.public_url
        self.pywebpush = import_module("pywebpush")

    def parts(self, _: Letter) -> int:
        """One: a notification is short, its page has the rest."""
        return 1

    def send(self, letter: Letter) -> Taken:
        """Deliver to one browser at least, or NotDelivered."""
        try:
            with connect(self.database, "alerts-push") as conn:
                key = conn.execute(SQL["push_key"]).fetchone()
                browsers = conn.execute(SQL["browsers"], {"person": letter.person}).fetchall()
                answers = [self._push(letter, key[0], *browser) for browser in browsers] if key else []
                gone = [browser[0] for browser, status in zip(browsers, answers, strict=False) if status in GONE]
                conn.execute(SQL["gone"], {"endpoints": gone})
        except psycopg.Error as err:
            raise NotDelivered(Refusal(Trouble.DOWN, f"the database: {type(err).__name__}", cut_off=True)) from None
        return _summed(answers)

    def _push(self, letter: Letter, key: str, endpoint: str, p256dh: str, auth: str, language: str) -> int:
        """The status that the push service answered; 0 where it did not."""
        told = json.dumps(self._told(letter, language), ensure_ascii=False)
        try:
            answer: Any = self.pywebpush.webpush(
                {"endpoint": endpoint, "keys": {"p256dh": p256dh, "auth": auth}},
                told,
                vapid_private_key=key,
                vapid_claims={"sub": f"mailto:{self.contact}"},
                ttl=KEPT_S,
                timeout=TIMEOUT_S,
                headers={"Urgency": "high" if letter.high else "normal"},
            )
        except self.pywebpush.WebPushException as err:
            return int(err.response.status_code) if err.response is not None else 0
        except OSError:
            return 0
        return int(answer.status_code)

    def _told(self, letter: Letter, language: str) -> dict[str, object]:
        """What the browser's worker shows; the letter's own language goes before the browser's."""
        own = replace(letter, language=letter.language or language)
        alarm = letter.messages[0].alarm
        page = f"{self.public_url}/alarms/{alarm}" if letter.kind is Kind.ALONE else f"{self.public_url}/alarms"
        body = parts_of(text_of(own, self.style), MOST_BYTES)[0]
        return {"title": title_of(own)[:200], "body": body, "tag": letter.key, "high": letter.high, "url": page}


def _summed(answers: Sequence[int]) -> Taken:
    """Taken where one browser's service took it; the services relay it to the browser."""
    taken = [status for status in answers if 200 <= status < 300]
    if taken:
        return Taken(taken[0], said=f"{len(taken)} of {len(answers)} browsers", relayed=True)
    if not answers or all(status in GONE for status in answers):
        raise NotDelivered(Refusal(Trouble.REFUSED, "no browser has asked for it (page /push)"))
    if 429 in answers:
        raise NotDelivered(Refusal(Trouble.TOO_FAST, "HTTP 429", wait_s=60.0, status=429))
    status = next((one for one in answers if one not in GONE), 0)
    trouble = Trouble.REFUSED if 400 <= status < 500 else Trouble.DOWN
    raise NotDelivered(Refusal(trouble, f"HTTP {status}" if status else "no answer", status=status or None))
