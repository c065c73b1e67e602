"""What a vector tells of a machine: its states, what was in force, the steps of its counters.

A second way: written from docs/kpis.md and docs/signals.md, it imports nothing of ours.
"""

from itertools import pairwise

SECOND = 1_000_000
FAR = 2**62


def hides(step):
    """Whether parts may have come and gone in a step."""
    return not step["bridged"] and step["most"] > step["parts"]


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


def quickest(ideal, counter):
    """So much faster than ideal a machine is believed to count."""
    return max(1, int(ideal / counter.get("max_rate_factor", 2)))


def waited(readings, at, longest):
    """How long the last reading's value had been shown, at most so long, or since that reading, where it is longer; and
    since when, where that is not too long ago, and at all.
    """
    last, value = readings[-1]
    since = last
    for when, shown in reversed(readings):
        if shown != value:
            break
        since = when
    return max(at - last, min(at - since, longest)), since if at - since <= longest else last, since


def wrapped(counter, old, new, believed):
    """What was counted over the top; None where it cannot have wrapped."""
    wraps = counter.get("wraps_at")
    if not wraps or old >= wraps or new - old + wraps > believed:
        return None
    if counter.get("resets", True):
        top = old >= wraps - wraps // 4 and new - old + wraps <= wraps // 2
        if not top or counter.get("fastest_us"):
            return None
    return new - old + wraps


def set_back(counter, old, new, fits):
    """What was certainly counted since a counter that fell was set back."""
    far = old - new > max(10, old // 4)
    return new if counter.get("resets", True) and far and new <= fits else 0


def counter_steps(counter, machine):
    """Each pair of neighbouring readings that tells or may hide parts."""
    silence = machine["no_data_after_us"]
    recall = min(2 * silence, 60 * SECOND)
    readings = [(at, value) for at, value in counter["readings"] if value >= 0]
    each, rated = counter.get("parts_per_count", 1), counter.get("fastest_us")
    ideal = (rated or min(c["cycle_us"] for c in machine["ideal_cycles"])) * each
    wraps, found, falls, jumps = counter.get("wraps_at"), [], [], []
    for number, ((before, old), (at, new)) in enumerate(pairwise(readings)):
        stood, begun, run = waited(readings[: number + 1], at, recall)
        [(back, when, looked)] = falls[-1:] or [(0, 0, False)]
        lost = when == run and at <= when + recall and old < back <= new
        lost = lost and (looked or new - old > (at - run) // ideal + 1)
        after_jump = new < old and any(at <= jump + recall for jump in jumps)
        since = begun if lost or after_jump else before
        fits, bridged = (at - since) // ideal + 1, at - since > silence
        believed = stood // ideal + 1 if rated else stood // quickest(ideal, counter) + 2
        if new < old:
            around = None if after_jump else wrapped(counter, old, new, believed)
            parts = around if around is not None else 0 if after_jump else set_back(counter, old, new, fits)
            certain = around is not None
            if not certain:
                falls.append((old, at, at - before <= silence))
        else:
            if new - old > believed:
                jumps.append(at)
            certain = new - old <= believed and not lost
            parts = new - old if certain else 0
            certain = certain and not (bridged and counter.get("resets", True) and new <= fits)
        if bridged and wraps and parts + wraps <= fits:
            certain = False
        most = parts if certain else max(parts, fits)
        if most:
            found.append({"since": since, "at": at, "parts": parts * each, "most": most * each, "bridged": bridged})
    first = readings[0][0] if readings else FAR
    found.insert(0, {"since": 0, "at": first, "parts": 0, "most": 1, "bridged": True})
    last = readings[-1][0] if readings else None
    if last is not None and machine.get("heard_us", 0) > last + silence:
        found.append({"since": last, "at": FAR, "parts": 0, "most": 1, "bridged": True})
    return found
