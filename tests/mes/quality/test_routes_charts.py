import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import numpy as np
import psycopg
import pytest

from config.rules.chart_rule_sets import RuleSet
from contract.sample import State, from_us, to_us
from mes.quality.charts import Chart
from mes.quality.models import InspectionBody
from mes.quality.run_length import run_length
from mes.quality.store_inspections import record
from mes.web.access.author import Author
from tests.mes.erp.plants import client, tape
from tests.mes.house import reading
from tests.mes.quality.plans import BURRS, READ, TORQUE, makes, plant, released
from tests.mes.screens.lines import MINUTE, SECOND

WE = RuleSet.WESTERN_ELECTRIC
SINGLE = TORQUE | {"chart": "i_mr", "subgroup_size": 1}
START = datetime(2026, 1, 5, 6, tzinfo=UTC)
SPAN = {"from": "2026-01-05T06:00:00Z", "to": "2026-01-06T06:00:00Z"}


async def taken(
    http: httpx.AsyncClient, plan: dict[str, Any], subgroups: list[list[float | None]], first: int = 0
) -> list[dict[str, Any]]:
    """An inspection a minute; None is missing."""
    id_ = plan["characteristics"][0]["id"]
    made = []
    for n, values in enumerate(subgroups, start=first):
        results = [
            {"characteristic": id_, "piece": k, "value": f"{value:.6f}"}
            for k, value in enumerate(values, start=1)
            if value is not None
        ]
        body = {"plan": plan["id"], "taken_at": (START + timedelta(minutes=n)).isoformat(), "results": results}
        answer = await http.post("/api/v1/inspections", json=body)
        assert answer.status_code == 201, answer.text
        made.append(answer.json())
    return made


async def chart(http: httpx.AsyncClient, plan: dict[str, Any], **asked: str) -> dict[str, Any]:
    answer = await http.get(f"/api/v1/characteristics/{plan['characteristics'][0]['id']}/chart", params=SPAN | asked)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def drawn(subgroups: int, size: int = 3, mean: float = 2.4) -> list[list[float | None]]:
    rows: list[list[float | None]] = np.random.default_rng(4).normal(mean, 0.1, (subgroups, size)).tolist()
    return rows


async def test_a_chart_tells_points_limits_capability_and_false_alarms_with_what_they_are_made_of(
    database: str,
) -> None:
    async with client(database, plant()) as http:
        plan = await released(http)
        await taken(http, plan, [*drawn(30), [2.4, None, 2.4]])
        found = await chart(http, plan)

    assert found["inputs"] == {"subgroups": 31, "complete": 30, "missing": 1, "cut": False}
    assert (found["phase"], found["limits"]["subgroups"], found["limits"]["missing"]) == (1, 30, 1)
    assert found["limits"]["sigma"] == pytest.approx(0.1, rel=0.2)
    assert (found["points"][30]["complete"], found["points"][30]["value"]) == (False, None)
    assert found["capability"]["n"] == 90
    assert found["capability"]["cpk"]["low"] < 1.33 < found["capability"]["cpk"]["high"]
    assert found["false_alarm"]["pairs"] == 29
    assert found["false_alarm"]["mean_points_independent"] == run_length(Chart.XBAR_R, WE, 0, size=3).mean
    assert found["false_alarm"]["mean_points"] is not None


async def test_a_signal_names_its_rule_and_its_points(database: str) -> None:
    async with client(database, plant()) as http:
        plan = await released(http)
        await taken(http, plan, [*drawn(25), [2.75, 2.7, 2.8]])
        found = await chart(http, plan)

    assert found["stable"] is False
    assert {"western_electric_1"} <= {signal["rule"] for signal in found["signals"]}
    assert "western_electric_1" in found["points"][25]["rules"]
    assert [s["points"] for s in found["signals"] if s["rule"] == "western_electric_1"] == [[25]]


