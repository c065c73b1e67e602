"""An id of a result can be given by mes alone, and stands for what an answer can have been."""

import base64
import json
from dataclasses import astuple, replace

import pytest

from mes.web.problems import Problem
from mes.web.result_id import FORMAT, ResultId, decode, encode
from tests.mes.erp.plants import client
from tests.mes.screens.lines import HOUR, plant_at

KEY, OTHER = b"k" * 32, b"o" * 32
DAY = 20_000 * 24 * HOUR
RESULT = ResultId("press-1", "oee", DAY, DAY + HOUR, DAY + 2 * HOUR, "iso-22400-2", 1, "abc", "12345678")


def refused(id_: str) -> bool:
    try:
        decode(id_, KEY, 24 * HOUR)
    except Problem as problem:
        return problem.status == 404
    return False


def test_an_id_is_what_was_told() -> None:
    assert decode(encode(RESULT, KEY), KEY, 24 * HOUR) == RESULT


def test_an_id_that_somebody_else_made_is_none() -> None:
    unsigned = json.dumps([FORMAT, *astuple(replace(RESULT, from_us=0))], separators=(",", ":")).encode()
    forged = [base64.urlsafe_b64encode(sign + unsigned).decode().rstrip("=") for sign in (b"", b"\0" * 16)]

    assert refused(encode(RESULT, OTHER))
    assert all(refused(id_) for id_ in forged)


def test_one_letter_more_less_or_other_and_it_is_none() -> None:
    id_ = encode(RESULT, KEY)

    for number in range(len(id_)):
        other = "A" if id_[number] != "A" else "B"
        assert refused(id_[:number] + other + id_[number + 1 :])
        assert refused(id_[:number] + id_[number + 1 :])
    assert refused(id_ + "A")
    assert refused("")


@pytest.mark.parametrize(("start", "end"), [(0, DAY), (DAY, DAY), (DAY + HOUR, DAY)])
def test_a_window_that_no_answer_can_have_had_is_none_even_with_a_signature(start: int, end: int) -> None:
    assert refused(encode(replace(RESULT, from_us=start, to_us=end), KEY))


async def test_an_id_is_valid_for_every_mes_of_an_installation_and_after_a_restart(database: str) -> None:
    async with client(database, plant_at(12)) as http:
        told = (await http.get("/api/v1/equipment/press-1/kpis", params={"window": "hour"})).json()["id"]
    async with client(database, plant_at(12)) as http:
        explained = await http.get(f"/api/v1/kpis/{told}/explain")
        forged = await http.get(f"/api/v1/kpis/{encode(RESULT, OTHER)}/explain")

    assert explained.status_code == 200
    assert forged.status_code == 404
    assert "Copy the whole" in forged.json()["cure"]
