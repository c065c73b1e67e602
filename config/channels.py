"""Whom alerts tells, and how fast, as written in the plant file."""

import re
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from config.device import Id, Strict
from config.quoted import quoted

MOST_A_MINUTE = 6000


class Format(StrEnum):
    """What a webhook's receiver understands: our own JSON, or the text message of a chat robot."""

    JSON = "json"
    WECOM = "wecom"
    DINGTALK = "dingtalk"
    FEISHU = "feishu"


# WeCom and DingTalk take 20 a minute from one robot, and DingTalk then nothing for ten minutes; Feishu takes 100.
DEFAULT_RATE = {Format.JSON: 60, Format.WECOM: 15, Format.DINGTALK: 15, Format.FEISHU: 60}
DEFAULT_MAIL_RATE = 60


def parse_rate(text: object) -> int:
    """Messages a minute, or ValueError with the way to write it."""
    match = re.fullmatch(r"\s*(\d{1,5})\s*/\s*min\s*", text, re.ASCII) if isinstance(text, str) else None
    if match is None or not 1 <= int(match[1]) <= MOST_A_MINUTE:
        raise ValueError(
            f"{quoted(text)} is not a rate: write messages a minute, 1/min to {MOST_A_MINUTE}/min, such as 20/min"
        )
    return int(match[1])


class Paced(Strict):
    """At most `rate` messages in any minute; `kept_for_high` of it only for alarms of high priority."""

    id: Id
    rate: Annotated[int | None, BeforeValidator(parse_rate)] = None
    kept_for_high: Annotated[float, Field(ge=0, le=0.9)] = 0.25


class Webhook(Paced):
    """A receiver by HTTP POST; the address may hold a secret, so it comes from the environment."""

    kind: Literal["webhook"]
    url_env: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]*$")]
    format: Format = Format.JSON

    @property
    def a_minute(self) -> int:
        """The rate that holds."""
        return self.rate or DEFAULT_RATE[self.format]


class Email(Paced):
    """People who get an e-mail through the server in SHOPFLOOR_SMTP."""

    kind: Literal["email"]
    to: Annotated[tuple[Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+$")], ...], Field(min_length=1)]

    @property
    def a_minute(self) -> int:
        """The rate that holds."""
        return self.rate or DEFAULT_MAIL_RATE


Channel = Annotated[Webhook | Email, Field(discriminator="kind")]
