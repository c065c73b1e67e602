"""Which of two agents with the same name may go on: the one that was there first. Pure."""

from dataclasses import dataclass
from enum import Enum

from contract.messages import Claim

# How long a new agent waits for the one that may be there already.
GRACE_S = 1.0


class Verdict(Enum):
    """What to do about another agent's claim to our name."""

    NOTHING = "nothing"
    ANSWER = "answer"
    GIVE_WAY = "give way"


@dataclass
class Name:
    """Our own claim; `settled` once nobody has contested it for the grace."""

    claim: Claim
    claimed_at: float | None = None

    def connected(self, now: float) -> Claim:
        """What to say on each new connection: an agent may have come while we were away."""
        if not self.claim.settled:
            self.claimed_at = now
        return self.claim

    def lost(self) -> None:
        """Whoever was there could not hear us: a claim that is not settled begins anew."""
        self.claimed_at = None

    def settled(self, now: float) -> bool:
        """True from when the name is ours."""
        if not self.claim.settled and self.claimed_at is not None and now - self.claimed_at >= GRACE_S:
            self.claim = self.claim.model_copy(update={"settled": True})
        return self.claim.settled

    def heard(self, other: Claim) -> Verdict:
        """The settled one wins; of two settled ones, as after a divided network, or of two new ones, the earlier."""
        if other.instance == self.claim.instance:
            return Verdict.NOTHING
        ours = (not self.claim.settled, self.claim.epoch, self.claim.instance)
        theirs = (not other.settled, other.epoch, other.instance)
        return Verdict.ANSWER if ours < theirs else Verdict.GIVE_WAY
