"""What the KPI answers hold: numbers with their formulas, elements, policies. Models only."""

from pydantic import BaseModel, Field

from mes.web.models import Window


class KpiAnswer(BaseModel):
    """A number with everything needed to check it."""

    id: str = Field(description="Of this result: GET /api/v1/kpis/{id}/explain is its receipt.", examples=["kGm3..."])
    value: float | None = Field(description="Of the time that was seen; null: see `undefined`.", examples=[0.84])
    low: float | None = Field(description="Lower bound whatever happened while nothing was seen.", examples=[0.82])
    high: float | None = Field(description="Upper bound, likewise; null: there is none.", examples=[0.85])
    undefined: str | None = Field(description="Why there is no value.", examples=["nothing_planned"])
    unit: str = Field(description="1 (a ratio), s, or 1/h.", examples=["1"])
    better: str = Field(description="higher or lower.", examples=["higher"])
    formula: str = Field(
        description="In ISO 22400-2 symbols and with the numbers, microseconds or parts.",
        examples=["APT / (PBT - NO_DATA) = 24192000000 / 28800000000"],
    )


class ElementsAnswer(BaseModel):
    """What the window is made of; every number adds up over time and over machines.

    planned = producing + setup + delay + down + no_data, exactly, and
    planned = running + minor + breakdown + setup_loss + no_work + no_data, exactly.
    """

    calendar_us: int = Field(description="Length of the window, times machines.")
    scheduled_us: int = Field(description="POT, planned operation time: the shifts with their breaks.")
    planned_us: int = Field(description="PBT, the shifts without breaks and planned stops.", examples=[28_800_000_000])
    planned_stop_us: int = Field(description="Taken out of planned busy time by the policy.")
    producing_us: int = Field(description="APT, actual production time.")
    setup_us: int = Field(description="AUST, actual unit setup time.")
    delay_us: int = Field(description="ADET, actual unit delay time.")
    down_us: int = Field(description="ADOT, actual unit down time.")
    no_data_us: int = Field(description="Planned time in which nothing trustworthy was received.")
    running_us: int = Field(description="Planned time in state running.")
    running_uncounted_us: int = Field(description="Of running, what was seen while a counter of parts was silent.")
    minor_us: int = Field(description="Planned time in minor stops.")
    breakdown_us: int = Field(description="Planned time in longer stops that are breakdowns, waiting included.")
    setup_loss_us: int = Field(description="Planned time in set-up and adjustment.")
    no_work_us: int = Field(description="Planned time in which there was nothing to make.")
    starved_us: int = Field(description="Planned time starved, in stops of any length.")
    blocked_us: int = Field(description="Planned time blocked, in stops of any length.")
    repair_us: int = Field(description="TTR: planned time in failures.")
    repair_busy_us: int = Field(description="Of this, what is booked to busy time.")
    minor_stops: int = Field(description="Minor stops that began.")
    stops: int = Field(description="Longer stops that are breakdowns and began.")
    failures: int = Field(description="FE, failures that began.")
    total: int = Field(description="PQ, parts that became known in planned time.")
    good: int = Field(description="GQ of these.")
    scrap: int = Field(description="SQ of these.")
    rework: int = Field(description="RQ of these.")
    inspected: int = Field(description="IP: PQ of machines that tell good from bad.")
    first_pass: int = Field(description="GP: of these the good ones that were not reworked.")
    rework_of: int = Field(description="PQ of machines that tell rework.")
    startup_rejects: int = Field(description="Rejects soon after a set-up.")
    scrap_with_plan: int = Field(description="SQ of products whose scrap is planned.")
    planned_scrap_ppm: int = Field(description="PSQ in millionths of a part.")
    ideal_us: int = Field(description="Sum of PRI x PQ of the parts whose making was seen.")
    ideal_good_us: int = Field(description="Sum of PRI x GQ of those.")
    ideal_startup_us: int = Field(description="Sum of PRI x start-up rejects of those.")
    ideal_time_state_unknown_us: int = Field(
        description="Of ideal, of parts that were counted while the state was not known."
    )
    ideal_time_good_state_unknown_us: int = Field(description="Of ideal_good, of those.")
    counted: int = Field(description="The parts whose making was seen.")
    order_time_us: int = Field(description="AOET: time with an order in force, planned or not.")
    order_busy_us: int = Field(description="AUBT with an order in force.")
    order_producing_us: int = Field(description="APT with an order in force.")
    order_parts: int = Field(description="PQ with an order in force.")
    state_uncertain_producing_us: int = Field(description="Of producing, what is not certain.")
    state_uncertain_setup_us: int = Field(description="Of setup, what is not certain.")
    state_uncertain_delay_us: int = Field(description="Of delay, what is not certain.")
    state_uncertain_down_us: int = Field(description="Of down, what is not certain.")
    state_uncertain_planned_stop_us: int = Field(description="Of planned stops, what is not certain.")
    state_uncertain_order_us: int = Field(description="Planned time with an order in force whose state is not certain.")
    state_uncertain_order_busy_us: int = Field(description="Of order_busy, what is not certain.")
    state_uncertain_order_producing_us: int = Field(description="Of order_producing, what is not certain.")
    unobserved_us: int = Field(description="Planned time that nobody saw, and what was held until that was noticed.")
    begun_before_us: int = Field(
        description="Ideal time of parts that nobody counted and that took none of the dark time."
    )
    needed_later_us: int = Field(description="Of dark time, what was needed for parts that were seen later.")
    begun_before_parts: int = Field(description="Parts that nobody counted and that took none of the dark time.")
    unobserved_parts: int = Field(
        description="Parts that may have been made in it besides, at the shortest ideal cycle."
    )
    undecided_us: int = Field(description="Planned time of stops that may be minor or not.")
    state_uncertain_stops: int = Field(description="Stops whose begin was not seen: they may have begun elsewhere.")
    bridged: int = Field(description="Of total, parts across a silence: real, but not when they were made.")
    bridged_scrap: int = Field(description="Of scrap, parts across a silence.")
    bridged_rework: int = Field(description="Of rework, parts across a silence.")
    bridged_inspected: int = Field(description="Of inspected, parts across a silence.")
    bridged_first_pass: int = Field(description="Of first_pass, parts across a silence.")
    bridged_rework_of: int = Field(description="Of rework_of, parts across a silence.")
    bridged_order: int = Field(description="Of order_parts, parts across a silence.")
    more_scrap: int = Field(description="Of parts that were seen, those that nobody judged: they may be rejects.")
    more_rework: int = Field(description="Of parts that were seen, those that may have been reworked.")
    more_first_pass: int = Field(description="Of parts that were seen, those that may be good at first pass.")
    good_more_us: int = Field(description="How much more ideal_good may be, of parts that were seen.")
    good_less_us: int = Field(description="How much less ideal_good may be.")
    uncounted_us: int = Field(description="Planned time of machines that tell no parts.")


