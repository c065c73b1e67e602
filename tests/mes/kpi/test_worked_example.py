"""The hour that docs/kpis.md explains bounds by: the engine says what stands there."""

from pathlib import Path

from contract.sample import State
from mes.kpi.formulas import completeness, kpis
from mes.kpi.policy import ISO
from tests.mes.floors import elements
from tests.mes.pure import SECOND, facts_of_samples, press_with

HOUR_S = 3600
AWAY = range(1800, 2520)
DOWN = range(2520, 3000)


def test_the_example_of_the_docs_is_what_the_engine_says() -> None:
    machine, made, states, counts = press_with("total"), 0, [], []
    for second in range(HOUR_S + 1):
        runs = second not in AWAY and second not in DOWN
        made += runs and second % 2 == 0 and second > 0
        made += 200 * (second == AWAY.stop)  # counted across the silence: in no minute, and they move no bound
        if second <= AWAY.start or second not in AWAY:
            states.append((second * SECOND, float(State.RUNNING if runs or second == AWAY.start else State.DOWN)))
            counts.append((second * SECOND, float(made)))
    samples = {"state": states, "product": [(0, 1.0)], "total": counts}

    facts = facts_of_samples(samples, 0, HOUR_S * SECOND, machine=machine)
    hour = elements(facts, ISO, ((0, HOUR_S * SECOND),), machine)
    oee = kpis(hour, ISO)["oee"]

    assert (hour.ideal, hour.no_data, hour.unobserved) == (2398 * SECOND, 714 * SECOND, 720 * SECOND)
    told = [f"{number:.3f}" for number in (oee.value, oee.low, oee.high, completeness(hour)) if number is not None]
    for page in ("docs/kpis.md", "docs/kpis.zh.md"):
        rows = [line for line in Path(page).read_text(encoding="utf-8").splitlines() if line.startswith("| ")]
        assert told == [row.split("|")[3].strip() for row in rows if row.split("|")[3].strip().startswith("0.")][:4]
