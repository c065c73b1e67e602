"""What an edge agent can say of its health; asked from a thread of its own, so it only looks."""

from collections.abc import Callable, Sequence
from contextlib import suppress

from edge import metrics
from edge.buffer.publisher import Publisher
from edge.buffer.writer import Writer
from edge.clock import wall_ahead_us
from edge.modbus.source import ModbusSource
from edge.opcua.source import OpcUaSource
from runtime.health import Part

REFUSED_CURE = "the earlier one goes on: correct it, try it with 'shopfloor check', and send SIGHUP again"
CLAIM_CURE = "wait for the broker, and until no other agent of this name answers: stop that one, or give it another id"
AnySource = ModbusSource | OpcUaSource


def watched(
    writer: Writer, publisher: Publisher, sources: Callable[[], Sequence[AnySource]], refused: Callable[[], str]
) -> Callable[[], list[Part]]:
    """Ready are those who hold their name at the broker and can write their journal; a device may be away."""
    journal = writer.journal
    metrics.JOURNAL_BYTES.set_function(lambda: journal.bytes)
    metrics.JOURNAL_MOST.set(journal.max_bytes)
    metrics.JOURNAL_FRAMES.set_function(lambda: journal.frames)
    metrics.ONLINE.set_function(lambda: publisher.online)
    metrics.CLOCK_AHEAD.set_function(lambda: wall_ahead_us() / 1e6)

    def parts() -> list[Part]:
        stuck = "it cannot be written" if writer.stuck else ""
        away = "" if publisher.linked else f"no connection to {publisher.place}"
        unsettled = "" if publisher.online else "this edge's name is not yet held at the broker"
        if publisher.name.holder:
            unsettled = f"another agent has this edge's name (on {publisher.name.holder}), this one only keeps"
        return [
            Part("broker", away, "check SHOPFLOOR_BROKER, that the broker runs, and this edge's password"),
            Part("claim", unsettled, CLAIM_CURE),
            Part("journal", stuck, f"make room on the disk of {journal.path}", detail=f"{journal.frames} frames kept"),
            Part("plant file", refused(), REFUSED_CURE, needed=False),
            *device_parts(sources()),
        ]

    return parts


def forget_device(device: str) -> None:
    """It is not in the plant file any more."""
    with suppress(KeyError):
        metrics.CONNECTED.remove(device)


def device_parts(sources: Sequence[AnySource]) -> list[Part]:
    """A device that is away makes gaps on record; nobody else could read it, so the agent stays ready."""
    troubles: dict[str, str] = {}
    for source in sources:  # a device that is read at several paces has a source for each
        troubles[source.device.id] = troubles.get(source.device.id) or source.source.trouble or ""
    cure = "check its power, its network and its address in the plant file"
    return [Part(f"device {device}", trouble, cure, needed=False) for device, trouble in troubles.items()]


class PollCounts:
    """What is counted of one device's polls; found once, because they end many times a second."""

    def __init__(self, device: str) -> None:
        self.ended = {failed: metrics.POLLS.labels(device, "failed" if failed else "ok") for failed in (False, True)}
        self.connected = metrics.CONNECTED.labels(device)
        self.failed: bool | None = None
        self.late, self.missed = metrics.POLLS_LATE.labels(device), metrics.POLLS_MISSED.labels(device)

    def count(self, failed: bool, missed: int) -> None:
        """A poll has ended, so late that so many after it were missed."""
        self.ended[failed].inc()
        if failed is not self.failed:
            self.failed = failed
            self.connected.set(not failed)
        if missed:
            self.late.inc()
            self.missed.inc(missed)
