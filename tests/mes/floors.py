"""Made-up shop floors: what a machine tells in two minutes, in chunks that come or do not, under any plan."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from contract.sample import State
from mes.booking import elements_of
from mes.elements import Elements
from mes.facts import MachineFacts, Span
from mes.ideal import ideal_of
from mes.policy import ISO, TPM, Element, Policy
from mes.terms import Terms
from tests.mes.pure import PLANT, PRESS, SECOND, Row, facts_of_samples

IDEAL = ideal_of(PLANT)
# Thresholds that fit into the minutes that these floors live.
SHORT = replace(ISO, name="short", minor_stop_us=20 * SECOND, startup_us=30 * SECOND)
SPEED = replace(SHORT, name="speed", minor=Element.PRODUCING)
PULL = replace(TPM, name="pull", minor_stop_us=20 * SECOND, startup_us=30 * SECOND)
POLICIES = st.sampled_from([SHORT, SPEED, PULL])
CHUNK, CHUNKS = 10, 12
END = CHUNK * CHUNKS


@dataclass(frozen=True)
class Floor:
    """Two minutes of a machine, told each second in chunks of ten; a chunk is what one frame brings."""

    chunks: tuple[dict[str, tuple[Row, ...]], ...]

    def told(self, which: Sequence[int]) -> dict[str, list[Row]]:
        """The samples of some chunks."""
        return {tag: [row for n in sorted(set(which)) for row in self.chunks[n][tag]] for tag in self.chunks[0]}

    def facts(self, which: Sequence[int], from_s: int = 0, to_s: int = END) -> MachineFacts:
        """What is known when some chunks have come."""
        return facts_of_samples(self.told(which), from_s * SECOND, to_s * SECOND)


def floor(seed: int, resets: bool = False, products: bool = True, in_flight: bool = True) -> Floor:
    """A machine that stops and starts, makes parts no faster than ideal, rejects and reworks some; or restarts at 0.

    With parts `in_flight` a chunk may end while one is being made; else each is begun and finished in one chunk.
    """
    dice = random.Random(seed)
    state, until, product = State.RUNNING, 0, 1
    # A part takes its ideal cycle and longer of running time: what the bounds assume of unseen time.
    since_part, counts = 0.0, {"total": dice.randrange(40), "reject": dice.randrange(9), "rework": dice.randrange(9)}
    rows: list[dict[str, Row]] = []
    for second in range(END):
        if second >= until:
            state = dice.choice([State.RUNNING] * 6 + [s for s in State if s is not State.NO_DATA])
            until = second + dice.choice([1, 4, 9, 15, 30, 45])
        if second % CHUNK == 0:
            changes = products and dice.random() < 0.15
            product = 3 - product if changes else product
            since_part = since_part if in_flight and not changes else 0.0
        if state is State.RUNNING:
            since_part += 1
            if since_part > (2.5, 5.5)[product - 1] and dice.random() < 0.7:
                since_part = 0.0
                counts["total"] += 1
                bad = dice.random() < 0.2
                counts["reject"] += bad
                counts["rework"] += not bad and dice.random() < 0.2
        if resets and dice.random() < 0.01:
            counts = dict.fromkeys(counts, 0)
        now = second * SECOND
        row = {"state": (now, float(state)), "product": (now, float(product))}
        rows.append(row | {name: (now, float(count)) for name, count in counts.items()})
    chunks = [rows[n : n + CHUNK] for n in range(0, END, CHUNK)]
    return Floor(tuple({tag: tuple(row[tag] for row in chunk) for tag in chunk[0]} for chunk in chunks))


SEEDS = st.integers(0, 2**32)
CHOSEN = st.sets(st.integers(0, CHUNKS - 1))
WINDOWS = st.tuples(st.integers(0, END), st.integers(0, END)).filter(lambda w: w[0] != w[1]).map(sorted)
CHUNK_WINDOWS = (
    st.tuples(st.integers(0, CHUNKS), st.integers(0, CHUNKS))
    .filter(lambda w: w[0] != w[1])
    .map(lambda w: [CHUNK * min(w), CHUNK * max(w)])
)
CUTS = st.sets(st.integers(1, END - 1), max_size=6).map(lambda cuts: [0, *sorted(cuts), END])
ALL = range(CHUNKS)


@st.composite
def plans(draw: st.DrawFn, step: int = 1) -> list[Span]:
    """Planned time: most often everything, else some spans."""
    if draw(st.booleans()):
        return [(0, END * SECOND)]
    edges = sorted(draw(st.sets(st.integers(-2, END // step + 2), max_size=6)))
    return [(a * step * SECOND, b * step * SECOND) for a, b in zip(edges[::2], edges[1::2], strict=False)]


def terms(policy: Policy, planned: Sequence[Span] = ((0, END * SECOND),)) -> Terms:
    return Terms(policy, IDEAL, planned, planned, {"large": 100_000})


def elements(found: MachineFacts, policy: Policy, planned: Sequence[Span] = ((0, END * SECOND),)) -> Elements:
    return elements_of(PRESS, found, terms(policy, planned))
