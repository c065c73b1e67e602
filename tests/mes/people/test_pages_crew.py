"""/crew: a supervisor sees who is signed on at which machine, now and in a day that was; an operator does not."""

from datetime import UTC, datetime

from tests.mes.erp.plants import client
from tests.mes.people.logins import SITE, account, logged_in, registered, with_badge
from tests.mes.screens.lines import plant


async def test_a_supervisor_sees_who_works_where(database: str) -> None:
    await account(database, "1", "Chen Jing", supervisor=SITE)
    li = await account(database, operator="line-1")
    await with_badge(database, li, "00471100")
    today = datetime.now(UTC).date()
    async with client(database, plant()) as tablet:
        await logged_in(tablet, "1")
        await registered(tablet)
        await tablet.post("/station/sign-on", data={"badge": "00471100"})
        operator = await tablet.get("/crew")
    async with client(database, plant()) as http:
        await logged_in(http, "1")
        now = (await http.get("/crew?lang=en")).text
        day = (await http.get(f"/crew?lang=zh&day={today}&shift=none")).text
        before = (await http.get("/crew?lang=en&day=2026-01-05")).text

    assert operator.status_code in (303, 403)
    assert "1 signed on." in now
    assert "<b>Li Wei</b>" in now
    assert "<b>Li Wei</b>" in day
    assert "<b>Li Wei</b>" not in before
