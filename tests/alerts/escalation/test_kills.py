"""kill -9 at random instants: each step of an escalation is carried out once, in order, and none is forgotten."""

import random
import time
from collections import Counter
from itertools import pairwise
from pathlib import Path

from tests.alerts.alarms.test_kills import KILLS, Killed, heat
from tests.alerts.escalation.roster_rows import policy, roster, staff
from tests.alerts.floor import Floor
from tests.alerts.receivers import HttpReceiver
from tests.support.eventually import eventually

RULES = "[{id: hot, kind: threshold, tag: temperature, above: 60, owner: mechanics}]"
STEPS = 6
# The small run has its other kill in alerts/alarms.
TIMES = max(1, KILLS // 2)
STEP_US = 700_000
DONE = "SELECT count(*) FROM escalation_state WHERE next_at IS NULL"
CALLS = (
    "SELECT event, (detail ->> 'step')::int, extract(epoch FROM at)::float8 FROM alarm_journal"
    " WHERE event IN ('escalated', 'nobody_on_call') ORDER BY id"
)


def test_killed_at_random_every_step_is_carried_out_once_and_none_early(
    database: str, tmp_path: Path, floor: Floor, chat: HttpReceiver
) -> None:
    chance = random.Random()
    staff(floor.conn, "ada", "bo")
    roster(floor.conn, "first", "ada")
    roster(floor.conn, "nobody")
    # The third step has nobody on call: it is skipped at once, and told.
    steps = [(STEP_US, "nobody" if nth == 2 else "first", None) for nth in range(STEPS)]
    policy(floor.conn, "mechanics", (0, "first", None), *steps)
    service = Killed(tmp_path, database, chat, RULES)
    try:
        eventually("the first round", lambda: floor.rows("SELECT count(*) FROM alerts_position") == [(1,)])
        heat(floor, 70)
        for _ in range(TIMES):
            time.sleep(chance.uniform(0.1, 1.5))
            service.kill()
        eventually("all steps", lambda: floor.rows(DONE) == [(1,)], 60)
        eventually("all messages", lambda: len({post.key for post in chat.posts}) == STEPS, 30)
    finally:
        service.end()

    calls = floor.rows(CALLS)
    assert list(range(STEPS + 1)) == [step for _, step, _ in calls]
    assert Counter(escalated=STEPS, nobody_on_call=1) == Counter(event for event, _, _ in calls)
    waited = [b[2] - a[2] for a, b in pairwise(calls)]
    # A step waits its delay after the one before; the one after a skipped step does not.
    assert [wait > STEP_US / 1e6 - 0.01 for wait in waited] == [True] * 3 + [False] + [True] * 2
    # The same message may come again, once a kill; never another.
    assert len(chat.posts) <= STEPS + TIMES
