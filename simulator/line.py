"""A line of machines with buffers between them: parts flow, machines wait, stop, change product. Pure.

A machine takes a part from its buffer when a cycle starts and puts it into the next one when it ends, if it is good.
It starts no cycle that the next buffer could not take. A part carries the number of its campaign (product run);
a machine whose next part is of another campaign, or that has run empty behind such a machine, changes over.
"""

from collections import deque
from collections.abc import Callable
from random import Random

from config.state_rules import StateWord
from simulator.agenda import Agenda
from simulator.machine import SECOND_US, Event, Machine
from simulator.pace import Pace, Trouble

STILL_US = 3_500_000  # how long a machine stands before and after a power cycle, so that everybody sees both counts
STANDING: tuple[tuple[str, StateWord], ...] = (
    ("minor_stop", "down"),
    ("jam", "down"),
    ("maintenance", "maintenance"),
    ("power_off", "stopped"),
    ("idle", "idle"),
    ("no_material", "starved"),
)


class Line:
    """Machines in the order of the flow; `buffers[i]` is between machine i and machine i + 1."""

    def __init__(self, machines: list[Machine], rng: Random, pace: Pace, agenda: Agenda) -> None:
        self.machines = machines
        self.buffers: list[deque[int]] = [deque() for _ in machines[1:]]
        self.campaign = 0
        self._rng = rng
        self._pace = pace
        self._agenda = agenda
        self._dwell_us = round(pace.dwell_s * SECOND_US)
        self._wait_us = round(pace.wait_s * SECOND_US)
        self._emit: Callable[[Event], None] = lambda _event: None
        self._halted = False
        self._products = max(len(machine.products) for machine in machines)

    def begin(self, at_us: int, emit: Callable[[Event], None]) -> None:
        """Half full buffers, every machine tries to start."""
        self._emit = emit
        for buffer in self.buffers:
            buffer.extend([0] * (self._pace.buffer // 2))
        for place in range(len(self.machines)):
            self._next_trouble(place, at_us)
            self._try_start(place, at_us)
        if self._products > 1:
            self._agenda.put(at_us + self._until_new_campaign(), self._new_campaign, 0)

    def halt(self, at_us: int) -> None:
        """Every machine stops for good, as it stands, as soon as its state has been shown long enough."""
        self._halted = True
        for place, machine in enumerate(self.machines):
            self._plan(place, max(at_us, machine.since_us + self._dwell_us), self._stop_for_good)

    def _stop_for_good(self, place: int, at_us: int) -> None:
        self._show(self.machines[place], at_us, "stopped")

    # Flow

    def _next_campaign(self, place: int) -> int | None:
        """Which campaign the next part belongs to, or None when no part is in sight."""
        if place == 0:
            return self.campaign
        if self.buffers[place - 1]:
            return self.buffers[place - 1][0]
        ahead = self.machines[place - 1]
        return ahead.target if ahead.target != self.machines[place].campaign else None

    def _ready(self, place: int, parts: int) -> bool:
        """There is something to do: a change-over, or a cycle with `parts` parts and places at hand."""
        campaign = self._next_campaign(place)
        if campaign is None:
            return False
        if campaign != self.machines[place].campaign:
            return True
        enough = place == 0 or len(self.buffers[place - 1]) >= parts
        return enough and (self._last(place) or self._pace.buffer - len(self.buffers[place]) >= parts)

    def _last(self, place: int) -> bool:
        return place == len(self.machines) - 1

    def _try_start(self, place: int, at_us: int) -> None:
        """Start a cycle, or a change-over, or wait."""
        machine = self.machines[place]
        campaign = self._next_campaign(place)
        if campaign is None:
            self._wait(place, at_us, "starved")
        elif campaign != machine.campaign:
            self._plan(place, max(at_us, machine.since_us + self._dwell_us), self._set_up)
        elif not self._last(place) and len(self.buffers[place]) >= self._pace.buffer:
            self._wait(place, at_us, "blocked")
        else:
            if place:
                self.buffers[place - 1].popleft()
            machine.taken += 1
            machine.loaded = True
            self._run(place, at_us, machine.cycle_us(at_us))
            if place:
                self._wake(place - 1, at_us)

    def _run(self, place: int, at_us: int, for_us: int) -> None:
        self.machines[place].ends_us = at_us + for_us
        self._plan(place, at_us + for_us, self._finish)

    def _finish(self, place: int, at_us: int) -> None:
        """The cycle ends: count the part and hand it on."""
        machine = self.machines[place]
        good = machine.finish_part(at_us)
        self._emit(Event(at_us, machine.id, "part", machine.product, good))
        if good and not self._last(place):
            self.buffers[place].append(machine.campaign)
            self._wake(place + 1, at_us)
        self._try_start(place, at_us)

    def _wait(self, place: int, at_us: int, word: StateWord) -> None:
        """Wait for a part or a place; after a while the machine says so."""
        machine = self.machines[place]
        self._plan(place, max(at_us + self._wait_us, machine.since_us + self._dwell_us), self._show_waiting)
        machine.waiting = word

    def _show_waiting(self, place: int, at_us: int) -> None:
        machine = self.machines[place]
        if machine.waiting is not None:
            self._show(machine, at_us, machine.waiting)

    def _wake(self, place: int, at_us: int) -> None:
        """A part or a place has come: a waiting machine may go on; one that says it waits, after some more."""
        machine = self.machines[place]
        if machine.waiting is None:
            return
        if machine.state == "running":
            if self._ready(place, 1):
                self._try_start(place, at_us)
        elif self._ready(place, self._pace.restart):
            self._plan(place, max(at_us, machine.since_us + self._dwell_us), self._resume)

    def _resume(self, place: int, at_us: int) -> None:
        """Go on after a stop: finish the part inside, or start the next, or change over."""
        machine = self.machines[place]
        campaign = self._next_campaign(place)
        if not machine.loaded and campaign is not None and campaign != machine.campaign:
            self._set_up(place, at_us)
            return
        self._show(machine, at_us, "running")
        if machine.left_us is not None:
            self._run(place, at_us, machine.left_us)
        else:
            self._try_start(place, at_us)

    # Change-over

    def _until_new_campaign(self) -> int:
        return round(self._pace.product_every_s * self._rng.uniform(0.7, 1.3) * SECOND_US)

    def _new_campaign(self, place: int, at_us: int) -> None:
        if self._halted:
            return
        self.campaign += 1
        self._agenda.put(at_us + self._until_new_campaign(), self._new_campaign, 0)
        self._wake(place, at_us)

    def _set_up(self, place: int, at_us: int) -> None:
        """Change over to the next campaign; the product code changes half way."""
        machine = self.machines[place]
        machine.target = self._next_campaign(place) or machine.campaign
        lasts_us = round(machine.rng.uniform(*self._pace.setup_s) * SECOND_US)
        self._plan(place, at_us + lasts_us, self._resume)
        self._agenda.put(at_us + lasts_us // 2, self._show_product, place, machine)
        self._show(machine, at_us, "setup")
        if not self._last(place):
            self._wake(place + 1, at_us)

    def _show_product(self, place: int, at_us: int) -> None:
        machine = self.machines[place]
        before = machine.product
        machine.campaign = machine.target
        if machine.product != before:
            self._emit(Event(at_us, machine.id, "product", machine.product))

    # Trouble

    def _troubles(self, place: int) -> list[tuple[str, Trouble]]:
        """What may befall this machine; material is fetched by the first one only."""
        names = ["slow", "bad_parts", *(name for name, _ in STANDING)]
        return [(name, getattr(self._pace, name)) for name in names if place == 0 or name != "no_material"]

    def _next_trouble(self, place: int, at_us: int) -> None:
        rate = sum(1 / trouble.every_s for _, trouble in self._troubles(place))
        after_us = round(self.machines[place].rng.expovariate(rate) * SECOND_US)
        self._agenda.put(at_us + max(after_us, 1), self._trouble, place)

    def _trouble(self, place: int, at_us: int) -> None:
        """Trouble comes to running machines only, and not before the state has been shown long enough."""
        if self._halted:
            return
        machine = self.machines[place]
        if machine.state == "running" and at_us < machine.since_us + self._dwell_us:
            self._agenda.put(machine.since_us + self._dwell_us, self._trouble, place)
            return
        self._next_trouble(place, at_us)
        if machine.state != "running":
            return
        choices = self._troubles(place)
        weights = [1 / trouble.every_s for _, trouble in choices]
        name, trouble = machine.rng.choices(choices, weights)[0]
        lasts_us = round(machine.rng.uniform(*trouble.lasts_s) * SECOND_US)
        if name == "slow":
            machine.slow_until_us, machine.slow_factor = at_us + lasts_us, machine.rng.uniform(1.15, 1.6)
        elif name == "bad_parts":
            machine.bad_until_us = at_us + lasts_us
        else:
            self._stand(place, at_us, lasts_us, dict(STANDING)[name])
            if name == "power_off" and machine.may_reset() and lasts_us >= 2 * STILL_US and machine.rng.random() < 0.7:
                off_us = machine.rng.randint(STILL_US, lasts_us - STILL_US)
                self._agenda.put(at_us + off_us, self._power_cycle, place, machine)

    def _stand(self, place: int, at_us: int, lasts_us: int, word: StateWord) -> None:
        """Stop as one stands, with a part inside or not."""
        machine = self.machines[place]
        if machine.ends_us is not None:
            machine.left_us, machine.ends_us = machine.ends_us - at_us, None
        self._plan(place, at_us + lasts_us, self._resume)
        self._show(machine, at_us, word)

    def _power_cycle(self, place: int, at_us: int) -> None:
        machine = self.machines[place]
        machine.reset()
        self._emit(Event(at_us, machine.id, "reset"))

    # Plans

    def _plan(self, place: int, due_us: int, action: Callable[[int, int], None]) -> None:
        """From now on this is what the machine does next."""
        machine = self.machines[place]
        machine.turn += 1
        machine.waiting = None
        self._agenda.put(due_us, action, place, machine)

    def _show(self, machine: Machine, at_us: int, state: StateWord) -> None:
        if state == machine.state:
            return
        machine.state, machine.since_us = state, at_us
        word = machine.word_for(state)
        if word != machine.shown:
            machine.shown = word
            self._emit(Event(at_us, machine.id, "state", word))
