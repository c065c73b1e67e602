"""Receipts over a real database: what the API tells can be computed again by a checker that shares no code with it."""

import copy
import json
import random
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from collector.writer import Message, Writer
from config.plant import Plant
from contract.frame import encode
from contract.sample import Quality, Sample, State, from_us, to_us
from contract.topics import frame_topic
from mes.evidence import store_receipt
from mes.keeper.store import Keeper
from runtime.database import connect
from tests.mes.erp.forging import INFORMATIONAL, before_a_reset, beyond, changed, leaves, refused, sealed
from tests.mes.erp.plants import client, keeping, parts, tape
from tests.mes.screens.lines import HOUR, MINUTE, SECOND, plant
from tests.support.frames import frame_of
from tests.support.size import sized
from verify.command import run
from verify.frames import check_frames
from verify.law import Differs, NotAReceipt
from verify.receipt import verify

# Yesterday: samples of long ago would be held out.
NOW = to_us(datetime.now(UTC))
DAY = NOW - NOW % (24 * HOUR) - 24 * HOUR
PLANT = plant(2)
SHIFT = PLANT.site.shifts[0].model_dump(by_alias=True)
DAY_SHIFT = plant(2).model_validate(
    plant(2).model_dump(by_alias=True)
    | {"site": PLANT.site.model_dump(by_alias=True) | {"shifts": [SHIFT | {"starts": "08:00", "ends": "16:00"}]}}
)
PERSON = {"by": "Li Wei", "why": "seen from the camera"}


def window(from_us_: int = DAY, to: int = DAY + HOUR) -> dict[str, str]:
    return {"from": from_us(from_us_).isoformat(), "to": from_us(to).isoformat()}


async def told(http: httpx.AsyncClient, equipment: str, **more: str) -> Any:
    answer = await http.get(f"/api/v1/equipment/{equipment}/kpis", params=window() | more)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def explained(http: httpx.AsyncClient, id_: str) -> Any:
    answer = await http.get(f"/api/v1/kpis/{id_}/explain")
    assert answer.status_code == 200, answer.text
    return answer.json()


