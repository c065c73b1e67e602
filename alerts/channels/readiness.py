"""Whether a channel takes messages now: its pace, and what its receiver has said. Pure; times are seconds."""

from dataclasses import dataclass, replace

from alerts.channels.message import Refusal, Trouble
from alerts.channels.pace import Pace

FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 60.0
LONGEST_REST_S = 600.0
# At a channel in trouble, or one that has refused it, a message waits so long before a spare channel gets it: three
# channels of a chain are asked within a minute.
SPARE_AFTER_S = 15.0


def wait_s(failures: int) -> float:
    """How long to wait after so many failures in a row: 1, 2, 4 ... seconds, a minute at most."""
    return float(min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** min(failures - 1, 20)))


def rest_s(refusal: Refusal, failures: int) -> float:
    """How long a channel is left alone: as the receiver says, longer each time it says "too fast" in a row."""
    if refusal.wait_s is None:
        return wait_s(failures)
    return max(refusal.wait_s, min(LONGEST_REST_S, refusal.wait_s * 2.0 ** min(failures - 1, 20)))


@dataclass(frozen=True, slots=True)
class Readiness:
    """`trouble` is the channel's, None while it works; `failures` in a row; left alone until `rests_until_s`."""

    pace: Pace
    trouble: Refusal | None = None
    failures: int = 0
    rests_until_s: float = 0.0

    def wait_s(self, high: bool, now_s: float) -> float:
        """How long the next message waits; 0 when it may go now."""
        return max(0.0, self.rests_until_s - now_s, self.pace.wait_s(high, now_s))

    def after(self, refusal: Refusal | None, high: bool, now_s: float) -> "Readiness":
        """After one more message and its answer; a refusal of the message shows that the channel works."""
        # After the answer: the receiver has counted it by now.
        pace = self.pace.after(high, now_s)
        if refusal is None or refusal.trouble is Trouble.REFUSED:
            return Readiness(pace)
        same = self.trouble is not None and self.trouble.trouble is refusal.trouble
        failures = self.failures + 1 if same else 1
        return Readiness(pace, refusal, failures, now_s + rest_s(refusal, failures))

    def resting(self, refusal: Refusal, rest: float, now_s: float) -> "Readiness":
        """As it was when the service ended."""
        until = now_s + min(rest, LONGEST_REST_S) if refusal.trouble is Trouble.TOO_FAST else 0.0
        return replace(self, trouble=refusal, failures=1, rests_until_s=until)


def spare_of(chain: tuple[str, ...], own: str, in_trouble: frozenset[str]) -> str | None:
    """The next channel of the chain that is not in trouble, round to its begin; None when there is none but `own`."""
    place = chain.index(own) if own in chain else 0
    round_ = chain[place + 1 :] + chain[:place]
    return next((one for one in round_ if one not in in_trouble and one != own), None)
