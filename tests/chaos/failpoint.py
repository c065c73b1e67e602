"""`failpoint.py POINT N ARGUMENTS…`: the command line with these arguments, killed at the N-th passing of a point.

The services know nothing of it: one method is replaced from outside, then the ordinary main runs.
"""

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import paho.mqtt.client as mqtt

sys.path.insert(0, str(Path(__file__).parents[2]))
Method = Callable[..., Any]


def die() -> None:
    """kill -9, here and now."""
    os.kill(os.getpid(), signal.SIGKILL)


class Countdown:
    """True at the N-th call."""

    def __init__(self, number: int) -> None:
        self.left = number

    def over(self) -> bool:
        self.left -= 1
        return self.left == 0


def after_journal(countdown: Countdown) -> None:
    """Frames are on disk, nobody has been told."""
    from edge.buffer.journal import Journal

    append = Journal.append

    def wrapped(self: Any, entries: Any, *rest: Any) -> Any:
        kept = append(self, entries, *rest)
        if kept and countdown.over():
            die()
        return kept

    Journal.append = wrapped  # type: ignore[method-assign]


def after_publish(countdown: Countdown, broker_has_it: bool) -> None:
    """A frame was given to the client, or has reached the broker; the edge does not know that yet."""
    publish = mqtt.Client.publish

    def wrapped(self: mqtt.Client, topic: str, *rest: Any, **named: Any) -> mqtt.MQTTMessageInfo:
        told = publish(self, topic, *rest, **named)
        if topic.endswith(("/frame", "/backlog")) and countdown.over():
            if broker_has_it:
                told.wait_for_publish(5)
            die()
        return told

    mqtt.Client.publish = wrapped  # type: ignore[method-assign]


def between_commit_and_acknowledgement(countdown: Countdown) -> None:
    """The database holds frames, neither edge nor broker knows."""
    from collector.subscriber import Subscriber

    confirm = Subscriber.confirm

    def wrapped(self: Any, taken: Any, held: Any) -> None:
        if held and countdown.over():
            die()
        confirm(self, taken, held)

    Subscriber.confirm = wrapped  # type: ignore[method-assign]


def before_forgetting(countdown: Countdown) -> None:
    """The edge has heard that the database holds frames, and has not yet forgotten them."""
    from edge.buffer.journal import Journal

    acknowledge = Journal.acknowledge

    def wrapped(self: Any, ranges: Any, among: Any) -> Any:
        if countdown.over():
            die()
        return acknowledge(self, ranges, among)

    Journal.acknowledge = wrapped  # type: ignore[method-assign]


POINTS: dict[str, Callable[[Countdown], None]] = {
    "journal": after_journal,
    "publish": lambda countdown: after_publish(countdown, broker_has_it=False),
    "published": lambda countdown: after_publish(countdown, broker_has_it=True),
    "commit": between_commit_and_acknowledgement,
    "forget": before_forgetting,
}


if __name__ == "__main__":
    point, number, *arguments = sys.argv[1:]
    POINTS[point](Countdown(int(number)))
    from shopfloor import main

    sys.exit(main(arguments))
