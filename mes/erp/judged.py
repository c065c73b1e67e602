"""What was asked of a window → its facts and the terms by which it is judged, all from one view of the database."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import Depends, Path, Query
from pydantic import AwareDatetime

from config.calendar import Calendar
from config.device import Machine
from contract.sample import from_us
from mes.calendar import read_calendar
from mes.cycles import read_ideal
from mes.erp.equipment import machines_of
from mes.erp.house import LEND_S, TheHouse
from mes.erp.known import AsOf, Known, finality, knowing
from mes.erp.kpis import PolicyName, policy_answer, policy_named
from mes.erp.windows import asked_window
from mes.facts import MachineFacts, Span
from mes.policies import policy_then
from mes.reader import read_facts
from mes.rollup import measured_machines
from mes.terms import Terms, terms_of

EquipmentId = Annotated[str, Path(alias="id", description="An id of GET /equipment.", examples=["press-1"])]
WindowName = Annotated[Literal["shift", "hour"] | None, Query(description="The current shift, or the last hour.")]
AskedFrom = Annotated[
    AwareDatetime | None, Query(alias="from", description="With zone, included.", examples=["2026-01-31T06:00:00Z"])
]
AskedTo = Annotated[AwareDatetime | None, Query(description="With zone, excluded.", examples=["2026-01-31T14:00:00Z"])]


@dataclass(frozen=True, slots=True)
class Judged:
    """A window of a machine, line or site, cut at now, with everything that decides about its numbers.

    `machines` are those whose Elements are added; `facts` has all machines of the equipment.
    """

    equipment: str
    span: Span
    asked_to_us: int
    known: Known
    calendar: Calendar
    facts: dict[str, MachineFacts]
    machines: Sequence[Machine]
    terms: Terms

    def head(self) -> dict[str, Any]:
        """The fields of a Window."""
        return {
            "equipment": self.equipment,
            "from_": from_us(self.span[0]),
            "to": from_us(self.span[1]),
            "as_of": from_us(self.known.at_us),
            **finality(self.calendar, self.asked_to_us, self.known),
        }

    def judgement(self) -> dict[str, Any]:
        """The fields of a Judgement: a Window and the policy."""
        return self.head() | {"policy": policy_answer(self.terms.policy)}


async def judged(
    house: TheHouse,
    id_: EquipmentId,
    window: WindowName = None,
    from_: AskedFrom = None,
    to: AskedTo = None,
    policy: PolicyName = None,
    as_of: AsOf = None,
) -> Judged:
    """The window that was asked for, or a Problem that says what is wrong with the question."""
    plant, ids = house.plant, machines_of(house.plant, id_)
    chosen = policy_named(plant, policy)
    async with house.pool.connection(LEND_S) as conn, knowing(conn, as_of) as known:
        calendar = await read_calendar(conn, plant.site, known.as_of_us)
        (start, end), asked_to = asked_window(calendar, window, from_, to, known.end_us)
        facts = await read_facts(conn, plant, ids, start, end, known.as_of_us, told_us=known.told_us)
        ideal = await read_ideal(conn, plant, known.as_of_us)
        if policy is None and known.past:
            chosen = await policy_then(conn, known.as_of_us) or chosen
    return Judged(
        equipment=id_,
        span=(start, end),
        asked_to_us=asked_to,
        known=known,
        calendar=calendar,
        facts=facts,
        machines=measured_machines(plant, id_),
        terms=terms_of(plant, calendar, ideal, start, end, chosen),
    )


TheJudged = Annotated[Judged, Depends(judged)]
