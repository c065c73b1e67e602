"""A second, slow way to the room of unseen time: every possible progress of the part in the machine, second by second.

`worlds` is a list: the most ideal time of unseen parts when so many units are done of the part in the machine, or None
where that cannot be. A unit divides a second and every cycle.
"""

from math import gcd

SECOND = 1_000_000
HOUR = 3600


def stretches(seconds):
    """Planned seconds that follow one another within an hour of the clock."""
    found = []
    for at, what in seconds:
        if not found or at != found[-1][-1][0] + 1 or at % HOUR == 0:
            found.append([])
        found[-1].append((at, what))
    return found


def room(seconds, shortest, longest):
    """The four elements; `seconds` are the planned ones in order, as brute.py tells of them."""
    e = dict.fromkeys(("flight", "owed", "flight_parts", "dark_parts"), 0)
    for stretch in stretches(seconds):
        dark = SECOND * sum(what["dark"] for _, what in stretch)
        made = most_made(stretch, shortest, longest)
        e["flight"] += max(0, made - dark)
        e["owed"] += max(0, dark - made)
        same = [(at, what | {"cycle": shortest}) for at, what in stretch]
        made = most_made(same, shortest, shortest)
        e["flight_parts"] += max(0, made - dark) // shortest
        e["dark_parts"] += made // shortest - max(0, made - dark) // shortest
    return e


def most_made(stretch, shortest, longest):
    """The most ideal time of parts that were made unseen in a stretch, microseconds."""
    begin, first = stretch[0]
    if not first["dark_before"] and not any(what["blind"] or what["gap"] or what["gap_ends"] for _, what in stretch):
        return 0
    unit = gcd(SECOND, shortest, longest, *(what["cycle"] for _, what in stretch))
    opens, dark_before = first["dark_before"] or first["gap_ends"], False
    cycle = longest if first["blind"] or opens else first["cycle"]
    worlds = [0] * ((cycle + first["late"]) // unit + 1)
    if opens:
        worlds, dark_before = finished(worlds), True
    fell = least = 0
    ran = {}
    for at, what in stretch:
        cycle = what["cycle"] // unit
        if what["bridged"]:
            before = max(0, begin * SECOND - what["since"])
            least = fell + max(0, what["bridged"] * shortest - before) // unit
            worlds = raised(worlds, least)
        if what["parts"]:
            since = sum(ran.get(second, 0) for second in range(what["before"] // SECOND, at))
            most = cycle if what["before"] < begin * SECOND else min(cycle, since)
            worlds = raised(capped(taken(worlds, what["parts"] * cycle), most), least)
        if (what["blind"] or what["gap"]) and not dark_before:
            fell = max(least, worlds[-1])
        dark_before = what["blind"] or what["gap"]
        ran[at] = SECOND // unit if what["runs"] else 0
        worlds = [None] * ran[at] + worlds
        if dark_before:
            worlds = finished(worlds)
        if not what["stepping"] and (what["blind"] or not what["gap"]):
            worlds = capped(worlds, longest // unit if what["blind"] else cycle)
    return max(world for world in worlds if world is not None) * unit


def capped(worlds, most):
    """More than so much cannot be done of the part in the machine."""
    over = [world for world in worlds[most:] if world is not None]
    return [*worlds[:most], max(over)] if over else worlds


def finished(worlds):
    """Whatever is done of the part may have come out unseen, whole or in part."""
    found, best = [], None
    for world in reversed(worlds):
        best = world if best is None else best + 1 if world is None else max(best + 1, world)
        found.append(best)
    return found[::-1]


def taken(worlds, ideal):
    """Parts came out that took so long; where none was so far, they were faster, and it is told by the furthest."""
    furthest = max(done for done, world in enumerate(worlds) if world is not None)
    return worlds[ideal:] if ideal <= furthest else [worlds[furthest]]


def raised(worlds, least):
    """The counter itself has shown that so much was made."""
    most = max(world for world in worlds if world is not None)
    up = max(0, least - most)
    return [None if world is None else world + up for world in worlds]
