"""What many devices answered is reported in one pass, and nothing of it differs from reporting each by itself."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from config.device import Tag
from contract.frame import decode
from contract.gap import Cause
from contract.sample import TEXT
from edge.buffer.batch import Batch, Unread, pack, portions
from edge.channel import BAD, GOOD, UNCERTAIN, Channel
from edge.report import Answer, Reported, Reports
from tests.support.size import sized

STATE = {"role": "state", "states": {1: "running", 2: "idle", 3: "down"}}
RULES = [{"then": "running", "if": "mode == 1"}, {"then": "down", "if": "mode == 3"}]
KINDS: list[dict[str, Any]] = [
    {"register": 1},
    {"register": 2, "deadband": 2, "scale": 0.1, "offset": -1},
    {"register": 3, "deadband_percent": 10, "min": -50, "max": 50},
    {"register": 4, "invalid": [7]},
    {"register": 5, "role": "total_count"},
    {"register": 6, **STATE},
    {"register": 7, "hold": "3s", **STATE},
    {"register": 8, "type": "string", "length": 8},
]
NUMBERS = st.sampled_from([0.0, 1.0, 2.0, 3.0, 1.5, 7.0, 8.0, 9.0, 80.0, -60.0, float("nan"), float("inf")])
SECOND_US = 1_000_000
SAID = st.sampled_from(["", "A-1", "批次", "x\ufffd"])


def channels(machine: str, kinds: Sequence[int], made: bool) -> list[Channel]:
    """Tags of these kinds, and perhaps a state that is made of one of them."""
    tags = [Tag.model_validate({"name": f"t{i}"} | KINDS[kind]) for i, kind in enumerate(kinds)]
    if made:
        tags.append(Tag.model_validate({"name": "mode", "register": 40}))
        tags.append(Tag.model_validate({"name": "made", "role": "state", "when": RULES, "else": "idle", "hold": "2s"}))
    return [Channel(machine, tag, timedelta(seconds=30)) for tag in tags]


class Plant:
    """Sources that send what they report to `sent`; `most` as of Reports."""

    def __init__(self, floor: Sequence[tuple[Sequence[int], bool]], most: int) -> None:
        self.sent: list[Batch] = []
        self.reports = Reports(self.sent.append, most)
        self.sources = [Reported(channels(f"m-{i}", *tags), (5 + i) * SECOND_US) for i, tags in enumerate(floor)]

    def shown(self) -> dict[str, list[tuple[Any, ...]]]:
        """What was sent, series by series, and all gaps under the names of their devices."""
        found = defaultdict[str, list[tuple[Any, ...]]](list)
        for batch in self.sent:
            columns = (batch.edge_us, batch.source_us, batch.value, batch.quality)
            for name, *row in zip(batch.series, *(column.tolist() for column in columns), strict=True):
                edge_us, at_us, value, quality = row
                text = batch.texts[int(value)] if quality >= TEXT else None
                found[name].append(
                    (edge_us, at_us, None if text is not None else repr(value), quality, text, batch.vital)
                )
            for gap in batch.gaps:
                found[gap.device].append((gap.cause, gap.from_us, gap.to_us, tuple(gap.series)))
        return found


@st.composite
def days(draw: st.DrawFn) -> tuple[list[Any], list[Any]]:
    """Some sources, and what each of them answers in the course of a while: (source, kind, raw, quality, texts)."""
    floor = draw(
        st.lists(
            st.tuples(st.lists(st.integers(0, len(KINDS) - 1), min_size=1, max_size=6), st.booleans()),
            min_size=1,
            max_size=5,
        )
    )
    events = []
    for _ in range(draw(st.integers(1, 25))):
        which = draw(st.integers(0, len(floor) - 1))
        count = len(floor[which][0]) + floor[which][1]
        what = draw(st.sampled_from(["answer"] * 8 + ["gap", "flush"]))
        raw = draw(st.lists(NUMBERS, min_size=count, max_size=count))
        quality = draw(st.lists(st.sampled_from([GOOD] * 8 + [UNCERTAIN, BAD]), min_size=count, max_size=count))
        said = draw(st.lists(SAID, min_size=count, max_size=count))
        own_clock = draw(st.booleans())
        events.append((which, what, raw, quality, said, own_clock))
    return floor, events


def run(plant: Plant, events: Sequence[Any]) -> None:
    """All of it happens, a second each."""
    for second, (which, what, raw, quality, said, own_clock) in enumerate(events):
        source, edge_us = plant.sources[which], 1_000_000_000 + second * SECOND_US
        if what == "answer":
            numbers, good = np.array(raw), np.array(quality, np.int64)
            for i in source.text_places:
                numbers[i] = source.texts.number(said[i])
            times = np.full(numbers.size, edge_us - 5_000) if own_clock else None
            plant.reports.take(Answer(source, numbers, good, edge_us, second * SECOND_US, times))
        elif what == "gap":
            name = str(source.series[0])
            plant.reports.flush()
            source.gaps.append(Unread(Cause.ADDRESS_UNREADABLE, f"plc-{which}", edge_us - 1, edge_us, [name]))
        else:
            plant.reports.flush()
    plant.reports.flush()


@settings(max_examples=sized(150, at_least=30), deadline=None)
@given(days())
def test_one_pass_over_all_devices_sends_what_a_pass_over_each_would(day: tuple[list[Any], list[Any]]) -> None:
    floor, events = day
    together, alone = Plant(floor, 10_000), Plant(floor, 0)

    for plant in (together, alone):
        run(plant, events)

    assert alone.shown() == together.shown()
    assert [s.newest_us.tolist() for s in alone.sources] == [s.newest_us.tolist() for s in together.sources]


@settings(max_examples=sized(100, at_least=30), deadline=None)
@given(days())
def test_whatever_is_reported_makes_frames_that_the_collector_accepts(day: tuple[list[Any], list[Any]]) -> None:
    floor, events = day
    plant = Plant(floor, 10_000)
    run(plant, events)

    read = [decode(pack(portion, "edge-1", 1, 1, 0)) for portion in portions(plant.sent)]

    assert sum(frame.size for frame in read) == sum(len(batch.series) for batch in plant.sent)
    assert [gap.device for frame in read for gap in frame.gaps] == [g.device for b in plant.sent for g in b.gaps]


def test_what_answered_together_is_sent_together() -> None:
    plant = Plant([([0, 1, 5], False)] * 50, 10_000)

    for second in range(2):
        for source in plant.sources:
            at_us = second * SECOND_US
            plant.reports.take(Answer(source, np.full(3, second + 1.0), np.zeros(3, np.int64), at_us, at_us, None))
        plant.reports.flush()

    sizes = [(len(batch.series), batch.vital) for batch in plant.sent]
    assert sizes == [(50, True), (100, False), (50, True), (50, False)]


def test_what_waits_is_bounded() -> None:
    plant = Plant([([0, 0, 0], False)] * 4, 10)

    for source in plant.sources:
        plant.reports.take(Answer(source, np.ones(3), np.zeros(3, np.int64), 0, 0, None))

    assert [len(batch.series) for batch in plant.sent] == [12]
