"""Facts of machines in their windows, side by side as long columns. Pure.

A column has the rows of the first machine, then those of the second, so one pass of numpy serves all of them.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from config.device import Machine
from contract.sample import MICROSECOND
from mes.facts.model import Bools, Int64, MachineFacts, Span
from mes.kpi.evaluation import Evaluation

# Begins and ends of spans, in order and apart.
Bounds = tuple[Int64, Int64]
EDGE = np.ones(1, np.bool_)


@dataclass(frozen=True, slots=True)
class Axis:
    """The windows of machines, one behind the other, each with the microsecond before it.

    An instant of a machine is a place on it; what lies further out is moved to the nearest place of its own machine.
    `start` is the place of the microsecond before each window.
    """

    from_us: Int64
    to_us: Int64
    start: Int64

    @classmethod
    def of(cls, from_us: Int64, to_us: Int64) -> "Axis":
        """The windows of machines by their begins and ends."""
        return cls(from_us, to_us, np.cumsum(to_us - from_us + 2) - (to_us - from_us + 2))

    def place(self, row: Int64, at: Int64 | int) -> Int64:
        """The places of instants of machines, which are given by their number."""
        from_us = self.from_us[row]
        found: Int64 = np.minimum(np.maximum(at - from_us, -1), self.to_us[row] - from_us) + (self.start[row] + 1)
        return found

    def instant(self, place: Int64) -> tuple[Int64, Int64]:
        """The machine and the instant of each place."""
        row = np.searchsorted(self.start, place, side="right") - 1
        return row, place - self.start[row] + (self.from_us[row] - 1)

    def bounds(self, row: Int64, begin: Int64, end: Int64) -> Bounds:
        """Spans of machines as places, in the fewest spans."""
        if not begin.size:
            return begin, end
        begins, ends = self.place(row, begin), self.place(row, end)
        filled = begins < ends
        order = np.argsort(begins[filled], kind="stable")
        begins, ends = begins[filled][order], np.maximum.accumulate(ends[filled][order])
        apart = begins[1:] > ends[:-1]
        return begins[np.concatenate((EDGE, apart))[: begins.size]], ends[np.concatenate((apart, EDGE))[: ends.size]]

    def everywhere(self, spans: Iterable[Span], machines: int) -> Bounds:
        """Spans that are those of every machine."""
        begin, end = bounds_of(spans)
        row = np.repeat(np.arange(machines), begin.size)
        return self.bounds(row, np.tile(begin, machines), np.tile(end, machines))


@dataclass(frozen=True, slots=True)
class Columns:
    """Machines with their facts, each of its own window, and the terms by which they are judged.

    `row`: of which machine each of their states is; `first` and `last` index the first and the last one of each.
    The pieces of their cycle tapes are `cycle`, microseconds a part, and `product`; `first_cycle` indexes the first
    piece of each machine; `shortest` and `longest` are of all cycles that a machine ever had. Tapes and pieces begin at
    their places; `planned` is planned time, and `ordered` where an order is in force, in places.
    """

    machines: Sequence[Machine]
    facts: Sequence[MachineFacts]
    evaluation: Evaluation
    axis: Axis
    planned: Bounds
    ordered: Bounds
    shortest: Int64
    longest: Int64
    silence_us: Int64
    row: Int64
    state_at: Int64
    state_place: Int64
    state: Int64
    first: Int64
    last: Int64
    cycle_place: Int64
    cycle: Int64
    product: tuple[str | None, ...]
    first_cycle: Int64

    def silences(self, counters: Iterable[Sequence[str]]) -> tuple[Int64, Int64, Int64]:
        """Of which machines, begins and ends of the silences of some counters, which are told for each machine."""
        found = [
            (row, begin, end)
            for row, (facts, names) in enumerate(zip(self.facts, counters, strict=True))
            for name in names
            for begin, end in facts.outages.get(name, ())
        ]
        row, begin, end = np.array(found, np.int64).reshape(-1, 3).T
        return row, begin, end

    def in_cells(self, edges: Int64) -> "Columns":
        """The same with the pieces of the cycle tapes cut at some places more, where cells of the windows begin."""
        places = distinct(self.cycle_place, edges)
        piece = self.piece_at(places)
        product = tuple(self.product[number] for number in piece.tolist())
        first = np.searchsorted(places, edges)
        return replace(self, cycle_place=places, cycle=self.cycle[piece], product=product, first_cycle=first)

    def piece_at(self, place: Int64) -> Int64:
        """Which piece of the cycle tapes holds at places within the windows."""
        found: Int64 = np.searchsorted(self.cycle_place, place, side="right") - 1
        return found


def columns_of(machines: Sequence[Machine], facts: Sequence[MachineFacts], evaluation: Evaluation) -> Columns:
    """Machines side by side, at least one; no window of their facts is empty, or ValueError."""
    begins, ends = (np.array([getattr(one, name) for one in facts], np.int64) for name in ("from_us", "to_us"))
    if not facts or np.any(ends <= begins):
        raise ValueError("machines side by side need windows that are not empty")
    axis = Axis.of(begins, ends)
    row, state_at = laid([one.state_at for one in facts])
    cycles = [cycle_tape(one, evaluation) for one in facts]
    cycle_row, cycle_at = laid([at for at, _, _ in cycles])
    first = firsts(row)
    return Columns(
        machines=machines,
        facts=facts,
        evaluation=evaluation,
        axis=axis,
        planned=axis.everywhere(evaluation.planned, len(facts)),
        ordered=_ordered(axis, facts),
        shortest=np.array([evaluation.ideal.shortest(machine.id) for machine in machines], np.int64),
        longest=np.array([evaluation.ideal.longest(machine.id) for machine in machines], np.int64),
        silence_us=np.array([machine.no_data_after // MICROSECOND for machine in machines], np.int64),
        row=row,
        state_at=state_at,
        state_place=axis.place(row, state_at),
        state=np.concatenate([one.state for one in facts]),
        first=first,
        last=np.append(first[1:], row.size) - 1,
        cycle_place=axis.place(cycle_row, cycle_at),
        cycle=np.concatenate([cycle for _, cycle, _ in cycles]),
        product=tuple(product for _, _, products in cycles for product in products),
        first_cycle=firsts(cycle_row),
    )


def _ordered(axis: Axis, facts: Sequence[MachineFacts]) -> Bounds:
    found = []
    for row, one in enumerate(facts):
        ends = [*one.order_at.tolist()[1:], one.to_us]
        tape = zip(one.order_at.tolist(), ends, one.order, strict=True)
        found += [(row, begin, end) for begin, end, order in tape if order is not None]
    return axis.bounds(*np.array(found, np.int64).reshape(-1, 3).T)


def alone(machine: Machine, facts: MachineFacts, evaluation: Evaluation) -> Columns:
    """One machine by itself."""
    return columns_of((machine,), (facts,), evaluation)


def laid(columns: Sequence[Int64]) -> tuple[Int64, Int64]:
    """Of which machine each row is when the machines' columns are one, and this column."""
    return np.repeat(np.arange(len(columns)), [column.size for column in columns]), np.concatenate(columns)


