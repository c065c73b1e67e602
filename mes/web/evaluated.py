"""A window that was asked for, with what it is judged by, and its facts or their sum. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from config.calendar import Calendar
from config.device import Machine
from contract.sample import from_us
from mes.calendar.ideal_cycles import IdealCycles
from mes.facts.model import MachineFacts, Span
from mes.kpi.elements import Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.policy import Policy
from mes.web.kpi_answers import policy_answer
from mes.web.snapshot import Snapshot, finality


@dataclass(frozen=True, slots=True)
class Asked:
    """A window of a machine, line or site, cut at now, and what it is judged by."""

    equipment: str
    span: Span
    asked_to_us: int
    snapshot: Snapshot
    calendar: Calendar
    ideal: IdealCycles
    policy: Policy
    # Late samples of the window wait to be made into facts.
    waits: bool

    def head(self) -> dict[str, Any]:
        """The fields of a Window."""
        final = finality(self.calendar, self.asked_to_us, self.snapshot)
        return {
            "equipment": self.equipment,
            "from_": from_us(self.span[0]),
            "to": from_us(self.span[1]),
            "as_of": from_us(self.snapshot.at_us),
            **final,
            "provisional": final["provisional"] or self.waits,
        }

    def judgement(self) -> dict[str, Any]:
        """The fields of a Judgement: a Window and the policy."""
        return self.head() | {"policy": policy_answer(self.policy)}


@dataclass(frozen=True, slots=True)
class Evaluated(Asked):
    """A window with all facts that decide about its numbers.

    `machines` are those whose Elements are added; `facts` has all machines of the equipment.
    """

    facts: dict[str, MachineFacts]
    machines: Sequence[Machine]
    evaluation: Evaluation


@dataclass(frozen=True, slots=True)
class Summed(Asked):
    """A window with the sum of its Elements: of the hours that are kept where they are, else of facts."""

    elements: Elements