async def test_frozen_limits_hold_whatever_is_corrected_later(database: str) -> None:
    async with client(database, plant()) as http:
        plan = await released(http)
        made = await taken(http, plan, drawn(25))
        id_ = plan["characteristics"][0]["id"]
        few = {"name": "too short", "from": SPAN["from"], "to": "2026-01-05T06:10:00Z"}
        refused = await http.post(f"/api/v1/characteristics/{id_}/limits", json=few)
        frozen = await http.post(f"/api/v1/characteristics/{id_}/limits", json={"name": "first days"} | SPAN)
        fix = {"characteristic": id_, "piece": 1, "value": "9", "why": "typed wrong"}
        await http.post(f"/api/v1/inspections/{made[0]['id']}/corrections", json=fix)
        await taken(http, plan, drawn(5, mean=2.9), first=25)
        found = await chart(http, plan)

    assert refused.status_code == 409
    assert "20 or more" in refused.json()["cure"]
    assert frozen.status_code == 201
    assert found["phase"] == 2
    assert found["limits"] == frozen.json()
    assert (found["limits"]["name"], found["limits"]["subgroups"]) == ("first days", 25)
    assert {25, 26, 27, 28, 29} <= {s["points"][0] for s in found["signals"] if s["rule"] == "western_electric_1"}


async def test_a_chart_as_of_an_instant_is_the_chart_that_was_told_then(database: str) -> None:
    async with client(database, plant()) as http:
        plan = await released(http)
        made = await taken(http, plan, drawn(25))
        before = await chart(http, plan)
        fix = {"characteristic": plan["characteristics"][0]["id"], "piece": 1, "value": "9", "why": "typed wrong"}
        await http.post(f"/api/v1/inspections/{made[0]['id']}/corrections", json=fix)
        await taken(http, plan, drawn(5), first=25)
        after = await chart(http, plan)
        again = await chart(http, plan, as_of=before["as_of"])

    assert after["points"][0]["value"] != before["points"][0]["value"]
    assert again == before


async def test_values_that_hang_together_tell_more_false_alarms(database: str) -> None:
    values = [2.4]
    for noise in np.random.default_rng(8).normal(0, 0.05, 79).tolist():
        values.append(2.4 + 0.8 * (values[-1] - 2.4) + noise)
    async with client(database, plant()) as http:
        plan = await released(http, characteristics=[SINGLE | {"rules": "limits"}])
        await taken(http, plan, [[value] for value in values])
        found = (await chart(http, plan))["false_alarm"]

    assert 0.5 < found["autocorrelation"] < 0.95
    assert found["mean_points"] < 40
    assert found["mean_points_independent"] == pytest.approx(107, rel=0.07)


async def test_a_chart_of_one_machine_has_only_its_subgroups(database: str) -> None:
    async with client(database, plant()) as http:
        plan = await released(http, machine=None, characteristics=[BURRS])
        for machine, nonconforming in (("press-1", 1), ("press-2", 30)):
            result = {"characteristic": plan["characteristics"][0]["id"], "nonconforming": nonconforming, "of": 50}
            body = {"plan": plan["id"], "machine": machine, "taken_at": START.isoformat(), "results": [result]}
            assert (await http.post("/api/v1/inspections", json=body)).status_code == 201
        all_, one = await chart(http, plan), await chart(http, plan, machine="press-2")

    assert [point["value"] for point in all_["points"]] == [0.02, 0.6]
    assert [point["value"] for point in one["points"]] == [0.6]


async def test_without_subgroups_nothing_is_told(database: str) -> None:
    async with client(database, plant()) as http:
        plan = await released(http)
        found = await chart(http, plan)

    assert (found["points"], found["limits"], found["capability"], found["stable"]) == ([], None, None, None)


async def test_of_a_characteristic_that_is_not_there_404_is_told(database: str) -> None:
    async with client(database, plant()) as http:
        here = "/api/v1/characteristics/6f1ec5c0-0000-4000-8000-000000000000"
        answers = [
            await http.get(f"{here}/chart", params=SPAN),
            await http.post(f"{here}/limits", json={"name": "x"} | SPAN),
        ]

    assert [answer.status_code for answer in answers] == [404, 404]


