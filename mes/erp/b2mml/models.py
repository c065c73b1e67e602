"""What became of a schedule, as the API tells it."""

from pydantic import Field

from mes.orders.models_bulk import BulkAnswer


class ScheduleAnswer(BulkAnswer):
    """What became of each request of a schedule, in their order; places name its elements and lines."""

    schedule: str = Field(description="The schedule's ID.", examples=["2026-W49"])
    zone: str = Field(description="Times without a zone were taken as those of it.", examples=["Asia/Shanghai"])
    not_kept: list[str] = Field(
        description="Elements that were there and that an order has no place for.",
        examples=[["Description", "MaterialRequirement (Consumed)"]],
    )
