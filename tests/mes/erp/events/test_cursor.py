"""A cursor is a place in the feed of one life of the database; one of another life is refused with its cure."""

from uuid import UUID

import pytest

from mes.erp.events.cursor import Place, decode, encode, need_alive
from mes.web.problems import Problem

EPOCH, OTHER = UUID(int=1), UUID(int=2)


def test_a_cursor_comes_back_as_the_place_it_was_made_of() -> None:
    place = Place(UUID("0199aaaa-0000-7000-8000-000000000001"), 4711)

    assert decode(encode(place), "query.cursor") == place


@pytest.mark.parametrize("text", ["", "a", "MTpldmVudHM6MQ", "MTox", encode(Place(EPOCH, 2**63)), "end"])
def test_what_is_no_cursor_is_a_mistake_with_its_place(text: str) -> None:
    with pytest.raises(Problem) as found:
        decode(text, "body.cursor")

    assert (found.value.status, found.value.errors[0].place) == (422, "body.cursor")


@pytest.mark.parametrize("position", [10, 20])
def test_a_cursor_of_events_that_are_kept_is_alive(position: int) -> None:
    need_alive(Place(EPOCH, position), EPOCH, dropped=10, position=20)


@pytest.mark.parametrize("place", [Place(EPOCH, 9), Place(EPOCH, 21), Place(OTHER, 15)])
def test_a_cursor_of_another_life_or_of_events_that_are_gone_is_refused(place: Place) -> None:
    with pytest.raises(Problem) as found:
        need_alive(place, EPOCH, dropped=10, position=20)

    assert found.value.status == 410
    assert "Reconcile" in found.value.cure