async def test_a_tag_is_charted_while_its_machine_makes_the_product(database: str) -> None:
    """Every minute of an hour, a value each 2 s: BAD for a minute, and ten minutes down."""
    now = to_us(datetime.now(UTC)) // MINUTE * MINUTE
    makes(database, "press-1", now - 60 * MINUTE)
    tape(database, "press-1", (now - 20 * MINUTE, State.DOWN), (now - 10 * MINUTE, State.RUNNING))
    dice = np.random.default_rng(2)
    with psycopg.connect(database, autocommit=True) as conn, conn.cursor() as cursor:
        cursor.execute("CREATE TABLE sample_now PARTITION OF sample DEFAULT")
        cursor.execute("INSERT INTO series (machine, tag) VALUES ('press-1', 'probe')")
        rows = [
            (from_us(at), None if bad else 50 + dice.normal(), 2 if bad else 0)
            for at in range(now - 70 * MINUTE, now, 2 * SECOND)
            for bad in [now - 40 * MINUTE - 5 * SECOND <= at < now - 39 * MINUTE - 5 * SECOND]
        ]
        insert = "INSERT INTO sample SELECT %s, %s, series, 1, 1, %s, %s, 1 FROM series"
        cursor.executemany(insert, [(at, at, value, quality) for at, value, quality in rows])
    async with client(database, plant()) as http:
        plan = await released(http, characteristics=[SINGLE | READ | {"lsl": "40", "usl": "60"}, BURRS])
        page = (await http.get(f"/quality/inspect/{plan['id']}")).text
        span = {"from": from_us(now - 60 * MINUTE).isoformat(), "to": from_us(now).isoformat()}
        found = await chart(http, plan, **span)
        frozen = await http.post(
            f"/api/v1/characteristics/{plan['characteristics'][0]['id']}/limits", json={"name": "hour"} | span
        )

    assert found["inputs"] == {"subgroups": 50, "complete": 49, "missing": 1, "cut": False}
    assert [point["at"] for point in found["points"] if not point["complete"]] == [
        from_us(now - 40 * MINUTE).isoformat().replace("+00:00", "Z")
    ]
    assert found["limits"]["centre"] == pytest.approx(50, abs=0.6)
    assert found["capability"]["n"] == 49
    assert (found["tag"], found["points"][0]["inspection"]) == ("probe", None)
    assert frozen.status_code == 201
    assert 'name="v-0-1"' not in page
    assert 'name="v-1-1"' in page


async def test_what_is_read_from_a_tag_is_not_entered(database: str) -> None:
    async with client(database, plant()) as http:
        plan = await released(http, characteristics=[SINGLE | READ, BURRS])
        typed = {"characteristic": plan["characteristics"][0]["id"], "value": "2.4"}
        refused = await http.post("/api/v1/inspections", json={"plan": plan["id"], "results": [typed]})
        counted = {"characteristic": plan["characteristics"][1]["id"], "nonconforming": 0, "of": 50}
        made = await http.post("/api/v1/inspections", json={"plan": plan["id"], "results": [counted]})

    assert refused.status_code == 422
    assert "read from its tag" in refused.text
    assert (made.json()["verdict"], made.json()["missing"]) == ("passed", 0)


async def test_a_chart_waits_for_what_is_being_written_so_that_it_can_be_told_again(database: str) -> None:
    """A row gets its instant before it can be seen: what a chart of a later instant has not shown must not come."""
    async with client(database, plant()) as http:
        plan = await released(http)
        await taken(http, plan, drawn(5))
        async with reading(database) as conn:
            async with conn.transaction():
                body = InspectionBody.model_validate({"plan": plan["id"], "taken_at": START + timedelta(hours=1)})
                await record(conn, body, Author(None, "api"))
                asking = asyncio.create_task(chart(http, plan))
                done, _ = await asyncio.wait([asking], timeout=0.3)
            first = await asking
        again = await chart(http, plan, as_of=first["as_of"])

    assert done == set()
    assert first["inputs"]["subgroups"] == 6
    assert again == first
