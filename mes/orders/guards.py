"""What the state of an operation allows and something else forbids, and what will come of nothing. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from config.device import Role
from config.plant import Plant
from mes.orders.operation_states import COMPLETED, Command, Condition, allowed
from mes.orders.wish import counting_machine, has_counter

BEGINS = (Command.START, Command.RESUME)


class Block(StrEnum):
    """What forbids a command."""

    HELD = "held"
    OCCUPIED = "occupied"
    NOT_CONFIRMED = "not_confirmed"
    CONFIRMED = "confirmed"


class Caution(StrEnum):
    """What stops nothing, and should be known."""

    PRODUCT_NOT_TOLD = "product_not_told"


@dataclass(frozen=True, slots=True)
class Guards:
    """What stands in the way of operations: why something is held, by its kind and id; whose run each machine has, with
    its order; which operations were confirmed for good."""

    held: Mapping[tuple[str, str], str] = field(default_factory=dict)
    running: Mapping[str, tuple[UUID, str]] = field(default_factory=dict)
    final: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Subject:
    """An operation as guards see it; `machine` is the one whose parts are its."""

    id: UUID
    order: str
    machine: str | None
    condition: Condition

    @property
    def held_by(self) -> tuple[tuple[str, str], ...]:
        """What of it can be held."""
        place = (("machine", self.machine),) if self.machine else ()
        return (("order", self.order), ("operation", str(self.id)), *place)


def blocked(one: Subject, guards: Guards) -> dict[Command, tuple[Block, str]]:
    """Commands that the state allows and that would be refused, each with why."""
    found = {command: _block(command, one, guards) for command in allowed(one.condition)}
    return {command: block for command, block in found.items() if block is not None}


def _block(command: Command, one: Subject, guards: Guards) -> tuple[Block, str] | None:
    if command in BEGINS:
        for kind, subject in one.held_by:
            if (kind, subject) in guards.held:
                return Block.HELD, f"The {kind} '{subject}' is held: {guards.held[kind, subject]}."
        other = guards.running.get(one.machine or "")
        if other is not None and other[0] != one.id:
            return Block.OCCUPIED, f"Order '{other[1]}' runs on '{one.machine}': complete or suspend it first."
    if one.condition == COMPLETED and command is Command.CLOSE and one.id not in guards.final:
        return Block.NOT_CONFIRMED, "Its final confirmation is missing."
    if one.condition == COMPLETED and command is Command.REOPEN and one.id in guards.final:
        return Block.CONFIRMED, "Its final confirmation has to be reversed first."
    return None


def cautions(plant: Plant, product: str, machine: str | None, line: str | None) -> Iterable[tuple[Caution, str]]:
    """What will come of nothing where a counter counts an operation of this product at this place."""
    counting = counting_machine(plant, machine, line)
    tags = [one.tag_of(Role.PRODUCT) for one in plant.machines if one.id == counting]
    tag = tags[0] if tags else None
    if tag is None or not has_counter(plant, machine, line) or product in tag.products.values():
        return
    yield (
        Caution.PRODUCT_NOT_TOLD,
        f"Tag '{tag.name}' of '{counting}' has no code for product '{product}': no part that is counted there is its. "
        "Add the code to the plant file, or let the operator count (count_source).",
    )
