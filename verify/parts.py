"""Count steps of a machine's part → its parts and ideal times, added up again. None of the engine's code."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from typing import Any

from verify.counter import CountLaw
from verify.law import Spans, joined, need, same, within
from verify.unobserved_parts import unobserved_parts

COUNTERS = ("total", "good", "scrap", "rework")
Steps = dict[str, list[Any]]


def parts(m: Any, e: Counter[str]) -> None:
    """Adds parts and ideal times of planned time to a machine's elements."""
    made: Steps = {name: steps_of(m, name) for name in COUNTERS}
    for name, steps in made.items():
        need(f"{m.place}.steps.{name}", name in m.tells or not steps, "a counter that is not there tells nothing")
    outages = {name: check_outages(m, name, steps) for name, steps in made.items()}
    made["reported"] = reported_of(m, made)
    planned = {name: [step for step in steps if step.planned] for name, steps in made.items()}
    hidden = [step for name in m.counting for step in made[name] if step.hides]
    mark_early(m, planned, hidden, outages)

    def added(of: Callable[[Step], int]) -> dict[str, int]:
        """A sum over the steps of each counter; the third of total, good and scrap follows from two.

        Of the good ones those are scrap, too, that people have reported.
        """
        sums = {name: sum(of(step) for step in steps) for name, steps in planned.items()}
        if "good" not in m.tells:
            sums["good"] = sums["total"] - sums["scrap"]
        elif "total" not in m.tells:
            sums["total"] = sums["good"] + sums["scrap"]
        if "scrap" not in m.tells:
            sums["scrap"] = sums["total"] - sums["good"]
        sums["good"] -= sums["reported"]
        sums["scrap"] += sums["reported"]
        return sums

    ppm = m.r["planned_scrap_ppm"]
    all_, bridged = added(lambda s: s.parts), added(lambda s: s.parts * s.bridged)
    seen, ideal = added(lambda s: s.parts * s.seen), added(lambda s: s.parts * s.seen * s.cycle)
    startup = added(lambda s: s.parts * s.seen * s.cycle * s.startup)
    inspects = sum(name in m.tells for name in ("total", "good", "scrap")) > 1
    e.update(total=all_["total"], good=all_["good"], scrap=all_["scrap"], rework=all_["rework"])
    e.update(bridged=bridged["total"], bridged_scrap=bridged["scrap"], bridged_rework=bridged["rework"])
    e.update(ideal=ideal["total"], ideal_good=ideal["good"], counted=seen["total"])
    no_data = added(lambda s: s.parts * s.seen * s.cycle * s.no_data)
    e.update(ideal_time_state_unknown=no_data["total"], ideal_time_good_state_unknown=no_data["good"])
    e.update(ideal_startup=startup["total"] - startup["good"])
    e.update(startup_rejects=added(lambda s: s.parts * s.startup)["scrap"])
    e.update(order_parts=added(lambda s: s.parts * s.ordered)["total"])
    e.update(bridged_order=added(lambda s: s.parts * s.ordered * s.bridged)["total"])
    e.update(scrap_with_plan=added(lambda s: s.parts * (s.product in ppm))["scrap"])
    e.update(planned_scrap_ppm=added(lambda s: s.parts * ppm.get(s.product, 0))["total"])
    if inspects:
        e.update(inspected=all_["total"], first_pass=all_["good"] - all_["rework"])
        e.update(bridged_inspected=bridged["total"], bridged_first_pass=bridged["good"] - bridged["rework"])
    if "rework" in m.tells:
        e.update(rework_of=all_["total"], bridged_rework_of=bridged["total"])
    counted = [step for name in m.counting for step in planned[name]]
    doubts(m, e, planned, outages)
    if not inspects:
        e["bridged_first_pass"] = e["more_first_pass"] = 0
    unobserved_parts(m, e, counted, hidden)


def steps_of(m: Any, name: str) -> list["Step"]:
    """The steps of a counter, each checked."""
    rows = m.part["steps"][name]
    law = CountLaw(m, name) if rows else None
    return [Step(m, name, n, row, law) for n, row in enumerate(rows)]


