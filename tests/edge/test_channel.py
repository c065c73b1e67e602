"""What raw numbers mean: states by the plant file's words, counters as they are, process values in their unit."""

from datetime import timedelta
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pytest

from config.device import Tag
from config.load import load_plant
from config.state_rules import StateWord
from contract.sample import Quality, State
from edge.channel import Channel, Meaning, channels_of
from edge.modbus.decode import Decoder

GOOD, UNCERTAIN, BAD = (int(quality) for quality in Quality)
NAN, INF = float("nan"), float("inf")
STATE = {"role": "state", "states": {0: "stopped", 1: "running", -1: "down"}}
EXAMPLE = Path("config/plant.example.yaml")


def channel(**tag: Any) -> Channel:
    return Channel("press-1", Tag.model_validate({"name": "t", "register": 0, **tag}), timedelta(seconds=6))


def meaning(of: Channel, raw: float, quality: int = GOOD) -> tuple[float | None, int]:
    """Value and quality of one reading; None for nan."""
    value, found, _ = Meaning([of]).values(np.array([raw]), np.array([quality], np.int64))
    return (None if np.isnan(value[0]) else float(value[0])), int(found[0])


def test_each_word_of_the_plant_file_is_the_state_of_that_name() -> None:
    words = get_args(StateWord)
    press = channel(role="state", states=dict(enumerate(words)))

    meant = [meaning(press, float(code)) for code in range(len(words))]

    assert [(float(State[word.upper()]), GOOD) for word in words] == meant
    assert {State.NO_DATA} == set(State) - {State(int(value)) for value, _ in meant if value is not None}


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (0.0, (float(State.STOPPED), GOOD)),
        (-1.0, (float(State.DOWN), GOOD)),
        (7.0, (None, BAD)),
        (0.5, (None, BAD)),
        (-0.5, (None, BAD)),
        (1.0000001, (None, BAD)),
        (1e300, (None, BAD)),
        (NAN, (None, BAD)),
        (INF, (None, BAD)),
    ],
)
def test_a_code_that_the_plant_file_does_not_know_is_bad(raw: float, expected: tuple[float | None, int]) -> None:
    press = channel(**STATE)

    assert expected == meaning(press, raw)


def test_an_unknown_code_is_told_by_channel_and_code() -> None:
    channels = [channel(), channel(**STATE), channel(**STATE)]

    _, _, unknown = Meaning(channels).values(np.array([7.0, 1.0, 9.0]), np.zeros(3, np.int64))

    assert unknown == [(2, 9)]


def test_a_code_that_could_not_be_read_is_not_unknown() -> None:
    value, quality, unknown = Meaning([channel(**STATE)]).values(np.array([7.0]), np.array([BAD], np.int64))

    assert np.isnan(value[0])
    assert quality.tolist() == [BAD]
    assert unknown == []


@pytest.mark.parametrize(
    ("scale", "offset", "raw", "expected"),
    [(1.0, 0.0, 42.0, 42.0), (0.5, -40.0, 250.0, 85.0), (-2.0, 1.0, 3.0, -5.0), (0.0, 3.0, 9.0, 3.0)],
)
def test_a_process_value_is_raw_times_scale_plus_offset(
    scale: float, offset: float, raw: float, expected: float
) -> None:
    oven = channel(scale=scale, offset=offset)

    assert (expected, GOOD) == meaning(oven, raw)


@pytest.mark.parametrize("role", [{"role": "total_count"}, {"role": "product", "products": {12: "bracket"}}])
@pytest.mark.parametrize("raw", [0.0, 12.0, 4294967295.0, 9007199254740993.0])
def test_counters_and_products_stay_as_they_are(role: dict[str, Any], raw: float) -> None:
    assert (raw, GOOD) == meaning(channel(**role), raw)


@pytest.mark.parametrize(
    ("kind", "registers"),
    [
        ("float32", [0x7FC0, 0]),
        ("float32", [0xFFFF, 0xFFFF]),
        ("float32", [0x7F80, 0]),
        ("float32", [0xFF80, 0]),
        ("float64", [0x7FF8, 0, 0, 0]),
        ("float64", [0xFFF0, 0, 0, 0]),
    ],
)
def test_a_float_register_that_holds_no_number_is_bad(kind: str, registers: list[int]) -> None:
    probe = channel(type=kind)

    raw = Decoder([probe.tag], 0, "big", "big").numbers(np.array(registers, ">u2").view(np.uint8))

    assert meaning(probe, float(raw[0])) == (None, BAD)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(("scale", "raw"), [(1e10, 1e300), (0.0, INF), (-1e10, 1e300)])
