"""Count steps of a machine's part → its parts and ideal times, added up again. None of the engine's code."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable
from typing import Any

from verify.law import joined, need, same, within
from verify.room import room

COUNTERS = ("total", "good", "reject", "rework")
Steps = dict[str, list["Step"]]


def parts(m: Any, e: Counter[str]) -> None:
    """Adds parts and ideal times of planned time to a machine's elements."""
    made = {name: [Step(m, name, n, row) for n, row in enumerate(m.part["steps"][name])] for name in COUNTERS}
    for name, steps in made.items():
        need(f"{m.place}.steps.{name}", name in m.tells or not steps, "a counter that is not there tells nothing")
    check_blind(m, [(step.since, step.at) for steps in made.values() for step in steps if step.unseen])
    planned = {name: [step for step in steps if step.planned] for name, steps in made.items()}

    def added(of: Callable[[Step], int]) -> dict[str, int]:
        """A sum over the steps of each counter; the third of total, good and reject follows from two."""
        sums = {name: sum(of(step) for step in steps) for name, steps in planned.items()}
        if "good" not in m.tells:
            sums["good"] = sums["total"] - sums["reject"]
        elif "total" not in m.tells:
            sums["total"] = sums["good"] + sums["reject"]
        if "reject" not in m.tells:
            sums["reject"] = sums["total"] - sums["good"]
        return sums

    ppm = m.r["planned_scrap_ppm"]
    all_, unseen = added(lambda s: s.parts), added(lambda s: s.parts * s.unseen)
    seen, ideal = added(lambda s: s.parts * (not s.unseen)), added(lambda s: s.parts * (not s.unseen) * s.cycle)
    startup = added(lambda s: s.parts * (not s.unseen) * s.cycle * s.startup)
    inspects = sum(name in m.tells for name in ("total", "good", "reject")) > 1
    e.update(total=all_["total"], good=all_["good"], reject=all_["reject"], rework=all_["rework"])
    e.update(unseen=unseen["total"], unseen_reject=unseen["reject"], unseen_rework=unseen["rework"])
    e.update(ideal=ideal["total"], ideal_good=ideal["good"], counted=seen["total"])
    e.update(ideal_startup=startup["total"] - startup["good"])
    e.update(startup_rejects=added(lambda s: s.parts * s.startup)["reject"])
    e.update(order_parts=added(lambda s: s.parts * s.ordered)["total"])
    e.update(unseen_order=added(lambda s: s.parts * s.ordered * s.unseen)["total"])
    e.update(scrap_with_plan=added(lambda s: s.parts * (s.product in ppm))["reject"])
    e.update(planned_scrap_ppm=added(lambda s: s.parts * ppm.get(s.product, 0))["total"])
    if inspects:
        e.update(inspected=all_["total"], first_pass=all_["good"] - all_["rework"])
        e.update(unseen_inspected=unseen["total"], unseen_first_pass=unseen["good"] - unseen["rework"])
    if "rework" in m.tells:
        e.update(rework_of=all_["total"], unseen_rework_of=unseen["total"])
    counting = ("total",) if "total" in m.tells else ("good", "reject")
    counted = [step for name in counting for step in planned[name]]
    hidden = [step for name in counting for step in made[name] if step.hides]
    doubts(m, e, made, planned, hidden)
    room(m, e, counted, hidden)


def check_blind(m: Any, unseen: list[tuple[int, int]]) -> None:
    """The blind spans are those of unseen steps; one that ends beyond the window is of a step that is not in it."""
    expected, told = joined(unseen), joined(m.part["blind"])
    ended = [span for span in zip(*told, strict=True) if span[1] < m.to]
    need(f"{m.place}.blind", set(ended) <= set(zip(*expected, strict=True)), "a span is of no unseen step")
    need(f"{m.place}.blind", all(within(at, told) for at in expected[0]), "an unseen step lies in no span")


