"""A simulated machine whose state is made of several tags shows them so that they make its true state."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from config.device import Machine, ModbusDevice
from config.load import parse_plant
from config.plant import Plant
from contract.sample import State
from edge.channel import channels_of
from edge.modbus.line import Line
from edge.modbus.source import modbus_sources
from edge.report import Reports
from simulator.floor import Floor
from simulator.inputs import shown_for_words
from simulator.modbus import ModbusPort
from simulator.pace import Pace
from tests.edge.modbus.peers import newest
from tests.simulator.plants import demo_text

WORDS = "{name: words, register: 200}"
FLAGS = [f"{{name: {name}, register: {n}, type: bool, bit: 3}}" for n, name in enumerate(("run", "fault"), start=210)]
SPEED = "{name: speed, register: 220, scale: 0.1, unit: m/min}"
CONDITIONS = "[{if: fault, then: down}, {if: run and speed > 12.5, then: running}, {if: run, then: idle}]"
MADE = (
    ([*FLAGS, SPEED], f"when: {CONDITIONS}, else: stopped"),
    ([WORDS], "when: [{if: 'bit(words, 2)', then: down}, {if: 'bit(words, 5)', then: running}], else: stopped"),
    ([WORDS], "profile: packml, of: {state: words}"),
    (FLAGS, "profile: run-fault, of: {run: run, fault: fault}"),
)


def plant(text: str, tags: list[str], state: str) -> Plant:
    """A plant whose press 1 makes its state of these tags."""
    document = yaml.load(text, Loader=yaml.BaseLoader)
    press = next(m for line in document["lines"] for m in line["machines"] if m["id"] == "press-1")
    made = [yaml.load(tag, Loader=yaml.BaseLoader) for tag in [*tags, f"{{name: state, role: state, {state}}}"]]
    press["tags"] = [*made, *(tag for tag in press["tags"] if tag.get("role") != "state")]
    return parse_plant(yaml.safe_dump(document, allow_unicode=True))


def first_press(of: Plant) -> Machine:
    return of.machine("press-1")


DEMO = Path("config/demo.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(("tags", "state"), MADE, ids=[state[:24] for _, state in MADE])
def test_each_word_is_shown_by_values_that_make_it(tags: list[str], state: str) -> None:
    press = first_press(plant(DEMO, tags, state))
    [made] = [tag for tag in press.tags if tag.made]

    shown = shown_for_words(made, press.tags)

    assert shown.keys() == made.words
    for word, values in shown.items():
        first = next((rule.word for rule in made.when if rule.condition.holds(values)), made.otherwise)
        assert first == word


@pytest.mark.parametrize(("tags", "state"), MADE, ids=[state[:24] for _, state in MADE])
async def test_an_agent_reads_the_true_state_of_the_machine_from_the_simulated_plc(
    tags: list[str], state: str, free_port: Callable[[], int]
) -> None:
    of = plant(demo_text(free_port), tags, state)
    press = first_press(of)
    floor = Floor(of, 7, Pace.lively(), 0)
    panel = floor.panels["press-1"]
    device = of.device(press.device).model_copy(update={"heartbeat": timedelta(0)})
    assert isinstance(device, ModbusDevice)
    plc = ModbusPort([device], [panel])
    sent: list[Any] = []
    [source] = modbus_sources(device, channels_of(of, device), Line(device), Reports(sent.append, 0))
    seen = set()
    await plc.start()
    try:
        for _ in range(4000):
            for event in floor.step():
                if event.machine == "press-1":
                    for tag in panel.touched(event):
                        await plc.put("press-1", tag, panel.raw(tag), event.at_us)
            if panel.machine.shown in seen:
                continue
            seen.add(panel.machine.shown)
            await source.poll()
            assert newest(sent)["state"] == (float(State[panel.machine.shown.upper()]), 0)
    finally:
        source.close()
        await plc.stop()
    assert len(seen) > 2
