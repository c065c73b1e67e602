"""What alerts can say of its health; asked from a thread of its own, so it only looks."""

from collections import Counter
from collections.abc import Callable

from alerts import metrics
from alerts.journal import Journal
from alerts.life_cycle import Condition
from alerts.outbox import Courier, Couriers
from config.health import Part
from config.rules import Priority

UNACKED = (Condition.ACTIVE_UNACKED, Condition.CLEARED_UNACKED)
ACTIVE = (Condition.ACTIVE_UNACKED, Condition.ACTIVE_ACKED)


def watched(trouble: Callable[[], str], couriers: Couriers) -> Callable[[], list[Part]]:
    """Ready is who can judge; a channel that is down is retried, and all its messages are kept."""
    cure = "check SHOPFLOOR_DATABASE, that the server runs, and that no other alerts watches it"

    def parts() -> list[Part]:
        return [Part("database", trouble(), cure), *(channel_part(courier) for courier in couriers.all)]

    return parts


def channel_part(courier: Courier) -> Part:
    """Whether the newest attempts of a channel failed."""
    trouble = f"{courier.failures} failed attempts in a row" if courier.failures else ""
    return Part(f"channel {courier.channel}", trouble, "see channel_down in the log", needed=False)


def count_alarms(journal: Journal) -> None:
    """What is open after a round."""
    metrics.ROUND.set_to_current_time()
    metrics.UNACKED.set(sum(condition in UNACKED for condition in journal.conditions.values()))
    active = Counter(journal.priorities[key] for key, condition in journal.conditions.items() if condition in ACTIVE)
    for priority in Priority:
        metrics.ACTIVE.labels(priority).set(active[priority])
