"""An event is told under the equipment that it names, where the plant has it, and nowhere else."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from mes.erp.events.topics import topics_of
from mes.feed.event import Event
from tests.mes.screens.lines import plant

PLANT = plant()
ROOT = f"shopfloor/v1/{PLANT.site.id}"
LINE, MACHINE = PLANT.lines[0].id, PLANT.lines[0].machines[0].id


def topics(kind: str, data: dict[str, Any]) -> list[tuple[str, bool]]:
    event = Event(UUID(int=1), kind, 1, datetime(2026, 11, 30, tzinfo=UTC), "order/1", 1, data)
    return [(topic.name.removeprefix(f"{ROOT}/"), topic.retained) for topic in topics_of(PLANT, event)]


def test_a_machine_stands_beneath_its_line() -> None:
    assert topics("quantity.booked", {"machine": MACHINE}) == [(f"_event/{LINE}/{MACHINE}/quantity.booked", False)]


def test_a_state_is_kept_for_whoever_comes_later() -> None:
    assert topics("stop.changed", {"machine": MACHINE, "line": "other"}) == [
        (f"_event/{LINE}/{MACHINE}/stop.changed", False),
        (f"_state/{LINE}/{MACHINE}/stop.changed", True),
    ]
    assert topics("operation.state_changed", {"line": LINE})[1] == (f"_state/{LINE}/_/operation.state_changed", True)


@pytest.mark.parametrize("data", [{}, {"machine": "#"}, {"machine": "a/b"}, {"line": "+"}, {"machine": 1, "line": []}])
def test_what_the_plant_does_not_have_gets_into_no_topic(data: dict[str, Any]) -> None:
    assert topics("stop.changed", data) == [("_event/_/_/stop.changed", False)]
