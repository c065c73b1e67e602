"""A link in a message by which its receiver acts without logging in: signed by alerts, read by mes."""

from dataclasses import dataclass
from datetime import timedelta

from itsdangerous import BadData, SignatureExpired, URLSafeTimedSerializer

LIFE = timedelta(hours=24)
PATH = "/acknowledge"
SALT = "shopfloor-action-link"


class LinkExpired(ValueError):
    """The link is older than a day."""


@dataclass(frozen=True, slots=True)
class ActionLink:
    """Who may do what to which alarm; `delivery` is the message that it stands in, `person` None for a group."""

    delivery: int
    alarm: int
    person: str | None
    action: str = "acknowledge"


def signed(key: bytes, link: ActionLink) -> str:
    """As it stands in an address; good for a day from now."""
    return _serializer(key).dumps([link.delivery, link.alarm, link.person, link.action])


def read(key: bytes, text: str, life: timedelta = LIFE) -> ActionLink | None:
    """What was signed, None where it was not signed with this key, LinkExpired after its life."""
    try:
        found = _serializer(key).loads(text, max_age=round(life.total_seconds()))
    except SignatureExpired as err:
        raise LinkExpired from err
    except BadData:
        return None
    return ActionLink(*found)


def _serializer(key: bytes) -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(key, salt=SALT)
