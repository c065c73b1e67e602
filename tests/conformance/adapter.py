"""Our engine behind the conformance adapter: a vector a line on standard input, an answer a line on standard output."""

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from config.calendar import calendar_of
from config.device import MAX_RATE_FACTOR, Machine
from config.plant import Site
from config.shifts import planned_spans, scheduled_spans
from contract.sample import State
from mes.calendar.ideal_cycles import IdealCycle, IdealCycles
from mes.facts.counters import Model, steps
from mes.facts.model import MachineFacts, Span, Steps, no_steps
from mes.facts.tape import Readings
from mes.facts.windowing import cut
from mes.kpi.elements import NAMES
from mes.kpi.evaluation import Evaluation
from mes.kpi.formulas import Exact, exact, formulas
from mes.kpi.policy import policy_from
from mes.kpi.rollup import together
from mes.kpi.times import elements_of
from tests.mes.pure import silences

COUNTERS = ("total", "good", "scrap", "rework")


def answer(vector: Mapping[str, Any]) -> dict[str, Any]:
    """Elements as integers, KPIs as exact fractions."""
    evaluation = evaluation_of(vector)
    found = together(
        elements_of(machine_of(machine), facts_of(machine, *vector["window"]), evaluation)
        for machine in vector["machines"]
    )
    return {
        "id": vector["id"],
        "elements": {name: getattr(found, name) for name in NAMES},
        "kpis": {formula.name: _told(exact(found, formula)) for formula in formulas(evaluation.policy)},
    }


def evaluation_of(vector: Mapping[str, Any]) -> Evaluation:
    """Policy, ideal cycles and planned time of a vector."""
    policy = policy_from(vector["policy"]["name"], vector["policy"]["version"], vector["policy"])
    cycles = [
        IdealCycle(machine["machine"], entry["product"], entry["from_us"], entry["cycle_us"])
        for machine in vector["machines"]
        for entry in machine["ideal_cycles"]
    ]
    planned, scheduled = calendar_spans(vector)
    return Evaluation(policy, IdealCycles(cycles), planned, scheduled, vector.get("planned_scrap_ppm", {}))


def calendar_spans(vector: Mapping[str, Any]) -> tuple[list[Span], list[Span]]:
    """Spans as they are given, or those of shifts by the clock on the wall."""
    given = vector["calendar"]
    if "planned" in given:
        return [(a, b) for a, b in given["planned"]], [(a, b) for a, b in given["scheduled"]]
    name = {"en": "x", "zh": "x"}
    shifts = [shift | {"id": f"s{number}", "name": name} for number, shift in enumerate(given["shifts"])]
    calendar = calendar_of(Site.model_validate({"id": "site", "name": name, "zone": given["zone"], "shifts": shifts}))
    return planned_spans(calendar, *vector["window"]), scheduled_spans(calendar, *vector["window"])


def machine_of(machine: Mapping[str, Any]) -> Machine:
    """The machine with the counters that it tells."""
    tags = [_tag(name, n, counter) for n, (name, counter) in enumerate(machine["counters"].items())]
    return Machine.model_validate(
        {
            "id": machine["machine"],
            "name": {"en": "x", "zh": "x"},
            "device": "x",
            "ideal_cycle": f"{min(c['cycle_us'] for c in machine['ideal_cycles'])}us",
            "no_data_after": f"{machine['no_data_after_us']}us",
            "tags": [{"name": "state", "role": "state", "register": 9, "states": {"1": "running"}}, *tags],
        }
    )


def _tag(name: str, number: int, counter: Mapping[str, Any]) -> dict[str, Any]:
    tag = {"name": name, "role": f"{name}_count", "register": number}
    return tag | ({"max_rate": 1_000_000 / counter["fastest_us"]} if counter.get("fastest_us") else {})


def facts_of(machine: Mapping[str, Any], from_us: int, to_us: int) -> MachineFacts:
    """The facts of a window, cut from all that the vector tells."""
    tape = [(at, int(State[word.upper()])) for at, word in machine["state"]]
    if not tape or tape[0][1] != State.NO_DATA:
        tape.insert(0, (0, int(State.NO_DATA)))
    tape[0] = (0, tape[0][1])
    end = machine.get("state_ends_us") or max(to_us, tape[-1][0] + 1_000_000)
    counted = {name: _steps(machine, name) for name in COUNTERS}
    words: dict[str, Any] = {"reason_at": np.zeros(1, np.int64), "reason": (None,)}
    for name in ("product", "order"):
        entries = [[0, None], *machine[name]]
        words |= {f"{name}_at": np.array([at for at, _ in entries], np.int64), name: tuple(w for _, w in entries)}
    whole = MachineFacts(
        machine=machine["machine"],
        from_us=0,
        to_us=max(end, to_us),
        state_at=np.array([at for at, _ in tape], np.int64),
        state=np.array([state for _, state in tape], np.int64),
        **words,
        **counted,
        first_since_us=0,
        state_before=int(State.NO_DATA),
        last_until_us=end,
        state_after=None,
        outages={name: silences(name, counted[name], machine_of(machine)) for name in machine["counters"]},
        reported=_reported(machine, counted["good" if "good" in machine["counters"] else "total"]),
    )
    return cut(whole, from_us, to_us)


def _steps(machine: Mapping[str, Any], name: str) -> Steps:
    counter = machine["counters"].get(name)
    if counter is None or not counter["readings"]:
        return no_steps()
    at, value = zip(*counter["readings"], strict=True)
    readings = Readings(np.array(at, np.int64), np.array(value, np.float64))
    shortest = min(entry["cycle_us"] for entry in machine["ideal_cycles"])
    model = Model(
        counter.get("wraps_at"),
        counter.get("fastest_us"),
        counter.get("resets", True),
        counter.get("max_rate_factor", MAX_RATE_FACTOR),
        counter.get("parts_per_count", 1),
    )
    heard_us = machine.get("heard_us", 0)
    return steps(readings, model, shortest, machine["no_data_after_us"], heard_us=heard_us, from_first=True)


def _reported(machine: Mapping[str, Any], good: Steps) -> Steps:
    """Of parts that were counted as good those that people reported to be scrap."""
    at, parts = np.array(machine.get("reported", ()), np.int64).reshape(-1, 2).T
    return Steps(at, at, parts, parts, good.bridged[np.searchsorted(good.at, at)])


def _told(found: Exact) -> dict[str, str | None]:
    numbers = {name: getattr(found, name) for name in ("value", "low", "high")}
    told = {name: None if number is None else str(number) for name, number in numbers.items()}
    return told | {"undefined": found.undefined.value if found.undefined else None}


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
