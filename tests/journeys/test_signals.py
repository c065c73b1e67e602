"""Bits, lamps, a standard and an alarm word: from the signals of PLCs to the state tape and the list of alarms."""

from typing import Any

import httpx
import pytest
import yaml

from tests.journeys.answers import states
from tests.journeys.system import System
from tests.journeys.test_truth import POLL_US, SECOND, SLACK_US, disagreements, rest
from tests.support.size import WHOLE

pytestmark = pytest.mark.journey
PLC_ALARMS = {"id": "plc", "kind": "plc_alarm", "priority": "high"}
# The simulated machines switch the lowest of their bits on while they are down.
JAM = {"name": "alarms", "role": "alarm_word", "register": "95", "alarms": {"2": {"en": "Jam", "zh": "卡料"}}}
ALARMED = ("press-1", "press-2", "wash-1", "weld-1")
# A hold of 700 ms is over at a poll: two polls after the one that saw the state first.
HOLD_US = {"weld-1": 2 * POLL_US}
LIVE_S = 25 if WHOLE else 18


def made_of(document: dict[str, Any], machine: str, state: dict[str, Any], *tags: dict[str, Any]) -> None:
    """The machine has these tags, and a state that is made of them."""
    [found] = [one for line in document["lines"] for one in line["machines"] if one["id"] == machine]
    others = [tag for tag in found["tags"] if tag.get("role") != "state"]
    found["tags"] = [*tags, {"name": "state", "role": "state", **state}, *others]


def test_states_made_of_signals_are_the_truth_and_bits_of_an_alarm_word_are_alarms(system: System) -> None:
    document = yaml.load(system.plant_file.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)
    lamps = [{"name": name, "register": f"{90 + n}", "type": "bool", "bit": "0"} for n, name in enumerate("rfsb")]
    made_of(
        document,
        "press-1",
        {"profile": "run-fault", "of": {"run": "r", "fault": "f", "starved": "s", "blocked": "b"}},
        *lamps,
    )
    made_of(
        document,
        "weld-1",
        {
            "when": [
                {"if": "bit(lamps, 4) and not bit(lamps, 0)", "then": "down"},
                {"if": "bit(lamps, 0) and speed > 12.5", "then": "running"},
                {"if": "lamps == 2", "then": "starved"},
            ],
            "else": "blocked",
            "hold": "700ms",
        },
        {"name": "lamps", "register": "90"},
        {"name": "speed", "register": "92", "type": "float32", "unit": "m/min"},
    )
    made_of(
        document,
        "assembly-1",
        {"profile": "packml", "of": {"state": "unit-state", "starved": "waits", "blocked": "full"}},
        {"name": "unit-state", "node": "nsu=urn:unit;s=A1.StateCurrent"},
        {"name": "waits", "node": "nsu=urn:unit;s=A1.Starved", "type": "bool"},
        {"name": "full", "node": "nsu=urn:unit;s=A1.Blocked", "type": "bool"},
    )
    for machine in ALARMED:
        [found] = [one for line in document["lines"] for one in line["machines"] if one["id"] == machine]
        found["tags"].append(JAM)
    document["rules"] = [PLC_ALARMS]
    system.plant_file.write_text(yaml.safe_dump(document, allow_unicode=True), encoding="utf-8")

    system.start("alerts")
    system.wait_until("alerts is ready", lambda: "alerts_ready" in system.log("alerts"))
    system.start_all(seconds=LIVE_S, history="1s")
    truth, start, end = rest(system)

    for machine in ("press-1", "weld-1", "assembly-1"):
        tape = states(system.api, machine, start, end)
        most = POLL_US + SLACK_US + HOLD_US.get(machine, 0)
        wrong = disagreements(truth.states(machine, start, end), tape)
        assert [w for w in wrong if w.to_us - w.from_us > most] == [], machine
        known = sum(b - a for a, b, word in tape if word != "no_data")
        assert known > 0.6 * LIVE_S * SECOND, machine
        assert len({word for _, _, word in tape}) > 2, machine

    def down(longer_than_us: int) -> set[str]:
        spans = [(m, i) for m in ALARMED for i in truth.states(m, start, end) if i.word == "down"]
        return {machine for machine, i in spans if i.to_us - i.from_us > longer_than_us}

    alarms = httpx.get(f"{system.api}/alarms", params={"limit": "1000"}, timeout=20).json()["items"]
    assert down(2 * SECOND) <= {alarm["machine"] for alarm in alarms} <= down(0)
    assert alarms
    assert {alarm["text"]["zh"].partition("：")[2] for alarm in alarms} == {"卡料"}
