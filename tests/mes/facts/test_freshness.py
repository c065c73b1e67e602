from datetime import timedelta

import pytest

from config.load import parse_plant
from mes.facts.freshness import holds_for
from tests.mes.screens.lines import MACHINE, PLANT

DEVICE = "protocol: modbus, host: 127.0.0.1"


@pytest.mark.parametrize(
    ("device", "tag", "holds"),
    [
        ("poll: 500ms, heartbeat: 2s", "", timedelta(seconds=6)),
        ("poll: 500ms, heartbeat: 1min", "", timedelta(minutes=2)),
        ("poll: 500ms, heartbeat: 2s", ", poll: 1min", timedelta(minutes=2)),
        ("poll: 1s, heartbeat: 5s", "", timedelta(seconds=10)),
    ],
)
def test_a_value_holds_until_two_readings_of_its_tag_are_missing(device: str, tag: str, holds: timedelta) -> None:
    machine = MACHINE.format(n=1) + f"          - {{name: oil, register: 70{tag}}}\n"
    plant = parse_plant(PLANT.format(machines=machine, zone="UTC").replace(DEVICE, f"{DEVICE}, {device}"))
    press = plant.machine("press-1")

    assert holds == holds_for(plant, press, next(one for one in press.tags if one.name == "oil"))
