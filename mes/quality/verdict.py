"""Results of an inspection → passed, failed or incomplete. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from mes.quality.charts import VARIABLE, Chart


class Verdict(StrEnum):
    """What an inspection has shown. What is missing cannot pass."""

    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True)
class Characteristic:
    """What is measured or counted, and within which limits."""

    id: UUID
    name: str
    unit: str
    chart: Chart
    size: int
    nominal: Decimal | None
    lsl: Decimal | None
    usl: Decimal | None
    accept: int
    read: bool = False

    @property
    def variable(self) -> bool:
        """Whether it is measured; else it is counted."""
        return self.chart in VARIABLE

    @property
    def results(self) -> int:
        """How many results an inspection has of it; none where it is read from a tag."""
        if self.read:
            return 0
        return self.size if self.variable else 1


@dataclass(frozen=True, slots=True)
class Result:
    """One value, or so many nonconforming of so many; all None where a correction says that there is none."""

    value: Decimal | None
    nonconforming: int | None = None
    of: int | None = None


def verdict_of_result(asked: Characteristic, result: Result | None) -> Verdict:
    """Of one result; a value on a limit has passed."""
    if result is None or (result.value is None and result.nonconforming is None):
        return Verdict.INCOMPLETE
    if result.value is None:
        return Verdict.PASSED if (result.nonconforming or 0) <= asked.accept else Verdict.FAILED
    low = asked.lsl is not None and result.value < asked.lsl
    high = asked.usl is not None and result.value > asked.usl
    return Verdict.FAILED if low or high else Verdict.PASSED


def verdict_of(characteristics: Sequence[Characteristic], results: Mapping[tuple[UUID, int], Result]) -> Verdict:
    """Failed where one result has, whatever is missing; incomplete where one is missing or none asked; else passed."""
    found = {
        verdict_of_result(one, results.get((one.id, piece)))
        for one in characteristics
        for piece in range(1, one.results + 1)
    }
    if Verdict.FAILED in found:
        return Verdict.FAILED
    return Verdict.INCOMPLETE if Verdict.INCOMPLETE in found or not found else Verdict.PASSED


def wrong_result(asked: Characteristic, piece: int, result: Result) -> str | None:
    """Why a result cannot be one of this characteristic, or None."""
    if asked.read:
        return f"'{asked.name}' is read from its tag: leave it out."
    if not 1 <= piece <= asked.results:
        return f"'{asked.name}' has pieces 1 to {asked.results}, not {piece}."
    if asked.variable and result.nonconforming is not None:
        return f"'{asked.name}' is measured: give 'value', not 'nonconforming' and 'of'."
    if not asked.variable and result.value is not None:
        return f"'{asked.name}' is counted: give 'nonconforming' and 'of', not 'value'."
    return _wrong_count(asked, result.nonconforming or 0, result.of)


def _wrong_count(asked: Characteristic, nonconforming: int, of: int | None) -> str | None:
    if asked.chart is Chart.P and of is not None and nonconforming > of:
        return "More are nonconforming than were inspected: correct 'nonconforming' or 'of'."
    if asked.chart is Chart.C and of is not None and of != asked.size:
        return f"Defects of '{asked.name}' are counted on {asked.size}: give 'of': {asked.size}."
    return None
