"""The wall of a line of one machine, from facts made by hand."""

from config.calendar import calendar_of
from config.shifts import shifts_between
from contract.sample import State
from mes.calendar.ideal_cycles import ideal_of
from mes.facts.model import MachineFacts
from mes.screens.wall.view import Known, LineView, line_view
from tests.mes.screens.lines import HOUR, facts, plant


def view_of(tape: list[tuple[int, State]], now_us: int = HOUR, **more: object) -> LineView:
    """The wall of a line of one machine at an instant; its shift began at 0."""
    of = plant(machines=1).model_copy(update={"policy": more.pop("policy", "iso-22400-2")})
    calendar = calendar_of(of.site)
    known: MachineFacts = facts(0, now_us, tape, **more)  # type: ignore[arg-type]  # counters by name
    shift = shifts_between(calendar, now_us - 1, now_us)[0]
    read = Known(now_us=now_us, shift=shift, facts={"press-1": known}, data_us={"press-1": now_us})
    return line_view(of, of.lines[0], calendar, ideal_of(of), read)
