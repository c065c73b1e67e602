"""Position in the feed and the epoch it belongs to ↔ an opaque cursor. Pure."""

import base64
import binascii
from dataclasses import dataclass
from uuid import UUID

from mes.web.bounds import LARGEST
from mes.web.problems import Problem, mistake

END = "end"


@dataclass(frozen=True, slots=True)
class Place:
    """After which event a reader goes on, in which life of the database."""

    epoch: UUID
    position: int


def encode(place: Place) -> str:
    """The cursor of a place."""
    return base64.urlsafe_b64encode(f"1:{place.epoch.hex}:{place.position}".encode()).decode().rstrip("=")


def decode(cursor: str, where: str) -> Place:
    """The place, or a Problem 422 for `where` when it is no cursor of the feed."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode()
        version, epoch, position = text.split(":")
        if version != "1" or not (position.isascii() and position.isdigit()) or int(position) > LARGEST:
            raise ValueError(text)
        return Place(UUID(epoch), int(position))
    except (ValueError, binascii.Error) as err:
        raise mistake(where, f"Send the cursor of an answer of /api/v1/events, '{END}', or none at all.") from err


def need_alive(place: Place, epoch: UUID, dropped: int, position: int) -> None:
    """A Problem 410 where nobody can say any more what came after a cursor."""
    cure = "Reconcile by the lists (orders, confirmations, quantities), then read on from cursor=end as asked before."
    if place.epoch != epoch or place.position > position:
        raise Problem(
            410, "The cursor is older than a restore of the database: it may know events that are lost.", cure
        )
    if place.position < dropped:
        raise Problem(410, "Events after this cursor are not kept any more: the feed holds 90 days.", cure)
