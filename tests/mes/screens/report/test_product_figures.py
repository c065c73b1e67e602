"""A report of one product: the time in which it was on each machine, and nothing else."""

from itertools import pairwise

from config.calendar import calendar_of
from contract.sample import State
from mes.calendar.ideal_cycles import ideal_of
from mes.calendar.targets import targets_from
from mes.kpi.evaluation import Evaluation
from mes.kpi.policy import ISO
from mes.kpi.rollup import together
from mes.screens.report.figures import figures_of
from mes.screens.report.product_figures import product_figures, product_kpis
from mes.web.evaluated import Evaluated
from mes.web.snapshot import Snapshot
from tests.mes.screens.lines import HOUR, MINUTE, facts, plant, steps

PLANT = plant(machines=1)
EDGES = [0, HOUR, 2 * HOUR, 3 * HOUR]
# 'part' for an hour, then 'slow-part'; down for the last ten minutes of the first hour.
ASKED = Evaluated(
    equipment="press-1",
    span=(0, 2 * HOUR),
    asked_to_us=3 * HOUR,
    snapshot=Snapshot(2 * HOUR, False, 2 * HOUR, b"key"),
    calendar=calendar_of(PLANT.site),
    ideal=ideal_of(PLANT),
    policy=ISO,
    waits=False,
    facts={
        "press-1": facts(
            0,
            2 * HOUR,
            [(0, State.RUNNING), (50 * MINUTE, State.DOWN), (HOUR, State.RUNNING)],
            products=[(0, "part"), (HOUR, "slow-part")],
            total=steps((30 * MINUTE, 1200), (90 * MINUTE, 500)),
        )
    },
    machines=PLANT.lines[0].machines,
    evaluation=Evaluation(ISO, ideal_of(PLANT), ((0, 2 * HOUR),), ((0, 2 * HOUR),)),
)
TARGETS = targets_from([])


def test_products_are_the_parts_of_a_whole() -> None:
    whole = figures_of(PLANT, ASKED, TARGETS, (0, 3 * HOUR), EDGES)
    one, other = (product_figures(PLANT, ASKED, TARGETS, EDGES, name) for name in ("part", "slow-part"))

    assert together([one.elements, other.elements]).planned == whole.elements.planned
    assert together([one.elements, other.elements]).running == whole.elements.running
    assert (one.pace.good, other.pace.good) == (1200, 500)
    assert one.pace.ideal is not None
    assert other.pace.ideal is not None
    assert whole.pace.ideal == one.pace.ideal + other.pace.ideal
    assert [sum(f.balance[where].us for f in (one, other)) for where in whole.balance] == [
        lost.us for lost in whole.balance.values()
    ]


def test_an_hour_without_the_product_asks_for_nothing_of_it() -> None:
    slots = product_figures(PLANT, ASKED, TARGETS, EDGES, "part").slots

    assert [(a, b) for a, b in pairwise(EDGES)] == [(slot.from_us, slot.to_us) for slot in slots]
    assert [slot.pace.good for slot in slots] == [1200, None, None]
    assert [slot.future for slot in slots] == [False, False, True]


def test_stops_of_another_product_are_not_its_own() -> None:
    one, other = (product_figures(PLANT, ASKED, TARGETS, EDGES, name) for name in ("part", "slow-part"))

    assert sum(cost.us for cost in one.pareto.by_reason) == 10 * MINUTE
    assert list(other.pareto.by_reason) == []
    assert product_kpis(ASKED, "slow-part")[0]["availability"].value == 1.0


def test_of_a_product_that_was_on_no_machine_nothing_is_known() -> None:
    nothing = product_figures(PLANT, ASKED, TARGETS, EDGES, "other")

    assert (nothing.kpis["oee"].value, nothing.completeness) == (None, None)
    assert (nothing.pace.good, nothing.rows) == (None, ())
