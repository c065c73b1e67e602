"""A line's flow by the API."""

from contract.sample import State
from tests.mes.erp.plants import client, keeping, tape
from tests.mes.erp.test_routes_equipment import DAY, window
from tests.mes.losses.test_routes_edits import SMALL, edit
from tests.mes.screens.lines import HOUR, MINUTE, plant


async def test_a_stop_upstream_is_the_cause_and_its_reason_follows_an_edit(database: str) -> None:
    tape(database, "press-1", (DAY, State.RUNNING), (DAY + 10 * MINUTE, State.DOWN), (DAY + 30 * MINUTE, State.RUNNING))
    tape(database, "press-1", (DAY + 60 * MINUTE, State.IDLE))
    tape(database, "press-2", (DAY, State.RUNNING), (DAY + 12 * MINUTE, State.STARVED))
    tape(database, "press-2", (DAY + 32 * MINUTE, State.RUNNING), (DAY + 60 * MINUTE, State.IDLE))
    asked = window(DAY, DAY + HOUR)
    path = "/api/v1/equipment/line-1/flow"

    with keeping(database, SMALL):
        async with client(database, SMALL) as http:
            before = (await http.get(path, params=asked)).json()
            await edit(http, kind="reason", reason="jam", **window(DAY + 10 * MINUTE, DAY + 30 * MINUTE))
            after = (await http.get(path, params=asked)).json()
            again = (await http.get(path, params=asked | {"as_of": before["as_of"]})).json()

    assert [(w["equipment"], w["cause"], w["by"], w["state"], w["us"] / MINUTE) for w in before["waiting"]] == [
        ("press-2", "stop", "press-1", "down", 18),
        ("press-2", "running", "press-1", "running", 2),
    ]
    assert [w["reason"] for w in after["waiting"]] == ["jam", None]
    assert again == before
    assert before["bottleneck"] == {
        "equipment": "press-1",
        "ground": "holds_up_most",
        "certain": True,
        "lead_us": 20 * MINUTE,
        "doubt_us": 0,
    }
    assert [(m["equipment"], m["holds_up_stopped_us"] / MINUTE, m["working"]) for m in before["machines"]] == [
        ("press-1", 18, 1.0),
        ("press-2", 0, 40 / 60),
    ]


async def test_only_a_line_has_a_flow_and_silence_is_unknown(database: str) -> None:
    tape(database, "press-2", (DAY, State.STARVED), (DAY + HOUR, State.RUNNING))

    async with client(database, plant(2)) as http:
        silent = (await http.get("/api/v1/equipment/line-1/flow", params=window(DAY, DAY + HOUR))).json()
        machine = await http.get("/api/v1/equipment/press-1/flow", params=window(DAY, DAY + HOUR))
        nothing = await http.get("/api/v1/equipment/line-9/flow", params=window(DAY, DAY + HOUR))

    assert [(w["cause"], w["by"], w["us"]) for w in silent["waiting"]] == [("unknown", "press-1", HOUR)]
    assert (silent["bottleneck"]["equipment"], silent["bottleneck"]["certain"]) == (None, False)
    assert (machine.status_code, machine.json()["cure"]) == (422, "Use line-1, line-2.")
    assert nothing.status_code == 404
