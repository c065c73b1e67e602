from pathlib import Path

import pytest

from config.load import parse_plant
from config.plant_text import CannotEdit, with_device, with_machine, with_new_machine, with_site

STARTER = Path("config/starter.yaml").read_text(encoding="utf-8")


def test_the_site_is_renamed_and_every_comment_stays() -> None:
    text = with_site(STARTER, {"name": {"en": "Works", "zh": "工厂"}, "zone": "Asia/Shanghai"})

    assert parse_plant(text).site.zone == "Asia/Shanghai"
    assert parse_plant(text).site.name.zh == "工厂"
    assert text.count("#") == STARTER.count("#")


def test_a_device_and_the_keys_of_a_machine_are_written() -> None:
    text = with_device(STARTER, {"id": "plc-1", "edge": "edge-1", "protocol": "modbus", "host": "192.0.2.7"})
    text = with_machine(text, "machine-1", {"device": "plc-1", "ideal_cycle": "4s"})

    plant = parse_plant(text)
    assert [device.id for device in plant.devices] == ["none", "plc-1"]
    assert plant.machine("machine-1").device == "plc-1"


def test_a_new_machine_stands_at_the_end_of_its_line() -> None:
    name = {"en": "Press", "zh": "压力机"}
    text = with_new_machine(
        STARTER, "line-1", {"id": "press", "name": name, "device": "none", "ideal_cycle": "1s", "tags": []}
    )

    assert [machine.id for machine in parse_plant(text).machines] == ["machine-1", "press"]


def test_what_is_not_there_cannot_be_edited() -> None:
    with pytest.raises(CannotEdit, match="template"):
        with_machine(STARTER, "press-9", {"device": "none"})
    with pytest.raises(CannotEdit, match="line-9"):
        with_new_machine(STARTER, "line-9", {"id": "x"})
