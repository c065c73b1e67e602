"""Templates: many equal machines in a few lines, and mistakes that name the place in the file."""

import subprocess
import sys
from pathlib import Path

import pytest

from config.load import BadPlantFile, expanded_text, parse_plant

EXAMPLE = Path("config/plant.example.yaml").read_text(encoding="utf-8")
USE = "{template: press, ids: 'press-{1..3}', network: 192.0.2, cycle: 2s}"


def test_fifty_machines_are_one_line() -> None:
    plant = parse_plant(EXAMPLE.replace("press-{1..3}", "press-{01..50}"))
    presses = plant.lines[1].machines

    assert [f"press-{n:02d}" for n in range(1, 51)] == [machine.id for machine in presses]
    assert [f"192.0.2.{n + 100}" for n in range(1, 51)] == [plant.device(m.device).host for m in presses]  # type: ignore[union-attr]
    assert presses[-1].name.zh == "冲床 50"


def test_numbers_are_counted_and_stay_numbers() -> None:
    counted = EXAMPLE.replace("register: 1, type: uint32}", "register: '{n*20+100}', type: uint32}")

    registers = [machine.tags[1].register_ for machine in parse_plant(counted).lines[1].machines]

    assert registers == [120, 140, 160]


def test_ids_that_do_not_count_are_a_list() -> None:
    named = EXAMPLE.replace("'press-{1..3}'", "[press-left, press-right]")

    assert [machine.id for machine in parse_plant(named).lines[1].machines] == ["press-left", "press-right"]


def test_what_is_printed_is_the_same_plant(tmp_path: Path) -> None:
    printed = subprocess.run(
        [sys.executable, "shopfloor.py", "check", "config/plant.example.yaml", "--expanded"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    again = tmp_path / "expanded.yaml"
    again.write_text(printed, encoding="utf-8")

    assert "templates" not in printed
    assert "id: press-3" in printed
    assert parse_plant(EXAMPLE) == parse_plant(printed)
    assert printed == expanded_text(again)


MISTAKES = [
    (USE, USE.replace("template: press", "template: pres"), "lines.1.machines.0.template: 'pres' does not exist"),
    (USE, USE.replace("{1..3}", "{3..1}"), "lines.1.machines.0.ids: 'press-{3..1}' - the first number"),
    (USE, USE.replace("press-{1..3}", "press"), "lines.1.machines.0.ids: 'press' - write such as"),
    (USE, USE.replace(", cycle: 2s", ""), "templates.press.machine.ideal_cycle: {cycle} has no value; known are id, n"),
    (USE, USE.replace("cycle: 2s", "n: 2s"), "lines.1.machines.0.n: a parameter is a lower-case word"),
    (USE, USE.replace("2s}", "2s, cylce: 3s}"), "lines.1.machines.0.cylce: template 'press' has no {cylce}"),
    ("host: '{network}.{n+100}'", "host: '{network+1}'", "templates.press.device.host: {network+1} counts, but"),
    (
        "protocol: modbus, host: '{net",
        "protocol: modbus, hots: '{net",
        "templates.press.device.hots: unknown key",
    ),
    ("register: 1, type: uint32}", "register: 1, type: int33}", "templates.press.machine.tags.1.type: 'int33' - "),
    ("    machine:\n", "    machin:\n", "templates.press: needs 'machine'"),
]


@pytest.mark.parametrize(("right", "wrong", "message"), MISTAKES)
def test_a_mistake_names_its_place_in_the_file_once(right: str, wrong: str, message: str) -> None:
    assert right in EXAMPLE

    with pytest.raises(BadPlantFile) as refused:
        parse_plant(EXAMPLE.replace(right, wrong, 1))

    assert str(refused.value).count(message) == 1, str(refused.value)
    assert len(str(refused.value).splitlines()) == 1, str(refused.value)
