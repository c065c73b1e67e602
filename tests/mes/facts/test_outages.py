"""What is on record as not there is NO_DATA in the KPIs, however the record changes; no older sample covers it up."""

import random
from collections.abc import Sequence
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.writer import Message, Writer
from contract.frame import encode
from contract.gap import Cause, Gap
from contract.sample import Quality, Sample, State, from_us
from contract.topics import frame_topic
from mes.facts.counters import Model, steps
from mes.facts.model import Span
from mes.facts.outages import NEVER, outages_of
from mes.facts.tape import state_tape
from tests.mes.keeper.test_store import PLANT, SECOND, START, absorb, an_hour_of_samples, facts, forget, keeper_of
from tests.mes.readings import Row, readings
from tests.support.frames import frame_of
from tests.times import later

RUNNING, DOWN = float(State.RUNNING), float(State.DOWN)
SILENCE = 6 * SECOND
SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda s: (s[0], s[0] + s[1])), max_size=8)


@given(SPANS, st.integers(0, 90))
def test_what_a_sample_says_ends_where_the_first_span_begins_that_ends_after_it(spans: list[Span], at: int) -> None:
    outages = outages_of(spans)

    inside = any(start <= at < end for start, end in spans)
    [ends] = outages.after(np.array([at], np.int64)).tolist()
    assert inside == (ends <= at)
    if not inside:
        assert min((start for start, end in spans if at < start < end), default=NEVER) == ends


@pytest.mark.parametrize(
    ("rows", "outages", "expected"),
    [
        ([(0, RUNNING), (5, RUNNING)], [(2, 3)], [(0, 1), (2, 0), (5, 1), (11, 0)]),
        ([(0, RUNNING), (2, DOWN), (5, RUNNING)], [(1, 4)], [(0, 1), (1, 0), (5, 1), (11, 0)]),
        ([(0, RUNNING), (4, DOWN)], [(1, 4)], [(0, 1), (1, 0), (4, 5), (10, 0)]),
        ([(0, RUNNING), (9, DOWN)], [(7, 8)], [(0, 1), (6, 0), (9, 5), (15, 0)]),
        ([(0, RUNNING)], [(0, 1)], [(0, 0)]),
        ([(0, RUNNING), (5, DOWN)], [(-3, 0), (20, 30)], [(0, 1), (5, 5), (11, 0)]),
    ],
    ids=[
        "nothing is known from a gap to the next sample, although the older one would still hold",
        "a sample within a gap stands alone: what came around it is lost",
        "the first sample after a gap is known again",
        "a gap within silence changes nothing",
        "a sample in a gap of its own",
        "gaps before and after",
    ],
)
def test_the_tape_has_no_data_where_samples_are_missing(
    rows: list[Row], outages: list[tuple[int, int]], expected: list[tuple[float, int]]
) -> None:
    tape = state_tape(readings(rows), SILENCE, outages_of((a * SECOND, b * SECOND) for a, b in outages))

    assert [(at / SECOND, state) for at, state in zip(tape.at.tolist(), tape.value.tolist(), strict=True)] == expected


@pytest.mark.parametrize(
    ("outages", "bridged"),
    [([], [False, False]), ([(3, 4)], [False, True]), ([(1, 3)], [True, True]), ([(5, 9)], [False, False])],
)
def test_parts_that_were_made_across_a_gap_are_unseen(outages: list[tuple[int, int]], bridged: list[bool]) -> None:
    made = steps(
        readings([(0, 1.0), (2, 2.0), (5, 3.0)]),
        Model(),
        SECOND,
        SILENCE,
        outages_of((a * SECOND, b * SECOND) for a, b in outages),
    )

    assert made.bridged.tolist() == bridged


def message(seq: int, samples: Sequence[Sample], gaps: Sequence[Gap] = (), epoch: int = 1) -> Message:
    made = frame_of("edge-1", epoch, seq, samples)
    names = list(made.series) + [s for gap in gaps for s in NAMES if s not in made.series][: len(NAMES)]
    told = [gap.model_copy(update={"series": [names.index(s) for s in NAMES]}) for gap in gaps]
    return Message(
        frame_topic(PLANT.site.id, "edge-1"), encode(made.model_copy(update={"series": names, "gaps": told}))
    )


NAMES = ["press-1/state", "press-1/total", "press-2/rejects"]


