"""What moved between two policies → the answer. Pure."""

from fractions import Fraction

from mes.facts.model import Span
from mes.kpi.elements import Elements
from mes.kpi.formulas import exacts
from mes.kpi.policy import Policy
from mes.losses.compare import Moved, Place, What
from mes.losses.models_compare import MoveAnswer, PlaceAnswer, TwoKpis
from mes.web.kpi_answers import kpi_answers, result_ids, with_units
from mes.web.snapshot import Snapshot

ByPolicy = tuple[Policy, Elements]


def move_answer(what: What, moved: Moved) -> MoveAnswer:
    """A line of the explanation."""
    return MoveAnswer(
        state=None if what.state is None else what.state.name.lower(),
        from_=_place(what.here),
        to=_place(what.there),
        us=moved.us,
        parts=float(moved.parts),
        parts_exact=str(moved.parts),
        stops=moved.stops,
        difference=changed(moved.difference),
    )


def changed(difference: Elements) -> dict[str, int]:
    """The elements that differ, with their units in their names."""
    return {name: number for name, number in with_units(difference).items() if number}


def two_kpis(one: ByPolicy, other: ByPolicy, equipment: str, window: Span, snapshot: Snapshot) -> dict[str, TwoKpis]:
    """All KPIs by both policies."""
    answers, values = [], []
    for policy, elements in (one, other):
        numbers = exacts(elements, policy)
        ids = result_ids(numbers, policy, equipment, window, snapshot)
        answers.append(kpi_answers(elements, policy, numbers, ids))
        values.append({name: number.value for name, number in numbers.items()})
    return {
        name: TwoKpis(
            by_policy=answers[0][name], by_other=answers[1][name], difference=_less(values[1][name], values[0][name])
        )
        for name in answers[0]
    }


def _less(more: Fraction | None, less: Fraction | None) -> float | None:
    return None if more is None or less is None else float(more - less)


def _place(place: Place | None) -> PlaceAnswer | None:
    if place is None:
        return None
    return PlaceAnswer(element=place.element, loss=place.loss, minor=place.minor, failure=place.failure)
