"""The stops of a line or machine on which people say why: newest first, each with the reasons that fit. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from config.device import Machine
from config.plant import Plant, Reason
from contract.sample import State, to_us
from mes.facts.model import MachineFacts
from mes.losses.models_edits import EditAnswer
from mes.losses.resolve import intervals
from mes.web.looks import Look, look_of

LOOK_BACK_US = 24 * 3_600_000_000
SHORTEST_US = 30_000_000
MOST = 60


@dataclass(frozen=True, slots=True)
class Stop:
    """An interval in a state that needs a reason; `edit` is what gave the reason that holds, None without one."""

    machine: Machine
    state: State
    from_us: int
    to_us: int
    open: bool
    reason: Reason | None
    edit: EditAnswer | None
    choices: tuple[Reason, ...]

    @property
    def look(self) -> Look:
        """Colour, shape and word of the state."""
        return look_of(self.state, planned=True)


@dataclass(frozen=True, slots=True)
class StopPage:
    """Some stops of a window: those from number `first` to `last` of `count`, 1 the newest."""

    stops: tuple[Stop, ...]
    first: int
    last: int
    count: int

    @property
    def more(self) -> bool:
        """True when the window has older ones."""
        return self.last < self.count


def page_of_stops(stops: Sequence[Stop], number: int) -> StopPage:
    """A page of the stops of a window; the first one is number 1."""
    begin = (number - 1) * MOST
    shown = tuple(stops[begin : begin + MOST])
    return StopPage(shown, begin + 1, begin + len(shown), len(stops))


def stops_of(
    plant: Plant, facts: Mapping[str, MachineFacts], edits: Sequence[EditAnswer], *, live: bool = True
) -> list[Stop]:
    """The stops of some machines, newest first; `edits` are theirs, the newest first.

    What reaches the end of a window goes on where the window ends now (`live`); else it ends when it really did.
    """
    found = [stop for id_, f in facts.items() for stop in _of_machine(plant, plant.machine(id_), f, edits, live)]
    return sorted(found, key=lambda stop: stop.from_us, reverse=True)


def _of_machine(
    plant: Plant, machine: Machine, facts: MachineFacts, edits: Sequence[EditAnswer], live: bool
) -> list[Stop]:
    stops = []
    for stretch in intervals(facts):
        state = State(stretch.state)
        choices = tuple(reason for reason in plant.reasons if state.name.lower() in reason.states)
        begins = facts.first_since_us if stretch.from_us == facts.from_us else stretch.from_us
        last = stretch.to_us == facts.to_us
        open_ = last and live
        ends = facts.last_until_us if last and not live else stretch.to_us
        if not choices or ends - begins < SHORTEST_US:
            continue
        reason = next((one for one in plant.reasons if one.id == stretch.reason), None)
        edit = giver(edits, machine.id, stretch.from_us) if reason else None
        stops.append(Stop(machine, state, begins, ends, open_, reason, edit, choices))
    return stops


def giver(edits: Sequence[EditAnswer], machine: str, at_us: int) -> EditAnswer | None:
    """The newest edit in effect that says why at an instant."""
    return next(
        (
            edit
            for edit in edits
            if edit.equipment == machine
            and edit.reason is not None
            and edit.undone_by is None
            and to_us(edit.from_) <= at_us < to_us(edit.to)
        ),
        None,
    )
