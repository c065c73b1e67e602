"""Audit entries as the API tells them."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field

from mes.web.models import Time


class AuditEntry(BaseModel):
    """One act."""

    position: int = Field(description="Dense, in the order in which acts were sealed.", examples=[4711])
    id: UUID
    person: str | None = Field(description="Who was named; null for a program on its own.", examples=["Li Wei"])
    client: str = Field(description="The program.", examples=["erp"])
    at: Time
    action: str = Field(examples=["release"])
    subject: str = Field(examples=["order/WO-1042"])
    before: dict[str, Any] | None = Field(description="What changed, as it was; null where nothing was.")
    after: dict[str, Any] | None = Field(description="And as it is since.")
    intact: bool = Field(
        description="Whether the entry is as it was sealed and follows the one before it; "
        "`shopfloor audit-entries` checks all of them at once."
    )
