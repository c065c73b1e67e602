"""Whom an alarm calls, and when, for as long as nobody acknowledges it: the steps of a policy, one by one. Pure.

alerts carries out step after step, each from the position that the one before has left in a row; a dry run does the
same without a message. Instants are microseconds since 1970 UTC.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from config.device import Name

MOST_STEPS = 20
# A round of which nobody could be called is tried again after this at the earliest.
SHORTEST_ROUND_US = 60_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """Whom to call so long after the step before: the persons on call of a roster, or a channel's group.

    `gone`: a channel that the plant file has no more.
    """

    after_us: int
    roster: str | None = None
    channel: str | None = None
    gone: bool = False


@dataclass(frozen=True, slots=True)
class Policy:
    """Steps in their order, again from the first `repeat_every_us` after the last; None: once.

    `repeats` says how often again at most; None: until somebody acknowledges.
    """

    id: str
    name: Name
    steps: tuple[Step, ...]
    repeat_every_us: int | None = None
    repeats: int | None = None


@dataclass(frozen=True, slots=True)
class Position:
    """The step that is due at an instant, in which round; both count from 0."""

    round: int
    step: int
    at_us: int


@dataclass(frozen=True, slots=True)
class Call:
    """What a step comes to: `persons` of a roster, or a channel; without either, or `gone`, it calls nobody."""

    round: int
    step: int
    at_us: int
    roster: str | None
    channel: str | None
    persons: tuple[str, ...]
    gone: bool = False

    @property
    def skipped(self) -> bool:
        """Nobody was on call, so the next step follows at once."""
        return self.gone or (self.channel is None and not self.persons)


WhoIsOnCall = Callable[[str, int], tuple[str, ...]]


def with_channels(policy: Policy, channels: Collection[str]) -> Policy:
    """The policy at a plant that has these channels."""
    known = {None, *channels}
    return replace(policy, steps=tuple(replace(step, gone=step.channel not in known) for step in policy.steps))


def begin(policy: Policy, since_us: int) -> Position | None:
    """The first step of an alarm that stands unacknowledged since then; None where the policy has no step."""
    return Position(0, 0, since_us + policy.steps[0].after_us) if policy.steps else None


def carry_out(policy: Policy, position: Position, now_us: int, who: WhoIsOnCall) -> tuple[list[Call], Position | None]:
    """The step that is due, and at once each after one with nobody on call; then the position after them.

    None after the last round. A position beyond the policy's steps, which was changed meanwhile, ends the round.
    """
    calls: list[Call] = []
    nth = position.step
    while nth < len(policy.steps):
        step = policy.steps[nth]
        persons = () if step.roster is None else who(step.roster, now_us)
        calls.append(Call(position.round, nth, now_us, step.roster, step.channel, persons, step.gone))
        nth += 1
        if not calls[-1].skipped:
            break
    if nth < len(policy.steps):
        return calls, Position(position.round, nth, now_us + policy.steps[nth].after_us)
    return calls, _next_round(policy, position.round, now_us)


def dry_run(policy: Policy, since_us: int, until_us: int, who: WhoIsOnCall) -> list[Call]:
    """Everybody who is called by an alarm that stands since then and that nobody acknowledges until then."""
    found: list[Call] = []
    position = begin(policy, since_us)
    while position is not None and position.at_us < until_us:
        calls, position = carry_out(policy, position, position.at_us, who)
        found += calls
    return found


def _next_round(policy: Policy, done: int, now_us: int) -> Position | None:
    if policy.repeat_every_us is None or not policy.steps or (policy.repeats is not None and done >= policy.repeats):
        return None
    wait_us = max(policy.repeat_every_us, SHORTEST_ROUND_US)
    return Position(done + 1, 0, now_us + wait_us + policy.steps[0].after_us)
