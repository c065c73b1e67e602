"""Scenes whose expected values come from the verifier (verified.py), each under three policies."""

from tests.conformance.scenes import HOUR, POLICIES, calendar, counter, hushed, life, machine, us, vector

RUN = [(0, "running")]
MICRO = [(60 * n + d, w) for n in range(60) for d, w in ((0, "running"), (40 + n % 7, "stopped"))]
LONG = [(0, "running"), (600, "down"), (1500, "running"), (2400, "down"), (2519, "running")]
SETUP = [(0, "running"), (900, "setup"), (1500, "running"), (2100, "stopped"), (2130, "running")]
HOLE = [(0, "running"), (1200, "no_data"), (1800, "running")]
DARK = ((801, 821), (1641, 1660), (2401, 2419), (3201, 3240))
GAPS = [(0, "running"), (816, "no_data"), (821, "running"), (1656, "no_data"), (1660, "running"), (2416, "no_data")]
GAPS += [(2419, "running"), (3216, "no_data"), (3240, "running")]
OVER = [(0, "running"), (3501, "no_data"), (3700, "running"), (5201, "no_data"), (5500, "running")]
EDGES = [(0, "no_data"), (300, "running"), (2000, "down"), (2060, "running"), (3015, "no_data")]
ALL = [(120 * n, w) for n, w in enumerate(("running", "idle", "running", "starved", "running", "blocked", "running"))]
ALL += [(900, "down"), (960, "running"), (1200, "setup"), (1500, "running"), (1800, "stopped"), (1950, "running")]
ALL += [(2400, "maintenance"), (3000, "running")]
WAITS = [(0, "running"), (300, "starved"), (360, "running"), (700, "starved"), (1100, "running"), (1500, "blocked")]
WAITS += [(1590, "running"), (2000, "blocked"), (2400, "running")]
THRESHOLD = [(0, "running"), (100, "down"), (220, "running"), (400, "down"), (519, "running"), (700, "stopped")]
THRESHOLD += [(760, "running"), (900, "stopped"), (959, "running")]
TWO = [("large", 0, 5.0), ("small", 0, 2.0)]
RATE, NEVER = {"fastest_us": 1_000_000}, {"resets": False}
MIX = [(0, "small"), (1200, "large"), (2400, "small")]


