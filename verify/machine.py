"""One machine's part of a receipt → its time, booked again. Plain integers; none of the engine's code."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from verify.law import joined, need, same, within
from verify.parts import parts

CODES = ("no_data", "running", "idle", "starved", "blocked", "down", "setup", "stopped", "maintenance")
Row = dict[str, Any]
BUSY = ("producing", "setup", "delay")


class Machine:
    """One machine's part: its tapes and steps, checked, and the elements that they give."""

    def __init__(self, r: Row, part: Row, place: str, unchecked: Counter[str]) -> None:
        self.r, self.part, self.place, self.unchecked = r, part, place, unchecked
        self.policy, self.from_, self.to = r["policy"]["content"], r["from"], r["to"]
        self.silence, self.states, self.tells = part["silence_us"], part["states"], part["tags"]
        self.planned, self.scheduled = joined(r["planned"]), joined(r["scheduled"])
        self.before = [part["state_before"], *(s["state"] for s in self.states[:-1])]
        self.after = [*(s["state"] for s in self.states[1:]), part["state_after"]]
        self.orders = joined(span for span, order in self.tape("orders") if order is not None)
        self.products = self.tape("products")
        self.product_begins = [start for (start, _), _ in self.products]
        self.begins = [s["from"] for s in self.states]
        self.tape("reasons")
        for n, c in enumerate(part["ideal_cycles"]):
            known = c["product"] is None or (isinstance(c["product"], str) and c["product"])
            need(f"{place}.ideal_cycles.{n}", bool(known) and c["cycle_us"] > 0, "is of no product or takes no time")
        self.cycles = sorted((c["from"], c["product"] or "", c["cycle_us"]) for c in part["ideal_cycles"])
        lengths = [cycle for _, _, cycle in self.cycles]
        self.shortest, self.longest = min(lengths), max(lengths)
        # What tells how many parts there are; the other counters only tell how good they are.
        self.counting = ("total",) if "total" in self.tells else ("good", "scrap")
        running_uncounted = [tuple(span) for name in self.counting for span in self.part["outages"].get(name, ())]
        # Where nobody was heard, and where parts may have been made that nobody counted.
        self.unobserved = joined(self.silences())
        self.outages = joined([*running_uncounted, *zip(*self.unobserved, strict=True)])
        begins_here = self.begins[0] == self.from_ and self.before[0] == "no_data"
        silent = begins_here or self.states[0]["state"] == "no_data"
        # Nothing was seen just before the window: then a part may come out of that time.
        self.unobserved_before = silent or within(self.from_ - 1, self.outages)

    def tape(self, name: str) -> list[tuple[tuple[int, int], Any]]:
        """(span, word) of a tape that covers the window."""
        rows = self.part[name]
        edges = [row["from"] for row in rows] + [self.to]
        need(f"{self.place}.{name}", edges[0] == self.from_ and edges == sorted(set(edges)), "covers the window")
        return [(span, row["is"]) for span, row in zip(pairwise(edges), rows, strict=True)]

    def product(self, at: int) -> Any:
        """The product in force at an instant, or None where it is not known."""
        return self.products[bisect_right(self.product_begins, at) - 1][1]

    def state_at(self, at: int) -> int:
        """The number of the state in force at an instant."""
        return bisect_right(self.begins, at) - 1

    def silences(self) -> Iterator[tuple[int, int]]:
        """Where nobody was heard: no data, and what was held until that was noticed."""
        for s, after in zip(self.states, self.after, strict=True):
            if s["state"] == "no_data":
                yield s["from"], s["to"]
            elif after == "no_data":
                yield max(s["from"], s["to"] - self.silence), s["to"]

    def cycle(self, product: str | None, at: int) -> int:
        """The ideal cycle in force: the product's own, else the machine's, else the machine's first."""
        own = [c for since, p, c in self.cycles if p == product and since <= at] if product else []
        any_ = [c for since, p, c in self.cycles if p == ""]
        held = [c for since, p, c in self.cycles if p == "" and since <= at]
        found: int = (own or held or any_[:1])[-1]
        return found

    def elements(self) -> Counter[str]:
        """All elements of the machine."""
        for n, state in enumerate(self.states):
            self.check_state(n, state, f"{self.place}.states.{n}")
        e: Counter[str] = Counter(calendar=self.to - self.from_)
        self.time(e)
        parts(self, e)
        self.check_uncertain()
        if "total" not in self.tells and "good" not in self.tells:
            e["uncounted"] = e["planned"]
        return e

    def check_state(self, n: int, s: Row, place: str) -> None:
        """Contiguous, of the right class and element, and what its sample or the edits over it say."""
        first, last = n == 0, n == len(self.states) - 1
        need(f"{place}.from", s["from"] < s["to"] and (not first or s["from"] <= self.from_), "the tape has no hole")
        need(
            f"{place}.to", s["to"] >= self.to if last else s["to"] == self.states[n + 1]["from"], "the tape has no hole"
        )
        need(f"{place}.to", self.from_ < s["to"] and s["from"] < self.to, "reaches into the window")
        p, length = self.policy, s["to"] - s["from"]
        may_be = s["state"] in p["minor_states"]
        held = min(length, self.silence) if self.after[n] == "no_data" else 0
        open_ = "no_data" in (self.before[n], self.after[n]) or self.after[n] is None
        same(f"{place}.minor", s["minor"], may_be and length < p["minor_stop_us"])
        same(f"{place}.undecided", s["undecided"], may_be and open_ and length - held < p["minor_stop_us"])
        own = "no_data" if s["state"] == "no_data" else p["states"][s["state"]]
        same(f"{place}.element", s["element"], p["minor_as"] if s["minor"] and p["minor_as"] != "own" else own)
        edits = [x for x in self.part["edits"] if x["from"] <= s["to"] and x["to"] >= s["from"]]
        same(f"{place}.edits", s["edits"], [x["id"] for x in edits])
        undone: set[int] = set()
        for x in reversed(edits):
            if x["undoes"] is not None and x["id"] not in undone:
                undone.add(x["undoes"])
        holding = [x for x in edits if x["id"] not in undone]
        for at in [s["from"], *(x["from"] for x in holding if s["from"] < x["from"] < s["to"])]:
            said = [x["state"] for x in holding if x["state"] and x["from"] <= at < x["to"]]
            need(f"{place}.state", not said or said[-1] == s["state"], f"edits say {said[-1:]}")
        sample = self.sample(place, s["sample"], "boundaries whose samples are not kept")
        if sample and not any(x["from"] <= s["from"] <= x["to"] for x in holding):
            told = sample["value"] == CODES.index(s["state"]) and sample["at"] == s["from"]
            need(f"{place}.state", sample["at"] <= s["from"], "its sample came later")
            need(f"{place}.state", s["state"] == "no_data" or told, "its sample says otherwise")

    def sample(self, place: str, sample: Row | None, missing: str) -> Row | None:
        """A sample, after a look at its frame; None counts as not checked."""
        if sample is None:
            self.unchecked[missing] += 1
        else:
            need(f"{place}.sample.frame", 0 <= sample["frame"] < len(self.r["frames"]), "there is no such frame")
            frame = self.r["frames"][sample["frame"]]
            need(f"frames.{sample['frame']}.ingested_us", frame["ingested_us"] <= self.r["as_of"], "came after as_of")
            need(f"{place}.sample.quality", sample["quality"] in (0, 1, 2), "there is no such quality")
            bad = sample["quality"] == 2
            need(f"{place}.sample.value", (sample["value"] is None) == bad, "only a BAD sample has no value")
        return sample

    def check_uncertain(self) -> None:
        """How many of the samples named are UNCERTAIN."""
        named = {"state": [s["sample"] for s in self.states]}
        for name, steps in self.part["steps"].items():
            named[name] = [sample for step in steps for sample in (step["sample"], step["since_sample"])]
        for name in self.tells:
            found = {sample["at"] for sample in named[name] if sample is not None and sample["quality"] == 1}
            same(f"{self.place}.uncertain.{name}", self.part["uncertain"].get(name), len(found))
        need(f"{self.place}.uncertain", set(self.part["uncertain"]) <= set(self.tells), "of a tag that is not there")

    def time(self, e: Counter[str]) -> None:
        """Every slice of the window in which nothing changes, booked."""
        p, unobserved, outages = self.policy, self.unobserved, self.outages
        for before, s in zip(self.before, self.states, strict=True):
            self.stop(e, before, s)
        moved = [s for s in self.states if s["undecided"] and p["minor_as"] not in ("own", p["states"][s["state"]])]
        state_uncertain = joined([*zip(*unobserved, strict=True), *((s["from"], s["to"]) for s in moved)])
        cut_by = (self.planned, self.scheduled, self.orders, unobserved, outages, state_uncertain)
        edges = {edge for x in cut_by for side in x for edge in side}
        for a, b in pairwise(
            sorted({min(max(x, self.from_), self.to) for x in [*edges, *self.begins, self.from_, self.to]})
        ):
            s, is_ordered, is_uncertain = (
                self.states[self.state_at(a)],
                within(a, self.orders),
                within(a, state_uncertain),
            )
            booked: Counter[str] = Counter(scheduled=within(a, self.scheduled), order_time=is_ordered)
            if within(a, self.planned):
                booked["unobserved"] = within(a, unobserved)
                booked["running_uncounted"] = (
                    s["state"] == "running" and within(a, outages) and not within(a, unobserved)
                )
                self.book(booked, s, is_ordered, is_uncertain)
            for name, is_booked in booked.items():
                e[name] += (b - a) * is_booked

    def book(self, booked: Counter[str], s: Row, is_ordered: bool, is_uncertain: bool) -> None:
        """The elements that a slice of planned time belongs to."""
        element, state = s["element"], s["state"]
        names = [element] + ["order_busy"] * (is_ordered and element in BUSY)
        names += ["order_producing"] * (is_ordered and element == "producing")
        names += [f"state_uncertain_{name}" for name in names if is_uncertain and name != "no_data"]
        names += ["state_uncertain_order"] * (is_ordered and is_uncertain)
        if element != "planned_stop":
            names += (
                ["planned"] + ["undecided"] * s["undecided"] + [state] * (state in ("running", "starved", "blocked"))
            )
            if s["minor"]:
                names.append("minor")
            elif state not in ("running", "no_data"):
                loss, failed = self.policy["losses"][state], state in self.policy["failures"]
                names += ["setup_loss" if loss == "setup" else loss] + ["repair"] * failed
                names += ["repair_busy"] * (failed and element in BUSY)
        booked.update(names)

    def stop(self, e: Counter[str], before: str, s: Row) -> None:
        """A stop counts where it begins, in planned time."""
        begun = s["from"] >= self.from_ and within(s["from"], self.planned)
        if begun and s["state"] not in ("running", "no_data") and s["element"] != "planned_stop":
            e["state_uncertain_stops"] += before == "no_data"
            e["minor_stops"] += s["minor"]
            e["stops"] += not s["minor"] and self.policy["losses"][s["state"]] == "breakdown"
            e["failures"] += not s["minor"] and s["state"] in self.policy["failures"]
