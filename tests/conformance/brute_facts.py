"""What a vector tells of a machine: its states, what was in force, the steps of its counters. See brute.py."""

SECOND = 1_000_000
FAR = 2**62


def counting_names(machine):
    """What tells how many parts there are."""
    return ("total",) if "total" in machine["counters"] else ("good", "reject")


def counting_steps(machine, steps):
    """The steps of these."""
    return [step for name in counting_names(machine) for step in steps.get(name, ())]


def hides(step):
    """Whether parts may have come and gone in a step."""
    return not step["unseen"] and step["most"] > step["parts"]


def is_dark(intervals, silence, at):
    """Nothing was heard of the machine."""
    interval = next((i for i in intervals if i["begin"] <= at < i["end"]), None)
    if interval is None:
        return False
    held = interval["after"] == "no_data" and at >= interval["end"] - silence
    return interval["state"] == "no_data" or held


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
    first = counter["readings"][0][0] if counter["readings"] else FAR
    found.insert(0, {"since": 0, "at": first, "parts": 0, "most": 1, "unseen": True})
    last = counter["readings"][-1][0] if counter["readings"] else None
    if last is not None and machine.get("heard_us", 0) > last + silence:
        found.append({"since": last, "at": FAR, "parts": 0, "most": 1, "unseen": True})
    return found
