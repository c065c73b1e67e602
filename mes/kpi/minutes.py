"""Facts of machines in an hour → what each of its minutes is made of. Pure, vectorised.

Every element adds up over minutes but the bounds of what was made unobserved (UNOBSERVED): those depend on the whole
hour, or on as much of it as a window has. So they are kept of every window that ends, or begins, at a minute of the
hour: a window that is longer consists of the end of one hour, full hours, and the begin of another.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from config.device import Machine
from mes.facts.model import HIGHEST, Int64, MachineFacts, Span
from mes.facts.windowing import cut
from mes.kpi.columns import Columns, columns_of
from mes.kpi.elements import NAMES, UNOBSERVED, Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.intervals import Intervals, Slices, in_cells, intervals_of, slices_of
from mes.kpi.long_windows import MINUTE_US
from mes.kpi.quantities import Counters, Ints, counters_of, counts_parts, made_in
from mes.kpi.times import stops_of, summed, times_of
from mes.kpi.unobserved_parts import unobserved_parts_of

NUMBER = {name: number for number, name in enumerate(NAMES)}
# Of each minute: its Elements, of UNOBSERVED what it adds to that of the hour before it; then UNOBSERVED from it to the
# hour's end; and in the first one the number of machines of which something in the hour was not observed.
MACHINES_UNOBSERVED = len(NAMES) + len(UNOBSERVED)
WIDTH = MACHINES_UNOBSERVED + 1
UNOBSERVED_AT = [NUMBER[name] for name in UNOBSERVED]
LARGEST = 2**63 - 1
# So many windows are looked at together.
MOST = 2_000


def before(minutes: Ints, number: int) -> Elements:
    """The Elements of the hour up to the begin of a minute."""
    return Elements(*minutes[:number, : len(NAMES)].sum(axis=0).tolist())


def after(minutes: Ints, number: int) -> Elements:
    """The Elements of the hour from the begin of a minute on."""
    own = minutes[number:, : len(NAMES)].sum(axis=0).tolist()
    parts = minutes[number, len(NAMES) : MACHINES_UNOBSERVED].tolist()
    return replace(Elements(*own), **dict(zip(UNOBSERVED, parts, strict=True)))


def between(minutes: Ints, first: int, last: int) -> Elements:
    """The Elements from a minute to another, but for UNOBSERVED; that is 0 where nothing in the hour was unobserved."""
    found = minutes[first:last, : len(NAMES)].sum(axis=0).tolist()
    return replace(Elements(*found), **dict.fromkeys(UNOBSERVED, 0))


def unobserved(minutes: Ints) -> bool:
    """Whether something in the hour was not observed."""
    return bool(minutes[0, MACHINES_UNOBSERVED])


def packed(minutes: Ints) -> bytes:
    """Minutes in few bytes: most elements are the same from one to the next."""
    return zlib.compress(np.ascontiguousarray(minutes.T, "<i8").tobytes(), 1)


def unpacked(data: bytes) -> Ints:
    """The minutes again."""
    found: Ints = np.frombuffer(zlib.decompress(data), "<i8").reshape(WIDTH, -1).T
    return found


@dataclass(frozen=True, slots=True)
class _Hour:
    """Machines in one window, which is an hour or lies in one, in cells of equal length."""

    cols: Columns
    intervals: Intervals
    slices: Slices
    counters: Counters
    cells: int
    cell_us: int


def minutes_of(
    machines: Sequence[Machine], facts: Sequence[MachineFacts], evaluation: Evaluation, cell_us: int = MINUTE_US
) -> list[Ints]:
    """WIDTH numbers of each minute of each machine; integers of any size where 64 bits do not hold those of a machine.

    The facts are of one hour, or of one window inside an hour that is made of whole minutes.
    """
    cols = columns_of(machines, facts, evaluation)
    intervals = intervals_of(cols)
    cells = (facts[0].to_us - facts[0].from_us) // cell_us
    hour = _Hour(cols, intervals, slices_of(cols, intervals), counters_of(cols), cells, cell_us)
    columns = _columns(hour)
    first, last = _unobserved(hour)
    parts = _parts_of(hour, first, last)
    found = np.zeros((len(machines), cells, WIDTH), np.result_type(parts, *columns.values()))
    for name, column in columns.items():
        found[:, :, NUMBER[name]] = column.reshape(len(machines), cells)
    found[:, :, UNOBSERVED_AT] = np.diff(parts[1], axis=1, prepend=0)
    found[:, :, len(NAMES) : MACHINES_UNOBSERVED] = parts[0]
    found[:, 0, MACHINES_UNOBSERVED] = first < HIGHEST
    return [_narrow(one) for one in found]


def _columns(hour: _Hour) -> dict[str, Int64]:
    """All that adds up over minutes, of each minute of each machine."""
    cols, cells = hour.cols, hour.cells
    begins = cols.axis.from_us[:, None] + np.arange(cells) * hour.cell_us
    edges = cols.axis.place(np.arange(len(cols.facts))[:, None], begins).ravel()
    slices = in_cells(cols, hour.slices, edges)
    time = summed(times_of(cols, hour.intervals, slices), slices.length, slices.first)
    stops = stops_of(cols, hour.intervals)
    counted = np.zeros((len(stops), edges.size), np.int64)
    cell = np.searchsorted(edges, cols.state_place, side="right") - 1
    for numbers, begins_in in zip(counted, stops.values(), strict=True):
        np.add.at(numbers, cell[begins_in], 1)
    made = made_in(cols.in_cells(edges), hour.intervals, hour.counters, cells)
    silent = np.repeat([not counts_parts(machine) for machine in cols.machines], cells)
    uncounted = np.where(silent, time["planned"], 0)
    return time | dict(zip(stops, counted, strict=True)) | made | {"uncounted": uncounted}


def _parts_of(hour: _Hour, first: Int64, last: Int64) -> Ints:
    """UNOBSERVED of the windows from the begin of each cell on, and of those up to its end, of each machine."""
    facts, own = hour.cols.facts, hour.cols.machines
    found = np.zeros((2, len(facts), hour.cells, len(UNOBSERVED)), np.int64)
    wanted = _wanted(hour, first, last)
    for begin in range(0, len(wanted), MOST):
        some = wanted[begin : begin + MOST]
        windows = [cut(facts[machine], *_window(hour, cell, ends)) for ends, machine, cell in some]
        parts = _unobserved_parts([own[machine] for _, machine, _ in some], windows, hour.cols.evaluation)
        found = found.astype(np.result_type(found, parts))
        found[tuple(np.array(some, np.int64).T)] = parts
    return found


def _wanted(hour: _Hour, firsts: Int64, lasts: Int64) -> list[tuple[int, int, int]]:
    """Windows in which something was not observed: 1 where they end with a cell, or 0; of which machine, which cell."""
    begins = [_window(hour, cell, 0)[0] for cell in range(hour.cells)]
    found = []
    for machine, (first, last) in enumerate(zip(firsts.tolist(), lasts.tolist(), strict=True)):
        found += [(0, machine, cell) for cell, begin in enumerate(begins) if begin <= last]
        found += [(1, machine, cell) for cell, begin in enumerate(begins) if begin + hour.cell_us > first]
    return found


def _window(hour: _Hour, cell: int, ends: int) -> Span:
    """The window up to the end of a cell, or from its begin on."""
    whole = hour.cols.facts[0]
    begin = whole.from_us + cell * hour.cell_us
    return (whole.from_us, begin + hour.cell_us) if ends else (begin, whole.to_us)


def _unobserved_parts(machines: Sequence[Machine], facts: Sequence[MachineFacts], evaluation: Evaluation) -> Ints:
    cols = columns_of(machines, facts, evaluation)
    intervals = intervals_of(cols)
    found = unobserved_parts_of(cols, intervals, slices_of(cols, intervals), counters_of(cols))
    return _narrow(np.array([found[name] for name in UNOBSERVED], object).T)


def _narrow(numbers: Ints) -> Ints:
    """The same as 64 bits where these hold them."""
    return numbers.astype(np.int64) if np.abs(numbers).max(initial=0) <= LARGEST else numbers


def _unobserved(hour: _Hour) -> tuple[Int64, Int64]:
    """From where to where something of each machine's planned time was not observed; (HIGHEST, 0) where all was."""
    slices, row = hour.slices, hour.cols.row[hour.slices.interval]
    first, last = np.full(len(hour.cols.facts), HIGHEST), np.zeros(len(hour.cols.facts), np.int64)
    touched = slices.planned & (slices.outages | slices.after_outage)
    ends = slices.begin + np.where(slices.outages, slices.length, 0)
    np.minimum.at(first, row[touched], slices.begin[touched])
    np.maximum.at(last, row[touched], ends[touched])
    # In a window that ends or begins elsewhere just the same holds of what lies in it, so nothing else can be open.
    for counted in hour.counters.hidden:
        np.minimum.at(first, counted.row, counted.steps.at)
        np.maximum.at(last, counted.row, counted.steps.at)
    return first, last
