"""Vectors whose expected values are worked out by hand."""

from tests.conformance.scenes import HOUR, counter, instant, life, machine, reported, vector

MINUTE = 60
UNITS = 1_000_000
NIGHTS = (
    ("berlin-spring", "Europe/Berlin", "2026-03-28T22:00:00+01:00", "2026-03-29T06:00:00+02:00", 7 * HOUR),
    ("berlin-autumn", "Europe/Berlin", "2026-10-24T22:00:00+02:00", "2026-10-25T06:00:00+01:00", 9 * HOUR),
    ("new-york-spring", "America/New_York", "2026-03-07T22:00:00-05:00", "2026-03-08T06:00:00-04:00", 7 * HOUR),
    ("new-york-autumn", "America/New_York", "2026-10-31T22:00:00-04:00", "2026-11-01T06:00:00-05:00", 9 * HOUR),
    ("lord-howe", "Australia/Lord_Howe", "2026-04-04T22:00:00+11:00", "2026-04-05T06:00:00+10:30", 8 * HOUR + 1800),
    ("shanghai", "Asia/Shanghai", "2026-03-28T22:00:00+08:00", "2026-03-29T06:00:00+08:00", 8 * HOUR),
)
DAYS = (
    ("day-of-23-hours", "Europe/Berlin", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00", 23 * HOUR),
    ("day-of-25-hours", "Europe/Berlin", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00", 25 * HOUR),
    ("day-of-24-hours", "Asia/Shanghai", "2026-03-29T00:00:00+08:00", "2026-03-30T00:00:00+08:00", 24 * HOUR),
)
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def clock(id_, title, zone, shifts, window, planned, scheduled, calendar_us):
    """A machine that runs all the time, in a plant with shifts by the clock on the wall."""
    start, end = window
    found = machine([], {})
    found["state"], found["state_ends_us"] = [[start - UNITS, "running"], [end + UNITS, "idle"]], end + 2 * UNITS
    body = vector(id_, title, [found], derivation="hand")
    body |= {
        "window": [start, end],
        "calendar": {"zone": zone, "shifts": shifts},
        "expect": {
            "elements": {
                "planned": planned * UNITS,
                "scheduled": scheduled * UNITS,
                "calendar": calendar_us,
                "producing": planned * UNITS,
            },
            "kpis": {"availability": {"value": "1", "low": "1", "high": "1", "undefined": None}},
        },
    }
    return body


def clocks():
    """Shifts by the clock on the wall: nights of 7 and 9 hours, days of 23 and 25, breaks and shifts that overlap."""
    night = [{"days": WEEK, "starts": "22:00", "ends": "06:00", "breaks": [{"starts": "00:30", "ends": "01:00"}]}]
    for name, zone, begin, end, length in NIGHTS:
        window = (instant(begin), instant(end))
        title = f"A night shift of {length / HOUR:g} hours less its break"
        yield clock(f"night-{name}", title, zone, night, window, length - 1800, length, length * UNITS)
    three = [
        {"days": WEEK, "starts": a, "ends": b} for a, b in (("06:00", "14:00"), ("14:00", "22:00"), ("22:00", "06:00"))
    ]
    for name, zone, begin, end, length in DAYS:
        window = (instant(begin), instant(end))
        title = f"Three shifts around the clock fill a day of {length // HOUR} hours"
        yield clock(name, title, zone, three, window, length, length, length * UNITS)
    window = (instant("2026-01-06T00:00:00+00:00"), instant("2026-01-07T00:00:00+00:00"))
    day = 24 * HOUR * UNITS
    over = [{"days": WEEK, "starts": "06:00", "ends": "14:00"}, {"days": WEEK, "starts": "13:30", "ends": "22:00"}]
    yield clock(
        "overlapping-shifts",
        "Half an hour of two shifts is planned once",
        "UTC",
        over,
        window,
        16 * HOUR,
        16 * HOUR,
        day,
    )
    one = [{"days": ["tue"], "starts": "08:00", "ends": "16:00", "breaks": [{"starts": "12:00", "ends": "12:30"}]}]
    yield clock("one-shift", "A shift of eight hours with a break", "UTC", one, window, 27_000, 28_800, day)


def counters():
    """One counter, two or three readings: what was made, what may have been."""
    run = [(-60, "running")]
    table = (
        (
            "step",
            "Seven parts between two readings",
            [(0, 10), (5, 17)],
            None,
            {"total": 7, "begun_before": 0, "bridged": 0},
        ),
        ("wrap", "From 65 534 over 0 to 3", [(0, 65_534), (5, 3)], 65_536, {"total": 5, "begun_before": 0}),
        ("no-wrap", "The same counter without wraps_at was set back", [(0, 65_534), (5, 3)], None, {"total": 3}),
        (
            "reset",
            "Set back to 0: three parts fit into five seconds, of which one was in the machine before",
            [(0, 9000), (5, 0)],
            None,
            {"total": 0, "begun_before": 7 * UNITS, "begun_before_parts": 3},
        ),
        (
            "reset-on",
            "Set back, and one made since",
            [(0, 9000), (5, 1)],
            None,
            {"total": 1, "begun_before": 5 * UNITS, "begun_before_parts": 2},
        ),
        (
            "half-way",
            "From the middle it cannot have wrapped",
            [(0, 30_000), (5, 3)],
            65_536,
            {"total": 3, "begun_before": 0},
        ),
        ("silence", "Five parts across a minute", [(0, 100), (60, 105)], None, {"total": 5, "bridged": 5, "ideal": 0}),
        ("stands", "A counter that stands makes nothing", [(0, 100), (5, 100)], None, {"total": 0, "begun_before": 0}),
        (
            "first",
            "Counting begins at the first reading",
            [(5, 5000)],
            None,
            {"total": 0, "running_uncounted": 5 * UNITS, "ideal": 0, "unobserved": 0},
        ),
        (
            "fast",
            "Forty parts in a silence of a minute are ten more than fit, and were made",
            [(0, 100), (60, 140)],
            None,
            {
                "bridged": 40,
                "running_uncounted": 60 * UNITS,
                "unobserved": 0,
                "begun_before": 80 * UNITS,
                "begun_before_parts": 40,
            },
        ),
    )
    for name, title, readings, wraps, elements, *declared in (*table, *rated(), *misread()):
        # It stood before the window, but where its first reading is what is asked about.
        before = [(-5, readings[0][1])] if readings[0][0] == 0 else []
        found = machine(run, {"total": counter([*before, *readings], wraps, **dict(*declared))})
        yield vector(
            f"counter-{name}",
            title,
            [found],
            window=(0, 120),
            derivation="hand",
            expect={"elements": elements, "kpis": {}},
        )


def rated():
    """The same of a counter that can count one part a second, of a machine that makes one in two."""
    rate = {"fastest_us": UNITS}
    never = rate | {"resets": False}
    all_of_it = {"total": 0, "begun_before": 7 * UNITS, "begun_before_parts": 3}
    one_known = {"total": 1, "begun_before": 5 * UNITS, "begun_before_parts": 2}
    certain = {"total": 5, "begun_before": 0, "begun_before_parts": 0}
    yield (
        "jump",
        "4990 parts in five seconds cannot be: so many as fit, and one that was in the machine",
        [(0, 10), (5, 5000)],
        None,
        all_of_it,
        rate,
    )
    yield "full-rate", "Five parts in five seconds may be", [(0, 10), (5, 15)], None, certain, rate
    yield "wrap-or-reset", "It wrapped, or was set back", [(0, 65_534), (5, 1)], 65_536, one_known, rate
    yield "never-set-back", "It falls only when it wraps", [(0, 65_534), (5, 3)], 65_536, certain, never
    too_fast = "A wrap would be too fast, and nobody sets it back: nothing is certain"
    yield "neither-wrap-nor-reset", too_fast, [(0, 60_000), (5, 1)], 65_536, all_of_it, never
    yield "preset", "Set back to what cannot be new parts", [(0, 9000), (5, 500)], None, all_of_it, rate
    silence = [(0, 100), (60, 600)]
    running_uncounted = {"total": 0, "bridged": 0, "running_uncounted": 60 * UNITS}
    yield "jump-in-silence", "500 parts in a minute cannot be: as many as fit", silence, None, running_uncounted, rate


def misread():
    """What a counter shows for seconds, and people correct: it makes no part certain; so many as fit may have been."""
    none = {"total": 0, "begun_before": 7 * UNITS, "begun_before_parts": 3}
    yield "sentinel", "65 535 for three seconds, and back", [(0, 500), (2, 65_535), (5, 502)], 65_536, none
    yield "zero", "0 for three seconds, and back", [(0, 100), (2, 0), (5, 103)], None, none
    yield "zero-low", "The same of a counter that stands low", [(0, 5), (2, 0), (5, 7)], None, none
    yield "sentinel-low", "The same where it could be a reset", [(0, 1), (2, 65_535), (5, 2)], None, none
    yield "corrected-low", "Two less, and it stands low: it may be a reset or not", [(0, 5), (5, 3)], None, none
    yield "held", "One below what it was, and let go", [(0, 186), (1, 185), (5, 189)], 2**32, none
    yield "corrected", "Two less than before: no reset, for nobody sets back to 148", [(0, 150), (5, 148)], None, none
    yield (
        "below-zero",
        "A number below 0 is no count",
        [(0, 100), (2, -1), (5, 102)],
        None,
        {"total": 2, "begun_before": 0},
    )
    burst = {"total": 9, "begun_before": 0, "ideal": 18 * UNITS}
    yield "burst", "Nine at once after 20 s without one", [(0, 1), (10, 1), (20, 1), (21, 10)], None, burst
    rate = {"max_rate_factor": 6}
    yield (
        "faster",
        "16 in five seconds, of a machine of which it is believed",
        [(0, 1), (5, 17)],
        None,
        {"total": 16},
        rate,
    )
    each = {"parts_per_count": 4}
    yield (
        "cavities",
        "Four parts a count",
        [(0, 10), (5, 11)],
        None,
        {"total": 4, "ideal": 8 * UNITS, "begun_before": 0},
        each,
    )


def edges():
    """Corners where others answer 0 or 100 %."""
    run, hour = [(-60, "running")], life([(0, "running")], HOUR)
    nothing = {
        name: {"value": None, "undefined": "nothing_planned"} for name in ("availability", "oee", "teep", "mtbf")
    }
    yield vector(
        "zero-planned",
        "No planned time: nothing is 0 and nothing is 1",
        [machine(run, hour)],
        plan={"planned": [], "scheduled": []},
        derivation="hand",
        expect={"elements": {"planned": 0, "total": 0}, "kpis": nothing},
    )
    yield vector(
        "all-dark",
        "Nothing seen: no value, and no upper bound but of shares of time: a part may have come out of no time at all",
        [machine([], {"total": counter([])})],
        derivation="hand",
        expect={
            "elements": {"no_data": HOUR * UNITS, "planned": HOUR * UNITS},
            "kpis": {
                name: {"value": None, "low": "0", "high": high, "undefined": "no_data"}
                for name, high in (
                    ("availability", "1"),
                    ("oee", None),
                    ("effectiveness", None),
                    ("quality_ratio", "1"),
                )
            },
        },
    )
    half = [(0, "running"), (1800, "no_data")]
    yield vector(
        "half-dark",
        "Half an hour of silence: what was seen, and the bounds",
        [machine(half, life([(0, "running")], 1790, every=2))],
        derivation="hand",
        expect={
            # Read up to 1785, 892 parts of 2 s; the state of the last 15 seconds was only held.
            "elements": {
                "no_data": 1800 * UNITS,
                "unobserved": 1815 * UNITS,
                "state_uncertain_producing": 15 * UNITS,
                "total": 892,
            },
            "kpis": {
                "availability": {"value": "1", "low": "119/240", "high": "1"},
                # At best the silence was a planned stop: 892 parts of 2 s. What was made in the 15 s before the window,
                # of which nothing is known, and the part then in the machine became known with them: 17 s. One second
                # is left of that for a part that was finished as the silence began: of 1785 s the parts took 1784.
                "oee": {"value": "223/225", "low": "223/450", "high": "106/105"},
            },
        },
    )
    yield vector(
        "reported-scrap",
        "Of ten parts people report three: two of those counted at 10 s, one of those at 15 s",
        [reported(machine(run, {"total": counter([(0, 0), (10, 5), (15, 8), (20, 10)])}), (10, 2), (15, 1))],
        window=(0, 100),
        derivation="hand",
        expect={
            "elements": {"total": 10, "good": 7, "scrap": 3, "ideal": 20 * UNITS, "ideal_good": 14 * UNITS},
            "kpis": {"quality_ratio": {"value": "7/10"}, "scrap_ratio": {"value": "3/10"}, "oee": {"value": "7/50"}},
        },
    )
    yield vector(
        "two-products",
        "Ten parts of 2 s all good, ten of 8 s all bad: counts would say 50 % good, time says 20 %",
        [
            machine(
                run,
                {
                    "total": counter([(0, 0), (5, 0), (10, 10), (15, 10), (20, 10), (25, 20)]),
                    "scrap": counter([(0, 0), (5, 0), (10, 0), (15, 0), (20, 0), (25, 10)]),
                },
                cycles=[("a", 0, 2.0), ("b", 0, 8.0)],
                product=[(0, "a"), (12, "b")],
            )
        ],
        window=(0, 200),
        derivation="hand",
        expect={
            "elements": {"total": 20, "good": 10, "ideal": 100 * UNITS, "ideal_good": 20 * UNITS},
            "kpis": {
                "quality_ratio": {"value": "1/5"},
                "scrap_ratio": {"value": "1/2"},
                "effectiveness": {"value": "1/2"},
                "oee": {"value": "1/10"},
            },
        },
    )