def reported_of(m: Any, made: Steps) -> list["Reported"]:
    """Scrap that people reported, each checked: so many parts, and more, were counted as good there."""
    judge = "good" if "good" in m.tells else "total"
    counted = {step.at: step for step in made[judge]}
    found = [Reported(m, n, row) for n, row in enumerate(m.part["reported"])]
    for n, one in enumerate(found):
        place, step = f"{m.place}.reported.{n}", counted.get(one.at)
        need(f"{place}.at", step is not None and (not n or found[n - 1].at < one.at), "no parts were counted there")
        need(f"{place}.parts", 0 < one.parts <= counted[one.at].parts, "more than was counted there")
        same(f"{place}.bridged", one.bridged, counted[one.at].bridged)
    m.unchecked["scrap that people reported, which no frame holds"] += len(found)
    return found


def check_outages(m: Any, name: str, steps: list["Step"]) -> Spans:
    """What a counter leaves open is spans of its steps; one that ends beyond the window is of a step not in it."""
    place = f"{m.place}.outages.{name}"
    expected, told = (
        joined((step.since, step.at) for step in steps if step.untold),
        joined(m.part["outages"].get(name, ())),
    )
    ended = [span for span in zip(*told, strict=True) if span[1] < m.to]
    need(place, set(ended) <= set(zip(*expected, strict=True)), "a span is of no step that leaves anything open")
    need(place, all(within(at, told) for at in expected[0]), "a step that leaves something open lies in no span")
    return told


def mark_early(m: Any, planned: Steps, hidden: list["Step"], outages: dict[str, Spans]) -> None:
    """What judges parts that are not counted themselves, as they may be made unobserved, is early."""
    of, judges = ("total", ("good", "scrap", "rework")) if "total" in m.tells else ("good", ("rework",))
    ends: dict[int, int] = {}
    for step in hidden:
        ends[step.at] = min(step.since, ends.get(step.at, step.since))
    for step in (step for name in judges for step in planned[name]):
        step.early = within(step.at - 1, outages[of]) or ends.get(step.at, step.at) <= step.since


def doubts(m: Any, e: Counter[str], planned: Steps, outages: dict[str, Spans]) -> None:
    """What of the parts that were seen may be good or not, because what tells it was not heard or is undecided."""
    has_total, has_good, has_scrap = ("total" in m.tells, "good" in m.tells, "scrap" in m.tells)

    def unobserved(step: Step, *names: str) -> bool:
        """It became known in a silence of one of these, or at its end."""
        return any(within(step.at - 1, outages[name]) for name in names)

    def amount(name: str, which: Callable[[Step], bool], us: bool = False) -> int:
        """Parts, or their ideal time, of some seen steps of a counter."""
        found = [step for step in planned[name] if not step.bridged and which(step)]
        return sum(step.parts * (step.cycle if us else 1) for step in found)

    def open_(of: tuple[str, ...], judge: str, *names: str, us: bool = False) -> int:
        """Of counted parts that became known while these were silent, those that nobody has judged."""
        counted = sum(amount(name, lambda s: unobserved(s, *names), us) for name in of)
        told = amount("reported", lambda s: unobserved(s, *names), us) if judge == "scrap" else 0
        return counted - told - amount(judge, lambda s: unobserved(s, *names) and not s.early, us)

    judge, by_good = "good" if has_good else "scrap", has_good and not has_scrap
    early_of = {name: amount(name, lambda s: s.early) for name in COUNTERS}
    good_us = open_(m.counting, judge, judge, us=True) if has_total else 0
    rejects = open_(m.counting, "good" if by_good else "scrap", "good" if by_good else "scrap") if has_total else 0
    judging = (judge, "rework") if has_total else ("rework",)
    reworked = amount("rework", lambda s: unobserved(s, *judging) and not s.early)
    if has_good:
        less = amount("good", lambda s: unobserved(s, "rework") and not s.early) - reworked
        less -= amount("reported", lambda s: unobserved(s, "rework"))
        more = less + (open_(m.counting, "good", "good") if has_total else 0)
        e["bridged_first_pass"] += less + early_of["good"] - early_of["rework"]
    else:
        less = more = open_(m.counting, "scrap", *judging) - reworked
        e["bridged_first_pass"] += less - early_of["scrap"] - early_of["rework"]
    e["more_first_pass"] = more
    e["good_more" if has_good else "good_less"] = good_us
    e["more_scrap"], e["more_rework"] = rejects, open_(m.counting, "rework", "rework")
    e["bridged_scrap"] += rejects - early_of["good"] if by_good else early_of["scrap"]
    e["bridged_rework"] += early_of["rework"]


