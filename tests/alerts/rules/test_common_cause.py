"""Machines that fall silent at once have something in common."""

from alerts.rules.common_cause import groups_of, silent_at_once
from tests.alerts.alarms.plants import plant_of_48

GROUPS = groups_of(plant_of_48())
S = 1_000_000


def subjects(silent: dict[str, int]) -> list[str]:
    return [group.subject for group in silent_at_once(GROUPS, silent)]


def test_a_line_and_its_plc_are_one_group_and_the_site_is_the_largest() -> None:
    assert GROUPS[0].subject == "site/plant"
    assert [group.subject for group in GROUPS[3:]] == [f"line/line-{n}" for n in range(1, 7)]


def test_the_largest_group_that_is_silent_is_named_and_none_within_it() -> None:
    agent = {machine: n * S for n, machine in enumerate(sorted(GROUPS[1].machines))}

    assert subjects(agent) == ["edge/edge-1"]
    assert subjects(dict.fromkeys(GROUPS[0].machines, 0)) == ["site/plant"]


def test_one_machine_that_is_heard_or_that_was_switched_off_long_before_makes_no_common_cause() -> None:
    line = sorted(GROUPS[3].machines)

    assert subjects(dict.fromkeys(line[1:], 0)) == []
    assert subjects({machine: n * 600 * S for n, machine in enumerate(line)}) == []
    assert subjects({machine: 600 * S * (n > 0) for n, machine in enumerate(line)}) == ["line/line-1"]
