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


async def test_a_form_that_changes_a_name_leaves_all_else_as_it_was(database: str) -> None:
    with connect(database, "mes") as conn:
        staff(conn, "4711", "4712")  # type: ignore[arg-type]  # rows of any kind
    shifts = [shift.id for shift in PLANT.site.shifts][:2]
    turn = {"members": ["4711", "4712"], "days": 3, "handover": "07:30", "first_day": "2026-01-05", "shifts": shifts}
    roster = {"name": {"en": "R", "zh": "R"}, "zone": "Europe/Berlin", "rotations": [turn | {"skill": "plc"}] * 12}
    policy = {"name": {"en": "P", "zh": "P"}, "steps": [{"after_min": n, "roster": "r"} for n in range(12)]}
    policy |= {"repeat_every_min": 30, "repeats": 2}
    async with client(database, PLANT) as http:
        for path, body in (("/rosters/r", roster), ("/escalation-policies/p", policy)):
            assert (await http.put(f"/api/v1{path}", json=body)).status_code == 200
        page = (await http.get("/on-call?lang=en")).text
        for action in ("/on-call/rosters", "/on-call/policies"):
            form = re.search(rf'<form method="post" action="{action}".*?</form>', page, re.DOTALL)
            assert form is not None
            said = fields(form[0]) | {"zh": "新", "by": "Li Wei", "act": "save"}
            assert (await http.post(action, data=said)).headers["location"] == "/on-call"
        [made] = (await http.get("/api/v1/rosters")).json()
        [kept] = (await http.get("/api/v1/escalation-policies")).json()

    assert made["rotations"] == roster["rotations"]
    assert (made["version"], made["zone"], made["name"]["zh"]) == (2, "Europe/Berlin", "新")
    assert (kept["version"], kept["repeats"], kept["repeat_every_min"]) == (2, 2, 30)
    assert [step["after_min"] for step in kept["steps"]] == list(range(12))


def fields(form: str) -> dict[str, str]:
    """What a browser sends of a form that nobody has touched."""
    found = {}
    for tag in re.findall(r"<input[^>]*>", form):
        name, value = re.search(r' name="([^"]*)"', tag), re.search(r' value="([^"]*)"', tag)
        if name is not None:
            found[name[1]] = value[1] if value else ""
    for name, options in re.findall(r'<select name="([^"]*)">(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found
