"""Pieces of vectors: policies, machines, and the hours that they live through. Shares no code with the engine."""

from datetime import datetime

SECOND = 1_000_000
T0 = 1_767_600_000 * SECOND  # 2026-01-05T08:00:00Z
SILENCE = 15 * SECOND
HOUR = 3600

ISO = {
    "name": "iso-22400-2",
    "version": 1,
    "states": {
        "running": "producing",
        "idle": "down",
        "starved": "delay",
        "blocked": "delay",
        "down": "delay",
        "setup": "setup",
        "stopped": "delay",
        "maintenance": "down",
    },
    "losses": {
        "idle": "no_work",
        "starved": "breakdown",
        "blocked": "breakdown",
        "down": "breakdown",
        "setup": "setup",
        "stopped": "breakdown",
        "maintenance": "setup",
    },
    "minor_stop_us": 120 * SECOND,
    "minor_states": ["blocked", "down", "starved", "stopped"],
    "minor_as": "own",
    "failures": ["down"],
    "startup_us": 600 * SECOND,
    "startup_after": ["maintenance", "setup"],
    "failure_divisor": "failures_plus_1",
}
TPM = ISO | {
    "name": "tpm-classic",
    "states": ISO["states"] | {"idle": "planned_stop"},
    "minor_as": "producing",
    "failure_divisor": "failures",
}
HOUSE = ISO | {
    "name": "house",
    "version": 3,
    "states": ISO["states"] | {"maintenance": "planned_stop", "starved": "down", "blocked": "down"},
    "losses": ISO["losses"] | {"starved": "no_work", "blocked": "no_work"},
    "minor_stop_us": 60 * SECOND,
    "minor_states": ["down", "stopped"],
    "minor_as": "producing",
    "failures": ["down", "stopped"],
    "startup_us": 300 * SECOND,
    "failure_divisor": "failures",
}
POLICIES = (ISO, TPM, HOUSE)


def us(second):
    """A second of the scene as an instant."""
    return T0 + round(second * SECOND)


def instant(text):
    """ISO 8601 with an offset as microseconds since 1970."""
    return round(datetime.fromisoformat(text).timestamp()) * SECOND


def calendar(*planned, scheduled=None):
    """Planned and scheduled spans, in seconds of the scene."""
    spans = [[us(a), us(b)] for a, b in planned]
    return {"planned": spans, "scheduled": [[us(a), us(b)] for a, b in scheduled] if scheduled else spans}


def machine(
    state,
    counters=None,
    *,
    cycle=2.0,
    cycles=None,
    product=(),
    order=(),
    name="press",
    ends=None,
    heard=None,
    silence=SILENCE,
):
    """A machine whose tape, counters and orders are told in seconds of the scene."""
    ideal = [{"product": None, "from_us": 0, "cycle_us": round(cycle * SECOND)}]
    ideal += [{"product": p, "from_us": at, "cycle_us": round(c * SECOND)} for p, at, c in cycles or ()]
    found = {
        "machine": name,
        "no_data_after_us": silence,
        "ideal_cycles": ideal,
        "state": [[us(at), word] for at, word in state],
        "product": [[us(at), word] for at, word in product],
        "order": [[us(at), word] for at, word in order],
        "counters": counters or {},
    }
    if ends is not None:
        found["state_ends_us"] = us(ends)
    if heard is not None:
        found["heard_us"] = us(heard)
    return found


def counter(readings, wraps_at=None, **declared):
    """Readings in seconds of the scene; `fastest_us` and `resets` where they are declared."""
    return {"wraps_at": wraps_at, **declared, "readings": [[us(at), value] for at, value in readings]}


def life(
    state,
    until,
    *,
    every=3,
    reject_each=0,
    rework_each=0,
    start=100,
    silent=(),
    step=15,
    wraps_at=None,
    resets=(),
    declared=None,
):
    """Counters of a machine that finishes a part each `every` seconds of running, read each `step` seconds.

    Of every `reject_each` parts one is rejected, of every `rework_each` one is reworked. Nothing is read in `silent`
    spans. At `resets` all counters are 0 again.
    """
    total = scrap = rework = made = worked = 0
    base, readings = start, {"total": [], "scrap": [], "rework": []}
    for second in range(until + 1):
        if second in resets:
            total = scrap = rework = base = 0
        word = [w for at, w in state if at <= second][-1]
        if second % step == 0 and not any(a <= second < b for a, b in silent):
            shown = base + total
            readings["total"].append((second, shown % wraps_at if wraps_at else shown))
            readings["scrap"].append((second, scrap))
            readings["rework"].append((second, rework))
        if word == "running":
            worked += 1
            if worked % every == 0:
                made, total = made + 1, total + 1
                scrap += bool(reject_each) and made % reject_each == 0
                rework += bool(rework_each) and made % rework_each == 1
    found = {"total": counter(readings["total"], wraps_at, **declared or {})}
    if reject_each:
        found["scrap"] = counter(readings["scrap"])
    if rework_each:
        found["rework"] = counter(readings["rework"])
    return found


def hushed(counters, **silent):
    """The counters, some of which are not read in [begin, end) seconds of the scene."""
    spans = {name: (us(begin), us(end)) for name, (begin, end) in silent.items()}
    kept = {
        name: [[at, value] for at, value in counters[name]["readings"] if not begin <= at < end]
        for name, (begin, end) in spans.items()
    }
    return counters | {name: counters[name] | {"readings": readings} for name, readings in kept.items()}


def reported(of, *scrap):
    """The machine with scrap that people report: so many of the parts that became known at a second of the scene."""
    return of | {"reported": [[us(at), parts] for at, parts in scrap]}


def vector(id_, title, machines, *, policy=ISO, window=(0, HOUR), plan=None, scrap=None, **more):
    """One vector; the plan is the whole window where none is given."""
    found = {
        "id": id_,
        "title": title,
        "window": [us(window[0]), us(window[1])],
        "calendar": plan or calendar(window),
        "policy": policy,
        "machines": machines,
    }
    if scrap:
        found["planned_scrap_ppm"] = scrap
    return found | more
