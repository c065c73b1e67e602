"""What the journal knows of each rule and subject between two rounds. Pure."""

from dataclasses import dataclass, replace
from datetime import datetime

from alerts.alarms.life_cycle import Needs, Shelving, Status
from config.rules.rule import Rule


@dataclass(frozen=True, slots=True)
class Known:
    """A rule and subject of which something stands, or that is shelved or out of service.

    `alarm`: the open one, or else the one at which it was set aside, which has no
    `raised_at`. `root`: the alarm from which it follows.
    """

    status: Status
    alarm: int
    priority: str
    machine: str | None
    raised_at: datetime | None
    root: int | None = None

    @property
    def kept(self) -> bool:
        """Whether the next round need know of it."""
        return not self.status.over or self.status.quiet


def at_rest(status: Status) -> Status:
    """As the row of an alarm that is over has it: what is set aside is its rule and subject, not that row."""
    return replace(status, shelving=Shelving.UNSHELVED, suppressed=False, out_of_service=False)


def needs_of(rule: Rule | None) -> Needs:
    """What a rule asks for beside an acknowledgement; nothing when it has left the plant file."""
    return Needs() if rule is None else Needs(confirm=rule.confirm, latch=rule.latch)
