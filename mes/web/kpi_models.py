"""What the KPI answers hold: numbers with their formulas, elements, policies. Models only."""

from dataclasses import fields
from typing import TYPE_CHECKING

from pydantic import BaseModel, Field, create_model

from mes.kpi.elements import Elements, in_answers
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


MEANING = """What the window is made of; every number adds up over time and over machines.

planned = producing + setup + delay + down + no_data, exactly, and
planned = running + minor + breakdown + setup_loss + no_work + no_data, exactly.
"""

if TYPE_CHECKING:

    class ElementsAnswer(BaseModel):
        """See MEANING."""

else:
    # A time is told in microseconds and has that in its name; see mes/kpi/elements.py for what each is.
    ElementsAnswer = create_model(
        "ElementsAnswer",
        __doc__=MEANING,
        **{in_answers(one.name): (int, Field(description=one.metadata["en"])) for one in fields(Elements)},
    )


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
