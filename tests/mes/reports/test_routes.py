from uuid import uuid4

import psycopg

from tests.mes.erp.plants import client
from tests.mes.screens.lines import plant

SCHEDULE = {
    "name": "Shift to the office",
    "equipment": "line-1",
    "period": "shift",
    "cron": "15  14 * * *",
    "language": "zh",
    "format": "csv",
    "recipients": ["wang@example.com"],
}


async def test_a_schedule_is_made_changed_and_ended_and_each_version_is_kept(database: str) -> None:
    path = f"/api/v1/report-schedules/{uuid4()}"
    async with client(database, plant()) as http:
        made = (await http.put(path, json=SCHEDULE)).json()
        same = (await http.put(path, json=SCHEDULE)).json()
        ended = (await http.put(path, json=SCHEDULE | {"active": False})).json()
        listed = (await http.get("/api/v1/report-schedules")).json()

    assert (made["version"], made["cron"], made["last_due"]) == (1, "15 14 * * *", None)
    assert made["next_due"] is not None
    assert same["version"] == 1
    assert (ended["version"], ended["next_due"]) == (2, None)
    assert [one["version"] for one in listed] == [2]
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT count(*) FROM report_schedule").fetchall() == [(2,)]
        acts = conn.execute("SELECT count(*) FROM audit_entry WHERE action = 'report_schedule.changed'").fetchall()
    assert acts == [(2,)]


async def test_what_cannot_be_sent_is_no_schedule(database: str) -> None:
    wrong = [{"cron": "61 14 * * *"}, {"recipients": ["nobody"]}, {"recipients": []}, {"equipment": "press-99"}]
    async with client(database, plant()) as http:
        for one in wrong:
            refused = await http.put(f"/api/v1/report-schedules/{uuid4()}", json=SCHEDULE | one)
            assert refused.status_code == 422


async def test_a_person_makes_and_ends_a_schedule_on_the_page(database: str) -> None:
    form = SCHEDULE | {"recipients": "wang@example.com\r\nli@example.com"}
    async with client(database, plant()) as http:
        await http.post("/report/schedules", data=form)
        (made,) = (await http.get("/api/v1/report-schedules")).json()
        page = (await http.get("/report/schedules")).text
        await http.post(f"/report/schedules/{made['id']}/end")
        (ended,) = (await http.get("/api/v1/report-schedules")).json()
        refused = await http.post("/report/schedules", data=form | {"cron": "x"})

    assert made["recipients"] == ["wang@example.com", "li@example.com"]
    assert "Shift to the office" in page
    assert (ended["active"], ended["version"]) == (False, 2)
    assert refused.headers["location"].endswith("trouble=report_refused")