def scenes():
    """(id, title, the vector's other keys)."""
    yield "steady", "An hour without a stop", {"machines": [machine(RUN, life(RUN, HOUR, reject_each=10))]}
    yield (
        "long-stops",
        "Longer stops, one a second shorter than two minutes",
        {"machines": [machine(LONG, life(LONG, HOUR, reject_each=7))]},
    )
    yield "micro-stops", "Sixty short stops", {"machines": [machine(MICRO, life(MICRO, HOUR, every=2, reject_each=20))]}
    yield "set-up", "A set-up, then start-up rejects", {"machines": [machine(SETUP, life(SETUP, HOUR, reject_each=4))]}
    yield "every-state", "Every state once and more", {"machines": [machine(ALL, life(ALL, HOUR, reject_each=9))]}
    yield (
        "waiting",
        "Starved and blocked, short and long",
        {"machines": [machine(WAITS, life(WAITS, HOUR, reject_each=6))]},
    )
    yield (
        "mixed-products",
        "Two products with different cycles",
        {"machines": [machine(LONG, life(LONG, HOUR, every=6, reject_each=5), cycles=TWO, product=MIX)]},
    )
    yield (
        "new-ideal-cycle",
        "An ideal cycle that is shorter from the half hour on",
        {
            "machines": [
                machine(
                    RUN, life(RUN, HOUR), cycles=[("small", 0, 3.0), ("small", us(1800), 2.5)], product=[(0, "small")]
                )
            ]
        },
    )
    yield (
        "too-slow-ideal",
        "A wrong ideal cycle: effectiveness above 1 is not capped",
        {"machines": [machine(LONG, life(LONG, HOUR, every=2, reject_each=30), cycle=4.0)]},
    )
    yield (
        "hole",
        "Ten minutes of which nothing is known",
        {"machines": [machine(HOLE, life(RUN, HOUR, reject_each=8, silent=((1196, 1800),)))]},
    )
    yield (
        "no-room",
        "Silences between parts that took all of them, at the ideal cycle and faster",
        {
            "machines": [
                machine(GAPS, life(RUN, HOUR, every=40, reject_each=8, step=5, silent=DARK), cycle=40.0, name="ideal"),
                machine(GAPS, life(RUN, HOUR, every=30, reject_each=8, step=5, silent=DARK), cycle=40.0, name="faster"),
            ]
        },
    )
    yield (
        "over-the-hour",
        "A silence over a full hour, and one over the begin of the plan",
        {
            "machines": [
                machine(OVER, life(RUN, 2 * HOUR, every=7, step=5, silent=((3486, 3700), (5186, 5500))), cycle=7.0)
            ],
            "window": (1800, 2 * HOUR - 600),
            "plan": calendar((1800, 5000), (5300, 6600), scheduled=[(1800, 6600)]),
        },
    )
    yield "edges", "NO_DATA at the begin and towards the end", {"machines": [machine(EDGES, _edges())]}
    yield "nothing-seen", "Never heard of", {"machines": [machine([], {"total": counter([])})]}
    yield "uncounted", "A machine that tells no parts", {"machines": [machine(LONG)]}
    yield (
        "cut-stop",
        "A stop that began before the window and ends after it",
        {
            "machines": [
                machine([(-900, "running"), (-30, "down"), (80, "running"), (3500, "stopped"), (3700, "running")])
            ],
        },
    )
    yield (
        "cut-minor-stop",
        "A stop of three minutes of which the window sees the last one",
        {
            "machines": [machine([(-900, "running"), (-120, "down"), (60, "running")], life(RUN, HOUR))],
        },
    )
    yield (
        "open-stop",
        "A stop that is still open",
        {
            "machines": [
                machine([(0, "running"), (3550, "down")], life([(0, "running"), (3550, "down")], HOUR), ends=HOUR)
            ]
        },
    )
    yield (
        "stop-into-silence",
        "A short stop whose end nobody saw",
        {
            "machines": [
                machine(
                    [(0, "running"), (1000, "down"), (1050, "no_data"), (1400, "running")],
                    life([(0, "running"), (1000, "down"), (1400, "running")], HOUR, silent=((1036, 1400),)),
                )
            ]
        },
    )
    yield (
        "stop-longer-than-doubt",
        "A stop into silence that was major before it",
        {
            "machines": [
                machine(
                    [(0, "running"), (1000, "down"), (1200, "no_data"), (1400, "running")],
                    life([(0, "running"), (1000, "down"), (1400, "running")], HOUR, silent=((1186, 1400),)),
                )
            ]
        },
    )
    yield (
        "at-the-threshold",
        "Stops of exactly the threshold, and one second less",
        {"machines": [machine(THRESHOLD)]},
    )
    yield (
        "break",
        "A break in the middle, with a stop that reaches over it",
        {
            "machines": [
                machine(
                    [(0, "running"), (1150, "down"), (1900, "running")],
                    life([(0, "running"), (1150, "down"), (1900, "running")], HOUR, reject_each=5),
                )
            ],
            "plan": calendar((0, 1200), (1800, 3600), scheduled=[(0, 3600)]),
        },
    )
    yield (
        "parts-in-the-break",
        "Parts made in a break are in no KPI",
        {
            "machines": [machine(RUN, life(RUN, HOUR, reject_each=5))],
            "plan": calendar((0, 1200), (1800, 3000), scheduled=[(0, 3000)]),
        },
    )
    yield (
        "stop-from-the-break",
        "A stop that began in the break is counted nowhere, its planned time is",
        {
            "machines": [machine([(0, "running"), (1500, "down"), (2100, "running")])],
            "plan": calendar((0, 1200), (1800, 3600)),
        },
    )
    yield (
        "nothing-planned",
        "No planned time",
        {
            "machines": [machine(RUN, life(RUN, HOUR))],
            "plan": {"planned": [], "scheduled": []},
        },
    )
    yield (
        "never-ran",
        "Down for the whole hour",
        {"machines": [machine([(-10, "down")], {"total": counter([(s, 5) for s in range(-15, HOUR, 15)])})]},
    )
    yield (
        "no-parts",
        "It ran and made nothing",
        {"machines": [machine(RUN, {"total": counter([(s, 5) for s in range(-15, HOUR, 15)])})]},
    )
    yield "rework", "Rejects and rework", {"machines": [machine(LONG, life(LONG, HOUR, reject_each=9, rework_each=11))]}
    yield (
        "wrap",
        "A 16-bit counter that wraps",
        {"machines": [machine(RUN, life(RUN, HOUR, start=65_000, wraps_at=65_536, reject_each=12))]},
    )
    yield (
        "reset",
        "Counters that are set back twice",
        {"machines": [machine(RUN, life(RUN, HOUR, reject_each=5, rework_each=9, resets=(1003, 2500)))]},
    )
    yield (
        "declared-rate",
        "A 16-bit counter of which a rate is known: each wrap may be a reset, and a silence may hide one",
        {
            "machines": [
                machine(RUN, life(RUN, HOUR, start=65_000, silent=((1196, 1400),), wraps_at=65_536, declared=RATE))
            ]
        },
    )
    yield (
        "declared-never-reset",
        "The same counter, which nobody sets back",
        {"machines": [machine(RUN, life(RUN, HOUR, start=65_000, wraps_at=65_536, declared=RATE | NEVER))]},
    )
    yield (
        "reset-in-silence",
        "A reset that may have happened while nobody looked",
        {"machines": [machine(HOLE, life(RUN, HOUR, start=0, silent=((1196, 1800),), resets=(1300,), reject_each=6))]},
    )
    yield (
        "misread",
        "A total of 65535, of 0, and one that is held for a while; rejects that are set back and corrected",
        {"machines": [machine(LONG, _misread())]},
    )
    yield (
        "cavities",
        "Two parts a count, of a counter that is set back",
        {"machines": [machine(LONG, life(LONG, HOUR, every=4, resets=(1300,), declared={"parts_per_count": 2}))]},
    )
    yield (
        "counter-silent",
        "The counter is silent while the state is told",
        {"machines": [machine(LONG, life(LONG, HOUR, silent=((300, 420), (2000, 2300)), reject_each=5))]},
    )
    yield (
        "rejects-silent",
        "Rejects and rework are not read for a while, parts are; and a reject counter is set back alone",
        {"machines": [machine(LONG, hushed(_alone(), scrap=(300, 480), rework=(390, 600)))]},
    )
    yield (
        "total-silent",
        "Parts are not read for a while, rejects and rework are",
        {"machines": [machine(LONG, hushed(life(LONG, HOUR, reject_each=5, rework_each=7), total=(300, 480)))]},
    )
    yield (
        "good-silent",
        "Total and good: the good ones are not read for a while, and of another machine neither rework",
        {
            "machines": [
                machine(LONG, hushed(total_and_good(), good=(300, 480))),
                machine(LONG, hushed(total_and_good(), good=(300, 480), rework=(400, 700)), name="other"),
            ]
        },
    )
    yield (
        "counter-dead",
        "From some time on the counter of one machine, and the rejects of another, are not read any more",
        {
            "machines": [
                machine(LONG, hushed(life(LONG, HOUR, reject_each=5), total=(3000, 9999)), heard=HOUR),
                machine(LONG, hushed(life(LONG, HOUR, reject_each=5), scrap=(3000, 9999)), heard=HOUR, name="other"),
            ]
        },
    )
    yield (
        "counter-dead-and-fast",
        "A counter that is not read any more, of a machine that was faster than its ideal cycle",
        {"machines": [machine(LONG, hushed(life(LONG, HOUR), total=(2400, 9999)), cycle=4.0, heard=HOUR)]},
    )
    yield (
        "counter-never-read",
        "A counter of parts that was never read, rejects were",
        {
            "machines": [machine(LONG, {"total": counter([]), "scrap": life(LONG, HOUR, reject_each=5)["scrap"]})],
        },
    )
    yield (
        "counter-read-late",
        "Total and rejects are read for the first time at different instants",
        {"machines": [machine(LONG, hushed(life(LONG, HOUR, reject_each=5), total=(0, 900), scrap=(0, 1500)))]},
    )
    yield (
        "state-silent",
        "The state is not told for a while, its counters are",
        {"machines": [machine(HOLE, life(RUN, HOUR, reject_each=8))]},
    )
    yield "good-and-reject", "Good and reject counters, no total", {"machines": [machine(LONG, _good())]}
    yield (
        "orders",
        "An order for the first third and one for the last",
        {
            "machines": [
                machine(
                    LONG,
                    life(LONG, HOUR, reject_each=10),
                    order=[(-600, "wo-1"), (1200, None), (2400, "wo-2")],
                )
            ],
        },
    )
    yield (
        "orders-and-silence",
        "An order in force while nothing is known",
        {
            "machines": [
                machine(
                    HOLE,
                    life(RUN, HOUR, reject_each=8, silent=((1196, 1800),)),
                    order=[(600, "wo-1"), (1500, None), (1600, "wo-2")],
                )
            ]
        },
    )
    yield (
        "planned-scrap",
        "A product whose scrap is planned and one whose is not",
        {
            "machines": [machine(RUN, life(RUN, HOUR, every=6, reject_each=10), cycles=TWO, product=MIX)],
            "scrap": {"large": 50_000},
        },
    )
    yield (
        "three-machines",
        "Three machines add up, one of them silent for a while",
        {
            "machines": [
                machine(LONG, life(LONG, HOUR, reject_each=10), name="one"),
                machine(HOLE, life(RUN, HOUR, every=6, silent=((1196, 1800),), reject_each=6), cycle=5.0, name="two"),
                machine(ALL, life(ALL, HOUR, every=4, reject_each=5), cycle=3.0, name="three"),
            ]
        },
    )


