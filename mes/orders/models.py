"""Orders and operations as the API takes and tells them."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.orders.binding import Binding
from mes.orders.guards import Block, Caution
from mes.orders.operation_states import Command, State, Substate
from mes.orders.products.models import Method
from mes.orders.wish import OrderFields
from mes.web.bounds import LINES, Instant, PlantId
from mes.web.models import Time
from mes.web.quantity import Amount, Quantity

Text = Annotated[str, Field(max_length=500, pattern=LINES)]


class OrderBody(OrderFields):
    """An order as the ERP sends it; exactly one of machine and line."""


class CommandBody(BaseModel):
    """What goes with a command; everything may be left out."""

    model_config = ConfigDict(extra="forbid")

    at: Instant | None = Field(None, description="When it happened; now where left out. Never in the future.")
    until: Instant | None = Field(
        None, description="Of a start or resume with `at`: when that run was over; it is suspended since then."
    )
    reason: Text = Field("", description="Why; needed to pause and to abort.", examples=["tool change"])
    suspend: bool = Field(False, description="Of a pause: give the machine back, so that another order may run there.")
    override: list[Literal["quantity", "inspections"]] = Field(
        [], max_length=2, description="Of a completion: what is missing and shall not stop it.", examples=[["quantity"]]
    )
    moves: UUID | None = Field(
        None, description="Of a start: the operation whose run there ends at this instant; else that is a conflict."
    )


class MoveTransitionBody(BaseModel):
    """Another instant for a transition that is in the log."""

    model_config = ConfigDict(extra="forbid")

    seq: Annotated[int, Field(ge=1, le=100_000, description="Which entry of the log.", examples=[3])]
    at: Instant
    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=LINES, examples=["pressed too late"])]


class UndoBody(BaseModel):
    """The last transition is taken back."""

    model_config = ConfigDict(extra="forbid")

    reason: Annotated[str, Field(min_length=1, max_length=500, pattern=LINES, examples=["wrong order"])]


class SplitOperationBody(BaseModel):
    """So much of an operation is to be made elsewhere."""

    model_config = ConfigDict(extra="forbid")

    quantity: Amount = Field(description="Less than what is still to be made.", examples=["500"])
    machine: PlantId | None = None
    line: PlantId | None = None


class PlanOperationBody(BaseModel):
    """Where an operation stands among those of its place, and when it is planned."""

    model_config = ConfigDict(extra="forbid")

    sequence: Annotated[int, Field(ge=-1_000_000, le=1_000_000, description="The lower one is first.")] = 0
    planned_from: Instant | None = None
    planned_to: Instant | None = None


class Progress(BaseModel):
    """How far something is; refreshed with every change of facts while it runs."""

    good: Quantity | None = Field(description="Good parts; null: not begun, or not counted.", examples=["1204"])
    rate_per_hour: float | None = Field(description="Good parts an hour lately; null while unknown.", examples=[1650.0])
    expected_low: Time | None = Field(description="Nine of ten end between this and `expected_high`.")
    expected_end: Time | None = Field(description="The most likely end; null while nobody can know.")
    expected_high: Time | None
    late_by_s: float | None = Field(description="Expected end after due_at, in seconds.", examples=[-420.0])
    late: bool | None = Field(
        description="Whether it counts as late, with a band against flapping: from 5 minutes, or a twentieth of the "
        "time until its end, after due_at until it is expected before due_at. null: not known.",
        examples=[False],
    )
    binding: Binding | None = Field(description="What a late one waits for.")
    as_of: Time | None = Field(description="When the progress was computed.")


class Blocked(BaseModel):
    """A command that the state allows and that would be refused now."""

    command: Command
    by: Block
    why: str = Field(examples=["Order 'WO-7' runs on 'press-1': complete or suspend it first."])


class OperationWarning(BaseModel):
    """What stops nothing, and should be known."""

    kind: Caution
    text: str


class OperationAnswer(Progress):
    """A step of an order at one machine or line."""

    id: UUID
    step: int = Field(examples=[10])
    part: int = Field(description="1, or more for what was split off.", examples=[1])
    machine: str | None
    line: str | None = Field(examples=["stamping"])
    quantity: Quantity = Field(examples=["2000"])
    state: State
    substate: Substate
    allowed: list[Command] = Field(description="What can be asked of it now.")
    blocked: list[Blocked] = Field(description="What its state allows and something else forbids now, and why.")
    warnings: list[OperationWarning] = Field(
        description="While it is open. `product_not_told`: no code of the machine's product tag is its product, so no "
        "counted part is its."
    )
    sequence: int
    planned_from: Time | None
    planned_to: Time | None
    begun_at: Time | None
    ended_at: Time | None
    split_of: UUID | None
    method: Method | None = Field(description="How it is made, copied at release; null before.")
    method_hash: str | None = Field(description="SHA-256 over the method as canonical JSON.")
    version: int = Field(description="It rises with each change, not with progress; the ETag has it.")


class OrderAnswer(Progress):
    """An order with its operations; its state and progress are those of its operations together."""

    id: str = Field(examples=["WO-1042"])
    product: str = Field(examples=["bracket-a"])
    quantity: Quantity = Field(examples=["2000"])
    unit: str = Field(description="UN/ECE Recommendation 20.", examples=["C62"])
    due_at: Time | None = Field(description="null: impossible, so no progress is told; PUT a right one.")
    machine: str | None
    line: str | None = Field(examples=["stamping"])
    priority: int
    customer_reference: str | None
    project: str | None
    external_system: str | None
    external_number: str | None
    confirm_every: Quantity | None
    state: State = Field(description="Running from the first start until all operations have ended.")
    substate: Substate
    begun_at: Time | None
    ended_at: Time | None
    person: str | None = Field(description="Who changed it last, where that was a person.")
    client: str = Field(description="The program that changed it last.", examples=["erp"])
    version: int = Field(description="It rises with each change of the order or an operation; the ETag has it.")
    operations: list[OperationAnswer]


class TransitionAnswer(BaseModel):
    """An entry of an operation's log; none is ever changed."""

    seq: int
    command: Command
    state: State
    substate: Substate
    at: Time = Field(description="When it happened.")
    reason: str
    undoes: int | None = Field(description="The entry that it takes back.")
    person: str | None
    client: str
    recorded_at: Time = Field(description="When it was told.")
