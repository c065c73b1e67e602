"""What is right in a plant file and seldom meant is told, and a person may say that it is meant."""

from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from config.device import Tag
from config.hints import hints
from config.load import parse_plant
from config.plant import Plant
from tests.edge.agents import SITE

MODBUS = {"protocol": "modbus", "host": "192.0.2.10"}
OPC_UA = {"protocol": "opcua", "url": "opc.tcp://192.0.2.20:4840"}


def plant(device: dict[str, Any], *tags: dict[str, Any]) -> Plant:
    machine = {"id": "press", "name": {"en": "Press", "zh": "压机"}, "device": "plc", "ideal_cycle": "1s"}
    place = {"register": 9} if device["protocol"] == "modbus" else {"node": "nsu=urn:x;s=State"}
    state = {"name": "state", "role": "state", "states": {0: "stopped"}} | place
    machine["tags"] = [state, *({"name": f"t{i}"} | tag for i, tag in enumerate(tags))]
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
    nodes = ("ns=2;s=a", "ns=2;s=b", "i=2258", "nsu=urn:x;s=d")

    [hint] = hints(plant(OPC_UA, *({"node": node} for node in nodes)))

    assert hint.startswith("device 'plc': 2 tags, such as 't0'")
    assert "'nsu='" in hint


@pytest.mark.parametrize("node", ["s=State", "g=72962b91-fa75-4ae6-8d28-b404dc7daf63", "b=AQID"])
def test_a_node_without_a_namespace_is_asked_about(node: str) -> None:
    [hint] = hints(plant(OPC_UA, {"node": node}, {"node": "i=2258"}))

    assert hint.startswith(f"tag 't0' of machine 'press': node '{node}' names no namespace")


def test_a_node_that_ends_with_a_blank_is_asked_about() -> None:
    [hint] = hints(plant(OPC_UA, {"node": "nsu=urn:x;s=a"}, {"node": "nsu=urn:x;s=b "}))

    assert hint.startswith("tag 't1' of machine 'press': node 'nsu=urn:x;s=b ' ends with a blank")


COUNTER = {"role": "total_count", "register": 0}


def test_a_counter_of_which_too_little_is_said_is_asked_about_once_for_all_of_them() -> None:
    more = [{"role": f"{what}_count", "register": n} for n, what in enumerate(("good", "scrap", "rework"), 1)]

    short, plain_ = hints(plant(MODBUS, COUNTER, *more))

    assert short.startswith("counters of 16 bits (press/t0, press/t1, press/t2 and 1 more) have no 'wraps_at'")
    assert plain_.startswith("counters (press/t0, press/t1, press/t2 and 1 more) have neither 'invalid'")
    assert "max_rate_factor" in plain_


@pytest.mark.parametrize("said", [{"invalid": [65535]}, {"max": 9999}, {"max_rate": 4}])
def test_a_counter_that_says_what_cannot_be_is_not_asked_about(said: dict[str, Any]) -> None:
    assert hints(plant(MODBUS, COUNTER | {"wraps_at": 65536} | said)) == []
    assert hints(plant(MODBUS, COUNTER | {"type": "uint32"} | said)) == []


EXAMPLE = Path("config/plant.example.yaml").read_text(encoding="utf-8")


def test_a_machine_without_tags_is_a_right_one_and_told_how_to_get_them() -> None:
    plant_ = plant(MODBUS)
    [line] = plant_.lines
    bare = line.model_copy(update={"machines": (line.machines[0].model_copy(update={"tags": ()}),)})

    [hint] = hints(plant_.model_copy(update={"lines": (bare,)}))

    assert hint.startswith("machine 'press' has no tags yet")
    assert "shopfloor tags import" in hint


def test_a_machine_whose_state_nobody_can_know_is_asked_about() -> None:
    stateless = EXAMPLE.replace(
        "{name: state, role: state, register: 0, states: {0: stopped, 1: running, 9: down}}", ""
    )
    stateless = stateless.replace("        - \n        - {name: total", "        - {name: total")

    found = [hint for hint in hints(parse_plant(stateless)) if "role 'state'" in hint]

    assert len(found) == 3
    assert found[0].startswith("machine 'press-1' has no tag with role 'state', so it shows NO DATA for ever")


@pytest.mark.parametrize(
    ("pause", "minutes"),
    [("19:50, ends: 20:10", "10 of 20"), ("12:00, ends: 24:00", "480 of 720")],
)
def test_a_break_that_lies_partly_outside_of_its_shift_is_asked_about(pause: str, minutes: str) -> None:
    odd = parse_plant(EXAMPLE.replace("starts: 12:00, ends: 12:30", f"starts: {pause}"))

    found = [hint for hint in hints(odd) if "break" in hint]

    assert len(found) == 1
    assert f"only {minutes} minutes lie in the shift, 08:00 to 20:00" in found[0]