def lived(dice: random.Random, machine: str, seconds: int = 3600) -> list[Sample]:
    """An hour of a machine: silences, some with more parts than fit into them, BAD and UNCERTAIN samples, misread
    counts, resets, all states; and one signal that cannot be read for a while, or to the end.
    """
    rows: list[Sample] = []
    total, rejects, state, until, now = dice.randrange(60), dice.randrange(9), 1, 0, 0
    unread: dict[str, int] = {}
    while now < seconds:
        if dice.random() < 0.004:
            unread[dice.choice(["state", "total", "rejects"])] = now + dice.choice([8, 60, 400, 9000])
        if now >= until:
            state, until = dice.choice([1, 1, 1, 2, 3, 4, 5, 6, 7, 8]), now + dice.choice([2, 20, 90, 200])
        if dice.random() < 0.01:
            away = dice.choice([8, 60, 150])
            now += away
            # At times more parts than fit: a neighbour's counter, or an ideal cycle that is too long.
            total += dice.choice([0, away // 4, 2 * away])
        if state == 1 and dice.random() < 0.4:
            total += 1
            rejects += dice.random() < 0.1
        if dice.random() < 0.004:
            total = rejects = 0
        bad = dice.random() < 0.01
        at = DAY + now * SECOND
        shown = dice.choice([0, 65_535, max(0, total - 1)]) if dice.random() < 0.01 else total
        for tag, value in (("state", state), ("total", shown), ("rejects", rejects)):
            no_value = bad or now < unread.get(tag, 0)
            quality = Quality.BAD if no_value else dice.choice([Quality.GOOD] * 9 + [Quality.UNCERTAIN])
            rows.append(Sample(machine, tag, at, at + 3, None if no_value else float(value), quality))
        now += 2
    return rows


def store(
    database: str, samples: list[Sample], seq: int, payloads: list[bytes] | None = None, of: Plant = PLANT
) -> None:
    """Some frames by the collector, and the facts of them by the keeper."""
    writer = Writer(database, PLANT.site.id)
    size = 900
    for number, start in enumerate(range(0, len(samples), size)):
        payload = encode(frame_of("edge-1", 1, seq + number, samples[start : start + size]))
        if payloads is not None:
            payloads.append(payload)
        writer.write([Message(frame_topic(PLANT.site.id, "edge-1"), payload)])
    writer.close()
    with connect(database, "mes") as conn:
        keeper = Keeper(conn, of)
        while keeper.step():
            pass


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("policy", ["iso-22400-2", "tpm-classic"])
async def test_every_receipt_of_machine_line_and_site_is_verified(database: str, seed: int, policy: str) -> None:
    dice = random.Random(seed)
    store(database, [row for name in ("press-1", "press-2") for row in lived(dice, name)], 1)

    async with client(database, PLANT) as http:
        for equipment in ("press-1", "line-1", "works"):
            body = await told(http, equipment, policy=policy)
            whole = await explained(http, body["id"])
            one = await explained(http, body["oee"]["id"])

            assert verify(whole) == verify(one)
            assert len(whole["kpis"]) == 20
            assert [kpi["name"] for kpi in one["kpis"]] == ["oee"]
            assert all(kpi["value"] == body[kpi["name"]]["value"] for kpi in whole["kpis"])
            assert all(kpi["id"] == body[kpi["name"]]["id"] for kpi in whole["kpis"])
            assert one["policy"]["name"] == policy
            assert len(one["machines"]) == {"press-1": 1, "line-1": 2, "works": 2}[equipment]
            assert one["frames"]


async def test_the_frames_of_a_receipt_hold_its_samples_and_another_frame_is_told(
    database: str, tmp_path: Path
) -> None:
    payloads: list[bytes] = []
    store(database, lived(random.Random(7), "press-1"), 1, payloads)
    async with client(database, PLANT) as http:
        receipt = await explained(http, (await told(http, "press-1"))["id"])
    file, folder = tmp_path / "receipt.json", tmp_path / "frames"
    folder.mkdir()
    file.write_text(json.dumps(receipt), encoding="utf-8")
    (folder / "heard.jsonl").write_bytes(b"\n".join(payloads))

    code, said = run(file, folder)
    (folder / "heard.jsonl").write_bytes(b"\n".join([payloads[0].replace(b'"seq":1,', b'"seq":1, '), *payloads[1:]]))
    other, why = run(file, folder)
    (folder / "heard.jsonl").write_bytes(payloads[0])
    some, left = run(file, folder)

    assert code == 0, said
    assert "samples are in their frames" in said
    assert "not checked" not in said.split("frames:")[1]
    assert (other, "frames.0.sha256" in why) == (1, True)
    assert some == 0
    assert f"{len(receipt['frames']) - 1} frames that are not in" in left
    cited = receipt["machines"][0]["steps"]["total"][3]["sample"]
    cited["value"] += 1
    step = receipt["machines"][0]["steps"]["total"][3]
    with pytest.raises(Differs, match=r"machines\.0\.steps\.total\.3"):
        verify(receipt)
    assert step["sample"] is cited
    (folder / "heard.jsonl").write_bytes(b"\n".join(payloads))
    with pytest.raises(Differs, match=r"machines\.0\.steps\.total\.3\.sample"):
        check_frames(receipt, folder)


async def test_an_earlier_result_is_explained_again_after_a_correction(database: str) -> None:
    tape(database, "press-1", (DAY, State.RUNNING), (DAY + 10 * MINUTE, State.DOWN), (DAY + 30 * MINUTE, State.RUNNING))
    tape(database, "press-1", (DAY + 60 * MINUTE, State.NO_DATA))
    parts(database, "press-1", "total", 4 * SECOND, DAY, DAY + 10 * MINUTE)
    with keeping(database, PLANT):
        async with client(database, PLANT) as http:
            before = await told(http, "press-1")
            first = await explained(http, before["oee"]["id"])
            span = {"from": from_us(DAY + 10 * MINUTE).isoformat(), "to": from_us(DAY + 30 * MINUTE).isoformat()}
            edit = PERSON | {"kind": "reclassify", "state": "maintenance"} | span
            made = (await http.post("/api/v1/equipment/press-1/edits", json=edit)).json()
            after = await told(http, "press-1")
            again = await explained(http, before["oee"]["id"])
            corrected = await explained(http, after["id"])
            undone = (await http.post(f"/api/v1/edits/{made['id']}/undo", json=PERSON)).json()
            restored = await explained(http, (await told(http, "press-1"))["id"])

    assert before["elements"]["delay_us"] != after["elements"]["delay_us"]
    assert (again, again["kpis"][0]["value"]) == (first, before["oee"]["value"])
    assert verify(again)
    assert verify(corrected)
    assert verify(restored)
    edits = corrected["machines"][0]["edits"]
    assert [(one["by"], one["why"], one["state"]) for one in edits] == [("Li Wei", PERSON["why"], "maintenance")]
    assert corrected["machines"][0]["states"][1]["edits"] == [edits[0]["id"]]
    assert [one["id"] for one in restored["machines"][0]["edits"]] == [made["id"], undone["id"]]
    lie = copy.deepcopy(corrected)
    lie["machines"][0]["edits"][0]["state"] = "setup"
    with pytest.raises(Differs, match=r"machines\.0\.states\.\d\.state"):
        verify(sealed(lie))


async def test_a_window_without_data_and_one_without_plan_have_receipts_too(database: str) -> None:
    async with client(database, PLANT) as http:
        body = await told(http, "works")
        receipt = await explained(http, body["id"])
    async with client(database, DAY_SHIFT) as http:
        idle = await explained(http, (await told(http, "press-1"))["id"])

    assert verify(receipt) is not None
    oee = next(kpi for kpi in receipt["kpis"] if kpi["name"] == "oee")
    assert (oee["undefined"], oee["low"], oee["high"]) == ("no_data", 0.0, None)
    assert verify(idle) is not None
    assert {kpi["undefined"] for kpi in idle["kpis"]} == {"nothing_planned"}


async def test_ids_with_mistakes_are_told_and_long_windows_name_the_longest(
    database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts(database, "press-1", "total", 4 * SECOND, DAY, DAY + HOUR)
    tape(database, "press-1", (DAY, State.RUNNING))
    async with client(database, PLANT) as http:
        id_ = (await told(http, "press-1"))["oee"]["id"]
        broken = [await http.get(f"/api/v1/kpis/{bad}/explain") for bad in (id_[:-1], id_[:9] + "A" + id_[10:], "x")]
        monkeypatch.setattr(store_receipt, "MOST_FACTS", 150)
        long = await http.get(f"/api/v1/kpis/{id_}/explain")
        shorter = await told(
            http, "press-1", to=long.json()["errors"][0]["message"].split("ends at ")[1].split("Z")[0] + "Z"
        )
        short = await explained(http, shorter["id"])

    assert [answer.status_code for answer in broken] == [404, 404, 404]
    assert long.status_code == 422
    assert len(short["machines"][0]["steps"]["total"]) == 150
    assert verify(short)


async def test_a_receipt_tells_what_is_declared_of_a_counter_and_a_step_that_is_claimed_against_it_is_caught(
    database: str,
) -> None:
    declared = plant(1).model_dump(by_alias=True)
    total = next(tag for tag in declared["lines"][0]["machines"][0]["tags"] if tag["name"] == "total")
    total |= {"max_rate": 1.0, "wraps_at": 65_536}
    rated = plant(1).model_validate(declared)
    shown = [(0, 10), (5, 12), (10, 5000), (15, 65_530), (20, 2), (25, 4)]
    state = [Sample("press-1", "state", DAY + n * SECOND, DAY + n * SECOND, 1.0, Quality.GOOD) for n in range(0, 30, 2)]
    read = [(at, Sample("press-1", "total", DAY + at * SECOND, DAY, float(n), Quality.GOOD)) for at, n in shown]
    store(database, [*state, *(sample for _, sample in read)], 1, of=rated)
    async with client(database, rated) as http:
        receipt = await explained(http, (await told(http, "press-1"))["id"])
    first, *steps = receipt["machines"][0]["steps"]["total"]

    assert (first["since"], first["at"], first["parts"], first["bridged"]) == (0, DAY, 0, True)
    assert [(step["parts"], step["most"]) for step in steps] == [(2, 2), (0, 6), (0, 6), (0, 6), (2, 2)]
    assert receipt["machines"][0]["fastest_us"] == {"total": SECOND}
    assert (receipt["machines"][0]["max_rate_factor"], receipt["machines"][0]["parts_per_count"]["total"]) == (2, 1)
    verify(receipt)
    for number, made in ((2, 4990), (4, 8)):
        forged = copy.deepcopy(receipt)
        forged["machines"][0]["steps"]["total"][number] |= {"parts": made, "most": made}
        with pytest.raises(Differs, match=f"steps.total.{number}"):
            verify(sealed(forged))


async def test_what_is_uncertain_is_used_and_the_receipt_tells_how_much_of_it_there_is(database: str) -> None:
    rows = [("state", 0, 1), ("total", 0, 10), ("state", 2, 1), ("total", 2, 11), ("state", 4, 5), ("total", 4, 12)]
    doubted = {("state", 4), ("total", 2)}
    samples = [
        Sample("press-1", tag, DAY + at * SECOND, DAY, float(value), Quality((tag, at) in doubted))
        for tag, at, value in rows
    ]
    store(database, samples, 1)
    async with client(database, PLANT) as http:
        receipt = await explained(http, (await told(http, "press-1"))["id"])
    [part] = receipt["machines"]

    assert part["uncertain"] == {"state": 1, "total": 1, "scrap": 0}
    assert [step["parts"] for step in part["steps"]["total"]][:3] == [0, 1, 1]
    verify(receipt)
    hidden = copy.deepcopy(receipt)
    hidden["machines"][0]["uncertain"]["total"] = 0
    with pytest.raises(Differs, match=r"uncertain\.total"):
        verify(sealed(hidden))


async def test_one_changed_leaf_is_caught_unless_it_is_declared_informational(database: str) -> None:
    store(database, lived(random.Random(11), "press-1", 900), 1)
    async with client(database, PLANT) as http:
        to = from_us(DAY + 15 * MINUTE).isoformat()
        receipt = await explained(http, (await told(http, "press-1", to=to))["id"])
    verify(receipt)
    paths = list(leaves(receipt))

    @settings(
        max_examples=sized(500), deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck)
    )
    @given(st.integers(0, len(paths) - 1), st.integers(0, 2**32))
    def caught(number: int, seed: int) -> None:
        path = paths[number]
        forged = json.loads(json.dumps(receipt))
        place = forged
        for key in path[:-1]:
            place = place[key]
        place[path[-1]] = changed(place[path[-1]], random.Random(seed))
        if path != ("sha256",):
            with pytest.raises((Differs, NotAReceipt)):
                verify(forged)
            name = ".".join(map(str, path))
            informs = any(re.search(pattern, name) for pattern in INFORMATIONAL)
            if not (informs or before_a_reset(receipt, path) or beyond(receipt, path)):
                assert refused(sealed(forged)), f"{name} may be {place[path[-1]]}"
        else:
            with pytest.raises(Differs, match="sha256"):
                verify(forged)

    caught()
