"""Losses and stops by the API."""

from fractions import Fraction

import pytest

from collector.writer import Message, Writer
from contract.frame import encode
from contract.sample import Quality, Sample, State
from contract.topics import frame_topic
from tests.mes.erp.plants import client, keeping, parts, tape
from tests.mes.erp.test_routes_equipment import DAY, window
from tests.mes.losses.test_routes_edits import SMALL, edit
from tests.mes.screens.lines import HOUR, MINUTE, SECOND, plant
from tests.support.frames import frame_of

CHANGES = (
    (DAY, State.RUNNING),
    (DAY + 30 * MINUTE, State.DOWN),
    (DAY + 40 * MINUTE, State.RUNNING),
    (DAY + 41 * MINUTE, State.STARVED),
    (DAY + 42 * MINUTE, State.RUNNING),
    (DAY + 50 * MINUTE, State.SETUP),
)


def floor(database: str) -> None:
    tape(database, "press-1", *CHANGES)
    parts(database, "press-1", "total", 3 * SECOND, DAY, DAY + 30 * MINUTE)
    parts(database, "press-1", "scrap", 5 * MINUTE, DAY, DAY + 30 * MINUTE)


async def test_losses_add_up_to_planned_time_in_microseconds_and_in_parts(database: str) -> None:
    floor(database)

    async with client(database, plant(1)) as http:
        asked = window(DAY, DAY + HOUR) | {"policy": "tpm-classic"}
        body = (await http.get("/api/v1/equipment/press-1/losses", params=asked)).json()
        kpis = (await http.get("/api/v1/equipment/press-1/kpis", params=asked)).json()

    lines = [body["good"], *body["losses"].values(), *body["others"].values()]
    assert sum(line["us"] for line in lines) == body["planned"]["us"] == kpis["elements"]["planned_us"] == HOUR
    assert sum(Fraction(line["parts_exact"]) for line in lines) == 1800
    assert {name: line["minutes"] for name, line in body["losses"].items()} == {
        "breakdown": 10,
        "setup": 10,
        "minor_stops": 1,
        "reduced_speed": 39 - 20,
        "defects": pytest.approx(0.2),
        "startup_rejects": 0,
    }
    assert (body["good"]["parts"], body["losses"]["defects"]["parts_exact"]) == (594, "6")
    assert body["losses"]["reduced_speed"]["factor"] == "performance"
    assert body["policy"] == kpis["policy"]
    assert body["policy"]["name"] == "tpm-classic"


async def test_stops_come_with_a_pareto_and_in_pages(database: str) -> None:
    floor(database)
    items: list[dict[str, object]] = []
    asked = window(DAY, DAY + HOUR) | {"limit": "2"}

    with keeping(database, SMALL):
        async with client(database, SMALL) as http:
            span = window(DAY + 30 * MINUTE, DAY + 40 * MINUTE)
            await edit(http, kind="reason", reason="jam", **span)
    async with client(database, SMALL) as http:
        while True:
            response = await http.get("/api/v1/equipment/line-1/stops", params=asked)
            body = response.json()
            items += body["items"]
            if body["next_cursor"] is None:
                break
            asked["cursor"] = body["next_cursor"]
        foreign = await http.get("/api/v1/equipment/line-1/stops", params=asked | {"cursor": "eA"})

    assert [(item["state"], item["loss"], item["reason"], item["open"]) for item in items] == [
        ("down", "breakdown", "jam", False),
        ("starved", "minor_stops", None, False),
        ("setup", "setup", None, True),
    ]
    told = [(cost["key"], cost["stops"], cost["us"] / MINUTE, cost["open"]) for cost in body["pareto"]["by_reason"]]
    assert told == [(None, 1, 10, 1), ("jam", 1, 10, 0)]
    assert [cost["cumulative"] for cost in body["pareto"]["by_state"]] == [0.5, 1.0]
    assert [(cost["key"], cost["stops"]) for cost in body["pareto"]["minor_by_state"]] == [("starved", 1)]
    assert foreign.status_code == 422


async def test_losses_and_stops_follow_an_edit_and_the_earlier_ones_stay(database: str) -> None:
    floor(database)
    with keeping(database, SMALL):
        async with client(database, SMALL) as http:
            for kind, state in (("losses", "setup"), ("stops", "idle")):
                path, asked = f"/api/v1/equipment/press-1/{kind}", window(DAY, DAY + HOUR)
                before = (await http.get(path, params=asked)).json()
                await edit(http, kind="reclassify", state=state, **window(DAY + 30 * MINUTE, DAY + 40 * MINUTE))
                after = (await http.get(path, params=asked)).json()
                again = (await http.get(path, params=asked | {"as_of": before["as_of"]})).json()

                assert {**after, "as_of": 0} != {**before, "as_of": 0}
                assert again == before
                if kind == "losses":
                    assert (before["losses"]["breakdown"]["minutes"], after["losses"]["setup"]["minutes"]) == (10, 20)


