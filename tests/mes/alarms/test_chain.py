"""One id, one page: from the samples to the rule's wording, the decision, each message with its answer, and people."""

from datetime import UTC, datetime

import psycopg

from alerts.alarms.journal import Journal, Request
from alerts.rules.judge import Finding
from alerts.rules.store_versions import versions_in_force
from alerts.rules.tapes import Verdict
from runtime.database import connect
from tests.alerts.floor import plant_with
from tests.mes.erp.plants import client

CHAT = "[{id: chat, kind: webhook, url_env: CHAT}]"
HOT = (
    "{id: hot, kind: threshold, tag: temperature, above: 60, delay: 90s, notify: [chat],"
    " cause: {en: A clogged filter., zh: 滤网堵塞。}, corrective_action: [{en: Clean it., zh: 清洁滤网。}]}"
)
PLANT = plant_with(f"[{HOT}]", CHAT)


def happened(database: str) -> None:
    """Raised, told with the second attempt, asked for, acknowledged."""
    rule = PLANT.rules[0]
    with connect(database, "alerts") as conn:
        journal = Journal(conn, PLANT)
        journal.write([], [Finding(rule, ("hot", "press-1"), "press-1", Verdict.ON, 65.25)], datetime.now(UTC))
        conn.execute(
            "INSERT INTO delivery_attempt (delivery, via, at, answered_at, result, status, code, said)"
            " SELECT id, 'chat', now(), now(), 'too_fast', 200, 45009, 'api freq out of limit' FROM delivery"
            " UNION ALL SELECT id, 'chat', now(), now(), 'taken', 200, 0, 'ok' FROM delivery"
        )
        conn.execute("UPDATE delivery SET state = 'delivered', delivered_at = now(), attempts = 2")
        conn.execute("INSERT INTO alarm_request (alarm, action, by) VALUES (1, 'acknowledge', 'Li Wei')")
        journal.write([Request(1, ("hot", "press-1"), 1, "Li Wei")], [], datetime.now(UTC))


async def test_the_chain_of_an_alarm_is_whole(database: str) -> None:
    happened(database)
    async with client(database, PLANT) as http:
        told = (await http.get("/api/v1/alarms/1/chain")).json()
        samples = await http.get(told["samples"])
        pages = [(await http.get(f"/alarms/1/chain?lang={language}")).text for language in ("en", "zh")]
        nothing = await http.get("/api/v1/alarms/99/chain")

    assert told["rule_version"]["definition"]["above"] == 60.0
    assert len(told["rule_version"]["sha256"]) == 64
    assert samples.status_code == 200
    assert [(line["event"], line["by"], line["outcome"]) for line in told["lines"]] == [
        ("raised", None, None),
        ("asked", "Li Wei", "done"),
        ("acknowledged", "Li Wei", None),
    ]
    found = {"value": 65.25, "tag": "temperature", "above": 60.0, "delay_us": 90_000_000}
    assert told["lines"][0]["detail"] == found
    [message] = told["lines"][0]["messages"]
    assert [(one["result"], one["code"], one["said"]) for one in message["answers"]] == [
        ("too_fast", 45009, "api freq out of limit"),
        ("taken", 0, "ok"),
    ]
    assert all("api freq out of limit" in page and "65.25" in page for page in pages)
    assert ["A clogged filter." in page and "Clean it." in page for page in pages] == [True, False]
    assert ["滤网堵塞。" in page and "清洁滤网。" in page for page in pages] == [False, True]
    assert not any(code in page for page in pages for code in ("PT1M30S", "{&#39;en&#39;"))
    assert "90 s" in pages[0]
    assert nothing.status_code == 404


def test_a_wording_is_kept_once_and_each_alarm_names_the_one_that_raised_it(database: str) -> None:
    other = plant_with(f"[{HOT.replace('60', '70')}]", CHAT)
    with psycopg.connect(database, autocommit=True) as conn:
        numbers = [versions_in_force(conn, made.rules)["hot"] for made in (PLANT, PLANT, other, PLANT)]
        kept = conn.execute("SELECT definition->>'above' FROM alert_rule ORDER BY version").fetchall()

    assert numbers == [1, 1, 2, 3]
    assert kept == [("60.0",), ("70.0",), ("60.0",)]
