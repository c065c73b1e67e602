"""A second, slow way to the expected values: second by second, in plain Python and fractions.

It shares no code with the engine: written from docs/kpis.md, it imports nothing of the house. Times in vectors that are
derived by it are whole seconds.
"""

from tests.conformance.brute_facts import (
    booked,
    counter_steps,
    counting_steps,
    covers,
    cycle_at,
    hides,
    is_dark,
    is_minor,
    is_undecided,
    state_intervals,
    word_at,
)
from tests.conformance.brute_kpis import kpis
from tests.conformance.brute_parts import count_parts
from tests.conformance.brute_room import room
from tests.conformance.names import NAMES

SECOND = 1_000_000
HOUR = 3600 * SECOND
STOPS = ("idle", "starved", "blocked", "down", "setup", "stopped", "maintenance")


def expected(vector):
    """Elements and KPIs of a vector, summed over its machines."""
    parts = [machine_elements(vector, machine) for machine in vector["machines"]]
    elements = {name: sum(part[name] for part in parts) for name in parts[0]}
    return {"elements": elements, "kpis": kpis(elements, vector["policy"]["failure_divisor"])}


def machine_elements(vector, machine):
    start, end = vector["window"]
    policy, silence = vector["policy"], machine["no_data_after_us"]
    planned, scheduled = vector["calendar"]["planned"], vector["calendar"]["scheduled"]
    intervals = state_intervals(machine, end)
    steps = {name: counter_steps(counter, machine) for name, counter in machine["counters"].items()}
    holes = [(s["since"], s["at"]) for s in counting_steps(machine, steps) if s["unseen"]]
    e = dict.fromkeys(NAMES, 0)
    for second in range(start, end, SECOND):
        interval = next(i for i in intervals if i["begin"] <= second < i["end"])
        state, minor = interval["state"], is_minor(interval, policy)
        undecided = is_undecided(interval, policy, silence)
        element = booked(state, minor, policy)
        dark = is_dark(intervals, silence, second)
        moves = undecided and policy["minor_as"] not in ("own", policy["states"].get(state))
        unsure = dark or moves
        in_plan, ordered = covers(planned, second), word_at(machine["order"], second) is not None
        e["calendar"] += SECOND
        e["scheduled"] += SECOND * covers(scheduled, second)
        e["order_time"] += SECOND * ordered
        if not in_plan:
            continue
        e[element] += SECOND
        busy_element = element in ("producing", "setup", "delay")
        if unsure and element != "no_data":
            e["unsure_" + element] += SECOND
        e["dark"] += SECOND * dark
        e["order_busy"] += SECOND * (ordered and busy_element)
        e["order_producing"] += SECOND * (ordered and element == "producing")
        e["unsure_order"] += SECOND * (ordered and unsure)
        e["unsure_order_busy"] += SECOND * (ordered and unsure and busy_element)
        e["unsure_order_producing"] += SECOND * (ordered and unsure and element == "producing")
        if element == "planned_stop":
            continue
        e["planned"] += SECOND
        e["undecided"] += SECOND * undecided
        e["starved"] += SECOND * (state == "starved")
        e["blocked"] += SECOND * (state == "blocked")
        e["running"] += SECOND * (state == "running")
        e["unheard"] += SECOND * (state == "running" and not dark and covers(holes, second))
        e["minor"] += SECOND * minor
        if state in STOPS and not minor:
            e[{"breakdown": "breakdown", "setup": "setup_loss", "no_work": "no_work"}[policy["losses"][state]]] += (
                SECOND
            )
            if state in policy["failures"]:
                e["repair"] += SECOND
                e["repair_busy"] += SECOND * busy_element
    count_stops(e, intervals, policy, planned, start, end)
    count_parts(e, vector, machine, intervals, steps)
    cycles = [c["cycle_us"] for c in machine["ideal_cycles"]]
    return e | room(moments(vector, machine, intervals, steps, holes), min(cycles), max(cycles))


def moments(vector, machine, intervals, steps, holes):
    """The planned seconds of the window in order, each with what is told then and what holds."""
    start, end = vector["window"]
    planned, silence = vector["calendar"]["planned"], machine["no_data_after_us"]
    here = [step for step in counting_steps(machine, steps) if start <= step["at"] < end]
    counting = [step for step in here if covers(planned, step["at"])]
    hidden = [(step["since"], step["at"]) for step in here if hides(step)]
    gaps = [(max(since, start, at // HOUR * HOUR), at) for since, at in hidden]
    was_blind = is_dark(intervals, silence, start - SECOND) or covers(holes, start - SECOND)
    for second in range(start, end, SECOND):
        interval = next(i for i in intervals if i["begin"] <= second < i["end"])
        dark = is_dark(intervals, silence, second)
        blind = dark or covers(holes, second)
        if covers(planned, second):
            told = moment(machine, interval, second, blind, was_blind, counting, gaps)
            yield second // SECOND, told | {"dark": dark, "runs": dark or interval["state"] == "running"}
        was_blind = blind


def moment(machine, interval, second, blind, was_blind, counting, gaps):
    """What is told at a second, and what holds in it."""
    seen = [step for step in counting if not step["unseen"]]
    told = [step for step in seen if step["at"] == second]
    bridged = [step for step in counting if step["unseen"] and step["at"] == second]
    gap_ends = any(b == second for _, b in gaps)
    hour = second // HOUR * HOUR
    late = [second - s["since"] for s in seen if s["since"] < second <= s["at"] < hour + HOUR]
    return {
        "blind": blind,
        "dark_before": was_blind,
        "late": machine["no_data_after_us"] if blind or was_blind or gap_ends else max(late, default=0),
        "gap": any(a <= second < b for a, b in gaps),
        "gap_ends": gap_ends,
        "cycle": cycle_at(machine, word_at(machine["product"], second), second),
        "stepping": any(s["since"] <= second < s["at"] < hour + HOUR for s in seen),
        "parts": sum(step["parts"] for step in told),
        "before": min((step["since"] for step in told), default=second),
        "bridged": sum(step["parts"] for step in bridged),
        "since": min((step["since"] for step in bridged), default=second),
    }


def count_stops(e, intervals, policy, planned, start, end):
    for interval in intervals:
        state, minor = interval["state"], is_minor(interval, policy)
        here = start <= interval["begin"] < end and covers(planned, interval["begin"])
        if not here or state not in STOPS or booked(state, minor, policy) == "planned_stop":
            continue
        e["unsure_stops"] += interval["before"] == "no_data"
        if minor:
            e["minor_stops"] += 1
            continue
        e["stops"] += policy["losses"][state] == "breakdown"
        e["failures"] += state in policy["failures"]
