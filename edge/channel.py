"""A tag of a machine as the agent reads it, and raw numbers → values and qualities. Pure, vectorised."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar, cast

import numpy as np

from config.device import Device, Role, Tag
from config.plant import Plant
from contract.sample import TEXT, Quality, State

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Ints = np.ndarray[tuple[int], np.dtype[np.int64]]
Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]
# As plain numbers: what is looked up in an enum for each poll costs more than the sum that it is for.
GOOD, UNCERTAIN, BAD = int(Quality.GOOD), int(Quality.UNCERTAIN), int(Quality.BAD)
STATES = {word: float(State[word.upper()]) for word in ("running", "idle", "starved", "blocked", "down")}
STATES |= {word: float(State[word.upper()]) for word in ("setup", "stopped", "maintenance")}


@dataclass(frozen=True, slots=True)
class Channel:
    """One tag of one machine on one device; no_data_after is its machine's."""

    machine: str
    tag: Tag
    no_data_after: timedelta

    @property
    def series(self) -> str:
        """Its name in a frame."""
        return f"{self.machine}/{self.tag.name}"

    @property
    def vital(self) -> bool:
        """True for what the KPIs are made of: states, counters, products."""
        return self.tag.role is not Role.PROCESS_VALUE


def channels_of(plant: Plant, device: Device) -> tuple[Channel, ...]:
    """All channels of a device, machine by machine."""
    return tuple(
        Channel(machine.id, tag, machine.no_data_after)
        for machine in plant.machines
        if machine.device == device.id
        for tag in machine.tags
    )


Array = TypeVar("Array", bound=np.ndarray[tuple[int], Any])


def joined(parts: Sequence[Array]) -> Array:
    """The columns of several sources as one; of one source it is itself."""
    return parts[0] if len(parts) == 1 else cast(Array, np.concatenate(parts))


class Impossible:
    """What the plant file says no value of some tags can be: `invalid` raw numbers, values beyond `min` and `max`."""

    def __init__(self, tags: Sequence[Tag]) -> None:
        self.least = np.array([-np.inf if tag.min is None else tag.min for tag in tags], np.float64)
        self.most = np.array([np.inf if tag.max is None else tag.max for tag in tags], np.float64)
        self.bounded = bool(np.isfinite(self.least).any() or np.isfinite(self.most).any())
        # A device's number of 32 bits is not the one that is written with a point, but the nearest that it has.
        self.invalid = [
            (i, {float(np.float32(number)) if tag.type == "float32" else number for number in tag.invalid})
            for i, tag in enumerate(tags)
            if tag.invalid
        ]

    @classmethod
    def joined(cls, parts: Sequence["Impossible"], starts: Sequence[int]) -> "Impossible":
        """Of the tags of all, one after the other, each from its place in `starts` on."""
        made = cls(())
        made.least, made.most = joined([part.least for part in parts]), joined([part.most for part in parts])
        made.bounded = any(part.bounded for part in parts)
        made.invalid = [
            (start + i, numbers) for part, start in zip(parts, starts, strict=True) for i, numbers in part.invalid
        ]
        return made

    def among(self, raw: Floats, value: Floats) -> Bools:
        """Which numbers cannot be; each with what the device shows and with what it means."""
        found = np.zeros(raw.size, np.bool_)
        if self.bounded:
            found = (value < self.least) | (value > self.most)
        for i, numbers in self.invalid:
            found[i] |= float(raw[i]) in numbers
        return found


class Meaning:
    """What the raw numbers of some channels mean."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self.scale = np.array([channel.tag.scale for channel in channels], np.float64)
        self.offset = np.array([channel.tag.offset for channel in channels], np.float64)
        self.impossible = Impossible([channel.tag for channel in channels])
        # Which are state codes, and what each code means.
        self.coded: list[tuple[int, dict[float, float]]] = [
            (i, {float(code): STATES[word] for code, word in channel.tag.states.items()})
            for i, channel in enumerate(channels)
            if channel.tag.role is Role.STATE
        ]
        self.text = np.array([TEXT * (channel.tag.type == "string") for channel in channels], np.int64)

    @classmethod
    def joined(cls, parts: Sequence["Meaning"]) -> "Meaning":
        """Of the channels of all, one after the other."""
        if len(parts) == 1:
            return parts[0]
        starts = [0, *np.cumsum([part.scale.size for part in parts[:-1]]).tolist()]
        made = cls(())
        made.scale, made.offset = joined([part.scale for part in parts]), joined([part.offset for part in parts])
        made.impossible = Impossible.joined([part.impossible for part in parts], starts)
        made.coded = [
            (start + i, states) for part, start in zip(parts, starts, strict=True) for i, states in part.coded
        ]
        made.text = joined([part.text for part in parts])
        return made

    def values(self, raw: Floats, quality: Ints) -> tuple[Floats, Ints, list[tuple[int, int]]]:
        """Values (nan where BAD), qualities, and the state codes that the plant file does not know: (channel, code).

        State codes become `State`; counters and products stay as they are; process values are raw x scale + offset.
        A number that is not finite, or that the plant file says cannot be, is BAD.
        The number of a text stays as it is, with TEXT added to its quality.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            value = raw * self.scale + self.offset
        bad = (quality == BAD) | ~np.isfinite(value) | self.impossible.among(raw, value)
        unknown = []
        for i, states in self.coded:
            if bad[i]:
                continue
            code = float(raw[i])
            # A number with a fraction is no code, and 6.0 is 6.
            state = states.get(code)
            if state is None:
                unknown.append((i, int(code)))
                bad[i] = True
            else:
                value[i] = state
        if not bad.any():
            return value, quality + self.text, unknown
        value[bad] = np.nan
        return value, np.where(bad, BAD, quality + self.text), unknown
