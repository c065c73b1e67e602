"""Elements → KPIs and what bounds them, by fractions. Plain Python; none of the engine's code.

What nobody saw may have been anything: the bounds are the least and the largest value over the extreme cases.
"""

from collections import Counter
from fractions import Fraction
from typing import NamedTuple

TIMES = ("producing", "setup", "delay", "down")
OPTIONS = (*TIMES, "planned_stop")
SECOND = 1_000_000
BRIDGED = ("bridged", "bridged_scrap", "bridged_rework", "bridged_first_pass")
JUDGED = ("more_scrap", "more_rework", "more_first_pass", "good_more", "good_less")
DOUBTS = ("begun_before", "begun_before_parts", *BRIDGED, *JUDGED)
Amounts = Counter[str]
Number = Fraction | None


class F(NamedTuple):
    """A formula: numerators and denominators by the names in `amounts`, times a scale.

    `by_time`: it compares parts with time, and so with the running time in which parts were heard.
    """

    symbols: str
    empty: str
    pairs: tuple[tuple[str, str], ...]
    kind: str = ""  # parts, stops, or empty
    unit: str = "1"
    scale: Fraction = Fraction(1)
    loose: bool = False
    by_time: bool = False


FORMULAS = {
    "availability": F("APT / (PBT - NO_DATA)", "no_data", (("producing", "told"),)),
    "effectiveness": F("sum(PRI x PQ) / APT", "did_not_produce", (("ideal", "producing"),), "parts", by_time=True),
    "quality_ratio": F("sum(PRI x GQ) / sum(PRI x PQ)", "no_parts", (("good", "ideal"),), "parts"),
    "oee": F("sum(PRI x GQ) / (PBT - NO_DATA)", "no_data", (("good", "told"),), "parts", by_time=True),
    "nee": F(
        "AUPT / APT x sum(PRI x GQ) / (PBT - NO_DATA)",
        "did_not_produce",
        (("processing", "producing"), ("good", "told")),
        "parts",
        by_time=True,
    ),
    "teep": F(
        "sum(PRI x GQ) / (PBT - NO_DATA) x PBT / calendar time",
        "no_data",
        (("good", "told"), ("pbt", "calendar")),
        "parts",
        by_time=True,
    ),
    "utilization_efficiency": F("APT / AUBT", "not_busy", (("producing", "busy"),)),
    "allocation_efficiency": F("AUBT / (PBT - NO_DATA)", "no_data", (("busy", "told"),)),
    "allocation_ratio": F("AUBT / AOET", "no_order", (("order_busy", "order_time"),)),
    "technical_efficiency": F("APT / (APT + ADET)", "not_busy", (("producing", "producing + delay"),)),
    "setup_ratio": F("AUST / AUPT", "not_busy", (("setup", "processing"),)),
    "production_process_ratio": F("APT / AOET", "no_order", (("order_producing", "order_time"),)),
    "throughput_rate": F(
        "PQ / AOET", "no_order", (("order_parts", "order_time"),), "parts", "1/h", Fraction(3600 * SECOND)
    ),
    "first_pass_yield": F("(GQ - RQ) / IP", "not_counted", (("first_pass", "inspected"),), "parts"),
    "scrap_ratio": F("SQ / PQ", "no_parts", (("scrap", "total"),), "parts"),
    "rework_ratio": F("RQ / PQ", "not_counted", (("rework", "rework_of"),), "parts"),
    "actual_to_planned_scrap_ratio": F(
        "SQ / PSQ", "no_scrap_plan", (("scrap with plan", "planned scrap"),), "parts", loose=True
    ),
    "mtbf": F("sum(TBF) / FE", "no_failures", (("TBF", "FE"),), "stops", "s", Fraction(1, SECOND), True),
    "mttf": F("sum(TTF) / FE", "no_failures", (("TTF", "FE"),), "stops", "s", Fraction(1, SECOND), True),
    "mttr": F("sum(TTR) / FE", "no_failures", (("TTR", "FE"),), "stops", "s", Fraction(1, SECOND), True),
}


def formula(name: str, divisor: str) -> F:
    """The formula of a KPI by the policy's divisor; KeyError where there is no such KPI."""
    found = FORMULAS[name]
    if found.kind == "stops" and divisor == "failures_plus_1":
        return found._replace(symbols=found.symbols.replace("FE", "(FE + 1)"), pairs=((found.pairs[0][0], "FE + 1"),))
    return found


def amounts(c: Amounts, e: Amounts) -> dict[str, int]:
    """Whatever a formula may name, of a case `c` of elements `e`."""
    told = sum(c[name] for name in TIMES)
    seen_busy = e["producing"] + e["setup"] + e["delay"]
    return dict(c) | {
        "told": told,
        "busy": c["producing"] + c["setup"] + c["delay"],
        "processing": c["producing"] + c["setup"],
        "producing + delay": c["producing"] + c["delay"],
        "calendar": e["calendar"],
        "order_time": e["order_time"],
        "scrap with plan": e["scrap_with_plan"] * 1_000_000,
        "planned scrap": e["planned_scrap_ppm"],
        "TBF": seen_busy + e["repair"] - e["repair_busy"],
        "TTF": seen_busy - e["repair_busy"],
        "TTR": e["repair"],
        "FE": e["failures"],
        "FE + 1": e["failures"] + 1,
    }


def pairs_of(c: Amounts, e: Amounts, f: F) -> list[list[int]]:
    """Numerators and denominators of a formula in a case."""
    found = amounts(c, e)
    return [[found.get(over, 0), found.get(under, 0)] for over, under in f.pairs]