def doubts(m: Any, e: Counter[str], made: Steps, planned: Steps, hidden: list["Step"]) -> None:
    """What may still turn out otherwise: undecidable steps, but for what there is room for, and rejects unseen."""
    ends: dict[int, int] = {}
    for step in hidden:
        ends[step.at] = min(step.since, ends.get(step.at, step.since))
    for steps in planned.values():
        for step in steps:
            if ends.get(step.at, step.at) <= step.since:
                step.more = 0
    e["more_reject"] = sum(step.more for step in planned["reject"])
    e["more_rework"] = sum(step.more for step in planned["rework"])
    e["good_more"] = sum(step.more * step.cycle for step in planned["good"])
    if "good" not in m.tells:
        silent = {step.at: step.since for step in made["total"] if step.unseen}
        # Rejects across a silence of their own counter that no silence of the total covers.
        late = [s for s in planned["reject"] if s.unseen and silent.get(s.at, s.at) > s.since]
        e["good_less"] = sum(s.more * s.cycle for s in planned["reject"]) + sum(s.parts * s.cycle for s in late)


class Step:
    """A count step, checked against its samples, the product and the cycle in force."""

    def __init__(self, m: Any, name: str, n: int, row: dict[str, Any]) -> None:
        place, self.name = f"{m.place}.steps.{name}.{n}", name
        self.at, self.since, self.parts, self.unseen = row["at"], row["since"], row["parts"], row["unseen"]
        previous = m.part["steps"][name][n - 1]["at"] if n else 0
        need(f"{place}.since", previous <= self.since < self.at, "steps follow one another")
        need(f"{place}.at", m.from_ <= self.at < m.to, "lies in the window")
        need(f"{place}.unseen", isinstance(self.unseen, bool), "is true or false")
        need(f"{place}.unseen", self.unseen or self.at - self.since <= m.silence, "a longer silence is unseen")
        self.product = m.product(self.at)
        self.cycle = m.cycle(self.product, self.at)
        same(f"{place}.product", row["product"], self.product)
        same(f"{place}.cycle_us", row["cycle_us"], self.cycle)
        fastest = m.part["fastest_us"].get(name)
        fits = [(self.at - self.since) // c + 1 for c in ([fastest] if fastest else [c for _, _, c in m.cycles])]
        known = {self.parts} | {max(self.parts, most) for most in fits}
        need(f"{place}.most", row["most"] in known and self.parts >= 0 < row["most"], "neither certain nor the bound")
        now = m.sample(place, row["sample"], "ends of count steps whose samples are not kept")
        then = m.sample(place, row["since_sample"], "begins of count steps whose samples are not kept")
        for key, sample, at in (("sample", now, self.at), ("since_sample", then, self.since)):
            need(f"{place}.{key}.at", sample is None or sample["at"] == at, "is another instant")
            need(f"{place}.{key}.quality", sample is None or sample["quality"] < 2, "a BAD sample counts nothing")
        if now and then:
            self.read(m.part, name, place, row, int(now["value"]), int(then["value"]))
        fit = (self.at - self.since) // self.cycle + 1
        self.more = 0 if self.unseen else max(self.parts, min(row["most"], fit)) - self.parts
        # What a counter may have lost when it was set back has its room.
        self.hides = not self.unseen and row["most"] > self.parts
        self.planned, self.ordered = within(self.at, m.planned), within(self.at, m.orders)
        state = bisect_right(m.begins, self.at) - 1
        self.startup = m.states[state]["state"] == "running" and m.before[state] in m.policy["startup_after"]
        self.startup &= self.at < m.states[state]["from"] + m.policy["startup_us"]

    def read(self, part: dict[str, Any], name: str, place: str, row: dict[str, Any], now: int, then: int) -> None:
        """The two readings of the counter give the parts: their difference, a wrap, or a start at 0."""
        wraps_at, fastest = part["wraps_at"].get(name), part["fastest_us"].get(name)
        never = name in part["never_reset"]
        wrapped = [] if wraps_at is None or (fastest and not never) else [now - then + wraps_at]
        said = f"the counter went from {then} to {now}"
        if fastest:
            fits = (self.at - self.since) // fastest + 1
            made = [n for n in (wrapped if now < then else [now - then]) if n <= fits]
            least = made or [now if now < then and now <= fits else 0]
            need(f"{place}.parts", self.parts == least[0], said)
            need(f"{place}.most", self.unseen or row["most"] == (least[0] if made else fits), "the bound of the rate")
        elif now >= then:
            need(f"{place}.parts", self.parts == now - then, said)
            need(f"{place}.most", self.unseen or row["most"] == self.parts, "a step that was seen is certain")
        else:
            need(f"{place}.parts", self.parts in [now, *wrapped], said)
