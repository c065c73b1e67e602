"""Whom alerts tells, and how fast, as written in the plant file."""

import re
from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from config.device import Id, Strict
from config.durations import PositiveDuration
from config.quoted import quoted

MOST_A_MINUTE = 6000
EnvironmentName = Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]


class Format(StrEnum):
    """What a webhook's receiver understands: our own JSON, or the text message of a chat robot."""

    JSON = "json"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"


# WeCom and DingTalk take 20 a minute from one robot, and DingTalk then nothing for ten minutes; Feishu takes 100.
DEFAULT_RATE = {Format.JSON: 60, Format.WECOM: 15, Format.DINGTALK: 15, Format.FEISHU: 60}
USUAL_RATE = 60
APPRISE_RATE = 15
# Of Chrome, Firefox, Safari and Edge.
PUSH_HOSTS = ("fcm.googleapis.com", "push.services.mozilla.com", "push.apple.com", "notify.windows.com")


def parse_rate(text: object) -> int:
    """Messages a minute, or ValueError with the way to write it."""
    match = re.fullmatch(r"\s*(\d{1,5})\s*/\s*min\s*", text, re.ASCII) if isinstance(text, str) else None
    if match is None or not 1 <= int(match[1]) <= MOST_A_MINUTE:
        raise ValueError(
            f"{quoted(text)} is not a rate: write messages a minute, 1/min to {MOST_A_MINUTE}/min, such as 20/min"
        )
    return int(match[1])


class Paced(Strict):
    """At most `rate` messages in any minute; `kept_for_high` of it only for alarms of high priority.

    `spares`: the channels that get, in their order, what this one has not taken in time.
    """

    id: Id
    rate: Annotated[int | None, BeforeValidator(parse_rate)] = None
    kept_for_high: Annotated[float, Field(ge=0, le=0.9)] = 0.25
    spares: Annotated[tuple[Id, ...], Field(max_length=5)] = ()

    @property
    def a_minute(self) -> int:
        """The rate that holds."""
        return self.rate or USUAL_RATE

    @property
    def chain(self) -> tuple[str, ...]:
        """The channel and its spares."""
        return (self.id, *self.spares)


class Webhook(Paced):
    """A receiver by HTTP POST; address and secret come from the environment. `secret_env`: messages are signed."""

    kind: Literal["webhook"]
    url_env: EnvironmentName
    format: Format = Format.JSON
    secret_env: EnvironmentName | None = None
    picture: bool = False

    @property
    def a_minute(self) -> int:
        """The rate that holds."""
        return self.rate or DEFAULT_RATE[self.format]

    @model_validator(mode="after")
    def fits_the_robot(self) -> Self:
        """WeCom has its secret in the address, and is the only robot that takes a picture."""
        if self.format is Format.WECOM and self.secret_env is not None:
            raise ValueError("secret_env: WeCom's robots do not sign, their key stands in the address: leave it out")
        if self.picture and self.format is not Format.WECOM:
            raise ValueError(f"picture: a webhook of format {self.format} takes none: leave it out")
        return self


class Email(Paced):
    """People who get an e-mail through the server in SHOPFLOOR_SMTP."""

    kind: Literal["email"]
    to: Annotated[tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")], ...], Field(min_length=1)]
    picture: bool = False


class Ntfy(Paced):
    """A topic of an ntfy server; the server's address and its token come from the environment."""

    kind: Literal["ntfy"]
    url_env: EnvironmentName
    topic: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    token_env: EnvironmentName | None = None
    picture: bool = False


class Mqtt(Paced):
    """The site's own broker, at `shopfloor/v1/{site}/_event/{line}/{machine}/alarm.message`."""

    kind: Literal["mqtt"]


class Apprise(Paced):
    """A service that Apprise knows; its address comes from the environment."""

    kind: Literal["apprise"]
    url_env: EnvironmentName

    @property
    def a_minute(self) -> int:
        """The rate that holds."""
        return self.rate or APPRISE_RATE


class WebPush(Paced):
    """Browsers that have asked for it on page /push; `hosts`: the push services to which anything is sent at all."""

    kind: Literal["web_push"]
    contact: Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")]
    hosts: tuple[Annotated[str, Field(pattern=r"^[a-z0-9.-]{3,253}$")], ...] = PUSH_HOSTS


Channel = Annotated[Webhook | Email | Ntfy | Mqtt | Apprise | WebPush, Field(discriminator="kind")]


class Heartbeat(Strict):
    """Where it is told that alerts judges and sends, so that somebody outside notices when it does not."""

    url_env: EnvironmentName
    every: PositiveDuration = timedelta(minutes=5)

    @field_validator("every")
    @classmethod
    def not_too_often(cls, every: timedelta) -> timedelta:
        """A watchdog wants to know soon, and not to be flooded."""
        if not timedelta(seconds=10) <= every <= timedelta(days=1):
            raise ValueError("every must be 10s to 1d")
        return every
