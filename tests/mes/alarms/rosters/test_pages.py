"""/on-call: rosters and policies made by forms, a dry run, overrides, and one's own shifts as a calendar."""

import re
from datetime import UTC, datetime

import pytest
from icalendar import Calendar

from mes.alarms.rosters.calendar_file import calendar_of_turns
from runtime.database import connect
from tests.alerts.escalation.roster_rows import staff
from tests.mes.erp.plants import client
from tests.mes.house import PLANT, WITH_CHAT

NAMES = {"en": "Mechanics", "zh": "机修", "by": "Li Wei"}


async def test_rosters_and_policies_are_made_by_forms_and_a_night_is_tried(database: str) -> None:
    with connect(database, "mes") as conn:
        staff(conn, "4711", "4712", priority="high")  # type: ignore[arg-type]  # rows of any kind
    turn = {"members-0": "4711, 4712", "days-0": "7", "handover-0": "08:00", "first_day-0": "2026-01-05"}
    steps = {"after-0": "0", "calls-0": "roster:mechanics", "after-1": "10", "calls-1": "", "repeat_every": "30"}
    change = {
        "kind": "replace",
        "holder": "4712",
        "instead_of": "4711",
        "from": "2026-12-23T00:00",
        "to": "2026-12-25T00:00",
    }
    async with client(database, WITH_CHAT) as http:
        made = [
            await http.post("/on-call/rosters", data=NAMES | turn | {"id": "mechanics"}),
            await http.post("/on-call/policies", data=NAMES | steps | {"id": "mechanics"}),
        ]
        asked = {"at": "2026-12-24T03:10", "policy": "mechanics"}
        plain = (await http.get("/on-call", params=asked)).text
        made.append(await http.post("/on-call/overrides", data=change | {"roster": "mechanics", "by": "Li Wei"}))
        replaced = (await http.get("/on-call", params=asked | {"lang": "zh"})).text
        ended = re.search(r"/on-call/overrides/([0-9a-f-]+)/end", replaced)
        assert ended is not None
        await http.post(ended[0], data={"by": "Li Wei"})
        back = (await http.get("/on-call", params=asked | {"lang": "en"})).text
        refused = [
            await http.post("/on-call/rosters", data=NAMES | turn | {"id": "Not An Id"}),
            await http.post("/on-call/rosters", data=NAMES | turn | {"id": "x", "members-0": "9"}),
            await http.post("/on-call/ways", data={"priority": "high", "channel": "chat"}),
        ]

    assert [one.headers["location"] for one in made] == ["/on-call"] * 3
    called = [set(re.findall(r"(\d{4}) by chat", page)) for page in (plain, replaced, back)]
    assert [{"4711"}, {"4712"}, {"4711"}] == called
    assert "4712 替 4711" in replaced
    assert "0 分钟后: 机修" in replaced
    assert [one.headers["location"].partition("trouble=")[2] for one in refused] == [
        "refused",
        "refused",
        "log_in_first",
    ]


async def test_an_unknown_calendar_is_not_there(database: str) -> None:
    async with client(database, WITH_CHAT) as http:
        answer = await http.get(f"/on-call/{'x' * 32}.ics")

    assert answer.status_code == 404


def test_a_calendar_program_reads_the_turns_and_knows_them_again() -> None:
    start = datetime(2026, 3, 2, 7, tzinfo=UTC)
    us = round(start.timestamp()) * 1_000_000
    made = [calendar_of_turns([("机修", us, us + 3_600_000_000)], "On call", "On call: {}", start) for _ in range(2)]
    [event] = Calendar.from_ical(made[0]).walk("VEVENT")

    assert made[0] == made[1]
    assert str(event["summary"]) == "On call: 机修"
    assert (start, 3600) == (event["dtstart"].dt, (event["dtend"].dt - event["dtstart"].dt).total_seconds())


@pytest.mark.parametrize("at", ["9999-12-31T23:59", "0001-01-01", "1999-12-31T12:00", "2026-13-45", "12:00"])
async def test_an_instant_that_there_is_not_is_refused_and_not_taken_for_none(database: str, at: str) -> None:
    async with client(database, WITH_CHAT) as http:
        asked = await http.get("/on-call", params={"at": at})
        changed = await http.post("/on-call/overrides", data={"roster": "mechanics", "from": at, "to": at, "by": "Li"})

    assert (asked.status_code, "That was not understood" in asked.text) == (200, True)
    assert changed.headers["location"] == "/on-call?trouble=refused"


async def test_where_the_plant_has_no_channel_the_page_says_that_nobody_can_be_reached(database: str) -> None:
    async with client(database, PLANT) as http:
        without = (await http.get("/on-call")).text
    async with client(database, WITH_CHAT) as http:
        reached = (await http.get("/on-call")).text

    assert ("nobody can be reached" in without, "nobody can be reached" in reached) == (True, False)
