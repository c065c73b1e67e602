"""Many orders in one request, and what became of each."""

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema

from mes.orders.wish import OrderFields, OrderName
from mes.web.problems import ProblemBody

MOST_ROWS = 1000


class OrderRow(OrderFields):
    """An order of a batch: with its id."""

    id: OrderName = Field(examples=["WO-1042"])


class BulkBody(BaseModel):
    """Rows are checked one by one: a wrong one stops no other."""

    model_config = ConfigDict(extra="forbid")

    rows: Annotated[
        list[Annotated[Any, WithJsonSchema({"type": "object"})]],
        Field(
            min_length=1,
            max_length=MOST_ROWS,
            description="Each an order with its `id`, as PUT /api/v1/orders/{id} takes it.",
            examples=[
                [
                    {
                        "id": "WO-1042",
                        "product": "bracket-a",
                        "quantity": "2000",
                        "due_at": "2026-12-01T14:00:00Z",
                        "line": "stamping",
                    }
                ]
            ],
        ),
    ]


class RowAnswer(BaseModel):
    """What became of a row."""

    index: int = Field(description="Its place among the rows, from 0.", examples=[0])
    key: str | None = Field(description="The order's id, null where the row has none.", examples=["WO-1042"])
    status: int = Field(description="201 made, 200 changed or as it was, 409 or 422 not taken.", examples=[201])
    problem: ProblemBody | None = Field(description="Why it was not taken and what to do; null where it was.")


class BulkAnswer(BaseModel):
    """What became of each row, in their order."""

    dry_run: bool = Field(description="true: all was done to see what comes of it, and nothing of it was kept.")
    taken: int = Field(description="How many rows were taken.", examples=[1])
    rows: list[RowAnswer]
