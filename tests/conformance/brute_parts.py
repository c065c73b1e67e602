"""The parts of a machine and how good they are, step by step. See brute.py."""

from tests.conformance.brute_facts import counting_names, counting_steps, covers, cycle_at, hides, word_at


def count_parts(e, vector, machine, intervals, steps):
    start, end = vector["window"]
    told = machine["counters"]
    known = "total" in told or "good" in told
    tells = sum(name in told for name in ("total", "good", "reject")) > 1
    if not known:
        e["uncounted"] = e["planned"]
    gaps = [s for s in counting_steps(machine, steps) if hides(s) and start <= s["at"] < end]
    open_, sums = left_open(machine, steps), {}
    for name in ("total", "good", "reject", "rework"):
        for step in steps.get(name, ()):
            if start <= step["at"] < end and covers(vector["calendar"]["planned"], step["at"]):
                early = judges_early(machine, gaps, open_, name, step)
                for kind, number in step_kinds(vector, machine, intervals, step, early).items():
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
    e["ideal_no_data"], e["ideal_good_no_data"], _ = of("no_data")
    e["ideal_startup"] = of("startup_ideal")[0] - of("startup_ideal")[1]
    e["counted"] = of("seen")[0]
    e["order_parts"], e["unseen_order"] = of("ordered")[0], of("ordered_unseen")[0]
    e["unseen"], unseen_good, e["unseen_reject"] = of("unseen")
    e["unseen_rework"] = raw("rework", "unseen")
    e["unseen_inspected"] = e["unseen"] if tells else 0
    e["unseen_first_pass"] = unseen_good - e["unseen_rework"] if tells else 0
    e["unseen_rework_of"] = e["unseen"] if "rework" in told else 0
    count_doubts(e, vector, machine, steps, gaps, open_, tells)


def step_kinds(vector, machine, intervals, step, early):
    """What one step adds to each of the sums."""
    policy, at, parts, unseen = vector["policy"], step["at"], step["parts"], step["unseen"]
    product_ = word_at(machine["product"], at)
    cycle = cycle_at(machine, product_, at)
    inside = next(i for i in intervals if i["begin"] <= at < i["end"])
    after_setup = inside["state"] == "running" and inside["before"] in policy["startup_after"]
    startup = after_setup and at < inside["begin"] + policy["startup_us"]
    ordered = word_at(machine["order"], at) is not None
    ppm = vector.get("planned_scrap_ppm", {}).get(product_)
    seen = 0 if unseen or early else parts
    return {
        "parts": parts,
        "seen": seen,
        "unseen": parts if unseen else 0,
        "ideal": seen * cycle,
        "no_data": seen * cycle if inside["state"] == "no_data" else 0,
        "startup": parts if startup else 0,
        "startup_ideal": seen * cycle if startup else 0,
        "ordered": parts if ordered else 0,
        "ordered_unseen": parts if ordered and unseen else 0,
        "with_plan": parts if ppm is not None else 0,
        "ppm": parts * (ppm or 0),
    }


def third(machine, total, good, reject):
    told = machine["counters"]
    if "good" not in told:
        good = total - reject
    elif "total" not in told:
        total = good + reject
    if "reject" not in told:
        reject = total - good
    return total, good, reject


def left_open(machine, steps):
    """Of each counter the spans of which it is not known what it would have told."""
    counting = counting_names(machine)
    return {
        name: [(s["since"], s["at"]) for s in found if s["unseen"] or (name not in counting and hides(s))]
        for name, found in steps.items()
    }


def silent(open_, at, names):
    """Whether one of these counters left open what it told at an instant."""
    return any(a < at <= b for name in names for a, b in open_.get(name, ()))


def judges_early(machine, gaps, open_, name, step):
    """Whether a step tells how good parts are that were not counted."""
    total = "total" in machine["counters"]
    if name in counting_names(machine) or not (total or name == "rework"):
        return False
    lost = any(gap["at"] == step["at"] and gap["since"] <= step["since"] for gap in gaps)
    return lost or silent(open_, step["at"], ["total" if total else "good"])


def count_doubts(e, vector, machine, steps, gaps, open_, tells):
    """What of the parts that were counted nobody has judged, and what is told of parts that were not counted."""
    start, end = vector["window"]
    told, counting = machine["counters"], counting_names(machine)
    total, own = "total" in told, "good" in told
    rows = [
        (
            name,
            step,
            cycle_at(machine, word_at(machine["product"], step["at"]), step["at"]),
            judges_early(machine, gaps, open_, name, step),
        )
        for name, found in steps.items()
        for step in found
        if start <= step["at"] < end and covers(vector["calendar"]["planned"], step["at"]) and not step["unseen"]
    ]

    def early(name):
        return sum(s["parts"] for which, s, _, is_ in rows if which == name and is_)

    def within(names, silences, us=False):
        return sum(
            s["parts"] * (cycle if us else 1)
            for which, s, cycle, is_ in rows
            if which in names and not is_ and silent(open_, s["at"], silences)
        )

    judge = "good" if own else "reject"
    rejecter = "reject" if "reject" in told else "good"
    unjudged_us = within(counting, [judge], True) - within([judge], [judge], True) if total else 0
    rejects = within(counting, [rejecter]) - within([rejecter], [rejecter]) if total else 0
    e["good_more" if own else "good_less"] = unjudged_us
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
