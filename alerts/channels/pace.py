"""How fast a channel may be told → how long the next message waits: two token buckets. Pure; times are seconds.

Worked example, 20 a minute with a quarter kept for high priority: the bucket of all messages holds 4 and gets 17 a
minute, so in any minute at most 4 + 17 - 1 = 20 go out. What is not of high priority also needs a token of the other
bucket, which holds 3 and gets 12.75 a minute: however many of those wait, one of high priority finds its token at once.
"""

from dataclasses import dataclass, replace

# The robots of Feishu take five messages a second.
MOST_AT_ONCE = 4
# Feishu asks to leave out the full and the half minute, when everybody sends; clocks differ by a little.
CROWDED_EVERY_S = 30.0
CROWDED_BEFORE_S, CROWDED_AFTER_S = 0.5, 1.5


@dataclass(frozen=True, slots=True)
class Bucket:
    """Holds `depth` tokens at most and gets `per_s` of them a second; `tokens` were in it at `at_s`."""

    depth: int
    per_s: float
    tokens: float
    at_s: float

    def filled(self, now_s: float) -> "Bucket":
        """With the tokens that have come by now."""
        tokens = min(float(self.depth), self.tokens + max(0.0, now_s - self.at_s) * self.per_s)
        return replace(self, tokens=tokens, at_s=now_s)

    def without(self, count: float, now_s: float) -> "Bucket":
        """After so many have been taken, never less than empty."""
        filled = self.filled(now_s)
        return replace(filled, tokens=max(0.0, filled.tokens - count))

    def wait_s(self, now_s: float) -> float:
        """Until there is a whole token; 0 when there is one now."""
        return max(0.0, (1.0 - self.filled(now_s).tokens) / self.per_s)


@dataclass(frozen=True, slots=True)
class Pace:
    """What a channel may be told now; take a token after the receiver has answered, so that no minute has too many."""

    all: Bucket
    others: Bucket

    def wait_s(self, high: bool, now_s: float) -> float:
        """How long the next message waits; 0 when it may go now."""
        return self.all.wait_s(now_s) if high else max(self.all.wait_s(now_s), self.others.wait_s(now_s))

    def after(self, high: bool, now_s: float) -> "Pace":
        """After one more message."""
        others = self.others if high else self.others.without(1, now_s)
        return Pace(self.all.without(1, now_s), others)

    def after_many(self, count: int, now_s: float) -> "Pace":
        """After so many within the last minute, of whatever priority and whenever in it: never more than is there."""
        return Pace(self.all.without(count, now_s), self.others.without(count, now_s))


def pace_of(a_minute: int, kept_for_high: float, now_s: float) -> Pace:
    """Both buckets full: at most `a_minute` in any minute, of which `kept_for_high` only for high priority."""
    depth = min(MOST_AT_ONCE, max(1, a_minute // 4))
    per_s = (a_minute - depth + 1) / 60
    for_others = max(1, round(depth * (1 - kept_for_high)))
    return Pace(Bucket(depth, per_s, depth, now_s), Bucket(for_others, per_s * (1 - kept_for_high), for_others, now_s))


def crowded_s(clock_s: float) -> float:
    """How long the full or half minute still lasts; 0 outside of it. `clock_s` counts from any full minute."""
    since = (clock_s + CROWDED_BEFORE_S) % CROWDED_EVERY_S
    return max(0.0, CROWDED_BEFORE_S + CROWDED_AFTER_S - since)
