"""KPIs and their bounds from elements, slowly: bounds are searched over a grid of what may have happened.

Shares no code with the engine; see brute.py.
"""

from fractions import Fraction as F
from itertools import combinations, product

SECOND = 1_000_000
WAYS = ("producing", "setup", "delay", "down", "planned_stop")
FORMULAS = {
    "availability": (lambda c: (c["producing"], c["seen"]), "no_data", False),
    "effectiveness": (lambda c: (c["ideal"], c["producing"]), "did_not_produce", True),
    "quality_ratio": (lambda c: (c["good_us"], c["ideal"]), "no_parts", True),
    "oee": (lambda c: (c["good_us"], c["seen"]), "no_data", True),
    "nee": (
        lambda c: ((c["producing"] + c["setup"]) * c["good_us"], c["producing"] * c["seen"]),
        "did_not_produce",
        True,
    ),
    "teep": (lambda c: (c["good_us"] * c["pbt"], c["seen"] * c["calendar"]), "no_data", True),
    "utilization_efficiency": (lambda c: (c["producing"], c["busy"]), "not_busy", False),
    "allocation_efficiency": (lambda c: (c["busy"], c["seen"]), "no_data", False),
    "allocation_ratio": (lambda c: (c["order_busy"], c["order_time"]), "no_order", False),
    "technical_efficiency": (lambda c: (c["producing"], c["producing"] + c["delay"]), "not_busy", False),
    "setup_ratio": (lambda c: (c["setup"], c["producing"] + c["setup"]), "not_busy", False),
    "production_process_ratio": (lambda c: (c["order_producing"], c["order_time"]), "no_order", False),
    "throughput_rate": (lambda c: (c["order_parts"] * 3600 * SECOND, c["order_time"]), "no_order", True),
    "first_pass_yield": (lambda c: (c["first_pass"], c["inspected"]), "not_counted", True),
    "scrap_ratio": (lambda c: (c["reject"], c["total"]), "no_parts", True),
    "rework_ratio": (lambda c: (c["rework"], c["rework_of"]), "not_counted", True),
}
# The bounds of products of two ratios are the products of their bounds.
FACTORS = {
    "nee": (lambda c: (c["producing"] + c["setup"], c["producing"]), lambda c: (c["good_us"], c["seen"])),
    "teep": (lambda c: (c["good_us"], c["seen"]), lambda c: (c["pbt"], c["calendar"])),
}


# They compare parts with time, and so need time in which the counter was heard.
BY_TIME = ("effectiveness", "oee", "nee", "teep")


def kpis(e, divisor):
    ways = possible(e)
    found = {}
    for name, (formula, empty, counts) in FORMULAS.items():
        pace = heard(e) if name in BY_TIME else F(1)
        found[name] = kpi(e, ways, FACTORS.get(name, (formula,)), formula, empty, counts, pace)
    plus = 1 if divisor == "failures_plus_1" else 0
    busy = e["producing"] + e["setup"] + e["delay"]
    unsure = sum(e["unsure_" + way] for way in WAYS) + e["no_data"]
    loose = unsure > 0 or e["undecided"] > 0 or e["unsure_stops"] > 0
    for name, time in (
        ("mtbf", busy + e["repair"] - e["repair_busy"]),
        ("mttf", busy - e["repair_busy"]),
        ("mttr", e["repair"]),
    ):
        found[name] = loosely(
            e, F(time, (e["failures"] + plus) * SECOND) if e["failures"] + plus else None, loose, "no_failures"
        )
    scrap = F(e["scrap_with_plan"] * 10**6, e["planned_scrap_ppm"]) if e["planned_scrap_ppm"] else None
    found["actual_to_planned_scrap_ratio"] = loosely(e, scrap, ways is not None, "no_scrap_plan", counts=True)
    return found


def nothing(e, counts):
    if not e["planned"]:
        return "nothing_planned"
    if counts and e["uncounted"]:
        return "not_counted"
    return "no_data" if e["planned"] == e["no_data"] else None


def answer(value, low, high, why):
    return {
        "value": None if value is None else str(value),
        "low": None if low is None else str(low),
        "high": None if high is None else str(high),
        "undefined": why,
    }


def loosely(e, value, loose, empty, counts=False):
    why = nothing(e, counts)
    if why in ("nothing_planned", "not_counted"):
        return answer(None, None, None, why)
    value = None if why else value
    low, high = (F(0), None) if loose else (value, value)
    return answer(value, low, high, (why or empty) if value is None else None)


def heard(e):
    """How much more was made than was heard, if it was made as fast and not faster than ideal; None: nothing was heard.

    It follows from `unheard` time, in which the machine ran and the counter was silent.
    """
    if not e["unheard"]:
        return F(1)
    of = e["running"] - e["unheard"]
    if not of:
        return None
    ideal = as_seen(e)["ideal"]
    more = min(F(ideal * e["unheard"], of), F(e["unheard"]))
    return 1 + more / ideal if ideal else F(1)


