"""The page of the anomaly rules: what they have learned, and whether they keep their budget."""

import psycopg
from psycopg.types.json import Jsonb

from config.load import parse_plant
from tests.alerts.floor import plant_text
from tests.mes.erp.plants import client

HOUR_US = 3_600_000_000
RULES = "[{id: odd, kind: anomaly, budget: 2/month}]"
TEMPERATURE = {"tag": "temperature", "unit": "°C", "usual": 61.23, "spread": 2.5, "top": 70.5, "bottom": None}


async def test_it_tells_what_was_learned_and_how_often_the_rule_spoke(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        for machine, learned, ready in (("press-1", 11 * HOUR_US, False), ("press-2", 90 * HOUR_US, True)):
            conn.execute(
                "INSERT INTO detector (rule, machine, watches, until_us, learned_us, learns_us, ready, tags, at)"
                " VALUES ('odd', %s, '', 0, %s, %s, %s, %s, now())",
                (machine, learned, 24 * HOUR_US, ready, Jsonb([TEMPERATURE])),
            )
        for days in (1, 2, 9):
            conn.execute(
                "WITH one AS (INSERT INTO alarm"
                " (rule, subject, machine, priority, active, acked, text_en, text_zh, raised_at)"
                " VALUES ('odd', 'press-2', 'press-2', 'low', false, true, '', '', now()) RETURNING id)"
                " INSERT INTO alarm_journal (alarm, event, at)"
                " SELECT id, 'raised', now() - %s * interval '1 day' FROM one",
                (days,),
            )

    async with client(database, parse_plant(plant_text(RULES))) as http:
        page = (await http.get("/detectors?lang=en")).text

    assert "learning, 11 of 24 h of good time" in page
    assert "At most 2 false a month." in page
    assert "the latest first: 2, 1, 0, 0" in page
    assert "the latest first: 0, 0, 0, 0" in page
    assert "61.23 ± 2.5" in page
    assert "? … 70.5" in page
