import asyncio
import time

import psycopg

from config.channels import Webhook
from tests.mes.erp.plants import alarm, client
from tests.mes.screens.lines import plant

KEYS = {"tablet": "0123456789abcdef"}


def act_when_asked(database: str) -> None:
    """What alerts does with a request, once there is one."""
    deadline = time.monotonic() + 5
    while not requests(database):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    with psycopg.connect(database, autocommit=True) as conn, conn.transaction():
        conn.execute(
            "INSERT INTO alarm_journal (alarm, event, at, by, comment, request)"
            " SELECT alarm, 'acknowledged', now(), by, comment, id FROM alarm_request"
        )
        conn.execute(
            "INSERT INTO alarm_request_outcome (request, at, outcome) SELECT id, now(), 'done' FROM alarm_request"
        )
        conn.execute(
            "UPDATE alarm SET acked = true, acked_at = now(), acked_by = r.by FROM alarm_request r"
            " WHERE r.alarm = alarm.id"
        )


def requests(database: str) -> list[tuple[object, ...]]:
    with psycopg.connect(database) as conn:
        return conn.execute("SELECT alarm, by, comment FROM alarm_request ORDER BY id").fetchall()


async def test_alarms_come_newest_first_in_pages(database: str) -> None:
    ids = [alarm(database) for _ in range(5)]
    over = alarm(database, condition="normal")

    async with client(database, plant()) as http:
        first = (await http.get("/api/v1/alarms", params={"open": "true", "limit": 3})).json()
        rest = (await http.get("/api/v1/alarms", params={"open": "true", "cursor": first["next_cursor"]})).json()
        closed = (await http.get("/api/v1/alarms", params={"open": "false"})).json()

    assert [item["id"] for item in first["items"] + rest["items"]] == ids[::-1]
    assert [item["id"] for item in closed["items"]] == [over]
    assert first["items"][0]["text"] == {"en": "Stopped for long", "zh": "停机已久"}


async def test_an_acknowledgement_waits_for_alerts(database: str) -> None:
    number = alarm(database)
    async with client(database, plant()) as http:
        asked = asyncio.create_task(
            http.post(f"/api/v1/alarms/{number}/acknowledge", json={"by": "Li Wei", "comment": "Die changed."})
        )
        await asyncio.to_thread(act_when_asked, database)
        answer = await asked

    assert answer.status_code == 200
    assert answer.json()["condition"] == "active_acked"
    assert answer.json()["acked_by"] == "Li Wei"
    assert requests(database) == [(number, "Li Wei", "Die changed.")]


async def test_without_alerts_the_request_is_kept_and_said_to_be_pending(database: str) -> None:
    number = alarm(database)

    async with client(database, plant()) as http:
        answer = await http.post(f"/api/v1/alarms/{number}/acknowledge", json={"by": "Li Wei"})
        listed = (await http.get("/api/v1/alarms")).json()["items"][0]

    assert answer.status_code == 202
    assert answer.json()["pending"]
    assert listed["pending"]


async def test_acknowledging_what_is_acknowledged_changes_nothing(database: str) -> None:
    number = alarm(database, condition="active_acked")

    async with client(database, plant()) as http:
        answer = await http.post(f"/api/v1/alarms/{number}/acknowledge", json={"by": "Li Wei"})

    assert answer.status_code == 200
    assert requests(database) == []


async def test_the_name_of_the_key_stands_before_the_person(database: str) -> None:
    number = alarm(database)

    async with client(database, plant(), KEYS) as http:
        path = f"/api/v1/alarms/{number}/acknowledge"
        stranger = await http.post(path, json={"by": "Li Wei"})
        await http.post(path, json={"by": "Li Wei"}, headers={"Authorization": "Bearer 0123456789abcdef"})

    assert stranger.status_code == 401
    assert requests(database) == [(number, "tablet: Li Wei", "")]


async def test_an_acknowledgement_needs_a_name(database: str) -> None:
    number = alarm(database)

    async with client(database, plant()) as http:
        answer = await http.post(f"/api/v1/alarms/{number}/acknowledge", json={"by": ""})
        nothing = await http.post("/api/v1/alarms/99/acknowledge", json={"by": "Li Wei"})

    assert (answer.status_code, nothing.status_code) == (422, 404)
    assert requests(database) == []


def undelivered(database: str, number: int, channel: str, refused: int, error: str | None = None) -> None:
    """A message of an alarm that a channel has not taken, as alerts writes it."""
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "WITH j AS (INSERT INTO alarm_journal (alarm, event, at) VALUES (%s, 'raised', now() - interval '1 min')"
            " RETURNING id, at)"
            " INSERT INTO delivery (journal, channel, next_attempt_at, attempted_at, refused, provider_answer)"
            " SELECT id, %s, at, at, %s, %s FROM j",
            (number, channel, refused, error),
        )


async def test_an_alarm_says_which_message_of_it_has_not_been_taken_and_why(database: str) -> None:
    refused, over, taken = alarm(database), alarm(database, condition="normal"), alarm(database)
    said = "HTTP 200, code 40008: <b>invalid</b> message type"
    undelivered(database, refused, "chat", 1, said)
    undelivered(database, refused, "desk", 0)
    undelivered(database, over, "chat", 0)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("INSERT INTO channel_trouble VALUES ('desk', 'too_fast', 'HTTP 429', now(), now())")
    channels = tuple(Webhook(kind="webhook", id=id_, url_env="HOOK") for id_ in ("chat", "desk"))
    with_channels = plant().model_copy(update={"channels": channels})

    async with client(database, with_channels) as http:
        items = {item["id"]: item["undelivered"] for item in (await http.get("/api/v1/alarms")).json()["items"]}
        pages = {language: (await http.get(f"/alarms?lang={language}")).text for language in ("en", "zh")}

    assert [(u["channel"], u["messages"], u["condition"], u["answer"]) for u in items[refused]] == [
        ("chat", 1, "refused", said),
        ("desk", 1, "too_fast", "HTTP 429"),
    ]
    assert (len(items[over]), items[taken]) == (1, [])
    assert "▲ not delivered to chat · refused by the receiver" in pages["en"]
    assert "▲ chat: 2 messages not delivered" in pages["en"]
    assert "▲ 未送达 desk · 发送太快，接收方暂不接收" in pages["zh"]
    assert "▲ chat：2 条消息未送达" in pages["zh"]
    assert "<b>invalid" not in pages["en"]


async def test_a_message_that_is_being_sent_is_no_trouble(database: str) -> None:
    number = alarm(database)
    undelivered(database, number, "chat", 0)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("UPDATE alarm_journal SET at = now()")

    async with client(database, plant()) as http:
        listed = (await http.get("/api/v1/alarms")).json()["items"][0]

    assert listed["undelivered"] == []
