"""The second way to the expected values: the verifier of receipts (verify/), asked about a vector instead.

It shares no code with the engine. What stands in a receipt and not in a vector is worked out in vector_facts.py: the
intervals of the states and the steps of the counters, by a second way as well.
"""

import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.conformance.names import NAMES
from tests.conformance.vector_facts import (
    FAR,
    booked,
    counter_steps,
    cycle_at,
    hides,
    is_minor,
    is_undecided,
    state_intervals,
    word_at,
)
from verify.kpis import FORMULAS, bounds, formula
from verify.machine import Machine


def expected(vector):
    """Elements and KPIs of a vector, summed over its machines."""
    receipt = {
        "from": vector["window"][0],
        "to": vector["window"][1],
        "policy": {"content": vector["policy"]},
        "planned": vector["calendar"]["planned"],
        "scheduled": vector["calendar"]["scheduled"],
        "planned_scrap_ppm": vector.get("planned_scrap_ppm", {}),
        "frames": [],
    }
    found = Counter()
    for number, machine in enumerate(vector["machines"]):
        part = part_of(vector, machine)
        found.update(Machine(receipt, part, f"machines.{number}", Counter()).elements())
    divisor = vector["policy"]["failure_divisor"]
    elements = {name: found[name] for name in NAMES}
    return {"elements": elements, "kpis": {name: kpi(found, formula(name, divisor)) for name in FORMULAS}}


def kpi(elements, of):
    value, low, high, undefined, _ = bounds(elements, of)
    numbers = {"value": value, "low": low, "high": high}
    return {name: None if one is None else str(one) for name, one in numbers.items()} | {"undefined": undefined}


def part_of(vector, machine):
    """What a receipt would hold of a machine; no sample is known, only what they said."""
    start, end = vector["window"]
    here = [one for one in state_intervals(machine, end) if one["begin"] < end and one["end"] > start]
    steps = {name: counter_steps(counter, machine) for name, counter in machine["counters"].items()}
    counters = machine["counters"]
    return {
        "silence_us": machine["no_data_after_us"],
        "tags": dict.fromkeys(counters),
        "states": [state(vector["policy"], machine, one) for one in here],
        "state_before": here[0]["before"],
        "state_after": here[-1]["after"],
        "products": tape(machine["product"], start, end),
        "orders": tape(machine["order"], start, end),
        "reasons": [{"from": start, "is": None}],
        "ideal_cycles": [
            {"product": one["product"], "from": one["from_us"], "cycle_us": one["cycle_us"]}
            for one in machine["ideal_cycles"]
        ],
        "edits": [],
        "uncertain": dict.fromkeys(counters, 0),
        "steps": {
            name: [step(machine, counters[name], one) for one in steps.get(name, ()) if start <= one["at"] < end]
            for name in ("total", "good", "scrap", "rework")
        },
        "reported": [one for one in reported(machine, steps) if start <= one["at"] < end],
        "outages": {name: list(open_spans(counters, name, of, start, end)) for name, of in steps.items()},
        "wraps_at": {name: counter["wraps_at"] for name, counter in counters.items()},
        "never_reset": [name for name, counter in counters.items() if not counter.get("resets", True)],
        "parts_per_count": {name: counter.get("parts_per_count", 1) for name, counter in counters.items()},
        "fastest_us": {name: counter["fastest_us"] for name, counter in counters.items() if "fastest_us" in counter},
        "max_rate_factor": 2,
    }


def state(policy, machine, interval):
    minor = is_minor(interval, policy)
    return {
        "state": interval["state"],
        "from": interval["begin"],
        "to": interval["end"],
        "minor": minor,
        "undecided": is_undecided(interval, policy, machine["no_data_after_us"]),
        "element": booked(interval["state"], minor, policy),
        "edits": [],
        "sample": None,
    }


def tape(told, start, end):
    """The words in force in the window, the first from its begin on."""
    changes = sorted({start, *(at for at, _ in told if start < at < end)})
    rows = [{"from": at, "is": word_at(told, at)} for at in changes]
    return rows[:1] + [row for before, row in pairwise(rows) if row["is"] != before["is"]]


def step(machine, counter, told):
    product = word_at(machine["product"], told["at"])
    found = told | {"product": product, "cycle_us": cycle_at(machine, product, told["at"])}
    if told["since"] == 0:
        # Before its first reading a counter may have counted whatever fits in.
        each = counter.get("parts_per_count", 1)
        shortest = counter.get("fastest_us") or min(one["cycle_us"] for one in machine["ideal_cycles"])
        found["most"] = (told["at"] // (shortest * each) + 1) * each
    return found | {"sample": None, "since_sample": None}


def reported(machine, steps):
    """Of parts that were counted as good those that people reported."""
    bridged = {one["at"]: one["bridged"] for one in steps.get("good") or steps.get("total", ())}
    for at, parts in machine.get("reported", ()):
        product = word_at(machine["product"], at)
        cycle = cycle_at(machine, product, at)
        yield {"at": at, "parts": parts, "bridged": bridged[at], "product": product, "cycle_us": cycle}


def open_spans(counters, name, steps, start, end):
    """Where what a counter tells is open, of the steps that reach into the window."""
    counting = ("total",) if "total" in counters else ("good", "scrap")
    for one in steps:
        if one["at"] >= start and one["since"] < end and (one["bridged"] or (hides(one) and name not in counting)):
            yield one["since"], min(one["at"], FAR)
