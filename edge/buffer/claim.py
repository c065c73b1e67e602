"""Which of two agents with the same name may go on: the one that was there first. Pure.

A claim counts only when whoever made it answers a challenge: anybody who may write to the topic can make one message,
and a broker keeps it for ever, but only an agent that runs answers. Nothing that is heard ends an agent.
"""

from dataclasses import dataclass, field
from enum import Enum

from contract.messages import Claim

# How long a new agent waits for the one that may be there already.
GRACE_S = 1.0
# Who holds our name is asked so often whether it still does, and has lost it after so long without an answer.
CHALLENGE_EVERY_S = 5.0
GONE_AFTER_S = 12.0
MOST_RIVALS = 16


class Verdict(Enum):
    """What to do about another agent's claim to our name."""

    NOTHING = "nothing"
    ANSWER = "answer"
    CHALLENGE = "challenge"
    STAND_BY = "stand by"


@dataclass
class Name:
    """Our own claim; `settled` once nobody has contested it for the grace."""

    claim: Claim
    claimed_at: float | None = None
    # Others with a better claim, and when each was heard for the first time, before it was challenged.
    rivals: dict[str, float] = field(default_factory=dict)
    # The one that has answered and holds our name; when it was heard last, and challenged last.
    holder: str = ""
    heard_at: float = 0.0
    challenged_at: float = 0.0

    def connected(self, now: float) -> Claim:
        """What to say on each new connection: an agent may have come while we were away."""
        if not self.claim.settled:
            self.claimed_at = now
        # Whoever holds our name could not be heard meanwhile.
        self.heard_at = now
        return self.claim

    def lost(self) -> None:
        """Whoever was there could not hear us: a claim that is not settled begins anew."""
        self.claimed_at = None

    def settled(self, now: float) -> bool:
        """True from when the name is ours, as long as nobody with a better claim to it answers."""
        if self.holder:
            return False
        if not self.claim.settled and self.claimed_at is not None and now - self.claimed_at >= GRACE_S:
            self.claim = self.claim.model_copy(update={"settled": True})
        return self.claim.settled

    def heard(self, other: Claim, now: float) -> Verdict:
        """The settled one wins; of two settled ones, as after a divided network, or of two new ones, the earlier."""
        if other.instance == self.claim.instance:
            return Verdict.NOTHING
        if self.holder:
            # The others are for the holder to answer.
            self.heard_at = now if other.instance == self.holder else self.heard_at
            return Verdict.NOTHING
        ours = (not self.claim.settled, self.claim.epoch, self.claim.instance)
        theirs = (not other.settled, other.epoch, other.instance)
        if ours < theirs:
            return Verdict.ANSWER
        if other.instance in self.rivals:
            self.rivals.clear()
            self.holder, self.heard_at, self.challenged_at = other.instance, now, now
            self.claim = self.claim.model_copy(update={"settled": False})
            return Verdict.STAND_BY
        self.rivals[other.instance] = now
        while len(self.rivals) > MOST_RIVALS:
            del self.rivals[next(iter(self.rivals))]
        return Verdict.CHALLENGE

    def silent(self, now: float) -> list[str]:
        """Those who made a claim and have not answered its challenge; each is named once."""
        gone = [instance for instance, at in self.rivals.items() if now - at > GRACE_S]
        for instance in gone:
            del self.rivals[instance]
        return gone

    def challenge(self, now: float) -> Claim | None:
        """What to say to the holder of our name when its turn has come; the name is free again once it is gone."""
        if not self.holder or self.claimed_at is None:
            return None
        if now - self.heard_at > GONE_AFTER_S:
            self.holder, self.claimed_at = "", now
            return self.claim
        if now - self.challenged_at < CHALLENGE_EVERY_S:
            return None
        self.challenged_at = now
        return self.claim
