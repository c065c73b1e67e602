"""Which alarm follows from which."""

import pytest

from alerts.alarms.roots import Roots
from alerts.rules.judge import Finding, Key
from alerts.rules.tapes import Verdict
from tests.alerts.alarms.plants import plant_of_48

PLANT = plant_of_48()
ROOTS = Roots(PLANT)


def found(rule: str, subject: str, waits: str | None = None) -> Finding:
    one = next(one for one in PLANT.rules if one.id == rule)
    machine = None if "/" in subject else subject
    return Finding(one, (rule, subject), machine, Verdict.ON, waits_for=waits)  # type: ignore[arg-type]  # of the table


@pytest.mark.parametrize(
    ("finding", "standing", "root"),
    [
        (found("silent", "m-1-1"), [("silent", "edge/edge-1")], ("silent", "edge/edge-1")),
        (found("silent", "m-4-1"), [("silent", "edge/edge-1")], None),
        (found("silent", "line/line-1"), [("silent", "edge/edge-1")], ("silent", "edge/edge-1")),
        (found("silent", "edge/edge-1"), [("silent", "line/line-1")], None),
        (found("stands", "m-1-4", "upstream"), [("stands", "m-1-1"), ("stands", "m-1-2")], ("stands", "m-1-2")),
        (found("stands", "m-1-1", "downstream"), [("stands", "m-1-3"), ("stands", "m-2-2")], ("stands", "m-1-3")),
        (found("stands", "m-1-4"), [("stands", "m-1-2")], None),
        (found("stands", "m-1-4", "upstream"), [("stands", "m-1-5")], None),
        (found("too-warm", "m-5-1"), [("cooling", "m-1-1")], ("cooling", "m-1-1")),
        (found("hot", "m-5-1"), [("cooling", "m-1-1")], None),
    ],
)
def test_what_follows_from_what(finding: Finding, standing: list[Key], root: Key | None) -> None:
    assert ROOTS.root_of(finding, standing) == root


def test_roots_are_raised_before_what_follows_from_them() -> None:
    mixed = [
        found("stands", "m-1-5", "upstream"),
        found("silent", "m-4-1"),
        found("stands", "m-1-4", "upstream"),
        found("too-warm", "m-1-1"),
        found("stands", "m-1-3"),
        found("silent", "edge/edge-2"),
        found("cooling", "m-1-1"),
    ]

    keys = [finding.key[1] for finding in ROOTS.in_order(mixed)]

    assert keys.index("m-1-3") < keys.index("m-1-4") < keys.index("m-1-5")
    assert keys.index("edge/edge-2") < keys.index("m-4-1")
