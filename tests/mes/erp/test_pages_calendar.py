"""/calendar: public holidays beside what works; holidays, make-up days and overtime by a form, in both languages."""

from datetime import date

import pytest

from mes.erp.month import country_of, public_days
from runtime.database import connect
from tests.mes.erp.plants import client, keeping
from tests.mes.house import PLANT

BY = {"by": "Li Wei", "why": "2026 plan"}


def test_a_make_up_day_is_worked_in_place_of_a_holiday_by_the_state_council() -> None:
    days = public_days("CN", 2026, "zh")

    assert (days[date(2026, 1, 1)].name, days[date(2026, 1, 4)].make_up) == ("元旦", True)
    assert [country_of(zone) for zone in ("Asia/Shanghai", "Europe/Berlin", "UTC")] == ["CN", "DE", None]
    assert public_days("XX", 2026, "en") == {}


async def test_the_page_shows_what_differs_and_the_form_settles_it(database: str) -> None:
    with keeping(database, PLANT):
        async with client(database, PLANT) as http:
            page = (await http.get("/calendar?day=2026-02-17&lang=en")).text
            made = await http.post("/calendar", data=BY | {"day": "2026-02-17", "act": "holiday"})
            after = (await http.get("/calendar?day=2026-02-17&lang=zh")).text
            back = await http.post("/calendar", data=BY | {"day": "2026-02-17", "act": "withdraw"})
            again = (await http.get("/calendar?day=2026-02-17&lang=en")).text

    assert "A public holiday, and shifts work" in page
    assert [one.headers["location"] for one in (made, back)] == ["/calendar?day=2026-02-17"] * 2
    assert "没有班次。" in after
    assert "A public holiday, and shifts work" in again


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "1999-12-31", "2200-01-01"])
async def test_a_day_that_no_calendar_has_is_refused_before_it_can_end_the_service(database: str, day: str) -> None:
    async with client(database, PLANT) as http:
        answers = [await http.post("/calendar", data=BY | {"day": day, "act": act}) for act in ("holiday", "work")]
    with connect(database, "mes") as conn:
        kept = conn.execute("SELECT day FROM calendar_override").fetchall()

    assert [one.headers["location"].partition("trouble=")[2] for one in answers] == ["refused"] * 2
    assert kept == []


@pytest.mark.parametrize("day", ["2000-01-01", "2199-12-31"])
async def test_the_first_and_the_last_day_that_a_calendar_has_end_nothing(database: str, day: str) -> None:
    with keeping(database, PLANT):
        async with client(database, PLANT) as http:
            made = await http.post("/calendar", data=BY | {"day": day, "act": "holiday"})
            page = await http.get("/calendar", params={"day": day})

    assert made.headers["location"] == f"/calendar?day={day}"
    assert page.status_code == 200


async def test_overtime_and_wrong_times_are_told_apart(database: str) -> None:
    form = BY | {"day": "2026-02-11", "shift": PLANT.site.shifts[0].id}
    with keeping(database, PLANT):
        async with client(database, PLANT) as http:
            more = await http.post("/calendar", data=form | {"act": "overtime", "ends": "15:00"})
            nothing = await http.post("/calendar", data=form | {"act": "overtime"})
            unnamed = await http.post("/calendar", data={"day": "2026-02-11", "act": "holiday"})
            odd = await http.post("/calendar", data=form | {"day": "tomorrow", "act": "holiday"})
            page = (await http.get("/calendar?day=2026-02-11&lang=en")).text

    assert more.headers["location"] == "/calendar?day=2026-02-11"
    assert [one.headers["location"].partition("trouble=")[2] for one in (nothing, unnamed, odd)] == [
        "refused",
        "name_first",
        "refused",
    ]
    assert "–15:00" in page
