"""What a machine's PLC shows: the raw number of each tag, before states map, scale and offset. Pure."""

import struct
from random import Random

from config.device import Machine as MachineConfig
from config.device import Role, Tag
from simulator.inputs import shown_for_words
from simulator.machine import Event, Machine
from simulator.pace import Pace
from simulator.process import gauge_of

Raw = int | float | str
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
        state = config.tag_of(Role.STATE)
        # What the tags show that a state is made of, by its word.
        self._shown = shown_for_words(state, config.tags) if state is not None and state.made else {}
        inputs = {name for shown in self._shown.values() for name in shown}
        self._gauges = {
            tag.name: gauge_of(tag, Random(f"{seed}/{config.id}/{tag.name}"), pace)  # noqa: S311  - to look at
            for tag in config.read_tags
            if tag.role in (Role.PROCESS_VALUE, Role.CYCLE_TIME) and tag.name not in inputs
        }
        self._tags: dict[str, tuple[Tag, ...]] = {
            "state": tuple(
                tag for tag in config.read_tags if tag.role in (Role.STATE, Role.ALARM_WORD) or tag.name in inputs
            ),
            "product": self._with(Role.PRODUCT),
            "part": tuple(tag for tag in config.read_tags if tag.is_counter),
            "reset": tuple(tag for tag in config.read_tags if tag.is_counter),
            "values": tuple(tag for tag in config.read_tags if tag.name in self._gauges),
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
        """The number or text that the PLC shows for one of its tags."""
        match tag.role:
            case Role.STATE:
                # A PLC without a word for it keeps the first of its codes.
                shown: Raw = self._codes[tag.name].get(self.machine.shown, next(iter(tag.states)))
            case Role.ALARM_WORD:
                shown = (1 << min(tag.alarms)) * (self.machine.shown == "down")
            case Role.ORDER:
                shown = 0
            case Role.PRODUCT:
                shown = self._products[tag.name][self.machine.product]
            case _ if tag.is_counter:
                shown = self.machine.counters[tag.role].value
            case _ if tag.name in self._gauges:
                shown = shown_number(tag, self._gauges[tag.name].value)
            case _:
                shown = self._input(tag)
        return shown

    def _input(self, tag: Tag) -> Raw:
        """What a tag shows that the state is made of; where no values make the word, those of another."""
        value = (self._shown.get(self.machine.shown) or next(iter(self._shown.values())))[tag.name]
        return value if isinstance(value, str) else round(((value or 0.0) - tag.offset) / tag.scale)


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
