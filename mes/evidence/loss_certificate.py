"""What the ledger says of a window → the loss certificate: where every sample is that an agent has numbered. Pure.

The parts come from different witnesses, so that they can fail to add up: produced is the agents' own numbering,
stored the ledger's frames, refused the rejected messages, dropped what agents said they gave up, missing and awaited
the numbers that nobody accounts for.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contract.gap import covered

Range = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Hole:
    """Numbers `first` to `last` that are not in the ledger, and how many samples the frames beside them leave for it.

    With `last` before `first` no number is missing, but the two frames do not count on from each other.
    """

    first: int
    last: int
    samples: int
    from_at: datetime | None = None
    to_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Life:
    """One epoch of a node in a window: its numbers after `after` up to `up_to`, which held `start` to `end` samples.

    `highest` is the last number that ever came; `ended` how far it had numbered (seq, samples) when its agent ended,
    None while nobody has told; `latest` when no later epoch is known. `drops` are (first, last, lost), `refused` the
    samples of rejected frames by number, None where they cannot be read. `counted` are the rows of table sample.
    """

    node: str
    epoch: int
    after: int
    up_to: int
    start: int
    end: int
    highest: int
    frames: int
    stored: int
    held_out: int
    latest: bool
    ended: tuple[int, int] | None = None
    holes: Sequence[Hole] = ()
    drops: Sequence[tuple[int, int, int]] = ()
    refused: Mapping[int, int | None] = field(default_factory=dict)
    counted: int | None = None


@dataclass(frozen=True, slots=True)
class Loss:
    """A hole with its cause: refused, dropped, missing, awaited or miscounted."""

    cause: str
    hole: Hole


@dataclass(frozen=True, slots=True)
class Account:
    """Samples; produced = stored + refused + dropped + missing + awaited + unaccounted, and unaccounted should be 0.

    `held_out` are among those stored, and so are `regained`: an agent gave them up when the database had them already.
    `known` says how far produced is known: whole, so_far, at_least.
    """

    produced: int
    stored: int
    held_out: int
    refused: int
    dropped: int
    missing: int
    awaited: int
    known: str
    regained: int = 0
    counted: int | None = None
    losses: tuple[Loss, ...] = ()

    @property
    def unaccounted(self) -> int:
        """Samples that no part explains; negative when the parts hold more than was produced."""
        return self.produced - self.stored - self.refused - self.dropped - self.missing - self.awaited

    @property
    def adds_up(self) -> bool:
        """True when every sample is in one part, and table sample holds what the ledger says."""
        return self.unaccounted == 0 and self.counted in (None, self.stored - self.held_out)


def account_of(life: Life) -> Account:
    """The account of one epoch in its window."""
    tail = _tail(life)
    reach = max(life.up_to, tail.last if tail else 0)
    drops = [drop for drop in life.drops if drop[1] > life.after and (tail is not None or drop[0] <= life.up_to)]
    across = any(first <= life.after or last > reach for first, last, _ in drops)
    parts = _Parts()
    for hole in life.holes:
        parts.add(hole, life.refused, drops, "missing")
    if tail is not None:
        parts.add(tail, life.refused, drops, "awaited")
    lost, regained = sum(drop[2] for drop in drops), 0
    if not across and _stored_within(drops, life, [*life.holes, *([tail] if tail else [])]):
        # An agent cannot know that the database has a frame whose acknowledgement has not reached it.
        regained = max(0, lost - parts.unclear - parts.explained - parts.inside)
        lost -= regained
    if across:
        # Such a drop is told as one, and lies in two windows: here by its numbers, not by the agent's count.
        dropped = parts.explained + parts.inside
    else:
        dropped = lost
        if parts.unclear:
            # Some numbers of a hole were dropped and some were not: what the agent's count leaves is missing.
            parts.missing += max(0, parts.unclear + parts.explained + parts.inside - lost)
    return Account(
        produced=life.end - life.start + (tail.samples if tail else 0),
        stored=life.stored,
        held_out=life.held_out,
        refused=parts.refused,
        dropped=dropped,
        missing=parts.missing + (parts.unclear if across else 0),
        awaited=parts.awaited,
        known=_known(life),
        regained=regained,
        counted=life.counted,
        losses=tuple(parts.losses),
    )


def total_of(accounts: Iterable[Account], never_numbered: int = 0) -> Account:
    """The sum over epochs or nodes; samples that a full disk made an agent drop unnumbered are produced and dropped."""
    every = list(accounts)
    known = {account.known for account in every}
    counts = [account.counted for account in every]
    return Account(
        produced=sum(a.produced for a in every) + never_numbered,
        stored=sum(a.stored for a in every),
        held_out=sum(a.held_out for a in every),
        refused=sum(a.refused for a in every),
        dropped=sum(a.dropped for a in every) + never_numbered,
        missing=sum(a.missing for a in every),
        awaited=sum(a.awaited for a in every),
        regained=sum(a.regained for a in every),
        known=next((word for word in ("at_least", "so_far") if word in known), "whole"),
        counted=None if None in counts or not counts else sum(count for count in counts if count is not None),
    )


@dataclass
class _Parts:
    """Where the samples of holes are. explained: dropped by their numbers; inside: by drops that lie in one hole."""

    refused: int = 0
    explained: int = 0
    inside: int = 0
    unclear: int = 0
    missing: int = 0
    awaited: int = 0
    losses: list[Loss] = field(default_factory=list)

    def add(
        self, hole: Hole, refused: Mapping[int, int | None], drops: Sequence[tuple[int, int, int]], else_: str
    ) -> None:
        """Book a hole; what nothing explains is `else_`: missing, or awaited."""
        here = [number for number in refused if hole.first <= number <= hole.last]
        whole = len(here) == hole.last - hole.first + 1
        taken = hole.samples if whole else sum(refused[number] or 0 for number in here)
        self.refused += taken
        rest = hole.samples - taken
        cause = "refused"
        if hole.last < hole.first:
            self.refused, cause = self.refused - taken, "miscounted"
        elif not whole:
            cause = self._book(hole, rest, [(number, number) for number in here], drops, else_)
        self.losses.append(Loss(cause, hole))

    def _book(
        self, hole: Hole, rest: int, refused: list[Range], drops: Sequence[tuple[int, int, int]], else_: str
    ) -> str:
        touching = [drop for drop in drops if drop[0] <= hole.last and drop[1] >= hole.first]
        if touching and covered((hole.first, hole.last), [*refused, *((first, last) for first, last, _ in touching)]):
            self.explained += rest
            return "dropped"
        if any(first < hole.first or last > hole.last for first, last, _ in touching):
            self.unclear += rest
            return else_
        inside = sum(lost for _, _, lost in touching)
        self.inside += inside
        left = max(0, rest - inside)
        if else_ == "awaited":
            self.awaited += left
        else:
            self.missing += left
        return else_


def _tail(life: Life) -> Hole | None:
    """Numbers of an ended epoch after the last one that came; they belong to the window of that one."""
    if life.up_to != life.highest:
        return None
    beyond = [drop for drop in life.drops if drop[0] > life.highest]
    if life.ended is not None and life.ended[0] > life.highest:
        return Hole(life.highest + 1, life.ended[0], life.ended[1] - life.end)
    if life.ended is None and beyond:
        last = max(drop[1] for drop in beyond)
        return Hole(life.highest + 1, last, sum(drop[2] for drop in beyond))
    return None


def _stored_within(drops: Sequence[tuple[int, int, int]], life: Life, holes: Sequence[Hole]) -> bool:
    """True when frames came of which an agent told that it gave them up: hulls hold others too, so this may be."""
    ends = sorted((hole.first, hole.last) for hole in holes)
    return any(not covered((max(first, life.after + 1), last), ends) for first, last, _ in drops)


def _known(life: Life) -> str:
    if life.up_to != life.highest or life.ended is not None:
        return "whole"
    return "so_far" if life.latest else "at_least"


@dataclass(frozen=True, slots=True)
class Span:
    """What an agent told that it had not read or not kept; `to_at` is None while it lasts."""

    node: str
    cause: str
    device: str
    from_at: datetime
    to_at: datetime | None
    series: Sequence[str]
    lost: int
    epoch: int
    first_seq: int
    last_seq: int


@dataclass(frozen=True, slots=True)
class Epoch:
    """One life of an agent: its account in the window, of its numbers after `after` up to `up_to`."""

    node: str
    epoch: int
    after: int
    up_to: int
    account: Account


@dataclass(frozen=True, slots=True)
class Certificate:
    """Where every sample of a window is; `never_numbered` by node are in the totals only."""

    from_at: datetime
    to_at: datetime
    epochs: tuple[Epoch, ...]
    never_numbered: dict[str, int]
    spans: tuple[Span, ...]
    more_spans: bool

    @property
    def nodes(self) -> dict[str, Account]:
        """The account of each node."""
        names = sorted({epoch.node for epoch in self.epochs} | self.never_numbered.keys())
        return {
            name: total_of((e.account for e in self.epochs if e.node == name), self.never_numbered.get(name, 0))
            for name in names
        }

    @property
    def adds_up(self) -> bool:
        """True when the account of every single epoch does: two mistakes do not cancel each other."""
        return all(epoch.account.adds_up for epoch in self.epochs)
