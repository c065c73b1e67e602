"""Message → HTTP POST of JSON. The address may hold a secret: it is never logged, nor are errors that quote it."""

import json
import time
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import httpx
import structlog

from alerts.channels.message import Message, NotDelivered, Refusal, Trouble
from alerts.channels.robots import document_of, refusal_of
from config.channels import Format, Webhook
from runtime.settings import BadSetting, Settings, is_loopback

TIMEOUT_S = 5.0
LONGEST_ANSWER_S = 10.0
MOST_ANSWER = 65_536
SHORTEST_SECRET = 8
ROBOTS = {
    "//qyapi.weixin.qq.com/": Format.WECOM,
    "//oapi.dingtalk.com/": Format.DINGTALK,
    "//open.feishu.cn/": Format.FEISHU,
    "//open.larksuite.com/": Format.FEISHU,
}
log = structlog.get_logger()


class WebhookSender:
    """Sends to one address."""

    def __init__(self, channel: Webhook, settings: Settings) -> None:
        self.link = link_of(settings)
        self.address = _address(channel, settings)
        self.format = channel.format
        looks_like = next((fit for host, fit in ROBOTS.items() if host in self.address), channel.format)
        if looks_like is not channel.format:
            log.warning("channel_format", channel=channel.id, cure=f"write format: {looks_like} in the plant file")
        self.secrets = _secrets(self.address)

    def send(self, message: Message) -> None:
        """Deliver, or NotDelivered. A new connection each time: alarms are rare, and an idle one may be dead."""
        content = json.dumps(document_of(self.format, message, self.link), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "Accept-Encoding": "identity",
            "Idempotency-Key": str(message.id),
        }
        try:
            with (
                httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client,
                client.stream("POST", self.address, content=content, headers=headers) as answer,
            ):
                said, status, retry_after = _beginning(answer), answer.status_code, answer.headers.get("Retry-After")
        except (httpx.HTTPError, httpx.InvalidURL) as err:
            # Its text may quote the address.
            raise NotDelivered(Refusal(Trouble.DOWN, type(err).__name__)) from None
        refusal = refusal_of(self.format, status, said, retry_after, datetime.now(UTC), self.secrets)
        if refusal is not None:
            raise NotDelivered(refusal)


def link_of(settings: Settings) -> str:
    """Where people see the alarms, empty when the installation has no address for people."""
    return f"{settings.public_url}/alarms" if settings.public_url else ""


def _address(channel: Webhook, settings: Settings) -> str:
    address = settings.environment.get(channel.url_env, "")
    if not address:
        raise BadSetting(f"{channel.url_env} is not set: channel '{channel.id}' of the plant file needs its address")
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        httpx.URL(address)
    except (ValueError, httpx.InvalidURL):
        sound = False
    if not sound:
        raise BadSetting(f"{channel.url_env} is not an address: write https://host/path for channel '{channel.id}'")
    if parts.scheme == "http" and not settings.plaintext_allowed and not is_loopback(parts.hostname or ""):
        raise BadSetting(
            f"{channel.url_env} is plain http:// beyond this machine: use https://, "
            "or set SHOPFLOOR_ALLOW_PLAINTEXT=yes inside a network that you trust"
        )
    return address


def _secrets(address: str) -> list[str]:
    """The parts of an address that an answer might repeat and nobody else may read."""
    parts = urlsplit(address)
    found = [*parts.path.split("/"), *(value for _, value in parse_qsl(parts.query)), parts.password or ""]
    return [part for part in found if len(part) >= SHORTEST_SECRET]


def _beginning(answer: httpx.Response) -> bytes:
    """What was answered, as far as anybody wants to know it and for as long as anybody waits for it."""
    said, until = bytearray(), time.monotonic() + LONGEST_ANSWER_S
    for piece in answer.iter_raw():
        said += piece
        if len(said) > MOST_ANSWER or time.monotonic() > until:
            break
    return bytes(said[:MOST_ANSWER])
