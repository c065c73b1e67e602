"""Two readings of a counter → is what a step says of them one of the things that may be said? Plain integers."""

from typing import Any

from verify.law import need

# As docs/signals.md has it: what is believed of a counter, and for how long it is remembered what it showed.
RECALL, LONGEST, BEGUN = 2, 60_000_000, 2
FEW, SHARE = 10, 4


class CountLaw:
    """What a receipt says of one counter of a machine, and the steps that it has of it."""

    def __init__(self, m: Any, name: str) -> None:
        part = m.part
        self.wraps_at, self.never = part["wraps_at"].get(name), name in part["never_reset"]
        self.each = part["parts_per_count"][name]
        fastest = part["fastest_us"].get(name)
        self.paces = [fastest * self.each] if fastest else [c * self.each for _, _, c in m.cycles]
        self.quickest = max(1, int(min(self.paces) / (1 if fastest else part["max_rate_factor"])))
        self.more = 1 if fastest else BEGUN
        self.rated = bool(fastest)
        self.recall, self.begin, self.steps = min(RECALL * m.silence, LONGEST), m.from_, part["steps"][name]
        need(f"{m.place}.parts_per_count.{name}", self.each >= 1, "a count is at least one part")
        need(f"{m.place}.max_rate_factor", part["max_rate_factor"] >= 1, "a machine can be as fast as ideal")

    def bounds(self, since: int, at: int, parts: int) -> set[int]:
        """What may be told as the most of a step, beside its parts."""
        return {max(parts, ((at - since) // pace + 1) * self.each) for pace in self.paces}

    def read(self, place: str, n: int, then: int, now: int) -> None:
        """Differs unless the step's parts are what the two readings may tell: a rise, a wrap, a start at 0, or none."""
        row = self.steps[n]
        since, at = row["since"], row["at"]
        counts, rest = divmod(row["parts"], self.each)
        said = f"the counter went from {then} to {now}"
        need(f"{place}.parts", not rest and min(now, then) >= 0, said)
        fits = (at - since) // min(self.paces) + 1
        longest = max(at - since, self.recall) // self.quickest + self.more
        shortest = (at - since) // self.quickest + self.more
        sure = row["most"] == row["parts"]
        if now >= then:
            believed = counts == now - then <= longest
            doubted = not counts and (now - then > shortest or self.fell_before(n))
            need(f"{place}.parts", believed or doubted, said)
            need(f"{place}.most", row["bridged"] or sure == believed, "a step that was seen is certain")
            return
        around = None if self.wraps_at is None else now - then + self.wraps_at
        wraps = around is not None and (self.never or not self.rated) and around <= longest
        resets = not self.never and now <= fits and then - now > max(FEW, then // SHARE)
        certain = ({now} if resets else set()) | ({around} if wraps else set())
        allowed = certain if resets and not self.jumped_before(n) else {*certain, 0}
        need(f"{place}.parts", counts in allowed, said)

    def fell_before(self, n: int) -> bool:
        """Whether the counter may have fallen shortly before a step, so that this may lead back to where it stood."""
        return self._before(n, lambda then, now: now < then)

    def jumped_before(self, n: int) -> bool:
        """Whether it may have risen further than it can."""
        return self._before(n, lambda then, now: now > then)

    def _before(self, n: int, happened: Any) -> bool:
        first = self.steps[n]["at"] - self.recall
        if first < self.begin:
            return True
        readings = [
            (row["since_sample"], row["sample"]) for row in self.steps[:n] if row["at"] >= first and not row["parts"]
        ]
        return any(None in (then, now) or happened(then["value"], now["value"]) for then, now in readings)
