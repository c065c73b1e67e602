"""What a window is made of: additive integers, microseconds and parts. Pure."""

from dataclasses import dataclass, fields
from operator import add, attrgetter, sub


@dataclass(frozen=True, slots=True)
class Elements:
    """Fields are additive over machines and time, ROOM over full hours of it; a KPI is one division of their sums.

    planned = producing + setup + delay + down + no_data, exactly (PBT = APT + AUST + ADET + ADOT + NO_DATA),
    planned = running + minor + breakdown + setup_loss + no_work + no_data, exactly,
    scheduled = planned + planned_stop + breaks, which are the rest of it, and calendar is the window itself.
    """

    # Time, microseconds.
    calendar: int = 0
    scheduled: int = 0  # POT: the shifts
    planned: int = 0  # PBT: the shifts without breaks and planned stops
    planned_stop: int = 0
    producing: int = 0  # APT
    setup: int = 0  # AUST
    delay: int = 0  # ADET
    down: int = 0  # ADOT
    no_data: int = 0
    # Planned time by what the machine did.
    running: int = 0
    running_uncounted: int = 0  # of this, what was seen while a counter of parts was silent
    minor: int = 0
    breakdown: int = 0
    setup_loss: int = 0
    no_work: int = 0
    starved: int = 0
    blocked: int = 0
    repair: int = 0  # TTR: in failures
    repair_busy: int = 0  # of this, what is booked to busy time (APT, AUST or ADET)
    # Stops that begin in planned time.
    minor_stops: int = 0
    stops: int = 0
    failures: int = 0  # FE
    # Parts that became known in planned time, whenever they were made.
    total: int = 0  # PQ
    good: int = 0  # GQ
    scrap: int = 0  # SQ
    rework: int = 0  # RQ
    inspected: int = 0  # IP: PQ of machines that tell good from bad
    first_pass: int = 0  # GP: of these the good ones that were not reworked
    rework_of: int = 0  # PQ of machines that tell rework
    startup_rejects: int = 0
    scrap_with_plan: int = 0  # SQ of products whose planned scrap is known
    planned_scrap_ppm: int = 0  # PSQ, in millionths of a part
    # Ideal time, sum(PRI x parts), of the parts whose making was seen.
    ideal: int = 0
    ideal_good: int = 0
    ideal_startup: int = 0  # of start-up rejects
    ideal_time_state_unknown: int = 0  # of ideal, of parts that were counted while the state was not known
    ideal_time_good_state_unknown: int = 0
    counted: int = 0  # these parts
    # While an order was in force; order_time counts outside planned time too (AOET).
    order_time: int = 0
    order_busy: int = 0
    order_producing: int = 0
    order_parts: int = 0
    # What may still turn out otherwise. `state_uncertain_` is the part of an element's planned time whose state is not
    # certain: the last state of a silent machine is held until the silence is noticed, and a stop whose end was not
    # observed has no class yet. `unobserved` is planned time of which neither state nor count is known.
    state_uncertain_producing: int = 0
    state_uncertain_setup: int = 0
    state_uncertain_delay: int = 0
    state_uncertain_down: int = 0
    state_uncertain_planned_stop: int = 0
    state_uncertain_order: int = 0
    state_uncertain_order_busy: int = 0
    state_uncertain_order_producing: int = 0
    unobserved: int = 0
    # Parts that unobserved time may have made, see unobserved_parts.py: so much ideal time if the machine did not run
    # in it, begun before it or while only the counter was silent (`begun_before`); or so much of the unobserved time
    # was needed for parts that were seen later (`needed_later`).
    begun_before: int = 0
    needed_later: int = 0
    begun_before_parts: int = 0  # such parts, though the machine made nothing in unobserved time
    unobserved_parts: int = 0  # and so many more when it ran in it at the shortest ideal cycle
    undecided: int = 0  # planned time of stops that may be minor or not
    state_uncertain_stops: int = 0  # stops of any kind that may have begun elsewhere, or be a part of another one
    bridged: int = 0  # parts across a silence, part of total
    bridged_scrap: int = 0
    bridged_rework: int = 0
    bridged_inspected: int = 0
    bridged_first_pass: int = 0
    bridged_rework_of: int = 0
    bridged_order: int = 0
    # Of parts that were seen, where a counter that tells how good they are was silent or is undecidable.
    more_scrap: int = 0
    more_rework: int = 0
    more_first_pass: int = 0
    good_more: int = 0
    good_less: int = 0
    uncounted: int = 0  # planned time of machines that tell no parts: above 0 nothing can be said of parts

    def __add__(self, other: "Elements") -> "Elements":
        return Elements(*map(add, VALUES(self), VALUES(other)))

    def __sub__(self, other: "Elements") -> "Elements":
        return Elements(*map(sub, VALUES(self), VALUES(other)))


UNOBSERVED = ("begun_before", "needed_later", "begun_before_parts", "unobserved_parts")
NAMES = tuple(field.name for field in fields(Elements))
VALUES = attrgetter(*NAMES)
# Everything else is microseconds.
PARTS = frozenset(
    {
        "minor_stops",
        "stops",
        "failures",
        "state_uncertain_stops",
        "total",
        "good",
        "scrap",
        "rework",
        "inspected",
        "first_pass",
        "rework_of",
        "startup_rejects",
        "scrap_with_plan",
        "planned_scrap_ppm",
        "counted",
        "order_parts",
        "begun_before_parts",
        "unobserved_parts",
        "bridged",
        "bridged_scrap",
        "bridged_rework",
        "bridged_inspected",
        "bridged_first_pass",
        "bridged_rework_of",
        "bridged_order",
        "more_scrap",
        "more_first_pass",
        "more_rework",
    }
)
