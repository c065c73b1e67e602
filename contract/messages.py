"""The two small messages beside the frame, acknowledgement and status; and the key of a broken frame. Pure."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from contract.frame import Epoch, Name, Seq


class Ack(BaseModel):
    """Frames the database holds: `ranges` of (epoch, first seq, last seq), both ends included."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    v: Literal[1] = 1
    ranges: Annotated[list[tuple[Epoch, Seq, Seq]], Field(min_length=1)]


class NodeState(StrEnum):
    """Whether an edge agent is connected to the broker."""

    ONLINE = "online"
    OFFLINE = "offline"


class Status(BaseModel):
    """Retained birth, clean end or last will of an edge agent; `at_us` is its own clock when it connected."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    v: Literal[1] = 1
    node: Name
    state: NodeState
    epoch: Epoch
    at_us: Annotated[int, Field(ge=0)]


class Claim(BaseModel):
    """An agent's claim to its node's name; `instance` is one process, with its computer's name for people."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    v: Literal[1] = 1
    node: Name
    epoch: Epoch
    instance: Annotated[str, Field(min_length=1, max_length=200)]
    settled: bool


class Key(BaseModel):
    """What names a frame, whatever else is in it."""

    model_config = ConfigDict(frozen=True, strict=True)

    # A frame of a later version is not broken: its edge keeps it until this side has been updated.
    v: Literal[1] = 1
    node: Name
    epoch: Epoch
    seq: Seq


def key_of(payload: bytes) -> tuple[str, int, int] | None:
    """(node, epoch, seq) of a frame that breaks the contract elsewhere; None when they cannot be read."""
    try:
        key = Key.model_validate_json(payload)
    except ValidationError:
        return None
    return key.node, key.epoch, key.seq


def ranges_of(keys: set[tuple[int, int]]) -> list[tuple[int, int, int]]:
    """The fewest (epoch, first, last) that cover exactly these (epoch, seq)."""
    ranges: list[tuple[int, int, int]] = []
    for epoch, seq in sorted(keys):
        if ranges and ranges[-1][0] == epoch and ranges[-1][2] == seq - 1:
            ranges[-1] = (epoch, ranges[-1][1], seq)
        else:
            ranges.append((epoch, seq, seq))
    return ranges
