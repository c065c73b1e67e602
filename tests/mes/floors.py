"""Made-up shop floors: what a machine tells in two minutes, in chunks that come or do not, under any plan."""

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from config.device import Machine
from contract.sample import State
from mes.calendar.ideal_cycles import ideal_of
from mes.facts.counters import Model
from mes.facts.model import MachineFacts, Span
from mes.facts.plausible import recall_us
from mes.kpi.elements import Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.policy import ISO, TPM, Element, Policy
from mes.kpi.times import elements_of
from tests.mes.pure import PLANT, PRESS, SECOND, SILENCE, Row, facts_of_samples, press_with

IDEAL = ideal_of(PLANT)
# Thresholds that fit into the minutes that these floors live.
SHORT = replace(ISO, name="short", minor_stop_us=20 * SECOND, startup_us=30 * SECOND)
SPEED = replace(SHORT, name="speed", minor=Element.PRODUCING)
PULL = replace(TPM, name="pull", minor_stop_us=20 * SECOND, startup_us=30 * SECOND)
POLICIES = st.sampled_from([SHORT, SPEED, PULL])
CHUNK, CHUNKS = 10, 12
END = CHUNK * CHUNKS
RECALLED = recall_us(SILENCE) // SECOND


@dataclass(frozen=True)
class Floor:
    """Two minutes of a machine, told each second in chunks of ten; a chunk is what one frame brings."""

    chunks: tuple[dict[str, tuple[Row, ...]], ...]
    model: Model

    def facts(
        self,
        which: Iterable[int] | Mapping[str, Iterable[int]],
        from_s: int = 0,
        to_s: int = END,
        begin: int = 0,
        machine: Machine = PRESS,
    ) -> MachineFacts:
        """What is known when some chunks have come, of all tags or of each its own, in a window from the second at
        which the minutes begin.
        """
        names = [tag.name for tag in machine.tags]
        came = which if isinstance(which, Mapping) else {name: set(which) for name in names}
        told = {
            tag: [(at + begin * SECOND, value) for n in sorted(set(came[tag])) for at, value in self.chunks[n][tag]]
            for tag in names
        }
        return facts_of_samples(told, (begin + from_s) * SECOND, (begin + to_s) * SECOND, self.model, machine)


def counters(dice: random.Random, resets: bool) -> Model:
    """What is declared of the counters: most often nothing; a rate above the ideal one; that they wrap; never a reset.

    They begin below 40 and count at most 60 parts, so none wraps twice.
    """
    wraps_at = dice.choice([None, 64])
    rated = Model(wraps_at, dice.choice([SECOND // 10, SECOND // 2, 2 * SECOND]), resets or wraps_at is None)
    return dice.choice([Model(), Model(), rated])


def floor(seed: int, resets: bool = False, products: bool = True) -> Floor:
    """A machine that stops and starts, makes parts at its ideal cycle or slower, rejects and reworks some; or restarts
    at 0. A part may be begun in one chunk and finished in another, and be of another product than the one before.
    """
    dice = random.Random(seed)
    model = counters(random.Random(~seed), resets)
    state, until, product, at_ideal = State.RUNNING, 0, 1, dice.choice([0.5, 0.9, 1])
    # A part takes its ideal cycle of running time or longer: that is what the bounds assume.
    worked, counts = (
        dice.choice([0, 2, 5]),
        {"total": dice.randrange(40), "scrap": dice.randrange(9), "rework": dice.randrange(9), "good": 30},
    )
    calm = -1
    rows: list[dict[str, Row]] = []
    for second in range(END):
        if second >= until:
            state = dice.choice([State.RUNNING] * 6 + [s for s in State if s is not State.NO_DATA])
            until = second + dice.choice([1, 4, 9, 15, 30, 45])
        if second % CHUNK == 0:
            changes = products and dice.random() < 0.15
            product = 3 - product if changes else product
            worked = 0 if changes else worked
        if state is State.RUNNING:
            if worked >= (2, 5)[product - 1] and dice.random() < at_ideal:
                worked = 0
                counts["total"] += 1
                bad = dice.random() < 0.2 and second > calm
                counts["scrap"] += bad
                counts["good"] += not bad
                counts["rework"] += not bad and dice.random() < 0.2 and second > calm
            worked += 1
        # What was set back takes longer than a counter remembers to count so far again: that is what is assumed.
        far = all(not 0 < counts[name] % (model.wraps_at or END) <= RECALLED // 2 + 1 for name in ("total", "good"))
        if resets and far and dice.random() < 0.01:
            counts, calm = dict.fromkeys(counts, 0), second + RECALLED
        now = second * SECOND
        shown = {name: count % (model.wraps_at or count + 1) for name, count in counts.items()}
        row = {"state": (now, float(state)), "product": (now, float(product))}
        rows.append(row | {name: (now, float(count)) for name, count in shown.items()})
    chunks = [rows[n : n + CHUNK] for n in range(0, END, CHUNK)]
    return Floor(tuple({tag: tuple(row[tag] for row in chunk) for tag in chunk[0]} for chunk in chunks), model)


SEEDS = st.integers(0, 2**32)
CHOSEN = st.sets(st.integers(0, CHUNKS - 1))
WINDOWS = st.tuples(st.integers(0, END), st.integers(0, END)).filter(lambda w: w[0] != w[1]).map(sorted)
CUTS = st.sets(st.integers(1, END - 1), max_size=6).map(lambda cuts: [0, *sorted(cuts), END])
ALL = range(CHUNKS)
MACHINES = st.sampled_from(
    [
        PRESS,
        press_with("total"),
        press_with("total", "good", "rework"),
        press_with("total", "good", "scrap"),
        press_with("good", "scrap", "rework"),
    ]
)


@st.composite
def signals_lost(draw: st.DrawFn, machine: Machine) -> dict[str, Iterable[int]]:
    """Which chunks of each tag have come: all, but for one or two tags that were read now and then, or never.

    The product is the one last read, whatever was between.
    """
    names = [tag.name for tag in machine.tags if tag.name != "product"]
    lost = draw(st.sets(st.sampled_from(names), min_size=1, max_size=2))
    return {tag.name: draw(CHOSEN) if tag.name in lost else ALL for tag in machine.tags}


@st.composite
def plans(draw: st.DrawFn, step: int = 1) -> list[Span]:
    """Planned time: most often everything, else some spans."""
    if draw(st.booleans()):
        return [(0, END * SECOND)]
    edges = sorted(draw(st.sets(st.integers(-2, END // step + 2), max_size=6)))
    return [(a * step * SECOND, b * step * SECOND) for a, b in zip(edges[::2], edges[1::2], strict=False)]


def evaluation(policy: Policy, planned: Sequence[Span] = ((0, END * SECOND),)) -> Evaluation:
    return Evaluation(policy, IDEAL, planned, planned, {"large": 100_000})


def elements(
    found: MachineFacts, policy: Policy, planned: Sequence[Span] = ((0, END * SECOND),), machine: Machine = PRESS
) -> Elements:
    return elements_of(machine, found, evaluation(policy, planned))