def _edges():
    state = [(0, "running"), (2000, "down"), (2060, "running")]
    return life(state, HOUR, reject_each=5, silent=((0, 300), (3001, 9999)))


def _misread():
    found = life(LONG, HOUR, start=5, reject_each=5)
    wrong = {us(300): 65_535, us(315): 65_535, us(600): 0, us(1500): 70, us(1515): 70, us(3000): 0}
    total = [[at, wrong.get(at, value)] for at, value in found["total"]["readings"]]
    less = [[at, value - 2 * (at >= us(900)) - 3 * (at >= us(2400))] for at, value in found["scrap"]["readings"]]
    scrap = [[at, max(0, value)] for at, value in less]
    return {
        "total": found["total"] | {"wraps_at": 65_536, "readings": total},
        "scrap": found["scrap"] | {"readings": scrap},
    }


def _good():
    found = life(LONG, HOUR, reject_each=5)
    total, scrap = found["total"]["readings"], found["scrap"]["readings"]
    good = [[at, value - bad] for (at, value), (_, bad) in zip(total, scrap, strict=True)]
    return {"good": {"wraps_at": None, "readings": good}, "scrap": found["scrap"]}


def total_and_good():
    """A life with stops, of which the good parts are counted, and not the rejects."""
    found = life(LONG, HOUR, reject_each=5, rework_each=7)
    return {"total": found["total"], "good": _good()["good"], "rework": found["rework"]}


def _alone():
    found = life(LONG, HOUR, reject_each=5, rework_each=7)
    back = [[at, value - 40 if at >= us(1800) else value] for at, value in found["scrap"]["readings"]]
    low = min(value for _, value in back)
    return found | {"scrap": found["scrap"] | {"readings": [[at, value - min(0, low)] for at, value in back]}}


def all_searched(told=None):
    """Each scene under each policy; those above where no others are given."""
    for name, title, keys in told or scenes():
        for policy in POLICIES:
            yield vector(f"{name}/{policy['name']}", title, policy=policy, derivation="verifier", **keys)
