"""Facts to elements: times close exactly, parts of a partition add up, a line is not its machines' mean."""

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from config.load import parse_plant
from config.plant import Plant
from contract.sample import State
from mes.calendar.ideal_cycles import ideal_of
from mes.facts.model import MachineFacts, Span, Steps
from mes.facts.windowing import cut
from mes.kpi.elements import NAMES, UNOBSERVED, Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.formulas import Undefined, kpis
from mes.kpi.policy import ISO
from mes.kpi.rollup import Counts, counts_of, equipment_counts, equipment_elements
from mes.kpi.times import elements_of
from tests.mes.screens.lines import facts as made

SECOND = 1_000_000
END = 1000

PLANT = parse_plant("""
site:
  id: site
  name: {en: Site, zh: 工厂}
  zone: UTC
  shifts: [{id: day, name: {en: Day, zh: 白班}, days: [mon, tue, wed, thu, fri, sat, sun], starts: 00:00, ends: 00:00}]
devices: [{id: plc, edge: edge-1, protocol: modbus, host: 127.0.0.1}]
products:
  - {id: small, name: {en: Small, zh: 小}}
  - {id: large, name: {en: Large, zh: 大}, ideal_cycle: {press: 5s}}
lines:
  - id: line-1
    name: {en: Line 1, zh: 一号线}
    machines:
      - id: press
        name: {en: Press, zh: 压力机}
        device: plc
        ideal_cycle: 2s
        tags:
          - {name: state, role: state, register: 0, states: {1: running}}
          - {name: product, role: product, register: 1, products: {1: small, 2: large}}
          - {name: total, role: total_count, register: 2}
          - {name: scrap, role: scrap_count, register: 3}
      - id: belt
        name: {en: Belt, zh: 输送带}
        device: plc
        ideal_cycle: 2s
        tags: [{name: state, role: state, register: 10, states: {1: running}}]
      - id: tester
        name: {en: Tester, zh: 检测机}
        device: plc
        ideal_cycle: 3s
        tags:
          - {name: state, role: state, register: 20, states: {1: running}}
          - {name: good, role: good_count, register: 22}
          - {name: scrap, role: scrap_count, register: 23}
""")


def steps(rows: list[tuple[int, int, bool]]) -> Steps:
    at = np.array([second * SECOND for second, _, _ in rows], np.int64)
    parts = np.array([parts for _, parts, _ in rows], np.int64)
    return Steps(at, at - SECOND, parts, parts, np.array([bridged for _, _, bridged in rows], np.bool_))


STEPS = st.dictionaries(
    st.integers(0, END - 1), st.tuples(st.integers(1, 5), st.booleans()), max_size=20
).map(lambda rows: steps([(at, *rows[at]) for at in sorted(rows)]))  # fmt: skip
CUTS = st.sets(st.integers(1, END - 1), max_size=5).map(lambda cuts: [0, *sorted(cuts), END])


@st.composite
def facts(draw: st.DrawFn, machine: str = "press") -> MachineFacts:
    edges = [0, *sorted(draw(st.sets(st.integers(1, END - 1), max_size=8)))]
    changes = [0, *sorted(draw(st.sets(st.integers(1, END - 1), max_size=3)))]
    return made(
        0,
        END * SECOND,
        [(edge * SECOND, draw(st.sampled_from(State))) for edge in edges],
        products=[(change * SECOND, draw(st.sampled_from([None, "small", "large"]))) for change in changes],
        total=draw(STEPS),
        good=draw(STEPS),
        scrap=draw(STEPS),
        machine=machine,
    )


@st.composite
def planned(draw: st.DrawFn) -> list[Span]:
    edges = sorted(draw(st.sets(st.integers(-100, END + 100), max_size=8)))
    return [(a * SECOND, b * SECOND) for a, b in zip(edges[::2], edges[1::2], strict=False)]


def quiet(machine: str, **counted: Steps) -> MachineFacts:
    """Running all the time, making the small product."""
    return made(0, END * SECOND, [(0, State.RUNNING)], products=[(0, "small")], machine=machine, **counted)


def evaluation(spans: list[Span]) -> Evaluation:
    return Evaluation(ISO, ideal_of(PLANT), spans, spans)


def elements(plant: Plant, found: MachineFacts, spans: list[Span]) -> Elements:
    return elements_of(plant.machine(found.machine), found, evaluation(spans))


