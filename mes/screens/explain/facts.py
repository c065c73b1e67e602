"""A receipt and an element → the facts that it is the sum of, a page at a time. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mes.facts.model import Span
from mes.screens.explain.tree import STATES, STEPS, Receipt

ON_A_PAGE = 50


@dataclass(frozen=True, slots=True)
class Sample:
    """The sample that a fact came from, and the frame that brought it."""

    at_us: int
    value: float | None
    quality: int
    node: str
    epoch: int
    seq: int
    sha256: str
    ingested_us: int


@dataclass(frozen=True, slots=True)
class Fact:
    """An interval of a machine's tape, a span of the calendar, or a count step.

    `counted` is what of it is in the number: microseconds of an interval within planned time and the window, or parts.
    """

    machine: str
    tag: str | None
    begin_us: int
    end_us: int
    counted: int
    state: str | None = None
    undecided: bool = False
    bridged: bool = False
    edits: int = 0
    cycle_us: int | None = None
    before: float | None = None
    sample: Sample | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """A page of them; `all` how many there are, `sum` what all of them come to."""

    element: str
    items: list[Fact]
    number: int
    all: int
    sum: int
    is_time: bool

    @property
    def more(self) -> bool:
        """Whether there is another page."""
        return self.number * ON_A_PAGE < self.all


def facts_of(receipt: Receipt, element: str, number: int) -> Facts:
    """The facts of an element in the order of time, the number-th page of them."""
    window = receipt["from"], receipt["to"]
    planned: list[Span] = [(a, b) for a, b in receipt["planned"]]
    if element == "planned":
        found = [Fact("", None, a, b, b - a) for a, b in planned]
    elif element in STATES:
        found = [fact for part in receipt["machines"] for fact in _intervals(receipt, part, element, planned, window)]
    else:
        found = [fact for part in receipt["machines"] for fact in _steps(receipt, part, STEPS[element], planned)]
    found.sort(key=lambda fact: (fact.end_us, fact.machine))
    first = (number - 1) * ON_A_PAGE
    total = sum(fact.counted for fact in found)
    is_time = element == "planned" or element in STATES
    return Facts(element, found[first : first + ON_A_PAGE], number, len(found), total, is_time)


def counters_of(receipt: Receipt, element: str) -> list[tuple[str, float, float]]:
    """Of each machine that counts for an element, its first and last reading in the window."""
    found = []
    for part in receipt["machines"]:
        steps = part["steps"].get(STEPS.get(element, ""), [])
        told = [step for step in steps if step["sample"] and step["since_sample"]]
        if told:
            found.append((part["machine"], told[0]["since_sample"]["value"], told[-1]["sample"]["value"]))
    return found


def _intervals(
    receipt: Receipt, part: Mapping[str, Any], element: str, planned: Sequence[Span], window: Span
) -> Iterable[Fact]:
    for row in part["states"]:
        counted = _overlap((max(row["from"], window[0]), min(row["to"], window[1])), planned)
        if row["element"] == element and counted:
            yield Fact(
                machine=part["machine"],
                tag=part["tags"].get("state"),
                begin_us=row["from"],
                end_us=row["to"],
                counted=counted,
                state=row["state"],
                undecided=row["undecided"],
                edits=len(row["edits"]),
                sample=_sample(receipt, row["sample"]),
            )


def _steps(receipt: Receipt, part: Mapping[str, Any], counter: str, planned: Sequence[Span]) -> Iterable[Fact]:
    for row in part["steps"][counter]:
        if row["parts"] and any(a <= row["at"] < b for a, b in planned):
            since = row["since_sample"]
            yield Fact(
                machine=part["machine"],
                tag=part["tags"].get(counter),
                begin_us=row["since"],
                end_us=row["at"],
                counted=row["parts"],
                bridged=row["bridged"],
                cycle_us=row["cycle_us"],
                before=since["value"] if since else None,
                sample=_sample(receipt, row["sample"]),
            )


def _overlap(span: Span, planned: Sequence[Span]) -> int:
    return sum(max(0, min(span[1], b) - max(span[0], a)) for a, b in planned)


def _sample(receipt: Receipt, row: Mapping[str, Any] | None) -> Sample | None:
    if row is None:
        return None
    frame = receipt["frames"][row["frame"]]
    return Sample(row["at"], row["value"], row["quality"], **frame)
