"""Letter → a topic of an ntfy server, by HTTP; the topic and the token are never logged."""

from email.header import Header
from urllib.parse import quote

from alerts.channels.letter import Letter, Style, text_of, title_of
from alerts.channels.message import Taken
from alerts.channels.parts import parts_of
from alerts.channels.webhook import address_of, post, secrets_in
from config.channels import Format, Ntfy
from runtime.settings import BadSetting, Settings

# ntfy makes a file of a longer message.
MOST_BYTES = 4000
# Of its five priorities.
HIGH, OTHERS = "5", "3"


class NtfySender:
    """Sends to one topic, or to a person's own."""

    room = MOST_BYTES

    def __init__(self, channel: Ntfy, settings: Settings, style: Style) -> None:
        self.style, self.topic, self.pictures = style, channel.topic, channel.picture
        self.base = address_of(channel.url_env, channel.id, settings).rstrip("/")
        self.token = settings.environment.get(channel.token_env, "") if channel.token_env else ""
        if channel.token_env and not self.token:
            raise BadSetting(
                f"{channel.token_env} is not set: channel '{channel.id}' of the plant file needs its token"
            )
        self.secrets = [*secrets_in(self.base), *([self.token] if self.token else [])]

    def parts(self, letter: Letter) -> int:
        """How many posts a message is; a picture is one of its own."""
        return len(self._texts(letter)) + bool(letter.picture)

    def send(self, letter: Letter) -> Taken:
        """Deliver the part that is due, or NotDelivered."""
        texts = self._texts(letter)
        headers = {
            "Idempotency-Key": letter.key,
            "Title": _header(title_of(letter)),
            "Priority": HIGH if letter.high else OTHERS,
        }
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if letter.acknowledge or self.style.link:
            headers["Click"] = letter.acknowledge or self.style.link
        if letter.part > len(texts):
            content = letter.picture
            headers["Filename"] = "course.png"
        else:
            content = texts[letter.part - 1].encode()
        topic = letter.address or self.topic
        return post(Format.JSON, f"{self.base}/{quote(topic, safe='')}", content, headers, [*self.secrets, topic])

    def _texts(self, letter: Letter) -> list[str]:
        return list(parts_of(text_of(letter, self.style), MOST_BYTES, self.style.link))


def _header(text: str) -> str:
    """A header takes ASCII only: ntfy reads what RFC 2047 makes of the rest."""
    return Header(text, "utf-8").encode(maxlinelen=0) if not text.isascii() else text
