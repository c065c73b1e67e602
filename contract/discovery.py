"""What mes asks an edge agent to look for, what it answers, and the plant file that mes hands on. Pure.

An agent reads only: it looks which addresses a Modbus device lets itself be asked, or walks an OPC UA server.
"""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from contract.frame import Name

MOST_ROWS = 20_000
ROWS_A_MESSAGE = 200
RequestId = Annotated[str, Field(pattern=r"^[0-9a-f-]{36}$")]


class Ask(BaseModel):
    """Look at a device; `stop` ends what is going on. `device` has the keys of a device of the plant file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    v: Literal[1] = 1
    id: RequestId
    action: Literal["scan", "browse", "stop"]
    device: Annotated[dict[str, Any], Field(max_length=40)] = {}
    table: Literal["coil", "discrete", "holding", "input"] = "holding"
    first: Annotated[int, Field(ge=0, le=65_535)] = 0
    last: Annotated[int, Field(ge=0, le=65_535)] = 199


class Answer(BaseModel):
    """A part of what was found, in order; the last one is `done`, with what went wrong in `trouble`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    v: Literal[1] = 1
    id: RequestId
    node: Name
    part: Annotated[int, Field(ge=0)]
    progress: Annotated[str, Field(max_length=300)] = ""
    columns: Annotated[tuple[str, ...], Field(max_length=20)] = ()
    rows: Annotated[list[list[str]], Field(max_length=ROWS_A_MESSAGE)] = []
    done: bool = False
    trouble: Annotated[str, Field(max_length=500)] = ""


class PlantMessage(BaseModel):
    """Retained: the plant file that was applied last."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    v: Literal[1] = 1
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    text: Annotated[str, Field(max_length=2_000_000)]
