"""Vectors whose expected values are worked out by hand, and worked examples that others have published."""

from fractions import Fraction as F

from tests.conformance.scenes import HOUR, ISO, TPM, counter, instant, life, machine, vector

MINUTE = 60
UNITS = 1_000_000


def shift(minutes, stop, made, bad, cycle, *, stops="down", before=0):
    """A planned stretch of so many minutes with one stop, in which parts were made, all counted as they were made."""
    end = minutes * MINUTE
    state = [(-60, "running"), (10, stops), (10 + stop * MINUTE, "running")]
    if before:
        state = [
            (-60, "running"),
            (10, stops),
            (10 + stop * MINUTE, "setup"),
            (10 + (stop + before) * MINUTE, "running"),
        ]
    read = [(0, 0), *((at, made * at // end) for at in range(300, end, 300))]
    scrap = [(0, 0), *((at, bad * at // end) for at in range(300, end, 300))]
    read[-1], scrap[-1] = (read[-1][0], made), (scrap[-1][0], bad)
    return machine(state, {"total": counter(read), "reject": counter(scrap)}, cycle=cycle, silence=600 * UNITS), end


def published(id_, title, source, made, expect, *, policy=ISO, elements=None):
    found, end = made
    body = {name: {"value": value} for name, value in expect.items()}
    return vector(
        id_,
        title,
        [found],
        policy=policy,
        window=(0, end),
        derivation="public example",
        source=source,
        expect={"elements": elements or {}, "kpis": body},
    )


VORNE = {"title": "OEE.com, Calculating OEE (Vorne)", "url": "https://www.oee.com/calculating-oee/"}
WIKIPEDIA = {
    "title": "Wikipedia, Overall equipment effectiveness",
    "url": "https://en.wikipedia.org/wiki/Overall_equipment_effectiveness",
}
WAY = {
    "title": "WayCalculator, Overall Equipment Effectiveness, example 1",
    "url": "https://waycalculator.com/tool/Overall-Equipment-Effectiveness-OEE-Calculator.php",
}
TPM_BOOK = {
    "title": "TPM - A Route to World-Class Performance, page 127",
    "url": "https://digilib.universitaspertamina.ac.id/ebook/TPM%20:%20A%20Route%20to%20World-Class%20Performance%20/"
    "files/basic-html/page148.html",
}
TUTORIAL = {
    "title": "How to Calculate OEE, tutorial",
    "url": "https://de.scribd.com/document/49396161/How-to-Calculate-OEE-Tutorial",
}
SMRP = {
    "title": "SMRP Best Practices, 6th edition, sample OEE calculation",
    "url": "https://www.scribd.com/document/850994368/SMRP-Best-Practices-6th-Edition-26",
}
MTBF = {"title": "MTBF and MTTR exercise 1", "url": "https://scribd.com/document/403226083/1-docx"}


def examples():
    """Worked examples from public literature; the fractions are ours, their rounded per cents are in the titles."""
    vorne = shift(420, 47, 19_271, 423, 1.0)
    numbers = {
        "availability": "373/420",
        "effectiveness": "19271/22380",
        "quality_ratio": "18848/19271",
        "oee": "4712/6300",
        "scrap_ratio": "423/19271",
    }

    def exact(table):
        return {name: str(F(value)) for name, value in table.items()}

    for policy in (ISO, TPM):
        yield published(
            f"vorne/{policy['name']}",
            "420 planned minutes, 47 down, 19 271 parts at 1 s, 423 bad: 88.81 %, 86.11 %, 97.80 %, OEE 74.79 %",
            VORNE,
            vorne,
            exact(numbers),
            policy=policy,
            elements={"total": 19_271, "good": 18_848, "planned": 420 * MINUTE * UNITS, "delay": 47 * MINUTE * UNITS},
        )
    yield published(
        "wikipedia",
        "450 planned minutes, 60 down, 242 units at 90 s, 21 bad: 86.7 %, 93.1 %, 91.3 %, OEE 73.7 %",
        WIKIPEDIA,
        shift(450, 60, 242, 21, 90.0),
        exact(
            {
                "availability": "390/450",
                "effectiveness": "363/390",
                "quality_ratio": "221/242",
                "oee": "663/900",
                "first_pass_yield": "221/242",
            }
        ),
    )
    yield published(
        "waycalculator",
        "480 planned minutes, 420 of them run, 400 parts at 1 min, 380 good: OEE 79.1 %",
        WAY,
        shift(480, 60, 400, 20, 60.0),
        exact({"availability": "420/480", "effectiveness": "400/420", "quality_ratio": "380/400", "oee": "380/480"}),
    )
    yield published(
        "tpm-route",
        "910 minutes, 115 unplanned and 12 of changeover, 203 cycles of 3 min: availability 86.0 %",
        TPM_BOOK,
        shift(910, 115, 203, 0, 180.0, before=12),
        # The book rounds 261 planned cycles: 203 / 261; 609 minutes of 783 are the same.
        exact({"availability": "783/910", "effectiveness": "203/261", "setup_ratio": "12/795"}),
    )
    for letter, stop, made, bad, cycle in (("a", 32, 2240, 50, 10), ("b", 18, 450, 25, 45)):
        net, run, ideal = 455 * 60, (455 - stop) * 60, made * cycle
        yield published(
            f"tutorial-{letter}",
            f"Machine {letter.upper()}: 455 net minutes, {stop} down, {made} parts at {cycle} s, {bad} bad",
            TUTORIAL,
            shift(455, stop, made, bad, float(cycle)),
            exact(
                {
                    "availability": f"{run}/{net}",
                    "effectiveness": f"{ideal}/{run}",
                    "quality_ratio": f"{made - bad}/{made}",
                    "oee": f"{(made - bad) * cycle}/{net}",
                }
            ),
        )
    first, end = shift(455, 32, 2240, 50, 10.0)
    second, _ = shift(455, 18, 450, 25, 45.0)
    second["machine"] = "b"
    yield vector(
        "tutorial-both",
        "Machines A and B together: numerators and denominators add up, the mean of the two OEEs is another number",
        [first, second],
        window=(0, end),
        derivation="public example",
        source=TUTORIAL,
        expect={
            "kpis": {
                "availability": {"value": str(F(2 * 455 - 50, 2 * 455))},
                "effectiveness": {"value": str(F(22_400 + 20_250, (2 * 455 - 50) * 60))},
                "quality_ratio": {"value": str(F(21_900 + 19_125, 22_400 + 20_250))},
                "oee": {"value": str(F(21_900 + 19_125, 2 * 455 * 60))},
            }
        },
    )
    yield vector(
        "smrp",
        "16 required hours with 3.74 hours of stops: availability 76.63 %",
        [machine([(-60, "running"), (60, "down"), (60 + 13_464, "running")])],
        window=(0, 16 * HOUR),
        derivation="public example",
        source=SMRP,
        expect={"kpis": {"availability": {"value": str(F(1226, 1600))}, "oee": {"undefined": "not_counted"}}},
    )
    down = [(-60, "running")]
    for at, hours in ((29, 2), (88, 4), (104, 3)):
        down += [(at * HOUR, "down"), ((at + hours) * HOUR, "running")]
    for policy, plus in ((TPM, 0), (ISO, 1)):
        yield vector(
            f"mtbf/{policy['name']}",
            f"Five days around the clock, three failures of 2, 4 and 3 hours, divided by FE{' + 1' if plus else ''}",
            [machine(down)],
            window=(0, 120 * HOUR),
            policy=policy,
            derivation="public example",
            source=MTBF,
            expect={
                "elements": {"failures": 3, "repair": 9 * HOUR * UNITS},
                "kpis": {
                    "mttf": {"value": str(F(111 * HOUR, 3 + plus))},
                    "mttr": {"value": str(F(9 * HOUR, 3 + plus))},
                    "mtbf": {"value": str(F(120 * HOUR, 3 + plus))},
                },
            },
        )


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
            {"total": 7, "more_parts": 0, "unseen": 0},
        ),
        ("wrap", "From 65 534 over 0 to 3", [(0, 65_534), (5, 3)], 65_536, {"total": 5, "more_parts": 0}),
        ("no-wrap", "The same counter without wraps_at was set back", [(0, 65_534), (5, 3)], None, {"total": 3}),
        (
            "reset",
            "Set back to 0: at most three parts fit into five seconds",
            [(0, 9000), (5, 0)],
            None,
            {"more_parts": 3},
        ),
        ("reset-on", "Set back, and one made since", [(0, 9000), (5, 1)], None, {"total": 1, "more_parts": 2}),
        (
            "half-way",
            "From the middle it cannot have wrapped",
            [(0, 30_000), (5, 3)],
            65_536,
            {"total": 3, "more_parts": 0},
        ),
        ("silence", "Five parts across a minute", [(0, 100), (60, 105)], None, {"total": 5, "unseen": 5, "ideal": 0}),
        ("stands", "A counter that stands makes nothing", [(0, 100), (5, 100)], None, {"total": 0, "more_parts": 0}),
        ("first", "Counting begins at the first reading", [(5, 5000)], None, {"total": 0, "more_parts": 0}),
        (
            "fast",
            "Forty parts in a silence of a minute are ten too many",
            [(0, 100), (60, 140)],
            None,
            {"excess_parts": 10},
        ),
    )
    for name, title, readings, wraps, elements, *declared in (*table, *rated()):
        found = machine(run, {"total": counter(readings, wraps, **dict(*declared))})
        yield vector(
            f"counter-{name}",
            title,
            [found],
            window=(0, 120),
            derivation="hand",
            expect={"elements": elements, "kpis": {}},
        )


def rated():
    """The same of a counter that has at most one part a second."""
    rate = {"fastest_us": UNITS}
    never = rate | {"resets": False}
    top = [(0, 65_534), (5, 3)]
    yield (
        "jump",
        "4990 parts in five seconds: up to six",
        [(0, 10), (5, 5000)],
        None,
        {"total": 0, "more_parts": 6},
        rate,
    )
    yield "full-rate", "Six parts in five seconds may be", [(0, 10), (5, 16)], None, {"total": 6, "more_parts": 0}, rate
    yield "wrap-or-reset", "It wrapped, or was set back", top, 65_536, {"total": 3, "more_parts": 3}, rate
    yield "never-set-back", "It falls only when it wraps", top, 65_536, {"total": 5, "more_parts": 0}, never
    fast = [(0, 60_000), (5, 3)]
    yield "set-back-after-all", "A wrap would be too fast", fast, 65_536, {"total": 3, "more_parts": 3}, never
    preset = [(0, 9000), (5, 500)]
    yield "preset", "Set back to what cannot be new parts", preset, None, {"total": 0, "more_parts": 6}, rate
    silence = [(0, 100), (60, 600)]
    blind = {"total": 0, "unseen": 0, "blind": 60 * UNITS}
    yield "jump-in-silence", "500 parts in a minute: up to 61", silence, None, blind, rate


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
        "Nothing seen: no value, and anything from 0 to 1",
        [machine([], {"total": counter([])})],
        derivation="hand",
        expect={
            "elements": {"no_data": HOUR * UNITS, "planned": HOUR * UNITS},
            "kpis": {
                name: {"value": None, "low": "0", "high": "1", "undefined": "no_data"}
                for name in ("availability", "oee", "effectiveness", "quality_ratio")
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
            "elements": {"no_data": 1800 * UNITS, "blind": 1815 * UNITS, "unsure_producing": 15 * UNITS, "total": 892},
            "kpis": {
                "availability": {"value": "1", "low": "119/240", "high": "1"},
                "oee": {"value": "223/225", "low": "223/450", "high": "3599/3600"},
            },
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
                    "reject": counter([(0, 0), (5, 0), (10, 0), (15, 0), (20, 0), (25, 10)]),
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
