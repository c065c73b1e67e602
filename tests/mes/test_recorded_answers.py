"""Names have changed since these answers were recorded; no number has."""

import json
import random
import re
from pathlib import Path
from typing import Any

import psycopg

from contract.sample import State, from_us
from tests.mes.erp.plants import STEP, client, parts, tape
from tests.mes.screens.lines import HOUR, MINUTE, SECOND, plant

RECORDED = Path(__file__).with_name("recorded_answers.json")
DAY = 20_000 * 24 * HOUR
ASKED = [
    (id_, what, (DAY + start * MINUTE, DAY + end * MINUTE))
    for id_ in ("press-1", "line-1", "works")
    for what in ("kpis", "losses", "stops", "cycles", "counts", "compare", "flow", "states")
    for start, end in ((0, 180), (7, 133), (61, 62))
    if what != "flow" or id_ == "line-1"
    if what != "states" or id_.startswith("press")
]
# What is another one with each answer, or made of names.
OWN = {"id", "as_of", "final_at", "hash", "next_cursor"}
# The name of a field or word then, and now.
TRANSLATED = {
    "dark_parts": "unobserved_parts",
    "dark_us": "unobserved_us",
    "flight_parts": "begun_before_parts",
    "flight_us": "begun_before_us",
    "ideal_good_no_data_us": "ideal_time_good_state_unknown_us",
    "ideal_no_data_us": "ideal_time_state_unknown_us",
    "more_reject": "more_scrap",
    "owed_us": "needed_later_us",
    "reject": "scrap",
    "unheard_us": "running_uncounted_us",
    "unseen": "bridged",
    "unseen_first_pass": "bridged_first_pass",
    "unseen_inspected": "bridged_inspected",
    "unseen_order": "bridged_order",
    "unseen_reject": "bridged_scrap",
    "unseen_rework": "bridged_rework",
    "unseen_rework_of": "bridged_rework_of",
    "unsure_delay_us": "state_uncertain_delay_us",
    "unsure_down_us": "state_uncertain_down_us",
    "unsure_order_busy_us": "state_uncertain_order_busy_us",
    "unsure_order_producing_us": "state_uncertain_order_producing_us",
    "unsure_order_us": "state_uncertain_order_us",
    "unsure_planned_stop_us": "state_uncertain_planned_stop_us",
    "unsure_producing_us": "state_uncertain_producing_us",
    "unsure_setup_us": "state_uncertain_setup_us",
    "unsure_stops": "state_uncertain_stops",
}


def made_up(database: str) -> None:
    """Three hours of two presses: states with silences, parts with rejects, and some that nobody saw being made."""
    dice = random.Random(15)
    for machine in ("press-1", "press-2"):
        at, changes = DAY, []
        while at < DAY + 3 * HOUR:
            changes.append((at, dice.choice([*State, State.RUNNING, State.RUNNING])))
            at += dice.randrange(5 * SECOND, 12 * MINUTE, SECOND)
        tape(database, machine, *changes, (at, State.NO_DATA))
        for hour in range(3):
            parts(
                database,
                machine,
                "total",
                dice.choice([3, 5]) * SECOND,
                DAY + hour * HOUR,
                DAY + (hour + 1) * HOUR - MINUTE,
            )
            parts(database, machine, "scrap", 7 * MINUTE, DAY + hour * HOUR, DAY + hour * HOUR + 40 * MINUTE)
        gaps = [(DAY + hour * HOUR - MINUTE, DAY + hour * HOUR - 5 * SECOND, dice.randrange(20)) for hour in (1, 2)]
        rows = [(machine, "total", from_us(end), from_us(start), count) for start, end, count in gaps]
        with psycopg.connect(database, autocommit=True) as conn, conn.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {STEP} VALUES (%s, %s, %s, %s, %s, 20, true)", rows)


async def answers(database: str) -> dict[str, Any]:
    """What the API says of the made-up hours, without what is another one with each answer."""
    made_up(database)
    found: dict[str, Any] = {}
    async with client(database, plant(2)) as http:
        for id_, what, (start, end) in ASKED:
            window = {"from": from_us(start).isoformat(), "to": from_us(end).isoformat()}
            asked = window | ({"with": "tpm-classic"} if what == "compare" else {})
            answer = await http.get(f"/api/v1/equipment/{id_}/{what}", params=asked)
            found[f"{id_} {what} {(start - DAY) // MINUTE} {(end - DAY) // MINUTE}"] = [
                answer.status_code,
                stripped(answer.json()),
            ]
    return found


def stripped(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: stripped(one) for key, one in value.items() if key not in OWN}
    return [stripped(one) for one in value] if isinstance(value, list) else value


def translated(value: Any) -> Any:
    """The recorded answer in the words of now; formulas are texts that name fields."""
    if isinstance(value, dict):
        return {TRANSLATED.get(key, key): translated(one) for key, one in value.items()}
    if isinstance(value, list):
        return [translated(one) for one in value]
    return re.sub(r"\w+", lambda word: TRANSLATED.get(word[0], word[0]), value) if isinstance(value, str) else value


async def test_numbers_are_those_of_before_under_their_new_names(database: str) -> None:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))

    found = json.loads(json.dumps(await answers(database)))

    assert found.keys() == recorded.keys()
    for question, answer in recorded.items():
        assert translated(answer) == found[question], question
