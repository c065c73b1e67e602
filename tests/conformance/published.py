"""Vectors of worked examples that others have published."""

from fractions import Fraction as F

from tests.conformance.scenes import HOUR, ISO, TPM, counter, machine, vector

MINUTE = 60
UNITS = 1_000_000


def shift(minutes, stop, made, bad, cycle, *, stops="down", before=0):
    """A planned slice of so many minutes with one stop, in which parts were made, all counted as they were made."""
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
    return machine(state, {"total": counter(read), "scrap": counter(scrap)}, cycle=cycle, silence=600 * UNITS), end


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
