"""What alerts can say of its health; asked from a thread of its own, so it only looks."""

import time
from collections import Counter
from collections.abc import Callable

from alerts import metrics
from alerts.alarms.journal import Journal
from alerts.channels.courier import Courier
from alerts.channels.heartbeat import HeartbeatLoop
from alerts.channels.message import Trouble
from alerts.channels.outbox import Couriers
from alerts.faults import Faults
from config.rules.rule import Priority
from runtime.health import Part

# A message that waits longer than this is told.
SLOW_S = 30.0


def watched(
    trouble: Callable[[], str], faults: Faults, couriers: Couriers, heartbeat: HeartbeatLoop | None = None
) -> Callable[[], list[Part]]:
    """Ready is who can judge; a channel that takes nothing is tried again, and all its messages are kept."""
    cure = "check SHOPFLOOR_DATABASE, that the server runs, and that no other alerts watches it"

    def parts() -> list[Part]:
        return [
            Part("database", trouble(), cure),
            Part("rules", faults.trouble, "see passed_over in the log; all other rules are judged", needed=False),
            *(channel_part(courier) for courier in couriers.all),
            *([heartbeat.part()] if heartbeat is not None else []),
        ]

    return parts


def channel_part(courier: Courier) -> Part:
    """Whether a channel takes its messages, and in time."""
    trouble, cure = trouble_of(courier)
    return Part(f"channel {courier.channel.id}", trouble, cure, needed=False)


def trouble_of(courier: Courier) -> tuple[str, str]:
    """What keeps messages from people, and what to do about it; both empty when nothing does."""
    backlog, trouble, channel = courier.backlog, courier.readiness.trouble, courier.channel
    wait = f"{backlog.waiting} messages wait"
    if trouble is not None and trouble.trouble is Trouble.TOO_FAST:
        rest = max(0.0, courier.readiness.rests_until_s - time.monotonic())
        return (
            f"the receiver says 'too fast' ({trouble.reason}): {wait}, next attempt in {rest:.0f} s",
            f"lower 'rate' of channel '{channel.id}' in the plant file, and let nothing else use its robot",
        )
    if trouble is not None:
        return (
            f"{courier.readiness.failures} failed attempts in a row ({trouble.reason}): {wait}",
            "check that the receiver runs and can be reached from here; all messages are kept",
        )
    if backlog.refused:
        return (
            f"{backlog.refused} messages refused, the last one with: {backlog.answer}; {wait}",
            f"a chat robot needs 'format' at channel '{channel.id}' in the plant file, and its keyword, signature or "
            "address list must let alerts in (docs/channels.md); tried again each minute",
        )
    if backlog.oldest_s > SLOW_S:
        return (
            f"{wait} for the rate of {channel.a_minute}/min, the oldest for {backlog.oldest_s:.0f} s",
            f"high priority goes first; raise 'rate' of channel '{channel.id}' if its receiver takes more, "
            "or name it in fewer rules",
        )
    return "", ""


def count_alarms(journal: Journal) -> None:
    """What is open after a round."""
    metrics.ROUND.set_to_current_time()
    found = journal.open.values()
    metrics.UNACKED.set(sum(not known.status.acked and not known.status.quiet for known in found))
    metrics.QUIET.set(sum(known.status.quiet for known in found))
    active = Counter(known.priority for known in found if known.status.active)
    for priority in Priority:
        metrics.ACTIVE.labels(priority).set(active[priority])
