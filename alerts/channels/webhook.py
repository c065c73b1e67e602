"""Message → HTTP POST of JSON. The address may hold a secret: it is never logged, nor are errors that quote it."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlsplit

import httpx
import structlog

from alerts.channels.letter import Letter, Style
from alerts.channels.message import NotDelivered, Refusal, Taken, Trouble
from alerts.channels.robots import MOST_TEXT, answer_of, document_of, texts_of
from alerts.channels.signing import dingtalk_query, feishu_fields, standard_headers, standard_key
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

    def __init__(self, channel: Webhook, settings: Settings, style: Style) -> None:
        self.style = style
        self.address = address_of(channel.url_env, channel.id, settings)
        self.format = channel.format
        self.room = MOST_TEXT.get(channel.format)
        self.pictures = channel.picture
        looks_like = next((fit for host, fit in ROBOTS.items() if host in self.address), channel.format)
        if looks_like is not channel.format:
            log.warning("channel_format", channel=channel.id, cure=f"write format: {looks_like} in the plant file")
        self.secret = _secret(channel, settings)
        self.secrets = [*secrets_in(self.address), *([self.secret] if self.secret else [])]

    def parts(self, letter: Letter) -> int:
        """How many posts a message is."""
        texts = 1 if self.format is Format.JSON else len(texts_of(self.format, letter, self.style))
        return texts + bool(letter.picture)

    def send(self, letter: Letter) -> Taken:
        """Deliver the part that is due, or NotDelivered."""
        document = document_of(self.format, letter, self.style)
        address, now = self.address, datetime.now(UTC)
        if self.secret and self.format is Format.DINGTALK:
            address += ("&" if "?" in address else "?") + dingtalk_query(self.secret, round(now.timestamp() * 1000))
        if self.secret and self.format is Format.FEISHU:
            document = {**feishu_fields(self.secret, int(now.timestamp())), **document}
        content = json.dumps(document, ensure_ascii=False).encode()
        headers = {"Content-Type": "application/json; charset=utf-8", "Idempotency-Key": letter.key}
        if self.secret and self.format is Format.JSON:
            headers |= standard_headers(self.secret, letter.key, int(now.timestamp()), content)
        return post(self.format, address, content, headers, self.secrets)


def ping(address: str, secrets: Sequence[str]) -> Taken:
    """What an address says that only wants to be asked, or NotDelivered."""
    return _asked("GET", Format.JSON, address, b"", {}, secrets)


def post(format_: Format, address: str, content: bytes, headers: Mapping[str, str], secrets: Sequence[str]) -> Taken:
    """What the receiver said, or NotDelivered."""
    return _asked("POST", format_, address, content, headers, secrets)


def _asked(
    method: str, format_: Format, address: str, content: bytes, headers: Mapping[str, str], secrets: Sequence[str]
) -> Taken:
    """By a new connection each time: an idle one may be dead."""
    sent = {"Accept-Encoding": "identity", **headers}
    try:
        with (
            httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client,
            client.stream(method, address, content=content, headers=sent) as answer,
        ):
            said, status, told = _beginning(answer), answer.status_code, answer.headers
    except (httpx.HTTPError, httpx.InvalidURL) as err:
        # Its text may quote the address. What was not connected has not been sent.
        cut_off = not isinstance(err, httpx.ConnectError | httpx.ConnectTimeout | httpx.InvalidURL)
        raise NotDelivered(Refusal(Trouble.DOWN, type(err).__name__, cut_off=cut_off)) from None
    found = answer_of(format_, status, said, told, datetime.now(UTC), secrets)
    if isinstance(found, Refusal):
        raise NotDelivered(found)
    return found


def link_of(settings: Settings) -> str:
    """Where people see the alarms, empty when the installation has no address for people."""
    return f"{settings.public_url}/alarms" if settings.public_url else ""


def _secret(channel: Webhook, settings: Settings) -> str:
    """What messages are signed with, empty where they are not, or BadSetting."""
    if channel.secret_env is None:
        return ""
    secret = settings.environment.get(channel.secret_env, "")
    if not secret:
        raise BadSetting(f"{channel.secret_env} is not set: channel '{channel.id}' of the plant file needs its secret")
    if channel.format is Format.JSON:
        try:
            key = standard_key(secret)
        except ValueError:
            key = b""
        if not 24 <= len(key) <= 64:
            raise BadSetting(
                f"{channel.secret_env} is not a secret by Standard Webhooks: whsec_ and 24 to 64 bytes in base64, "
                "as from: echo whsec_$(openssl rand -base64 32)"
            )
    return secret


def address_of(variable: str, channel: str, settings: Settings) -> str:
    """The address in an environment variable, or BadSetting."""
    address = settings.environment.get(variable, "")
    if not address:
        raise BadSetting(f"{variable} is not set: channel '{channel}' of the plant file needs its address")
    try:
        parts = urlsplit(address)
        sound = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        httpx.URL(address)
    except (ValueError, httpx.InvalidURL):
        sound = False
    if not sound:
        raise BadSetting(f"{variable} is not an address: write https://host/path for channel '{channel}'")
    if parts.scheme == "http" and not settings.plaintext_allowed and not is_loopback(parts.hostname or ""):
        raise BadSetting(
            f"{variable} is plain http:// beyond this machine: use https://, "
            "or set SHOPFLOOR_ALLOW_PLAINTEXT=yes inside a network that you trust"
        )
    return address


def secrets_in(address: str) -> list[str]:
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