class PolicyAnswer(BaseModel):
    """By which choices a result was made; the same name and version always mean the same content."""

    name: str = Field(examples=["iso-22400-2"])
    version: int = Field(examples=[1])
    hash: str = Field(description="Stands for the policy's content.", examples=["0123456789abcdef"])


class Judgement(Window):
    """A window and the policy by which it is judged."""

    policy: PolicyAnswer


class KpisAnswer(Judgement):
    """KPIs by ISO 22400-2 of a window, and TEEP."""

    id: str = Field(description="Of all these results: GET /api/v1/kpis/{id}/explain.", examples=["x1Yb..."])

    availability: KpiAnswer
    effectiveness: KpiAnswer
    quality_ratio: KpiAnswer
    oee: KpiAnswer
    nee: KpiAnswer
    teep: KpiAnswer
    utilization_efficiency: KpiAnswer
    allocation_efficiency: KpiAnswer
    allocation_ratio: KpiAnswer
    technical_efficiency: KpiAnswer
    setup_ratio: KpiAnswer
    production_process_ratio: KpiAnswer
    throughput_rate: KpiAnswer
    first_pass_yield: KpiAnswer
    scrap_ratio: KpiAnswer
    rework_ratio: KpiAnswer
    actual_to_planned_scrap_ratio: KpiAnswer
    mtbf: KpiAnswer
    mttf: KpiAnswer
    mttr: KpiAnswer
    completeness: float | None = Field(description="Share of planned time that was seen and heard; null: none.")
    elements: ElementsAnswer
