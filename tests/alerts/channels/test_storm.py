"""A thousand alarms, fifty of high priority, over three robots that enforce their limits; on a clock of its own."""

from dataclasses import replace
from itertools import cycle

import pytest

from config.channels import Format, Webhook
from tests.alerts.letters import MESSAGE
from tests.alerts.providers import Bad, Robot
from tests.alerts.storm import Floor, Row

ROBOTS = {"wecom": Format.WECOM, "dingtalk": Format.DINGTALK, "feishu": Format.FEISHU}


def floor_of(bad: dict[str, Bad] | None = None) -> tuple[Floor, dict[str, Robot]]:
    """Three robots, each with the two others as its spares."""
    robots = {name: Robot(format_, bad=(bad or {}).get(name)) for name, format_ in ROBOTS.items()}
    names = list(ROBOTS)
    channels = {
        name: (
            Webhook(
                id=name,
                kind="webhook",
                url_env="CHAT",
                format=robot.format,
                spares=tuple(names[n + 1 :] + names[:n]),
            ),
            robot,
        )
        for n, (name, robot) in enumerate(robots.items())
    }
    return Floor(channels), robots


def storm(floor: Floor, over_s: float) -> None:
    """A thousand alarms, every twentieth of high priority, a third of them to each robot."""
    for n in range(1000):
        floor.run(n * over_s / 1000)
        message = replace(MESSAGE, id=n, alarm=n, priority="high" if n % 20 == 0 else "low")
        floor.tables.post(list(ROBOTS)[n % 3], message)


def late(floor: Floor) -> list[Row]:
    """Those of high priority that stood in no accepted message within a minute."""
    high = [row for row in floor.tables.rows if row.waiting.high]
    assert len(high) == 50
    return [row for row in high if row.taken_s is None or row.taken_s - row.posted_s > 60]


@pytest.mark.parametrize("over_s", [0.0, 45.0])
def test_each_of_high_priority_is_read_within_a_minute_and_no_robot_is_asked_too_much(over_s: float) -> None:
    floor, robots = floor_of()
    storm(floor, over_s)
    floor.run(over_s + 180)

    assert late(floor) == []
    assert [robot.throttled for robot in robots.values()] == [0, 0, 0]
    assert all(row.state == "delivered" for row in floor.tables.rows)
    texts = [post.text for robot in robots.values() for post in robot.accepted]
    assert all(any(f"#{n}" in text or f"Alarm {n}," in text for text in texts) for n in range(0, 1000, 20))
    assert any("Digest of" in text for text in texts)
    assert len(texts) < 120


@pytest.mark.parametrize(("bad", "name"), list(zip(Bad, cycle(ROBOTS), strict=False)))
def test_what_a_failing_robot_does_not_take_another_one_takes_within_a_minute(bad: Bad, name: str) -> None:
    floor, robots = floor_of({name: bad})
    storm(floor, 0.0)
    floor.run(240)

    assert late(floor) == []
    assert [robot.throttled for robot in robots.values()] == [0, 0, 0]
    assert all(row.state == "delivered" and row.via != name for row in floor.tables.rows)


@pytest.mark.parametrize("bad", [Bad.FAULT, Bad.CODE])
def test_where_all_fail_nothing_is_given_up_and_it_is_seen(bad: Bad) -> None:
    floor, robots = floor_of(dict.fromkeys(ROBOTS, bad))
    storm(floor, 0.0)
    floor.run(600)

    assert all(row.state == "pending" for row in floor.tables.rows)
    assert all(one.readiness.trouble or one.backlog.refused for one in floor.dispatches.values() if one.backlog.waiting)

    for robot in robots.values():
        robot.bad = None
    floor.run(1500)
    assert all(row.state == "delivered" for row in floor.tables.rows)
