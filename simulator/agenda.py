"""What is due next: a heap of (time, order, machine, its turn, what to do). Pure."""

import heapq
from collections.abc import Callable

from simulator.machine import Machine

Action = Callable[[int, int], None]


class Agenda:
    """Things to come; those of a machine are void once its plan has changed."""

    def __init__(self) -> None:
        self._heap: list[tuple[int, int, Machine | None, int, Action, int]] = []
        self._order = 0

    def put(self, due_us: int, action: Action, place: int, machine: Machine | None = None) -> None:
        """Do action(place, due) at the time; with a machine, only if its turn is then still the same."""
        self._order += 1
        turn = machine.turn if machine else 0
        heapq.heappush(self._heap, (due_us, self._order, machine, turn, action, place))

    @property
    def due_us(self) -> int:
        """When the next entry is due; there always is one."""
        return self._heap[0][0]

    def step(self) -> None:
        """Do the next entry, unless it is void."""
        due_us, _, machine, turn, action, place = heapq.heappop(self._heap)
        if machine is None or machine.turn == turn:
            action(place, due_us)