@given(facts(), planned())
def test_planned_time_is_the_sum_of_its_elements_to_the_microsecond(found: MachineFacts, spans: list[Span]) -> None:
    e = elements(PLANT, found, spans)

    assert e.planned == e.producing + e.setup + e.delay + e.down + e.no_data
    assert e.planned == e.running + e.minor + e.breakdown + e.setup_loss + e.no_work + e.no_data
    assert e.planned + e.planned_stop == sum(max(0, min(b, END * SECOND) - max(a, 0)) for a, b in spans)


@given(facts(), planned(), CUTS)
def test_the_parts_of_a_window_add_up_to_the_whole(found: MachineFacts, spans: list[Span], cuts: list[int]) -> None:
    whole = elements(PLANT, found, spans)
    machine = PLANT.machine("press")

    added, counted = Elements(), Counts(0, 0, 0)
    for a, b in pairwise(cuts):
        part = cut(found, a * SECOND, b * SECOND)
        added += elements(PLANT, part, spans)
        counted += counts_of(machine, part)

    assert all(getattr(added, name) == getattr(whole, name) for name in NAMES if name not in UNOBSERVED)
    assert counted == counts_of(machine, found)


def test_parts_made_in_a_break_are_counted_but_are_no_part_of_oee() -> None:
    found = quiet("press", total=steps([(50, 3, False), (150, 4, False), (250, 5, False)]))
    worked = [(0, 100 * SECOND), (200 * SECOND, 300 * SECOND)]

    assert counts_of(PLANT.machine("press"), found) == Counts(12, 12, 0)
    assert elements(PLANT, found, worked).total == 8
    assert elements(PLANT, found, worked).ideal == 8 * 2 * SECOND


def test_each_part_has_the_ideal_cycle_of_the_product_in_force() -> None:
    found = made(
        0,
        END * SECOND,
        [(0, State.RUNNING)],
        products=[(0, None), (100 * SECOND, "large"), (200 * SECOND, "small")],
        total=steps([(99, 1, False), (100, 10, False), (199, 10, False), (200, 100, False)]),
        scrap=steps([(150, 1, False)]),
        machine="press",
    )

    e = elements(PLANT, found, [(0, END * SECOND)])

    assert (e.total, e.good, e.scrap) == (121, 120, 1)
    assert e.ideal == (101 * 2 + 20 * 5) * SECOND
    assert e.ideal_good == (101 * 2 + 19 * 5) * SECOND


def test_parts_across_a_silence_are_counted_but_their_time_was_not_seen() -> None:
    e = elements(PLANT, quiet("press", total=steps([(10, 1, False), (500, 200, True)])), [(0, END * SECOND)])

    assert (e.total, e.ideal) == (201, 2 * SECOND)


def test_a_counter_that_tells_nonsense_overflows_nothing() -> None:
    e = elements(PLANT, quiet("press", total=steps([(10, 2**53, False)])), [(0, END * SECOND)])

    assert e.ideal == 2**53 * 2 * SECOND


def test_total_is_good_and_rejects_where_no_total_is_told() -> None:
    found = quiet("tester", good=steps([(10, 7, False)]), scrap=steps([(10, 2, False)]))

    assert counts_of(PLANT.machine("tester"), found) == Counts(9, 7, 2)
    assert elements(PLANT, found, [(0, END * SECOND)]).ideal == 9 * 3 * SECOND


@given(facts("press"), facts("belt"), facts("tester"), planned())
def test_a_line_is_the_sum_of_the_machines_that_tell_states_and_counts(
    press: MachineFacts, belt: MachineFacts, tester: MachineFacts, spans: list[Span]
) -> None:
    found = {"press": press, "belt": belt, "tester": tester}

    line = equipment_elements(PLANT, "line-1", found, evaluation(spans))

    assert line == elements(PLANT, press, spans) + elements(PLANT, tester, spans)
    assert equipment_elements(PLANT, "site", found, evaluation(spans)) == line


def test_a_machine_without_counters_has_no_oee_rather_than_one_of_zero() -> None:
    k = kpis(elements(PLANT, quiet("belt"), [(0, END * SECOND)]), ISO)

    assert k["oee"].undefined is Undefined.NOT_COUNTED
    assert k["availability"].value == 1.0


def test_a_line_has_made_what_left_its_output_machine() -> None:
    found = {
        "press": quiet("press", total=steps([(10, 50, False)])),
        "belt": quiet("belt"),
        "tester": quiet("tester", good=steps([(20, 8, False)]), scrap=steps([(21, 1, False)])),
    }

    assert equipment_counts(PLANT, "line-1", found) == Counts(9, 8, 1)
    assert equipment_counts(PLANT, "site", found) == Counts(9, 8, 1)
    assert equipment_counts(PLANT, "press", found) == Counts(50, 50, 0)