class Known:
    """Parts that became known at an instant, and what was in force then."""

    at: int
    parts: int
    bridged: bool
    early = False

    def stand(self, m: Any, place: str, row: dict[str, Any]) -> None:
        """Product and cycle are checked; planned time, order and state are looked up."""
        self.product = m.product(self.at)
        self.cycle = m.cycle(self.product, self.at)
        same(f"{place}.product", row["product"], self.product)
        same(f"{place}.cycle_us", row["cycle_us"], self.cycle)
        self.planned, self.ordered = within(self.at, m.planned), within(self.at, m.orders)
        state = bisect_right(m.begins, self.at) - 1
        self.no_data = m.states[state]["state"] == "no_data"
        self.startup = m.states[state]["state"] == "running" and m.before[state] in m.policy["startup_after"]
        self.startup &= self.at < m.states[state]["from"] + m.policy["startup_us"]

    @property
    def seen(self) -> bool:
        """Its parts were made when it says, and counted."""
        return not self.bridged and not self.early


class Reported(Known):
    """Parts that were counted as good, and that people reported to be scrap."""

    def __init__(self, m: Any, n: int, row: dict[str, Any]) -> None:
        self.at, self.parts, self.bridged = row["at"], row["parts"], row["bridged"]
        need(f"{m.place}.reported.{n}.at", m.from_ <= self.at < m.to, "lies in the window")
        self.stand(m, f"{m.place}.reported.{n}", row)


class Step(Known):
    """A count step, checked against its samples, the product and the cycle in force."""

    def __init__(self, m: Any, name: str, n: int, row: dict[str, Any], law: Any) -> None:
        place, self.name = f"{m.place}.steps.{name}.{n}", name
        self.at, self.since, self.parts, self.bridged = row["at"], row["since"], row["parts"], row["bridged"]
        previous = m.part["steps"][name][n - 1]["at"] if n else 0
        need(f"{place}.since", previous <= self.since < self.at, "steps follow one another")
        need(f"{place}.at", m.from_ <= self.at < m.to, "lies in the window")
        need(f"{place}.bridged", isinstance(self.bridged, bool), "is true or false")
        need(f"{place}.bridged", self.bridged or self.at - self.since <= m.silence, "a longer silence is bridged")
        self.stand(m, place, row)
        known = {self.parts} | law.bounds(self.since, self.at, self.parts)
        need(f"{place}.most", row["most"] in known and self.parts >= 0 < row["most"], "neither certain nor the bound")
        now = m.sample(place, row["sample"], "ends of count steps whose samples are not kept")
        # Before the first reading of all there is none.
        first = self.since == 0 and self.bridged and not self.parts
        then = (
            None if first else m.sample(place, row["since_sample"], "begins of count steps whose samples are not kept")
        )
        for key, sample, at in (("sample", now, self.at), ("since_sample", then, self.since)):
            need(f"{place}.{key}.at", sample is None or sample["at"] == at, "is another instant")
            need(f"{place}.{key}.quality", sample is None or sample["quality"] < 2, "a BAD sample counts nothing")
        if now and then:
            law.read(place, n, int(then["value"]), int(now["value"]))
        # What a counter of parts may have lost when it was set back stands among the unobserved parts.
        self.hides = not self.bridged and row["most"] > self.parts
        self.untold = self.bridged or (self.hides and name not in m.counting)
