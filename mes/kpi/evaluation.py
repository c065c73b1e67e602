"""By what a window is judged: policy, ideal cycles, planned time. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from config.calendar import Calendar
from config.plant import Plant
from config.shifts import planned_spans, scheduled_spans
from mes.calendar.ideal_cycles import IdealCycles
from mes.facts.model import Span
from mes.kpi.policy import Policy, policies_of

PPM = 1_000_000


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`planned` are the spans that may become planned busy time, `scheduled` those of the shifts with their breaks.

    Spans are in order and apart.
    `planned_scrap_ppm` has the products whose scrap is planned, in parts per million.
    """

    policy: Policy
    ideal: IdealCycles
    planned: Sequence[Span]
    scheduled: Sequence[Span]
    planned_scrap_ppm: Mapping[str, int] = field(default_factory=dict)


def evaluation_of(
    plant: Plant, calendar: Calendar, ideal: IdealCycles, from_us: int, to_us: int, policy: Policy | None = None
) -> Evaluation:
    """What plant file, calendar and ideal cycles say of a window; by the plant's own policy where none is given."""
    return Evaluation(
        policy=policy or policies_of(plant.policies)[plant.policy],
        ideal=ideal,
        planned=planned_spans(calendar, from_us, to_us),
        scheduled=scheduled_spans(calendar, from_us, to_us),
        planned_scrap_ppm={p.id: round(p.planned_scrap * PPM) for p in plant.products if p.planned_scrap is not None},
    )
