"""What every rule of the plant file has."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from config.device import Id, Name, Strict

# A link that a page may show: another scheme could run a script.
Document = Annotated[str, Field(pattern=r"^(https?://|/)[^\s<>\"']{1,500}$")]


class Priority(StrEnum):
    """ISA-18.2 priorities; about 80 % low, 15 % medium, 5 % high is a healthy mix."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Rule(Strict):
    """What every rule has; `machines` empty means all machines.

    `owner` is the escalation policy that calls people until somebody acknowledges. `cause` is what is usually behind
    it, `corrective_action` what is to be done, a line a step: both are shown with the alarm. `confirm`: somebody says
    that the cure has worked before the alarm is over. `latch`: it stays until somebody resets it. `suppressed_by`:
    while an alarm of one of these rules stands, an alarm of this one only follows from it, and nobody is called.
    `document`: where a drawing or an instruction is found, https://... or a path of this server.
    `request`: whether an alarm opens a maintenance request; None: all but those of order_late do.
    """

    id: Id
    machines: tuple[Id, ...] = ()
    priority: Priority = Priority.MEDIUM
    owner: Id | None = None
    notify: tuple[Id, ...] = ()
    cause: Name | None = None
    corrective_action: tuple[Name, ...] = ()
    document: Document | None = None
    confirm: bool = False
    latch: bool = False
    suppressed_by: tuple[Id, ...] = ()
    request: bool | None = None
