"""States by a standard's name: each code of the standard has its word, as number and as text."""

from typing import Any

import pytest

from config.device import Machine
from config.load import BadPlantFile, parse_plant
from config.profiles import ITEM_STATES, OPERATION_MODES, PACKML_STATES, PROFILES
from tests.mes.pure import PLANT_TEXT


def machine(profile: str, *, text: bool = False, **of: str) -> Machine:
    read = [{"name": tag, "node": f"s={tag}", "type": "string" if text else "uint16"} for tag in of.values()]
    state = {"name": "made", "role": "state", "profile": profile, "of": of}
    keys = {"id": "press", "name": {"en": "P", "zh": "机"}, "device": "plc", "ideal_cycle": "1s"}
    return Machine.model_validate(keys | {"tags": [state, *read]})


def word(of: Machine, **values: Any) -> str | None:
    """The word for these values of its tags; None where nobody can say."""
    [state] = [tag for tag in of.tags if tag.made]
    known = {name: float(value) if isinstance(value, int) else value for name, value in values.items()}
    for rule in state.when:
        holds = rule.condition.holds(known)
        if holds is None:
            return None
        if holds:
            return rule.word
    return state.otherwise


PACKML_WORDS = {
    "Execute": "running",
    "Idle": "idle",
    "Resetting": "idle",
    "Starting": "idle",
    "Completing": "idle",
    "Complete": "idle",
    "Suspending": "starved",
    "Suspended": "starved",
    "Unsuspending": "starved",
    "Holding": "stopped",
    "Held": "stopped",
    "Unholding": "stopped",
    "Stopping": "stopped",
    "Stopped": "stopped",
    "Aborting": "down",
    "Aborted": "down",
    "Clearing": "down",
}


@pytest.mark.parametrize("text", [False, True])
def test_each_of_the_17_states_of_packml_has_a_word(text: bool) -> None:
    unit = machine("packml", text=text, state="unit-state")

    said = {name: word(unit, unit_state=name if text else code) for name, code in PACKML_STATES.items()}

    assert said == PACKML_WORDS
    assert sorted(PACKML_STATES.values()) == list(range(1, 18))


def test_what_packml_does_not_define_is_not_known() -> None:
    assert word(machine("packml", state="s"), s=0) is None
    assert word(machine("packml", state="s"), s=18) is None
    assert word(machine("packml", state="s"), s=None) is None


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"s": 6, "m": 1, "x": 0, "y": 0}, "running"),
        ({"s": 6, "m": 2, "x": 0, "y": 0}, "maintenance"),
        ({"s": 6, "m": 3, "x": 0, "y": 0}, "setup"),
        ({"s": 9, "m": 2, "x": 0, "y": 0}, "down"),
        ({"s": 5, "m": 1, "x": 1, "y": 0}, "starved"),
        ({"s": 5, "m": 1, "x": 0, "y": 1}, "blocked"),
        ({"s": 6, "m": None, "x": 0, "y": 0}, None),
        ({"s": 6, "m": 1, "x": None, "y": None}, "running"),
    ],
)
def test_mode_and_cause_of_a_packml_unit_where_it_tells_them(values: dict[str, Any], expected: str | None) -> None:
    assert word(machine("packml", state="s", mode="m", starved="x", blocked="y"), **values) == expected


@pytest.mark.parametrize("text", [False, True])
@pytest.mark.parametrize(
    ("item", "mode", "expected"),
    [
        ("Executing", "Processing", "running"),
        ("NotExecuting", "Processing", "idle"),
        ("OutOfService", "Processing", "down"),
        ("NotAvailable", "Processing", "stopped"),
        ("Executing", "Setup", "setup"),
        ("NotExecuting", "Maintenance", "maintenance"),
        ("Executing", "None", "running"),
    ],
)
def test_a_machine_by_opc_40001_1_needs_state_and_mode(item: str, mode: str, expected: str, text: bool) -> None:
    unit = machine("opcua-machinery", text=text, item_state="i", operation_mode="m")

    values = (item, mode) if text else (ITEM_STATES[item], OPERATION_MODES[mode])

    assert word(unit, i=values[0], m=values[1]) == expected


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ({"run"}, "running"),
        ({"run", "fault"}, "down"),
        ({"run", "blocked", "starved"}, "blocked"),
        ({"starved"}, "starved"),
        ({"fault", "maintenance"}, "maintenance"),
        (set(), "stopped"),
    ],
)
def test_of_several_lamps_the_most_urgent_counts(on: set[str], expected: str) -> None:
    names = list(PROFILES["run-fault"].codes)

    assert word(machine("run-fault", **{n: n for n in names}), **{n: int(n in on) for n in names}) == expected


@pytest.mark.parametrize(
    ("state", "complaint"),
    [
        (
            "profile: packml, of: {stat: total}",
            "profile 'packml' has no 'stat' in 'of'; its inputs are state, mode (opt",
        ),
        ("profile: packml, of: {mode: total}", "profile 'packml' needs 'state' in 'of'"),
        ("profile: packml, of: {state: nothing}", "'state' of its profile is 'nothing', and there is no such tag"),
        ("profile: packmel, of: {state: total}", "profile: 'packmel' - "),
        ("profile: packml, of: {state: total}, register: 7", "made of other tags has no 'register'"),
        ("of: {state: total}, register: 7, states: {1: running}", "'of' belongs to 'profile'"),
        ("profile: packml, of: {state: total}, else: idle", "'else' belongs to 'when'"),
    ],
)
def test_each_mistake_is_named(state: str, complaint: str) -> None:
    written = "role: state, register: 0, states: {1: running}"
    assert written in PLANT_TEXT

    with pytest.raises(BadPlantFile) as caught:
        parse_plant(PLANT_TEXT.replace(written, f"role: state, {state}"))

    assert complaint in str(caught.value)
