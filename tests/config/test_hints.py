"""What is right in a plant file and seldom meant is told, and a person may say that it is meant."""

from typing import Any

import pytest
from pydantic import ValidationError

from config.device import Tag
from config.hints import hints
from config.plant import Plant
from tests.edge.agents import SITE

MODBUS = {"protocol": "modbus", "host": "192.0.2.10"}
OPC_UA = {"protocol": "opcua", "url": "opc.tcp://192.0.2.20:4840"}


def plant(device: dict[str, Any], *tags: dict[str, Any]) -> Plant:
    machine = {"id": "press", "name": {"en": "Press", "zh": "压机"}, "device": "plc", "ideal_cycle": "1s"}
    machine["tags"] = [{"name": f"t{i}"} | tag for i, tag in enumerate(tags)]
    return Plant.model_validate(
        {
            "site": SITE,
            "devices": [{"id": "plc", "edge": "edge-1"} | device],
            "lines": [{"id": "line", "name": {"en": "Line", "zh": "线"}, "machines": [machine]}],
        }
    )


@pytest.mark.parametrize(
    ("tag", "cure"),
    [
        ({"register": 40101}, "'register: 100'; if 40101 is the address itself"),
        ({"register": 40001}, "'register: 0'"),
        ({"register": 30005}, "'register: 4' with 'table: input'"),
        ({"register": 30005, "table": "input"}, "'register: 4';"),
        ({"register": 10017, "table": "discrete", "type": "bool"}, "'register: 16';"),
    ],
)
def test_an_address_as_manuals_write_it_is_asked_about(tag: dict[str, Any], cure: str) -> None:
    [hint] = hints(plant(MODBUS, {"register": 7}, tag))

    assert hint.startswith(f"tag 't1' of machine 'press': register {tag['register']}")
    assert cure in hint
    assert "'plain_addresses: true' for device 'plc'" in hint


@pytest.mark.parametrize(
    "tag",
    [
        {"register": 0},
        {"register": 10017},
        {"register": 40000},
        {"register": 50001},
        {"register": 30005, "table": "coil", "type": "bool"},
    ],
)
def test_an_address_that_no_manual_writes_so_is_not_asked_about(tag: dict[str, Any]) -> None:
    assert hints(plant(MODBUS, tag)) == []


def test_who_says_that_the_address_is_meant_is_not_asked_again() -> None:
    assert hints(plant(MODBUS | {"plain_addresses": True}, {"register": 40101})) == []


def test_an_address_of_six_digits_is_a_mistake_that_names_what_is_meant() -> None:
    with pytest.raises(
        ValidationError, match="the last is 65535; manuals write 400101 for address 100 of table 'holding'"
    ):
        Tag.model_validate({"name": "t", "register": 400101})


def test_namespaces_by_number_are_asked_about_once_a_device() -> None:
    nodes = ("ns=2;s=a", "ns=2;s=b", "s=c", "nsu=urn:x;s=d")

    [hint] = hints(plant(OPC_UA, *({"node": node} for node in nodes)))

    assert hint.startswith("device 'plc': 2 tags, such as 't0'")
    assert "'nsu='" in hint


COUNTER = {"role": "total_count", "register": 0}


def test_a_counter_of_which_too_little_is_said_is_asked_about_once_for_all_of_them() -> None:
    more = [{"role": f"{what}_count", "register": n} for n, what in enumerate(("good", "reject", "rework"), 1)]

    short, plain_ = hints(plant(MODBUS, COUNTER, *more))

    assert short.startswith("counters of 16 bits (press/t0, press/t1, press/t2 and 1 more) have no 'wraps_at'")
    assert plain_.startswith("counters (press/t0, press/t1, press/t2 and 1 more) have neither 'invalid'")
    assert "max_rate_factor" in plain_


@pytest.mark.parametrize("said", [{"invalid": [65535]}, {"max": 9999}, {"max_rate": 4}])
def test_a_counter_that_says_what_cannot_be_is_not_asked_about(said: dict[str, Any]) -> None:
    assert hints(plant(MODBUS, COUNTER | {"wraps_at": 65536} | said)) == []
    assert hints(plant(MODBUS, COUNTER | {"type": "uint32"} | said)) == []