async def test_cycle_times_against_the_ideal(database: str) -> None:
    floor(database)

    async with client(database, plant(1)) as http:
        body = (await http.get("/api/v1/equipment/line-1/cycles", params=window(DAY, DAY + HOUR))).json()

    filled = [one for one in body["histogram"] if one["parts"]]
    assert [(one["from_ratio"], one["to_ratio"], one["pace"], one["parts"]) for one in filled] == [
        (1.5, 2.0, "small_stop", 599)
    ]
    assert (body["measured"], body["unmeasured"], body["histogram"][-1]["to_ratio"]) == (599, 1, None)
    assert [(one["equipment"], one["ideal_us"], one["median_us"]) for one in body["typical"]] == [
        ("press-1", 2 * SECOND, 3 * SECOND)
    ]


async def test_cycle_times_that_the_plc_measures_as_known_then(database: str) -> None:
    floor(database)
    declared = plant(1).model_dump(by_alias=True)
    machine = declared["lines"][0]["machines"][0]
    register = {"register": 90, "scale": 0.1, "unit": "s"}
    machine["tags"] = (*machine["tags"], {"name": "cycle", "role": "cycle_time", **register})
    measuring = plant(1).model_validate(declared)
    writer = Writer(database, measuring.site.id, now=lambda: DAY + 2 * HOUR)

    def send(seq: int, *values: tuple[int, float | None]) -> None:
        made = [
            Sample(
                "press-1", "cycle", DAY + s * SECOND, DAY + s * SECOND, v, Quality.BAD if v is None else Quality.GOOD
            )
            for s, v in values
        ]
        payload = encode(frame_of("edge-1", 1, seq, made))
        writer.write([Message(frame_topic(measuring.site.id, "edge-1"), payload)])

    send(1, (0, 2.0), (300, 2.5), (600, None))
    path, asked = "/api/v1/equipment/press-1/cycles", window(DAY, DAY + HOUR)
    async with client(database, measuring) as http:
        first = (await http.get(path, params=asked)).json()
        send(2, (1200, 2.5))
        then = (await http.get(path, params=asked | {"as_of": first["as_of"]})).json()
        now = (await http.get(path, params=asked)).json()
    writer.close()

    # A part each three seconds: 100 of 2 s, 100 of 2.5 s, then nothing known; later 200 more of 2.5 s.
    assert [(one["pace"], one["parts"]) for one in first["histogram"] if one["parts"]] == [
        ("ideal", 100),
        ("small_stop", 100),
    ]
    assert (first["measured"], first["unmeasured"], first["typical"][0]["read_us"]) == (200, 400, 0)
    assert then == first
    assert (now["measured"], now["unmeasured"]) == (400, 200)


async def test_two_policies_and_why_they_differ(database: str) -> None:
    floor(database)
    asked = window(DAY, DAY + HOUR)

    async with client(database, plant(1)) as http:
        path = "/api/v1/equipment/line-1/compare"
        body = (await http.get(path, params=asked | {"policy": "iso-22400-2", "with": "tpm-classic"})).json()
        kpis = (await http.get("/api/v1/equipment/line-1/kpis", params=asked | {"policy": "tpm-classic"})).json()
        wrong = await http.get(path, params=asked | {"with": "ours"})
        missing = await http.get(path, params=asked)

    (move,) = body["moves"]
    assert (move["state"], move["from"]["element"], move["to"]["element"]) == ("starved", "delay", "producing")
    assert (move["us"], move["parts_exact"], move["stops"]) == (MINUTE, "30", 1)
    assert move["difference"] == body["difference"] == {"producing_us": MINUTE, "delay_us": -MINUTE}
    assert body["kpis"]["oee"]["difference"] == 0
    assert body["kpis"]["availability"]["difference"] == pytest.approx(1 / 60)
    by_other = body["kpis"]["availability"]["by_other"]
    assert {**by_other, "id": 0} == {**kpis["availability"], "id": 0}
    assert (body["policy"]["name"], body["other"]["name"]) == ("iso-22400-2", "tpm-classic")
    assert (wrong.status_code, wrong.json()["errors"][0]["place"]) == (422, "query.with")
    assert missing.json()["errors"][0]["message"] == "Is missing: add it."
