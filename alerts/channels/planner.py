"""What waits for a channel, its pace and the time → what goes next: one, several of high priority, or a digest. Pure.

Worked example, WeCom at 15 a minute: 3 go at once and 13 follow in a minute, a quarter of them kept for high priority.
Of 950 alarms that come at once all stand in the first digest; 50 of high priority share as few messages as hold them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from alerts.channels.letter import HANDED_OVER, Kind, Letter
from alerts.channels.message import Message
from alerts.channels.pace import Pace

# What is not of high priority may wait so long for its turn before it is bundled.
PATIENCE_S = 60.0
MOST_IN_ONE = 1000
MOST_LINES = 20


@dataclass(frozen=True, slots=True)
class Waiting:
    """A delivery that is to be sent.

    `bundle`: the first delivery of the message in which it goes again, as the answer was cut off or parts wait.
    """

    id: int
    message: Message
    person: str | None = None
    address: str | None = None
    language: str | None = None
    high: bool = False
    parts_done: int = 0
    repeats: int = 0
    bundle: int | None = None
    refused: bool = False

    def shares_with(self, other: "Waiting") -> bool:
        """Whether both go to the same receiver in the same language, with the same urgency."""
        mine = (self.person, self.address, self.language, self.high)
        return mine == (other.person, other.address, other.language, other.high)


def next_letter(waiting: Sequence[Waiting], pace: Pace, now_s: float) -> Letter | None:
    """What goes next, None when nothing waits; `waiting`: high priority first, then what was begun, then the oldest."""
    if not waiting:
        return None
    first = waiting[0]
    if first.bundle is not None:
        again = [one for one in waiting if one.bundle == first.bundle]
        return _letter(again, Kind.ALONE if len(again) == 1 else Kind.TOGETHER if first.high else Kind.DIGEST)
    same = [one for one in waiting if one.shares_with(first) and one.bundle is None][:MOST_IN_ONE]
    if first.message.event == HANDED_OVER:
        # Whoever comes on call reads once what is still open.
        together = [one for one in same if one.message.event == HANDED_OVER]
        kind = Kind.TOGETHER if len(together) <= MOST_LINES else Kind.DIGEST
        return _letter(together, Kind.ALONE if len(together) == 1 else kind)
    others = sum(one.high is first.high for one in waiting)
    if len(same) > 1 and others > lets_through(pace, first.high, now_s):
        return _letter(same, Kind.TOGETHER if first.high else Kind.DIGEST)
    return _letter([first], Kind.ALONE)


def lets_through(pace: Pace, high: bool, now_s: float) -> int:
    """How many messages may go one by one: of high priority those that may go at once, of others those of a minute."""
    if high:
        return int(pace.all.filled(now_s).tokens)
    return int(min(bucket.filled(now_s).tokens + bucket.per_s * PATIENCE_S for bucket in (pace.all, pace.others)))


def _letter(those: Sequence[Waiting], kind: Kind) -> Letter:
    first = those[0]
    return Letter(
        ids=tuple(one.id for one in those),
        kind=kind,
        messages=tuple(one.message for one in those),
        person=first.person,
        address=first.address,
        language=first.language,
        urgent=first.high,
        repeat=any(one.repeats for one in those),
        again=first.bundle is not None,
        part=first.parts_done + 1,
        refused_before=first.refused,
    )
