"""What an edge agent has said and when it was last heard of → what is known of it now. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Literal

from config.plant import Plant

NodeState = Literal["online", "offline", "unknown"]
# An agent sends something with every heartbeat of its devices, whatever their values do.
HEARTBEATS = 3
LEAST = timedelta(seconds=6)


def patience_of(plant: Plant, node: str) -> timedelta:
    """How long an agent that is online may send nothing."""
    beats: Iterable[timedelta] = [device.heartbeat for device in plant.devices if device.edge == node]
    return max(LEAST, HEARTBEATS * max(beats, default=LEAST))


def known_of(
    said: str | None, since: datetime | None, newest_frame: datetime | None, now: datetime, patience: timedelta
) -> tuple[NodeState, datetime | None]:
    """Its state and since when it is in it; unknown without an instant when it has never said anything.

    Who said that he is online and then sends nothing may be cut off with his broker, or gone with him: that is
    unknown since his last word, because nobody else has said otherwise.
    """
    if said is None or since is None:
        return "unknown", None
    if said == "offline":
        return "offline", since
    heard = max(since, newest_frame) if newest_frame is not None else since
    return ("unknown", heard) if now - heard > patience else ("online", since)
