import psycopg

from tests.mes.erp.plants import alarm, client
from tests.mes.screens.engineering import engineered, hot, two_hours

RULES = [("high", "active_unacked"), ("low", "active_unacked"), ("high", "cleared_unacked"), ("medium", "active_acked")]


async def test_the_worst_alarm_comes_first_and_what_has_cleared_last(database: str) -> None:
    ids = [alarm(database, condition=condition, priority=priority) for priority, condition in RULES]

    async with client(database, engineered()) as http:
        page = (await http.get("/alarms?lang=en")).text

    places = sorted(range(4), key=lambda n: page.index(f'id="alarm-{ids[n]}"'))
    assert places == [0, 3, 1, 2]


async def test_an_alarm_is_drawn_from_its_own_tag_with_its_limit(database: str) -> None:
    number = hot(database, two_hours(database))

    async with client(database, engineered()) as http:
        page = (await http.get(f"/alarms/{number}?lang=en")).text

    assert "high 64" in page
    assert 'class="s-nodata"' in page
    assert "clean its filter" in page
    assert "2 × in 7 days" in page


async def test_an_alarm_of_a_machine_that_is_gone_can_still_be_read(database: str) -> None:
    number = alarm(database, machine="press-99")

    async with client(database, engineered()) as http:
        page = await http.get(f"/alarms/{number}?lang=en")
        nothing = await http.get("/alarms/99999")

    assert (page.status_code, nothing.status_code) == (200, 404)
    assert "about no machine" in page.text


async def test_a_comment_is_kept_with_its_author_and_changes_nothing(database: str) -> None:
    number = alarm(database, condition="active_unacked")

    async with client(database, engineered()) as http:
        await http.post(f"/alarms/{number}/comment", data={"by": "Li Wei", "comment": "Filter ordered."})
        nameless = await http.post(f"/alarms/{number}/comment", data={"by": "", "comment": "x"})
        empty = await http.post(f"/alarms/{number}/comment", data={"by": "Li Wei", "comment": " "})
        told = (await http.get(f"/api/v1/alarms/{number}")).json()

    assert nameless.headers["location"] == f"/alarms/{number}?trouble=name_needed"
    assert empty.headers["location"] == f"/alarms/{number}?trouble=comment_needed"
    assert [(one["event"], one["by"], one["comment"]) for one in told["journal"]] == [
        ("commented", "Li Wei", "Filter ordered.")
    ]
    assert (told["alarm"]["condition"], told["alarm"]["pending"]) == ("active_unacked", False)


async def test_a_program_comments_once(database: str) -> None:
    number = alarm(database)
    headers = {"Idempotency-Key": "0b0b0b0b-0000-4000-8000-000000000001"}

    async with client(database, engineered()) as http:
        for _ in range(2):
            said = {"by": "CMMS", "comment": "Work order 17."}
            answer = await http.post(f"/api/v1/alarms/{number}/comment", json=said, headers=headers)

    assert answer.status_code == 200
    with psycopg.connect(database) as conn:
        assert conn.execute("SELECT count(*) FROM alarm_request WHERE action = 'comment'").fetchone() == (1,)


async def test_what_is_to_be_done_comes_with_the_alarm_for_programs_too(database: str) -> None:
    number = hot(database, two_hours(database))

    async with client(database, engineered()) as http:
        told = (await http.get(f"/api/v1/alarms/{number}")).json()

    assert told["cause"]["en"] == "Usually a clogged filter of the cooling fan."
    assert [step["zh"] for step in told["corrective_action"]] == ["检查风扇，清洁滤网。", "超过 85 °C 时停机。"]
    assert [one["condition"] for one in told["earlier"]] == ["normal"]
