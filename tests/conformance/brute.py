"""A second, slow way to the expected values: second by second, in plain Python and fractions.

It shares no code with the engine: written from docs/kpis.md, it imports nothing of the house. Times in vectors that are
derived by it are whole seconds.
"""

from tests.conformance.brute_kpis import kpis
from tests.conformance.brute_room import room
from tests.conformance.names import NAMES

SECOND = 1_000_000
HOUR = 3600 * SECOND
FAR = 2**62
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
        blind = is_dark(intervals, holes, silence, second)
        moves = undecided and policy["minor_as"] not in ("own", policy["states"].get(state))
        unsure = blind or moves
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
        e["blind"] += SECOND * blind
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
    was_blind = is_dark(intervals, holes, silence, start - SECOND)
    for second in range(start, end, SECOND):
        interval = next(i for i in intervals if i["begin"] <= second < i["end"])
        blind = is_dark(intervals, holes, silence, second)
        if covers(planned, second):
            yield second // SECOND, moment(machine, interval, second, blind, was_blind, counting, gaps)
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
        "running": interval["state"] == "running",
        "cycle": cycle_at(machine, word_at(machine["product"], second), second),
        "stepping": any(s["since"] <= second < s["at"] < hour + HOUR for s in seen),
        "parts": sum(step["parts"] for step in told),
        "before": min((step["since"] for step in told), default=second),
        "bridged": sum(step["parts"] for step in bridged),
        "since": min((step["since"] for step in bridged), default=second),
    }


def counting_names(machine):
    """What tells how many parts there are."""
    return ("total",) if "total" in machine["counters"] else ("good", "reject")


def counting_steps(machine, steps):
    """The steps of these."""
    return [step for name in counting_names(machine) for step in steps.get(name, ())]


def hides(step):
    """Whether parts may have come and gone in a step."""
    return not step["unseen"] and step["most"] > step["parts"]


def is_dark(intervals, holes, silence, at):
    """Nothing was heard of the machine, or of one of its counters."""
    interval = next((i for i in intervals if i["begin"] <= at < i["end"]), None)
    if interval is None:
        return False
    held = interval["after"] == "no_data" and at >= interval["end"] - silence
    return interval["state"] == "no_data" or held or any(a <= at < b for a, b in holes)


def state_intervals(machine, until):
    tape = list(machine["state"])
    if not tape or tape[0][1] != "no_data":
        tape.insert(0, [0, "no_data"])
    tape[0] = [0, tape[0][1]]
    last = machine.get("state_ends_us") or max(until, tape[-1][0] + SECOND)
    found = []
    for number, (at, state) in enumerate(tape):
        following = tape[number + 1] if number + 1 < len(tape) else None
        found.append(
            {
                "state": state,
                "begin": at,
                "end": following[0] if following else last,
                "before": tape[number - 1][1] if number else "no_data",
                "after": following[1] if following else None,
            }
        )
    return found


def is_minor(interval, policy):
    length = interval["end"] - interval["begin"]
    return interval["state"] in policy["minor_states"] and length < policy["minor_stop_us"]


def is_undecided(interval, policy, silence):
    if interval["state"] not in policy["minor_states"]:
        return False
    if interval["before"] != "no_data" and interval["after"] not in ("no_data", None):
        return False
    sure = interval["end"] - interval["begin"]
    if interval["after"] == "no_data":
        sure = max(0, sure - silence)
    return sure < policy["minor_stop_us"]


def booked(state, minor, policy):
    if state == "no_data":
        return "no_data"
    return policy["minor_as"] if minor and policy["minor_as"] != "own" else policy["states"][state]


def covers(spans, at):
    return any(a <= at < b for a, b in spans)


def word_at(tape, at):
    found = None
    for begin, word in tape:
        if begin <= at:
            found = word
    return found


def cycle_at(machine, product, at):
    def of(wanted):
        entries = [c for c in machine["ideal_cycles"] if c["product"] == wanted]
        held = [c for c in entries if c["from_us"] <= at]
        return max(held, key=lambda c: c["from_us"])["cycle_us"] if held else None

    own = of(product) if product is not None else None
    base = of(None) or next(c["cycle_us"] for c in machine["ideal_cycles"] if c["product"] is None)
    return own or base


