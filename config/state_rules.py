"""How a machine's state is made of several tags, as written in the plant file."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer, PlainValidator

from config.expression import Expression, parse_expression

StateWord = Literal["running", "idle", "starved", "blocked", "down", "setup", "stopped", "maintenance"]
Condition = Annotated[
    Expression, PlainValidator(parse_expression), PlainSerializer(lambda made: made.text, when_used="json")
]


class StateRule(BaseModel):
    """While the condition holds, and no rule above it does, the machine's state is this word."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    condition: Annotated[Condition, Field(alias="if")]
    word: Annotated[StateWord, Field(alias="then")]
