"""What a tablet sends, and what became of it, as the API takes and tells it."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from mes.losses.models_edits import EditBody
from mes.maintenance.calls import CallKind
from mes.orders.quantities.models import ReasonId
from mes.people.models_people import PersonNumber
from mes.people.models_sign_on import Badge, Pin
from mes.quality.models import InspectionBody
from mes.web.bounds import LARGEST, LINES, Instant, PersonName, PlantId, Reason
from mes.web.models import Time
from mes.web.quantity import Amount

MOST_ENTRIES = 100
LARGEST_INT = 2**31 - 1


class Said(BaseModel):
    """What somebody entered; unknown keys are mistakes."""

    model_config = ConfigDict(extra="forbid")


class ScrapPart(Said):
    """So much scrap, and why."""

    quantity: Amount
    reason: ReasonId


class ReportSaid(Said):
    """Good parts and scrap in one step."""

    kind: Literal["report"]
    operation: UUID
    good: Amount | None = Field(None, description="Left out where there was none.", examples=["480"])
    scrap: list[ScrapPart] = Field([], max_length=20)


class CommandSaid(Said):
    """Start, pause, resume or complete an operation."""

    kind: Literal["command"]
    operation: UUID
    command: Literal["start", "pause", "resume", "complete"]
    reason: Annotated[str, Field(max_length=500, pattern=LINES)] = ""
    suspend: bool = False
    override: list[Literal["quantity", "inspections"]] = Field([], max_length=2)
    instead_of: UUID | None = Field(None, description="Of a start: the operation that gives its machine back.")
    seen: Annotated[int, Field(ge=0, le=LARGEST)] | None = Field(
        None, description="The operation's version that the person saw; another one by now is a conflict."
    )


class EditSaid(Said):
    """A reason of a stop, a comment, a split, merge or move of it; `by` of the edit is the entry's person."""

    kind: Literal["edit"]
    edit: EditBody


class InspectionSaid(Said):
    """The results of an inspection."""

    kind: Literal["inspection"]
    inspection: InspectionBody


class CallSaid(Said):
    """A call for help, or the end of one."""

    kind: Literal["call"]
    call: CallKind
    ends: UUID | None = Field(None, description="The open call that is over; left out to call.")


class SignOnSaid(Said):
    """Somebody signs on at the station that sends this; it is checked now, and holds since it was entered."""

    kind: Literal["sign_on"]
    badge: Badge | None = None
    number: PersonNumber | None = None
    pin: Pin | None = None


class SignOffSaid(Said):
    """Whoever the entry is by works here no longer."""

    kind: Literal["sign_off"]


EntrySaid = Annotated[
    ReportSaid | CommandSaid | EditSaid | InspectionSaid | CallSaid | SignOnSaid | SignOffSaid,
    Field(discriminator="kind"),
]


class EntryBody(BaseModel):
    """One entry, made once however often it is sent."""

    model_config = ConfigDict(extra="forbid")

    id: UUID = Field(description="Chosen by the tablet.")
    seq: Annotated[int, Field(ge=1, le=LARGEST, description="Rises with each entry of the tablet.")]
    machine: PlantId
    by: PersonName | None = Field(
        None,
        description="Name or personnel number of who was signed on; left out where `sign_on` says it.",
        examples=["0417"],
    )
    sign_on: UUID | None = Field(None, description="The entry by which the person signed on.")
    made: Instant = Field(description="When it was entered, by the tablet's clock.")
    offset_ms: Annotated[int, Field(ge=-LARGEST, le=LARGEST)] | None = Field(
        None,
        description="Our clock less the tablet's, as the tablet knew it then. Where it is another one by now, the "
        "tablet's clock was set in between, and a person says when it was.",
    )
    touches: Annotated[int, Field(ge=0, le=10_000)] = 0
    took_ms: Annotated[int, Field(ge=0, le=LARGEST_INT)] = 0
    said: EntrySaid


class BatchBody(BaseModel):
    """Entries of one tablet, in the order in which they were made."""

    model_config = ConfigDict(extra="forbid")

    device: UUID = Field(description="Chosen by the tablet once.")
    now: Instant = Field(description="The tablet's clock as it sends this.")
    entries: Annotated[list[EntryBody], Field(min_length=1, max_length=MOST_ENTRIES)]


class EntryProblem(BaseModel):
    """Why an entry could not be carried out."""

    status: int = Field(examples=[412])
    detail: str
    cure: str


class EntryResult(BaseModel):
    """What became of an entry: `blocked` ones wait for the conflict before them, and are to be sent again."""

    id: UUID
    status: Literal["applied", "repeated", "conflict", "blocked"]
    problem: EntryProblem | None = None


class BatchAnswer(BaseModel):
    """One result an entry, in their order."""

    now: Time = Field(description="Our clock.")
    results: list[EntryResult]


class ConflictAnswer(BaseModel):
    """An entry that waits for a person: what was meant, and what stands against it."""

    id: UUID
    machine: str
    said: dict[str, Any] = Field(description="What was entered, as it was sent; never a badge or PIN.")
    problem: EntryProblem
    person: str
    client: str
    at: Time = Field(description="When it was entered.")
    received_at: Time


class ConflictsAnswer(BaseModel):
    """Entries that wait for a person, the oldest first."""

    items: list[ConflictAnswer]


class ResolveBody(BaseModel):
    """What becomes of an entry."""

    model_config = ConfigDict(extra="forbid")

    decision: Literal["apply", "discard"]
    why: Reason = Field(examples=["asked Li Wei"])
    at: Instant | None = Field(None, description="Of an entry whose tablet had its clock set: when it was.")


class ResolvedAnswer(BaseModel):
    """What became of an entry."""

    id: UUID
    decision: Literal["applied", "discarded"]
    why: str