def told(dice: random.Random, around_us: int) -> list[Gap]:
    """Now and then an agent tells of something."""
    start = around_us - dice.randint(0, 90) * SECOND
    cause = dice.choice([*Cause, Cause.JOURNAL_FULL])
    first = dice.randint(1, 60)
    return [
        Gap(
            cause=cause,
            device="" if cause is Cause.JOURNAL_FULL else "press-1-plc",
            from_us=start,
            to_us=start + dice.randint(0, 60) * SECOND,
            lost=7 if cause is Cause.JOURNAL_FULL else 0,
            epoch=1,
            first_seq=first,
            last_seq=first + dice.randint(0, 9),
        )
    ]


@pytest.mark.parametrize("seed", range(6))
def test_gaps_that_come_change_and_go_give_the_facts_of_what_is_on_record_at_the_end(database: str, seed: int) -> None:
    dice = random.Random(seed)
    frames: dict[int, list[Sample]] = {}
    for sample in an_hour_of_samples(dice, ["press-1", "press-2"], 60):
        frames.setdefault((sample.source_us - START) // (3 * SECOND), []).append(sample)
    numbered = [(seq, frames[key]) for seq, key in enumerate(sorted(frames), start=1)]
    missing = {seq for seq, _ in numbered if dice.random() < 0.15}
    order = sorted(numbered, key=lambda frame: frame[0] + dice.choice([0, 0, 0, dice.randint(0, 25)]))
    writer, keeper = Writer(database, PLANT.site.id, now=later), keeper_of(database)

    ever_certain = 0
    for seq, samples in order:
        if seq in missing:
            continue
        gaps = told(dice, samples[0].source_us) if dice.random() < 0.1 else []
        writer.write([message(seq, samples, gaps)])
        if dice.random() < 0.3:
            writer.look_for_gaps(timedelta(0))
            ever_certain += 1
        if dice.random() < 0.6:
            absorb(keeper)
    absorb(keeper)
    incremental = facts(database)
    forget(database)
    absorb(keeper_of(database))

    assert ever_certain > 5
    assert any(row[-1] for row in incremental["count_step"])
    assert facts(database) == incremental


def test_when_the_last_missing_frame_has_come_nothing_of_the_gap_is_left(database: str) -> None:
    read = [Sample("press-1", "state", START + n * SECOND, START + n * SECOND, RUNNING, Quality.GOOD) for n in range(9)]
    writer, keeper = Writer(database, PLANT.site.id, now=later), keeper_of(database)
    states = []
    for seq in (1, 2, 5, 6, 3, 4):
        writer.write([message(seq, [read[seq]])])
        if seq == 6:
            absorb(keeper)
            states.append([row[1:] for row in facts(database)["state_change"]])
            writer.look_for_gaps(timedelta(0))
        absorb(keeper)
        states.append([row[1:] for row in facts(database)["state_change"]])

    def second(number: float) -> object:
        return from_us(START + round(number * SECOND))

    whole = [(second(1), 1), (second(12), 0)]
    assert states[3] == whole
    assert states[4] == [(second(1), 1), (second(2.000001), 0), (second(5), 1), (second(12), 0)]
    assert states[5] == [(second(1), 1), (second(3.000001), 0), (second(5), 1), (second(12), 0)]
    assert states[6] == whole


def test_parts_and_states_across_a_dropped_span_are_unseen_of_the_series_that_were_dropped(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id, now=later), keeper_of(database)
    for seq in range(8):
        now = START + seq * 2 * SECOND
        read = [
            Sample(machine, tag, now, now, float(value), Quality.GOOD)
            for machine in ("press-1", "press-2")
            for tag, value in (("state", 1), ("total", 100 + seq))
        ]
        full = Gap(cause=Cause.JOURNAL_FULL, from_us=START + 5 * SECOND, to_us=START + 6 * SECOND, lost=3)
        writer.write([message(seq + 1, read, [full] if seq == 7 else [])])
    absorb(keeper)

    found = facts(database)
    assert [(m, (at - from_us(START)).total_seconds()) for m, _, at, *_, bridged in found["count_step"] if bridged] == [
        ("press-1", 0.0),
        ("press-1", 6.0),
        ("press-1", 8.0),
        ("press-2", 0.0),
    ]
    assert [(m, (at - from_us(START)).total_seconds(), state) for m, at, state in found["state_change"]] == [
        ("press-1", 0.0, 1),
        ("press-1", 5.0, 0),
        ("press-1", 8.0, 1),
        ("press-1", 20.0, 0),
        ("press-2", 0.0, 1),
        ("press-2", 20.0, 0),
    ]
