"""Report schedules as the API takes and tells them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from mes.reports.due import is_cron
from mes.web.bounds import ONE_LINE, PersonName, PlantId
from mes.web.models import Time

ADDRESS = r"^[^\s@,;<>\"]+@[^\s@,;<>\"]+$"
Address = Annotated[str, Field(max_length=254, pattern=ADDRESS, examples=["wang@example.com"])]


class ReportScheduleBody(BaseModel):
    """Which report goes to whom, and when."""

    model_config = ConfigDict(extra="forbid")

    name: PersonName = Field(examples=["Early shift to the office"])
    equipment: PlantId = Field(description="The site, a line or a machine.", examples=["stamping"])
    period: Literal["shift", "day", "week", "month"] = Field(description="The last one that has ended when it is due.")
    cron: str = Field(
        max_length=100,
        pattern=ONE_LINE,
        description="Minute, hour, day of month, month, weekday, by the site's clock.",
        examples=["15 14 * * mon-fri"],
    )
    language: Literal["en", "zh"] = "en"
    format: Literal["pdf", "xlsx", "csv"] = "pdf"
    recipients: list[Address] = Field(min_length=1, max_length=50)
    active: bool = Field(True, description="false: nothing is sent any more.")

    @field_validator("cron")
    @classmethod
    def comes_true(cls, cron: str) -> str:
        """Five fields."""
        if not is_cron(cron):
            raise ValueError("Write five fields, such as '15 14 * * mon-fri': each working day at 14:15.")
        return " ".join(cron.split())


class ReportScheduleAnswer(ReportScheduleBody):
    """A schedule as it holds now."""

    id: UUID
    version: int
    person: str | None
    client: str
    at: Time
    next_due: Time | None = Field(description="null: none comes, or it is not active.")
    last_due: Time | None = Field(description="Of the last report that was made.")
    delivered_at: Time | None = Field(description="When the mail server took that one; null: not yet.")
    last_error: str | None = Field(description="What the mail server said to the last attempt.")