def test_a_number_that_its_scale_makes_infinite_is_bad_without_a_word(scale: float, raw: float) -> None:
    assert meaning(channel(scale=scale), raw) == (None, BAD)


@pytest.mark.parametrize(
    ("quality", "expected"), [(GOOD, (1.0, GOOD)), (UNCERTAIN, (1.0, UNCERTAIN)), (BAD, (None, BAD))]
)
@pytest.mark.parametrize("tag", [{}, {"role": "total_count"}, {"role": "state", "states": {1: "running"}}])
def test_the_quality_of_the_device_is_kept_and_what_is_bad_has_no_value(
    tag: dict[str, Any], quality: int, expected: tuple[float | None, int]
) -> None:
    assert expected == meaning(channel(**tag), 1.0, quality)


def test_only_process_values_are_not_vital() -> None:
    roles: list[dict[str, Any]] = [{}, STATE, {"role": "good_count"}, {"role": "product", "products": {1: "bracket"}}]

    assert [channel(**role).vital for role in roles] == [False, True, True, True]


def test_each_tag_of_the_example_plant_is_a_channel_of_its_device_alone() -> None:
    plant = load_plant(EXAMPLE)

    found = [channel for device in plant.devices for channel in channels_of(plant, device)]

    assert {f"{machine.id}/{tag.name}" for machine in plant.machines for tag in machine.tags} == {
        c.series for c in found
    }
    assert len(found) == sum(len(machine.tags) for machine in plant.machines)
    for device in plant.devices:
        assert {device.id} >= {plant.machine(channel.machine).device for channel in channels_of(plant, device)}


COUNTER = {"role": "total_count", "wraps_at": 65536, "invalid": [65535, 0]}
TEMPERATURE = {"type": "int16", "scale": 0.1, "offset": -5.0, "invalid": [-32768, 32767], "min": -20, "max": 150}


@pytest.mark.parametrize(
    ("tag", "raw", "expected"),
    [
        (COUNTER, 65535.0, (None, BAD)),
        (COUNTER, 0.0, (None, BAD)),
        (COUNTER, 65534.0, (65534.0, GOOD)),
        ({"role": "total_count", "max": 9999}, 10_000.0, (None, BAD)),
        ({"role": "total_count", "max": 9999}, 9999.0, (9999.0, GOOD)),
        (TEMPERATURE, 32767.0, (None, BAD)),
        (TEMPERATURE, -32768.0, (None, BAD)),
        (TEMPERATURE, -150.0, (-20.0, GOOD)),
        (TEMPERATURE, -151.0, (None, BAD)),
        (TEMPERATURE, 1550.0, (150.0, GOOD)),
        (TEMPERATURE, 1551.0, (None, BAD)),
        (TEMPERATURE, NAN, (None, BAD)),
        ({"type": "float32", "invalid": [-999.9]}, float(np.float32(-999.9)), (None, BAD)),
        ({"type": "float64", "invalid": [-999.9]}, -999.9, (None, BAD)),
        ({"role": "product", "products": {7: "a"}, "invalid": [255]}, 255.0, (None, BAD)),
        (STATE | {"invalid": [1]}, 1.0, (None, BAD)),
        ({"role": "alarm_word", "alarms": {0: {"en": "A", "zh": "A"}}, "invalid": [65535]}, 65535.0, (None, BAD)),
    ],
)
def test_what_the_plant_file_says_cannot_be_is_bad(
    tag: dict[str, Any], raw: float, expected: tuple[float | None, int]
) -> None:
    """`invalid` are the numbers that the device shows, `min` and `max` are in the tag's unit."""
    assert meaning(channel(**tag), raw) == expected


def test_what_cannot_be_of_one_tag_is_a_value_of_another() -> None:
    both = [channel(**COUNTER), channel(role="scrap_count"), channel(**TEMPERATURE)]

    value, quality, _ = Meaning(both).values(np.array([65535.0, 65535.0, 100.0]), np.zeros(3, np.int64))

    assert (quality.tolist(), value.tolist()[1:]) == ([BAD, GOOD, GOOD], [65535.0, 5.0])