def bounds(e: Amounts, f: F) -> tuple[Number, Number, Number, str | None, list[list[int]]]:
    """(value, low, high, why undefined, numerators and denominators) of a KPI."""
    c = seen(e)
    numbers = pairs_of(c, e, f)
    if e["planned"] == 0:
        return None, None, None, "nothing_planned", numbers
    if f.kind == "parts" and e["uncounted"]:
        return None, None, None, "not_counted", numbers
    nothing = e["planned"] == e["no_data"]
    silent = f.by_time and 0 < e["running_uncounted"] == e["running"]
    if f.by_time and e["running_uncounted"]:
        numbers.append(heard(e))
    value = None
    if not nothing and not silent and all(denominator for _, denominator in numbers):
        value = f.scale
        for numerator, denominator in numbers:
            value *= Fraction(numerator, denominator)
    low, high = extremes(e, f, value)
    if value is not None:
        value = min(max(value, low) if low is not None else value, high if high is not None else value)
    why = "no_data" if nothing else "not_heard" if silent else f.empty
    return value, low, high, None if value is not None else why, numbers


def heard(e: Amounts) -> list[int]:
    """All running time, and of it what was heard; faster than ideal than this nothing is taken to be made."""
    of, ideal = e["running"] - e["running_uncounted"], seen(e)["ideal"]
    return [ideal + e["running_uncounted"], ideal] if 0 < of < ideal else [e["running"], of]


def extremes(e: Amounts, f: F, value: Number) -> tuple[Number, Number]:
    """The least and the largest value that may be true; None where there is none."""
    in_doubt = state_uncertain(e) or (
        e["undecided"] or e["state_uncertain_stops"] if f.kind == "stops" else any(e[d] for d in DOUBTS)
    )
    if not in_doubt:
        return value, value
    if f.loose:
        return Fraction(0), None
    low = high = f.scale
    endless = False
    found = [pairs_of(c, e, f) for c in cases(e)]
    for n in range(len(found[0])):
        pairs = [one[n] for one in found]
        ratios = [Fraction(*pair) for pair in pairs if pair[1]]
        endless |= any(numerator and not denominator for numerator, denominator in pairs)
        if not ratios:
            return None, None
        low, high = low * min(ratios), high * max(ratios)
    return low, None if endless else high


def state_uncertain(e: Amounts) -> int:
    """Planned time whose state is not certain."""
    return e["no_data"] + sum(e[f"state_uncertain_{name}"] for name in OPTIONS)


def seen(e: Amounts) -> Amounts:
    """The case that was seen; less than nothing good is nothing good."""
    case = Counter(e)
    case.update(pbt=e["planned"])
    case["ideal"] -= e["ideal_time_state_unknown"]
    case["good"] = max(0, e["ideal_good"] - e["ideal_time_good_state_unknown"])
    case["first_pass"] = max(0, e["first_pass"])
    return case


def cases(e: Amounts) -> list[Amounts]:
    """The extreme cases: each doubt resolved one way or the other."""
    if not state_uncertain(e) and not any(e[doubt] for doubt in DOUBTS):
        return [seen(e)]
    free, open_class = e["unobserved"] - e["needed_later"], state_uncertain(e) - e["unobserved"]
    found = []
    for sure in counts(e):
        for other in OPTIONS if open_class else OPTIONS[:1]:
            decided = spent(spent(sure, other, open_class, 0), "producing", e["needed_later"], 0)
            for option in OPTIONS:
                case = spent(decided, option, free, e["state_uncertain_order"])
                found.append(case)
                parts, ideal = e["begun_before_parts"], e["begun_before"]
                if option == "producing":
                    parts, ideal = parts + e["unobserved_parts"], ideal + free
                if parts or ideal:
                    made = more(case, parts, ideal)
                    found.append(plus(made, good=ideal, first_pass=parts))
                    found.append(plus(made, scrap=parts, rework=parts))
    return found


def counts(e: Amounts) -> list[Amounts]:
    """What is certain of the times, with the least and the most of undecidable counts."""
    least = Counter(
        {name: e[name] - e[f"state_uncertain_{name}"] for name in (*TIMES, "order_busy", "order_producing")}
    )
    least.update(ideal=e["ideal"], good=max(0, e["ideal_good"]), total=e["total"] - e["bridged"])
    for name in ("scrap", "inspected", "first_pass", "rework_of", "rework"):
        least[name] = max(0, e[name] - e[f"bridged_{name}"])
    least["order_parts"] = max(0, e["order_parts"] - e["bridged_order"])
    best, worst = Counter(least), Counter(least)
    best["good"] = max(0, e["ideal_good"] + e["good_more"])
    best["first_pass"] = max(0, e["first_pass"] - e["bridged_first_pass"] + e["more_first_pass"])
    worst["good"] = max(0, e["ideal_good"] - e["good_less"])
    worst["scrap"] = max(0, e["scrap"] - e["bridged_scrap"] + e["more_scrap"])
    worst["rework"] += e["more_rework"]
    return [best, worst]


def plus(case: Amounts, **more_: int) -> Amounts:
    """A case with more of something."""
    found = Counter(case)
    for name, number in more_.items():
        found[name] += number
    return found


def more(case: Amounts, parts: int, ideal: int) -> Amounts:
    """More parts, whatever they turned out to be."""
    return plus(case, ideal=ideal, total=parts, inspected=parts, rework_of=parts, order_parts=parts)


def spent(sure: Amounts, option: str, length: int, in_order: int) -> Amounts:
    """So much more time was spent on one element, of it some in an order."""
    found = plus(sure, **({option: length} if option in TIMES else {}))
    found["pbt"] = sum(found[name] for name in TIMES)
    found["order_busy"] += in_order if option in ("producing", "setup", "delay") else 0
    found["order_producing"] += in_order if option == "producing" else 0
    return found
