from dataclasses import replace
from pathlib import Path

import pytest

from config.load import parse_plant
from mes.screens.setup.draft import PATTERNS, CannotBeUsed, Chosen, Machine, machine_text, site_text, states_of

STARTER = Path("config/starter.yaml").read_text(encoding="utf-8")
MACHINE = Machine("machine-1", "Press", "压力机", "4s", None)
ROW = {"table": "holding", "register": "7", "type": "uint16"}
STATE = Chosen("state", "state", "uint16", "", "1", "1=running, 2=down", ROW)
COUNT = Chosen("total", "total_count", "uint32", "", "1", "", ROW | {"register": "10"})
HEAT = Chosen("temperature", "process_value", "int16", "°C", "0.1", "", ROW | {"table": "input", "register": "3"})
PLC = {"host": "192.0.2.7", "port": 502, "unit": 1}


@pytest.mark.parametrize("pattern", ["", *PATTERNS])
def test_every_pattern_of_shifts_is_a_right_plant(pattern: str) -> None:
    plant = parse_plant(site_text(STARTER, "Works", "工厂", "Asia/Shanghai", pattern))

    assert plant.site.name.en == "Works"
    assert len(plant.site.shifts) == (len(PATTERNS[pattern][0]) if pattern else 1)


def test_chosen_registers_become_tags_of_the_machine() -> None:
    plant = parse_plant(machine_text(STARTER, PLC, "modbus", "edge-1", MACHINE, [STATE, COUNT, HEAT]))

    machine = plant.machine("machine-1")
    assert (machine.name.zh, machine.device, len(plant.devices)) == ("压力机", "plc-1", 2)
    assert [(tag.name, tag.role.value, tag.table, tag.register_) for tag in machine.tags] == [
        ("state", "state", "holding", 7),
        ("total", "total_count", "holding", 10),
        ("temperature", "process_value", "input", 3),
    ]
    assert machine.tags[2].scale == 0.1


def test_a_machine_keeps_its_ideal_cycle_where_none_is_given() -> None:
    plant = parse_plant(machine_text(STARTER, PLC, "modbus", "edge-1", replace(MACHINE, ideal_cycle=""), [STATE]))

    assert plant.machine("machine-1").ideal_cycle == parse_plant(STARTER).machine("machine-1").ideal_cycle


def test_a_second_machine_of_the_same_plc_shares_its_device() -> None:
    first = machine_text(STARTER, PLC, "modbus", "edge-1", MACHINE, [STATE])
    press = replace(MACHINE, id="press-2", line="line-1")

    plant = parse_plant(machine_text(first, PLC, "modbus", "edge-1", press, [COUNT]))

    assert [device.id for device in plant.devices] == ["none", "plc-1"]
    assert [machine.id for machine in plant.machines] == ["machine-1", "press-2"]


def test_opc_ua_variables_become_tags_by_their_nodes() -> None:
    row = {"node": "nsu=urn:plc;s=Speed", "path": "", "type": "float64"}
    speed = Chosen("speed", "process_value", "float64", "1/min", "1", "", row)

    plant = parse_plant(machine_text(STARTER, {"url": "opc.tcp://plc:4840"}, "opcua", "edge-1", MACHINE, [speed]))

    assert plant.machine("machine-1").tags[0].node == "nsu=urn:plc;s=Speed"


def test_codes_of_states_are_written_as_people_write_them() -> None:
    assert states_of("1=running, 2: down") == {1: "running", 2: "down"}
    with pytest.raises(CannotBeUsed, match="running"):
        states_of("on")


def test_nothing_chosen_and_a_scale_that_is_none_are_told() -> None:
    with pytest.raises(CannotBeUsed, match="a tag"):
        machine_text(STARTER, PLC, "modbus", "edge-1", MACHINE, [])
    with pytest.raises(CannotBeUsed, match="scale of temperature"):
        machine_text(STARTER, PLC, "modbus", "edge-1", MACHINE, [replace(HEAT, scale="ten")])