def kpi(e, ways, factors, formula, empty, counts, pace):
    why = nothing(e, counts) or (None if pace else "not_heard")
    if why in ("nothing_planned", "not_counted"):
        return answer(None, None, None, why)
    over, under = formula(as_seen(e))
    value = F(over, under) * pace if under and not why else None
    why = (why or empty) if value is None else None
    if ways is None:
        return answer(value, value, value, why)
    low, high, unbounded = F(1), F(1), False
    if factors == (formula,):
        pairs = [[formula(way) for way in ways]]
    else:
        pairs = [[factor(way) for way in ways] for factor in factors]
    for some in pairs:
        ratios = [F(a, b) for a, b in some if b]
        unbounded |= any(a and not b for a, b in some)
        if not ratios:
            return answer(value, None, None, why)
        low, high = low * min(ratios), high * max(ratios)
    high = None if unbounded else high
    if value is not None:
        value = max(value, low) if high is None else min(max(value, low), high)
    return answer(value, low, high, why)


def as_seen(e):
    return {
        "pbt": e["planned"],
        "calendar": e["calendar"],
        "seen": e["planned"] - e["no_data"],
        "producing": e["producing"],
        "setup": e["setup"],
        "delay": e["delay"],
        "busy": e["producing"] + e["setup"] + e["delay"],
        "ideal": e["ideal"] - e["ideal_no_data"],
        "good_us": max(0, e["ideal_good"] - e["ideal_good_no_data"]),
        "total": e["total"],
        "reject": e["reject"],
        "rework": e["rework"],
        "inspected": e["inspected"],
        "first_pass": max(0, e["first_pass"]),
        "rework_of": e["rework_of"],
        "order_time": e["order_time"],
        "order_busy": e["order_busy"],
        "order_producing": e["order_producing"],
        "order_parts": e["order_parts"],
    }


def possible(e):
    """What may have happened, on a grid; None when everything is certain."""
    unsure = sum(e["unsure_" + way] for way in WAYS) + e["no_data"]
    of_parts = ("more_reject", "more_rework", "more_first_pass", "good_more", "good_less")
    bridged = ("unseen", "unseen_reject", "unseen_rework", "unseen_first_pass")
    doubts = ("flight", "flight_parts", *bridged, *of_parts)
    if not unsure and not any(e[name] for name in doubts):
        return None
    other = unsure - e["dark"]
    shares = [{way: F(1)} for way in WAYS] + [{a: F(1, 2), b: F(1, 2)} for a, b in combinations(WAYS, 2)]
    ways = []
    for bad, blind in product((0, 1), shares):
        for stop in shares if other else shares[:1]:
            for made, spoilt in ((F(0), F(0)), (F(1), F(0)), (F(1), F(1)), (F(1, 2), F(1, 4))):
                ways.append(one_way(e, bad, blind, stop, made, spoilt, other))
    return ways


def one_way(e, bad, blind, stop, made, spoilt, other):
    time = {way: e[way] - e["unsure_" + way] for way in WAYS}
    free = e["dark"] - e["owed"]
    for way in WAYS:
        time[way] += blind.get(way, 0) * free + stop.get(way, 0) * other
    time["producing"] += e["owed"]
    spent = time["producing"] + time["setup"] + time["delay"] + time["down"]
    in_order = {way: blind.get(way, 0) * e["unsure_order"] for way in WAYS}
    share = blind.get("producing", F(0))
    fresh_us = made * (share * free + e["flight"])
    fresh = made * (share * e["dark_parts"] + e["flight_parts"])
    good_us = max(0, e["ideal_good"] - e["good_less"] if bad else e["ideal_good"] + e["good_more"])
    first = max(0, e["first_pass"] - e["unseen_first_pass"] + (0 if bad else e["more_first_pass"]))
    reject = max(0, e["reject"] - e["unseen_reject"])
    rework = max(0, e["rework"] - e["unseen_rework"])
    if bad:
        reject = max(0, e["reject"] - e["unseen_reject"] + e["more_reject"])
        rework += e["more_rework"]
    return {
        "pbt": spent,
        "calendar": e["calendar"],
        "seen": spent,
        "producing": time["producing"],
        "setup": time["setup"],
        "delay": time["delay"],
        "busy": time["producing"] + time["setup"] + time["delay"],
        "ideal": e["ideal"] + fresh_us,
        "good_us": good_us + fresh_us * (1 - spoilt),
        "total": e["total"] - e["unseen"] + fresh,
        "reject": reject + fresh * spoilt,
        "rework": rework + fresh * spoilt,
        "inspected": max(0, e["inspected"] - e["unseen_inspected"]) + fresh,
        "first_pass": first + fresh * (1 - spoilt),
        "rework_of": max(0, e["rework_of"] - e["unseen_rework_of"]) + fresh,
        "order_time": e["order_time"],
        "order_busy": e["order_busy"]
        - e["unsure_order_busy"]
        + in_order["producing"]
        + in_order["setup"]
        + in_order["delay"],
        "order_producing": e["order_producing"] - e["unsure_order_producing"] + in_order["producing"],
        "order_parts": max(0, e["order_parts"] - e["unseen_order"]) + fresh,
    }