def counter_steps(counter, machine):
    """Each pair of neighbouring readings that tells or may hide parts."""
    silence = machine["no_data_after_us"]
    shortest = min(c["cycle_us"] for c in machine["ideal_cycles"])
    wraps, found = counter.get("wraps_at"), []
    fastest, resets = counter.get("fastest_us"), counter.get("resets", True)
    for (since, old), (at, new) in zip(counter["readings"], counter["readings"][1:], strict=False):
        elapsed = at - since
        fits, unseen = elapsed // (fastest or shortest) + 1, elapsed > silence
        if new >= old:
            parts, certain = new - old, True
            if unseen and resets and new <= fits:
                certain = False
            if unseen and wraps and parts + wraps <= fits:
                certain = False
        else:
            parts, certain = new, False
            around = new - old + wraps if wraps else None
            if fastest:
                wrapped = wraps and not resets and around <= fits
            elif not resets:
                wrapped = around <= elapsed * 4 // shortest + 2
            else:
                top = wraps and old >= wraps - wraps // 4
                wrapped = top and around <= min(elapsed * 4 // shortest + 2, wraps // 2)
            if wrapped:
                parts, certain = around, not (unseen and around + wraps <= fits)
        if fastest and parts > fits:
            parts, certain = 0, False
        most = parts if certain else max(parts, fits)
        if most:
            found.append({"since": since, "at": at, "parts": parts, "most": most, "unseen": unseen})
    last = counter["readings"][-1][0] if counter["readings"] else None
    if last is not None and machine.get("heard_us", 0) > last + silence:
        found.append({"since": last, "at": FAR, "parts": 0, "most": 1, "unseen": True})
    return found


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


def third(machine, total, good, reject):
    told = machine["counters"]
    if "good" not in told:
        good = total - reject
    elif "total" not in told:
        total = good + reject
    if "reject" not in told:
        reject = total - good
    return total, good, reject


def step_kinds(vector, machine, intervals, steps, step):
    """What one step adds to each of the sums."""
    policy, at, parts, unseen = vector["policy"], step["at"], step["parts"], step["unseen"]
    product_ = word_at(machine["product"], at)
    cycle = cycle_at(machine, product_, at)
    inside = next(i for i in intervals if i["begin"] <= at < i["end"])
    after_setup = inside["state"] == "running" and inside["before"] in policy["startup_after"]
    startup = after_setup and at < inside["begin"] + policy["startup_us"]
    ordered = word_at(machine["order"], at) is not None
    ppm = vector.get("planned_scrap_ppm", {}).get(product_)
    seen = 0 if unseen else parts
    return {
        "parts": parts,
        "seen": seen,
        "unseen": parts - seen,
        "ideal": seen * cycle,
        "startup": parts if startup else 0,
        "startup_ideal": seen * cycle if startup else 0,
        "ordered": parts if ordered else 0,
        "ordered_unseen": parts - seen if ordered else 0,
        "with_plan": parts if ppm is not None else 0,
        "ppm": parts * (ppm or 0),
    }


def count_parts(e, vector, machine, intervals, steps):
    start, end = vector["window"]
    told = machine["counters"]
    known = "total" in told or "good" in told
    tells = sum(name in told for name in ("total", "good", "reject")) > 1
    if not known:
        e["uncounted"] = e["planned"]
    sums = {}
    for name in ("total", "good", "reject", "rework"):
        for step in steps.get(name, ()):
            if start <= step["at"] < end and covers(vector["calendar"]["planned"], step["at"]):
                for kind, number in step_kinds(vector, machine, intervals, steps, step).items():
                    sums[name, kind] = sums.get((name, kind), 0) + number

    def of(kind):
        return third(machine, *(sums.get((name, kind), 0) for name in ("total", "good", "reject")))

    def raw(name, kind):
        return sums.get((name, kind), 0)

    e["total"], e["good"], e["reject"] = of("parts")
    e["rework"] = raw("rework", "parts")
    e["inspected"] = e["total"] if tells else 0
    e["first_pass"] = e["good"] - e["rework"] if tells else 0
    e["rework_of"] = e["total"] if "rework" in told else 0
    e["startup_rejects"] = of("startup")[2]
    e["scrap_with_plan"], e["planned_scrap_ppm"] = of("with_plan")[2], of("ppm")[0]
    e["ideal"], e["ideal_good"], _ = of("ideal")
    e["ideal_startup"] = of("startup_ideal")[0] - of("startup_ideal")[1]
    e["counted"] = of("seen")[0]
    e["order_parts"], e["unseen_order"] = of("ordered")[0], of("ordered_unseen")[0]
    e["unseen"], unseen_good, e["unseen_reject"] = of("unseen")
    e["unseen_rework"] = raw("rework", "unseen")
    e["unseen_inspected"] = e["unseen"] if tells else 0
    e["unseen_first_pass"] = unseen_good - e["unseen_rework"] if tells else 0
    e["unseen_rework_of"] = e["unseen"] if "rework" in told else 0
    count_doubts(e, vector, machine, steps, tells)


def count_doubts(e, vector, machine, steps, tells):
    """What of the parts that were counted nobody has judged, and what is told of parts that were not counted."""
    start, end = vector["window"]
    told, counting = machine["counters"], counting_names(machine)
    total, own = "total" in told, "good" in told
    spans = {
        name: [(s["since"], s["at"]) for s in found if s["unseen"] or (name not in counting and hides(s))]
        for name, found in steps.items()
    }
    gaps = [s for s in counting_steps(machine, steps) if hides(s) and start <= s["at"] < end]

    def silent(at, names):
        return any(a < at <= b for name in names for a, b in spans.get(name, ()))

    def is_early(name, step):
        if name in counting or not (total or name == "rework"):
            return False
        lost = any(gap["at"] == step["at"] and gap["since"] <= step["since"] for gap in gaps)
        return lost or silent(step["at"], ["total" if total else "good"])

    rows = [
        (name, step, cycle_at(machine, word_at(machine["product"], step["at"]), step["at"]), is_early(name, step))
        for name, found in steps.items()
        for step in found
        if start <= step["at"] < end and covers(vector["calendar"]["planned"], step["at"]) and not step["unseen"]
    ]

    def early(name, us=False):
        return sum(s["parts"] * (cycle if us else 1) for which, s, cycle, is_ in rows if which == name and is_)

    def within(names, silences, us=False):
        return sum(
            s["parts"] * (cycle if us else 1)
            for which, s, cycle, is_ in rows
            if which in names and not is_ and silent(s["at"], silences)
        )

    judge = "good" if own else "reject"
    rejecter = "reject" if "reject" in told else "good"
    unjudged_us = within(counting, [judge], True) - within([judge], [judge], True) if total else 0
    rejects = within(counting, [rejecter]) - within([rejecter], [rejecter]) if total else 0
    e["good_more"], e["good_less"] = early(judge, True), unjudged_us - early(judge, True)
    if own:
        e["good_more"], e["good_less"] = e["good_less"], e["good_more"]
    e["more_reject"] = rejects
    e["unseen_reject"] += early("reject") if rejecter == "reject" or not own else rejects - early("good")
    e["more_rework"] = within(counting, ["rework"]) - within(["rework"], ["rework"])
    e["unseen_rework"] += early("rework")
    if not tells:
        return
    both = [judge, "rework"] if total else ["rework"]
    if own:
        less = within(["good"], ["rework"]) - within(["rework"], both)
        extra = within(counting, ["good"]) - within(["good"], ["good"]) if total else 0
        e["more_first_pass"] = less + extra
        e["unseen_first_pass"] += less + early("good") - early("rework")
    else:
        less = within(counting, both) - within(["reject"], both) - within(["rework"], both)
        e["more_first_pass"] = less
        e["unseen_first_pass"] += less - early("reject") - early("rework")
