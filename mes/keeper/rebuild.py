"""Samples around a dirty span → the facts inside it, and where that inside begins and ends. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from config.device import Machine, Role, Tag
from contract.sample import MICROSECOND
from mes.facts.counters import counts, doubted, model_of, steps
from mes.facts.model import HIGHEST, Int64, Span, Steps
from mes.facts.outages import outages_of
from mes.facts.plausible import reach_us
from mes.facts.source_tags import is_text
from mes.facts.tape import Readings, Tape, canonical, product_tape, state_tape
from mes.keeper.difference import COLUMNS, Doubt, Patch

NO_PRODUCT = -1


@dataclass(frozen=True, slots=True)
class Region:
    """One series of a machine with a dirty span; `counter` is total, good, scrap, rework, or empty.

    `shortest_cycle_us` is the machine's shortest ideal cycle; `heard_us` is the instant of its newest sample of all, or
    anything lower while that cannot make a counter silent.

    Without a `floor`, facts before the first sample stay: the samples they came from may have been dropped.
    With one, facts from the floor on that no sample supports are taken away, as after a change of the plant file.
    `continues`: a counter has facts before its first sample, so that one is not the first of all.
    """

    machine: Machine
    tag: Tag
    counter: str
    series: int
    span: Span
    shortest_cycle_us: int
    floor: int | None = None
    heard_us: int = 0
    continues: bool = False

    @property
    def silence_us(self) -> int:
        """The machine's no_data_after."""
        return self.machine.no_data_after // MICROSECOND

    @property
    def memory_us(self) -> int:
        """How long before a fact the readings lie that bear on it: a counter recalls what it showed."""
        return reach_us(self.silence_us) if self.counter else 0

    def before(self, readings: Readings) -> Int64:
        """The instants of the readings before the span that facts in it may begin with."""
        at = counts(readings).at if self.counter else readings.at
        return at[at < self.span[0]]

    def begins(self, readings: Readings) -> bool:
        """True when no usable reading of a counter lies before those in the span."""
        return bool(self.counter) and readings.at.size > 0 and not self.before(readings).size

    def silent_from(self, readings: Readings) -> int:
        """From when on a counter is silent when nothing comes after its readings; HIGHEST where there are none."""
        usable = counts(readings).at
        return int(usable[-1]) + self.silence_us if self.counter and usable.size else HIGHEST


def reach_of(region: Region, readings: Readings) -> Span:
    """From where to where the region's facts depend on what is known: from the sample before to the sample after."""
    return (int(readings.at[0]) if readings.at.size else region.span[0], _upper_end(region, readings))


def facts_of(
    region: Region,
    readings: Readings,
    spans: Iterable[Span],
    patch: Patch,
    texts: Mapping[int, str] = MappingProxyType({}),
) -> None:
    """Add to the patch what the region's facts are now; `spans` are the outages within its reach.

    `texts` are those that the values of a text tag are the numbers of.

    The readings are those in the span and, where there are any, the last ones before it and the first ones after it; of
    a counter also those from its memory before the span to its memory after these, and one more at each end.
    Only facts later than the sample before the span and up to the last of these depend on it: those are replaced.
    """
    after_first = _lower_end(region, readings)
    if after_first is None:
        return
    up_to = _upper_end(region, readings)
    machine, silence = region.machine.id, region.silence_us
    if region.tag.role is Role.STATE:
        tape = state_tape(readings, silence, outages_of(spans))
        keep = (tape.at > after_first) & (tape.at <= up_to)
        patch.add("state", machine, (after_first, up_to), tape.at[keep], tape.value[keep])
    elif region.tag.role is Role.ORDER:
        tape, orders = _orders(region.tag, readings, texts)
        keep = (tape.at > after_first) & (tape.at <= up_to)
        patch.add("order", machine, (after_first, up_to), tape.at[keep], orders[tape.value[keep]])
    elif region.tag.role is Role.PRODUCT:
        names, tape = _products(region.tag, readings)
        keep = (tape.at > after_first) & (tape.at <= up_to)
        products = np.array([names.get(code) for code in tape.value[keep].tolist()], object)
        patch.add("product", machine, (after_first, up_to), tape.at[keep], products)
    else:
        found = steps(
            readings,
            model_of(region.machine, region.tag),
            region.shortest_cycle_us,
            silence,
            outages_of(spans),
            region.heard_us,
            from_first=region.begins(readings) and not region.continues,
        )
        keep = (found.at > after_first) & (found.at <= up_to)
        columns = (getattr(found, name)[keep] for name in COLUMNS["step"])
        patch.add("step", machine, (after_first, up_to), found.at[keep], *columns, counter=region.counter)
        patch.doubts += _doubts(region, readings, found)


def _doubts(region: Region, readings: Readings, found: Steps) -> list[Doubt]:
    """The steps that end in the region's span and that its machine cannot have made."""
    if not np.any((found.parts == 0) & ~found.bridged):
        return []
    model = model_of(region.machine, region.tag)
    rows = doubted(readings, model, region.shortest_cycle_us, region.silence_us)
    first, last = region.span
    return [Doubt(region.machine.id, region.tag.name, *row) for row in rows if first <= row[0] <= last]


def _upper_end(region: Region, readings: Readings) -> int:
    """The instant up to which facts are replaced: that of the sample after all that the span bears on.

    It bears on the step that ends with the sample after it, and on those that recall that one.
    """
    if not region.counter:
        return int(readings.at[-1]) if readings.at.size and readings.at[-1] > region.span[1] else HIGHEST
    at = counts(readings).at
    later = at[at > region.span[1]]
    recalling = later[later > later[0] + region.memory_us] if later.size else later
    return int(recalling[0]) if recalling.size else HIGHEST


def _lower_end(region: Region, readings: Readings) -> int | None:
    """The instant after which facts are replaced, or None when there is nothing to replace."""
    before = region.before(readings)
    if before.size:
        return int(before[-1])
    inside = readings.at[readings.at >= region.span[0]]
    first = int(inside[0]) if inside.size else HIGHEST
    if region.floor is not None:
        return region.floor - 1
    if first > region.span[1]:
        return None
    # Tapes begin at their first sample; a counter's makes no step when older ones are only not there any more.
    return first if region.continues else first - 1


def _products(tag: Tag, readings: Readings) -> tuple[dict[int, str], Any]:
    """Names by number, and the tape of these numbers: two codes of one product are one."""
    numbers = {name: number for number, name in enumerate(sorted(set(tag.products.values())))}
    by_code = {code: numbers[name] for code, name in tag.products.items()}
    tape = product_tape(readings)
    mapped = np.array([by_code.get(code, NO_PRODUCT) for code in tape.value.tolist()], np.int64)
    return {number: name for name, number in numbers.items()}, canonical(tape.at, mapped)


def _orders(tag: Tag, readings: Readings, texts: Mapping[int, str]) -> tuple[Tape, Any]:
    """The tape of numbers, and what is shown by number; an empty text and 0 are no order."""
    tape = product_tape(readings)
    codes = tape.value.tolist()
    text = {code: (texts.get(code, "") if is_text(tag) else str(code)).strip() for code in set(codes)}
    shown = [None if text[code] in ("", "0") else text[code] for code in codes]
    numbers = {order: number for number, order in enumerate(dict.fromkeys(shown))}
    return canonical(tape.at, np.array([numbers[order] for order in shown], np.int64)), np.array([*numbers], object)
