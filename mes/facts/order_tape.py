"""Begins and ends of orders → the tape of the order in force. Pure."""

from collections.abc import Sequence

import numpy as np

from mes.facts.model import Int64


def order_tape(
    orders: Sequence[tuple[int, int | None, str]], from_us: int, to_us: int
) -> tuple[Int64, tuple[str | None, ...]]:
    """The order in force through a window, from (start, end or None, id); of several the one that began last.

    Of two that began at one instant the later one of the sequence is in force.
    """
    ends = [to_us if end is None else end for _, end, _ in orders]
    edges = {from_us, *(start for start, _, _ in orders), *ends}
    at: list[int] = []
    order: list[str | None] = []
    for edge in sorted(edge for edge in edges if from_us <= edge < to_us) or [from_us]:
        running = [(start, n) for n, (start, _, _) in enumerate(orders) if start <= edge < ends[n]]
        found = orders[max(running)[1]][2] if running else None
        if not order or order[-1] != found:
            at.append(edge)
            order.append(found)
    return np.array(at, np.int64), tuple(order)
