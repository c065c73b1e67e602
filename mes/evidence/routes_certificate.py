"""/api/v1/audit: the loss certificate."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from contract.gap import Cause
from contract.sample import from_us, to_us
from mes.evidence.certificate_text import values_of
from mes.evidence.store_certificate import ask_async, certify
from mes.web.bounds import PlantId
from mes.web.context import LEND_S, TheContext
from mes.web.windows import From, To, given_window
from mes.web.workers import HeavyRoute

router = APIRouter(tags=["audit"], route_class=HeavyRoute)
BEGIN = Field(alias="from", description="UTC.", examples=["2026-01-31T06:00:00Z"])
END = Field(description="UTC.", examples=["2026-01-31T14:00:00Z"])


class Numbers(BaseModel):
    """Samples; produced = stored + refused + dropped + missing + awaited + unaccounted."""

    produced: int = Field(description="Numbered by the agent.", examples=[120_000])
    stored: int = Field(description="In the database.", examples=[119_240])
    refused: int = Field(
        description="In messages that broke the contract, kept in table rejected_message.", examples=[0]
    )
    dropped: int = Field(description="Given up by a full journal, as the agent counted them.", examples=[700])
    missing: int = Field(description="In frames that were skipped.", examples=[60])
    awaited: int = Field(description="Numbered by an agent's earlier life and not yet here.", examples=[0])
    held_out: int = Field(description="Of those stored: with a time that cannot be true.", examples=[0])
    regained: int = Field(
        description="Of those stored: given up by an agent to which the acknowledgement had not come.", examples=[0]
    )
    unaccounted: int = Field(description="0, or the account does not add up.", examples=[0])
    counted: int | None = Field(description="Rows of table sample; null unless count=true.", examples=[None])
    known: Literal["whole", "so_far", "at_least"] = Field(
        description="How far produced is known: whole; so_far: the agent goes on; at_least: nobody knows how far an "
        "earlier life had numbered.",
        examples=["so_far"],
    )
    adds_up: bool = Field(examples=[True])


class GapAnswer(BaseModel):
    """Numbers of an epoch that are not in the ledger, between the edge times of the frames beside them."""

    model_config = ConfigDict(populate_by_name=True)

    cause: Literal["refused", "dropped", "missing", "awaited", "miscounted"] = Field(examples=["missing"])
    first_seq: int = Field(examples=[4_001])
    last_seq: int = Field(examples=[4_003])
    samples: int = Field(description="What the frames beside it leave for it.", examples=[60])
    from_: datetime | None = BEGIN
    to: datetime | None = END


class EpochAnswer(Numbers):
    """One life of an agent: its numbers after `after_seq` up to `last_seq`."""

    epoch: int = Field(examples=[191_000_000])
    after_seq: int = Field(examples=[0])
    last_seq: int = Field(examples=[9_000])
    gaps: list[GapAnswer]


class NodeAccount(Numbers):
    """One edge."""

    node: str = Field(examples=["edge-1"])
    never_numbered: int = Field(description="Dropped on a full disk before they had a number.", examples=[0])
    epochs: list[EpochAnswer]


class CollectionGapAnswer(BaseModel):
    """A span in which something was not read or not kept, as the agent told it."""

    model_config = ConfigDict(populate_by_name=True)

    node: str = Field(examples=["edge-1"])
    cause: Cause = Field(examples=["device_away"])
    device: str = Field(description="Empty: the whole node.", examples=["press-1-plc"])
    from_: datetime = BEGIN
    to: datetime | None = Field(description="UTC; null while it lasts.", examples=["2026-01-31T06:02:00Z"])
    series: list[str] = Field(description="machine/tag.", examples=[["press-1/state", "press-1/total"]])
    lost: int = Field(description="Samples that were read and given up.", examples=[0])
    epoch: int = Field(description="Of the frames that were given up, or of the life that ended; else 0.", examples=[0])
    first_seq: int = Field(examples=[0])
    last_seq: int = Field(examples=[0])


class AuditAnswer(BaseModel):
    """The loss certificate of a window."""

    model_config = ConfigDict(populate_by_name=True)

    from_: datetime = BEGIN
    to: datetime = END
    adds_up: bool = Field(description="Every account does.", examples=[True])
    nodes: list[NodeAccount]
    collection_gaps: list[CollectionGapAnswer] = Field(description="The oldest first, at most 500.")
    more_collection_gaps: bool = Field(description="There are more: ask for a shorter window.", examples=[False])


@router.get("/audit")
async def audit(
    context: TheContext,
    from_: From,
    to: To,
    node: Annotated[PlantId | None, Query(description="Only this edge; left out: all.", examples=["edge-1"])] = None,
    count: Annotated[
        bool, Query(description="Count the rows of table sample too: reads all samples of the window.")
    ] = False,
) -> AuditAnswer:
    """The loss certificate: how many samples each edge produced, and where each of them is.

    A frame belongs to the window when it was read within it, by the edge's time; exactly: the numbers of an epoch after
    the last one read before `from`, up to the last one read before `to`. Windows that touch add up.
    """
    start, end = given_window(from_, to, to_us(datetime.now(UTC)))
    async with context.pool.connection(LEND_S) as conn:
        made = await ask_async(conn, certify(from_us(start), from_us(end), node, count))
    return AuditAnswer.model_validate(values_of(made))
