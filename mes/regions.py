"""Samples around a dirty span → the facts inside it, and where that inside begins and ends. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from config.device import Machine, Role, Tag
from contract.sample import MICROSECOND
from mes.blind import blind_of
from mes.counters import model_of, steps
from mes.facts import Span
from mes.patch import Patch
from mes.tape import Readings, canonical, product_tape, state_tape

# Microseconds of the last instant that our contract can tell.
HIGHEST = 7_258_118_400_000_000
NO_PRODUCT = -1
COLUMNS = ("at", "since", "parts", "most", "unseen")


@dataclass(frozen=True, slots=True)
class Region:
    """One series of a machine with a dirty span; `counter` is total, good, reject, rework, or empty.

    `shortest_cycle_us` is the machine's shortest ideal cycle.

    Without a `floor`, facts before the first sample stay: the samples they came from may have been dropped.
    With one, facts from the floor on that no sample supports are taken away, as after a change of the plant file.
    """

    machine: Machine
    tag: Tag
    counter: str
    series: int
    span: Span
    shortest_cycle_us: int
    floor: int | None = None


def reach_of(region: Region, rows: Sequence[Sequence[Any]]) -> Span:
    """From where to where the region's facts depend on what is known: from the sample before to the sample after."""
    return (rows[0][1] if rows else region.span[0], rows[-1][1] if rows and rows[-1][5] else HIGHEST)


def facts_of(region: Region, rows: Sequence[Sequence[Any]], spans: Iterable[Span], patch: Patch) -> None:
    """Add to the patch what the region's facts are now; `spans` are the blind ones within its reach.

    Rows are (n, at_us, value, quality, is before the span, is after the span), in order.
    Only facts later than the sample before and up to the sample after depend on the span: those are replaced.
    """
    readings = Readings(
        np.array([row[1] for row in rows], np.int64),
        np.array([np.nan if row[2] is None else row[2] for row in rows], np.float64),
        np.array([row[3] for row in rows], np.int64),
    )
    after_first = _lower_end(region, rows)
    if after_first is None:
        return
    up_to = rows[-1][1] if rows and rows[-1][5] else HIGHEST
    machine, silence = region.machine.id, region.machine.no_data_after // MICROSECOND
    if region.tag.role is Role.STATE:
        tape = state_tape(readings, silence, blind_of(spans))
        keep = (tape.at > after_first) & (tape.at <= up_to)
        patch.states(machine, (after_first, up_to), tape.at[keep].tolist(), tape.value[keep].tolist())
    elif region.tag.role is Role.PRODUCT:
        names, tape = _products(region.tag, readings)
        keep = (tape.at > after_first) & (tape.at <= up_to)
        products = [names.get(code) for code in tape.value[keep].tolist()]
        patch.products(machine, (after_first, up_to), tape.at[keep].tolist(), products)
    else:
        found = steps(readings, model_of(region.tag), region.shortest_cycle_us, silence, blind_of(spans))
        keep = (found.at > after_first) & (found.at <= up_to)
        patch.steps(machine, region.counter, (after_first, up_to), *(getattr(found, c)[keep].tolist() for c in COLUMNS))


def _lower_end(region: Region, rows: Sequence[Sequence[Any]]) -> int | None:
    """The instant after which facts are replaced, or None when there is nothing to replace."""
    before = next((row[1] for row in rows if row[4]), None)
    if before is not None:
        return int(before)
    if region.floor is not None:
        return region.floor - 1
    if not rows or rows[0][5]:
        return None
    # Tapes begin at their first sample; a counter's first sample makes no step, and tells nothing of one that stands.
    return int(rows[0][1]) if region.counter else int(rows[0][1]) - 1


def _products(tag: Tag, readings: Readings) -> tuple[dict[int, str], Any]:
    """Names by number, and the tape of these numbers: two codes of one product are one."""
    numbers = {name: number for number, name in enumerate(sorted(set(tag.products.values())))}
    by_code = {code: numbers[name] for code, name in tag.products.items()}
    tape = product_tape(readings)
    mapped = np.array([by_code.get(code, NO_PRODUCT) for code in tape.value.tolist()], np.int64)
    return {number: name for name, number in numbers.items()}, canonical(tape.at, mapped)
