"""What a machine's PLC shows: the raw number of each tag, before states map, scale and offset. Pure."""

import struct
from random import Random

from config.device import Machine as MachineConfig
from config.device import Role, Tag
from simulator.machine import Event, Machine
from simulator.pace import Pace
from simulator.process import gauge_of

Raw = int | float
INTEGER_RANGE = {
    "int16": (-(2**15), 2**15 - 1),
    "uint16": (0, 2**16 - 1),
    "int32": (-(2**31), 2**31 - 1),
    "uint32": (0, 2**32 - 1),
    "int64": (-(2**63), 2**63 - 1),
    "uint64": (0, 2**64 - 1),
    "bcd16": (0, 9_999),
    "bcd32": (0, 99_999_999),
}


class Panel:
    """The tags of one machine; process values move when they are told to."""

    def __init__(self, config: MachineConfig, machine: Machine, seed: str, pace: Pace) -> None:
        self.config = config
        self.machine = machine
        self.device = config.device
        self._codes = {
            tag.name: {word: code for code, word in reversed(tag.states.items())} for tag in config.read_tags
        }
        self._products = {
            tag.name: {word: code for code, word in reversed(tag.products.items())} for tag in config.read_tags
        }
        self._gauges = {
            tag.name: gauge_of(tag, Random(f"{seed}/{config.id}/{tag.name}"), pace)  # noqa: S311  - to look at
            for tag in config.read_tags
            if tag.role in (Role.PROCESS_VALUE, Role.CYCLE_TIME)
        }
        self._tags: dict[str, tuple[Tag, ...]] = {
            "state": (*self._with(Role.STATE), *self._with(Role.ALARM_WORD)),
            "product": self._with(Role.PRODUCT),
            "part": tuple(tag for tag in config.read_tags if tag.is_counter),
            "reset": tuple(tag for tag in config.read_tags if tag.is_counter),
            "values": (*self._with(Role.PROCESS_VALUE), *self._with(Role.CYCLE_TIME)),
        }

    def _with(self, role: Role) -> tuple[Tag, ...]:
        return tuple(tag for tag in self.config.read_tags if tag.role is role)

    def touched(self, event: Event) -> tuple[Tag, ...]:
        """The tags that an event may have changed."""
        return self._tags[event.kind]

    def move(self, seconds: float) -> None:
        """Let time pass for the process values."""
        for gauge in self._gauges.values():
            gauge.move(seconds, self.machine.state)

    def raw(self, tag: Tag) -> Raw:
        """The number that the PLC shows for one of its tags."""
        if tag.role is Role.STATE:
            # A PLC without a word for it keeps the first of its codes.
            return self._codes[tag.name].get(self.machine.shown, next(iter(tag.states)))
        if tag.role is Role.ALARM_WORD:
            return (1 << min(tag.alarms)) * (self.machine.shown == "down")
        if tag.role is Role.ORDER:
            return 0
        if tag.role is Role.PRODUCT:
            return self._products[tag.name][self.machine.product]
        if tag.is_counter:
            return self.machine.counters[tag.role].value
        return shown_number(tag, self._gauges[tag.name].value)


def shown_number(tag: Tag, value: float) -> Raw:
    """A process value as the PLC holds it: unscaled, rounded and bounded as its type demands."""
    raw = (value - tag.offset) / tag.scale
    if tag.type == "bool":
        return int(value > 50)
    if tag.type in INTEGER_RANGE:
        low, high = INTEGER_RANGE[tag.type]
        return min(max(round(raw), low), high)
    rounded = round(raw, 3)
    if tag.type == "float32":
        return float(struct.unpack("<f", struct.pack("<f", rounded))[0])
    return rounded
