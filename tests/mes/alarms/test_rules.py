"""/rules: the rules with how often they spoke; a trial is asked by mes, answered by alerts, and drawn."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg.types.json import Jsonb

from alerts.trials.answering import answer_next
from config.load import parse_plant
from mes.alarms.trial_strips import strips_of
from runtime.database import connect
from tests.alerts.floor import Floor
from tests.alerts.rules.counting import counting_text
from tests.mes.erp.plants import client

HOT = "{id: hot, kind: threshold, tag: temperature, above: 60, machines: [press-1]}"
PLANT = parse_plant(counting_text(f"[{HOT}, {{id: silent, kind: no_data, longer_than: 30s}}]"))


async def test_a_trial_is_answered_by_alerts_and_drawn(database: str) -> None:
    floor, now = Floor(database), datetime.now(UTC)
    begin = now - timedelta(hours=1)
    values = [50] * 10 + [65] * 30 + [50] * 10
    floor.samples("press-1", "temperature", [(begin + timedelta(seconds=i), value) for i, value in enumerate(values)])
    floor.close()

    def answer() -> None:
        with connect(database, "alerts") as conn:
            while not answer_next(conn, PLANT):
                pass

    async with client(database, PLANT) as http:
        prefilled = (await http.get("/rules?rule=hot&lang=en")).text
        form = {"text": HOT, "hours": "8", "by": "Li Wei"}
        asked, _ = await asyncio.gather(http.post("/rules/try", data=form), asyncio.to_thread(answer))
        page = (await http.get(asked.headers["location"].replace("#try", "&lang=en"))).text

    assert "tag: temperature" in prefilled
    assert asked.status_code == 303
    assert "Alarms: 1, active for 30 s in all. Messages to each channel: 2." in page
    assert "Press 1: temperature 65 °C, above 60 °C" in page
    assert re.search(r'<rect class="s-down" x="8\d\.\d+%"', page)


async def test_a_rule_with_a_mistake_is_not_asked(database: str) -> None:
    async with client(database, PLANT) as http:
        wrong = await http.post(
            "/rules/try", data={"text": HOT.replace("temperature", "heat"), "hours": "8", "by": "Li"}
        )
        late = await http.post("/rules/try", data={"text": HOT, "hours": "9", "by": "Li"})

    assert (wrong.status_code, late.status_code) == (422, 422)
    assert "none of its machines has a tag" in wrong.text
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT count(*) FROM rule_trial").fetchall() == [(0,)]


async def test_what_cannot_be_tried_says_why_and_what_nobody_answers_too(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        for minutes, rule in ((0, "{id: late, kind: order_late}"), (20, HOT)):
            conn.execute(
                "INSERT INTO rule_trial (rule, begin_at, end_at, by, at) VALUES"
                " (%s, now() - interval '8 h', now(), 'Li', now() - %s * interval '1 min')",
                (rule, minutes),
            )
    with connect(database, "alerts") as conn:
        assert [answer_next(conn, PLANT), answer_next(conn, PLANT)] == [True, False]
    async with client(database, PLANT) as http:
        pages = [(await http.get(f"/rules?trial={number}&lang=en")).text for number in (1, 2)]
        unknown = await http.get("/rules?trial=9")

    assert "cannot be tried: what was expected of orders" in pages[0]
    assert "No answer: is service alerts running?" in pages[1]
    assert unknown.status_code == 404


async def test_each_rule_says_its_version_and_how_often_it_spoke(database: str) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("INSERT INTO alert_rule (rule, definition, sha256) VALUES ('hot', %s, 'x')", (Jsonb({}),))
        conn.execute(
            "WITH one AS (INSERT INTO alarm (rule, subject, priority, text_en, text_zh, raised_at)"
            " VALUES ('hot', 'press-1', 'low', '', '', now()) RETURNING id)"
            " INSERT INTO alarm_journal (alarm, event, at) SELECT id, e, now() FROM one,"
            " unnest(ARRAY['raised', 'cleared', 'raised_again']) AS e"
        )
    async with client(database, PLANT) as http:
        page = (await http.get("/rules?lang=en")).text

    assert re.search(r"<b>hot</b>.*?<b>2</b>.*?>1 · ", page, re.DOTALL)
    assert "not judged yet" in page


def test_an_alarm_of_a_moment_is_still_seen_and_stays_in_the_strip() -> None:
    [strip] = strips_of([{"subject": "m", "begin_us": 999_999, "end_us": None}], 0, 1_000_000)

    [(x, width)] = strip.boxes
    assert width >= 0.3
    assert x + width <= 100.1


async def test_the_drawing_of_a_rule_stands_with_its_alarm(database: str) -> None:
    drawing = "https://docs.example.com/press/jam"
    plant = parse_plant(counting_text(f"[{HOT[:-1]}, document: {drawing}}}]"))
    with psycopg.connect(database, autocommit=True) as conn:
        row = conn.execute(
            "INSERT INTO alarm (rule, subject, machine, priority, text_en, text_zh, raised_at)"
            " VALUES ('hot', 'press-1', 'press-1', 'low', '', '', now()) RETURNING id"
        ).fetchone()
    assert row is not None
    async with client(database, plant) as http:
        told = (await http.get(f"/api/v1/alarms/{row[0]}")).json()
        page = (await http.get(f"/alarms/{row[0]}?lang=en")).text

    assert told["document"] == drawing
    assert f'href="{drawing}"' in page
