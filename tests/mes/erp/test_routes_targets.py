"""Targets by day: set and taken back, by programs and by the form; the plant file's first; the past keeps its own."""

from contract.sample import from_us
from mes.calendar.store_targets import follow_targets
from runtime.database import connect
from tests.mes.erp.plants import client
from tests.mes.house import PLANT

LINE = PLANT.lines[0]
PATH = f"/api/v1/equipment/{LINE.id}/targets"
BY = {"by": "Li Wei", "why": "new tool"}


def with_target(share: float | None):  # type: ignore[no-untyped-def]
    line = LINE.model_copy(update={"target_oee": share})
    return PLANT.model_copy(update={"lines": (line, *PLANT.lines[1:])})


async def test_a_target_is_set_from_a_day_on_and_taken_back(database: str) -> None:
    async with client(database, PLANT) as http:
        first = (await http.post(PATH, json=BY | {"since": "2026-01-05", "target_oee": 0.7})).json()
        again = (await http.post(PATH, json=BY | {"since": "2026-01-05", "target_oee": 0.7})).json()
        more = (await http.post(PATH, json=BY | {"since": "2026-02-02", "target_oee": 0.75})).json()
        back = (await http.post(PATH, json=BY | {"since": "2026-02-02", "target_oee": None})).json()
        past = (await http.get(PATH, params={"as_of": more["items"][0]["at"]})).json()

    assert first == again == back
    assert [one["target_oee"] for one in more["items"]] == [0.75, 0.7]
    assert more["items"] == past["items"]


async def test_a_target_is_asked_of_a_line_and_is_a_share(database: str) -> None:
    async with client(database, PLANT) as http:
        machine = LINE.machines[0].id
        wrong = await http.get(f"/api/v1/equipment/{machine}/targets")
        much = await http.post(PATH, json=BY | {"since": "2026-01-05", "target_oee": 1.2})

    assert (wrong.status_code, much.status_code) == (404, 422)
    assert LINE.id in wrong.json()["cure"]


async def test_the_form_takes_per_cent_and_the_page_says_who_and_why(database: str) -> None:
    form = BY | {"since": "2026-01-05", "share": "72,5", "act": "set"}
    async with client(database, PLANT) as http:
        made = await http.post(f"/targets/{LINE.id}", data=form)
        odd = await http.post(f"/targets/{LINE.id}", data=form | {"share": "much"})
        nobody = await http.post(f"/targets/{LINE.id}", data={"since": "2026-01-05", "share": "50"})
        pages = [(await http.get(f"/targets?lang={lang}&trouble=refused")).text for lang in ("en", "zh")]
        await http.post(f"/targets/{LINE.id}", data=BY | {"since": "2026-01-05", "act": "take_back"})
        after = (await http.get(PATH)).json()["items"]

    assert [one.headers["location"] for one in (made, odd, nobody)] == [
        "/targets",
        "/targets?trouble=refused",
        "/targets?trouble=name_first",
    ]
    assert all("72.5 %" in page and "Li Wei" in page and "new tool" in page for page in pages)
    assert "That was not understood" in pages[0]
    assert "无法识别" in pages[1]
    assert after == []


async def test_another_target_of_the_plant_file_holds_from_the_day_on_which_it_is_applied(database: str) -> None:
    first, later = from_us(1_767_600_000_000_000), from_us(1_770_000_000_000_000)
    with connect(database, "mes") as conn:
        follow_targets(conn, with_target(0.6), first)
        follow_targets(conn, with_target(0.6), later)
        follow_targets(conn, with_target(0.8), later)
    async with client(database, PLANT) as http:
        said = (await http.get(PATH)).json()["items"]

    assert [(one["target_oee"], one["source"]) for one in said] == [(0.8, "plant file"), (0.6, "plant file")]
    assert said[1]["from"] is None
    assert said[0]["from"].startswith("2026-02-0")
