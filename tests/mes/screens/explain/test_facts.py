from typing import Any

from mes.screens.explain.facts import ON_A_PAGE, counters_of, facts_of
from tests.mes.screens.lines import MINUTE

FRAME = {"node": "edge-1", "epoch": 3, "seq": 7, "sha256": "ab", "ingested_us": 99}


def receipt(**more: Any) -> dict[str, Any]:
    sample = {"frame": 0, "at": 0, "value": 1.0, "quality": 0}
    rows = [("running", "producing", -5, 20), ("down", "delay", 20, 30), ("running", "producing", 30, 90)]
    states = [
        {
            "from": begin * MINUTE,
            "to": end * MINUTE,
            "state": state,
            "element": element,
            "undecided": False,
            "edits": [],
            "sample": sample,
        }
        for state, element, begin, end in rows
    ]
    steps = [
        {
            "since": (n - 1) * MINUTE,
            "at": n * MINUTE,
            "parts": 2,
            "bridged": False,
            "cycle_us": 1,
            "sample": sample | {"value": 100.0 + n},
            "since_sample": sample | {"value": 99.0 + n},
        }
        for n in range(1, 60)
    ]
    tags = {"state": "state", "total": "total"}
    part = {"machine": "press-1", "tags": tags, "states": states, "steps": {"total": steps, "scrap": []}}
    made = {"from": 0, "to": 60 * MINUTE, "planned": [[0, 40 * MINUTE], [50 * MINUTE, 60 * MINUTE]]}
    return made | {"machines": [part], "frames": [FRAME]} | more


def test_of_an_interval_only_planned_time_within_the_window_counts() -> None:
    found = facts_of(receipt(), "producing", 1)

    assert [fact.counted // MINUTE for fact in found.items] == [20, 20]
    assert (found.sum // MINUTE, found.all, found.is_time) == (40, 2, True)


def test_parts_that_became_known_in_a_break_are_not_among_them() -> None:
    found = facts_of(receipt(), "total", 1)

    assert (found.all, found.sum) == (39 + 10, 98)


def test_facts_come_in_pages() -> None:
    planned = receipt(planned=[[0, 60 * MINUTE]])

    first, second = facts_of(planned, "total", 1), facts_of(planned, "total", 2)

    assert (len(first.items), first.more, len(second.items), second.more) == (ON_A_PAGE, True, 9, False)


def test_a_fact_names_the_frame_that_brought_its_sample() -> None:
    [fact, *_] = facts_of(receipt(), "delay", 1).items

    assert fact.sample is not None
    assert (fact.sample.node, fact.sample.epoch, fact.sample.seq) == ("edge-1", 3, 7)


def test_a_counter_is_told_from_its_first_to_its_last_reading() -> None:
    assert counters_of(receipt(), "total") == [("press-1", 100.0, 159.0)]
    assert counters_of(receipt(), "producing") == []
