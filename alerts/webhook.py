"""Message → HTTP POST of JSON. The address may hold a secret: it is never logged, nor are errors that quote it."""

from urllib.parse import urlsplit

import httpx

from alerts.message import Message, NotDelivered, as_json
from config.rules import Webhook
from config.settings import BadSetting, Settings, is_loopback

TIMEOUT_S = 5.0
TRY_LATER = {408, 425, 429}
MOST_BODY = 65_536


class WebhookSender:
    """Sends to one address."""

    def __init__(self, channel: Webhook, settings: Settings) -> None:
        self.link = link_of(settings)
        self.address = _address(channel, settings)

    def send(self, message: Message) -> None:
        """Deliver, or NotDelivered. A new connection each time: alarms are rare, and an idle one may be dead."""
        try:
            with httpx.Client(timeout=TIMEOUT_S, follow_redirects=False) as client:
                answer = client.post(
                    self.address, json=as_json(message, self.link), headers={"Idempotency-Key": str(message.id)}
                )
        except httpx.HTTPError as err:
            raise NotDelivered(type(err).__name__, channel_down=True) from None  # its text may quote the address
        if not answer.is_success:
            down = answer.status_code >= 500 or answer.status_code in TRY_LATER
            raise NotDelivered(f"HTTP {answer.status_code}", channel_down=down)
        code = _refusal(answer)
        if code is not None:
            raise NotDelivered(f"HTTP {answer.status_code}, but code {code} in the answer", channel_down=False)


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


def _refusal(answer: httpx.Response) -> object:
    """The error code that some chat services put into an answer with status 200, or None."""
    if len(answer.content) > MOST_BODY or "json" not in answer.headers.get("content-type", ""):
        return None
    try:
        content = answer.json()
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    for name in ("errcode", "StatusCode", "code"):
        code = content.get(name)
        if isinstance(code, int) and code != 0 and not (name == "code" and 200 <= code < 300):
            return code
    return None