def distinct(*columns: Int64) -> Int64:
    """All places of some columns once, in order; runs that are in order already are only merged."""
    places = np.sort(np.concatenate(columns), kind="stable")
    found: Int64 = places[np.append(True, places[1:] != places[:-1])[: places.size]]
    return found


def firsts(row: Int64) -> Int64:
    """Where each machine begins in a column in which each has a row."""
    found: Int64 = np.flatnonzero(np.diff(row, prepend=-1))
    return found


def cycle_tape(facts: MachineFacts, evaluation: Evaluation) -> tuple[Int64, Int64, tuple[str | None, ...]]:
    """From when on which ideal cycle of which product holds in the window, microseconds a part."""
    at, products = facts.product_at, facts.product
    changes = [change for change in evaluation.ideal.changes(facts.machine) if facts.from_us < change < facts.to_us]
    if changes:
        at = np.unique(np.concatenate([at, np.array(changes, np.int64)]))
        in_force = np.searchsorted(facts.product_at, at, side="right") - 1
        products = tuple(facts.product[number] for number in in_force.tolist())
    cycles = [evaluation.ideal.at(facts.machine, p, a) for p, a in zip(products, at.tolist(), strict=True)]
    return at, np.array(cycles, np.int64), products


def inside(at: Int64, bounds: Bounds) -> Bools:
    """Which instants, or places, lie in spans."""
    begins, ends = bounds
    if not begins.size:
        return np.zeros(at.size, np.bool_)
    number = np.searchsorted(begins, at, side="right") - 1
    found: Bools = (number >= 0) & (at < ends[np.maximum(number, 0)])
    return found


def bounds_of(spans: Iterable[Span]) -> Bounds:
    """Begins and ends of spans that are in order and apart."""
    listed = list(spans)
    return np.array([a for a, _ in listed], np.int64), np.array([b for _, b in listed], np.int64)
