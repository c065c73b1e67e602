"""A rule over the past: the same judge with the clock of then."""

import time

from alerts.rules.judge import Reading
from alerts.rules.production import Production
from alerts.trials.replay import STEP_US, Past, messages, replay, share_active
from contract.sample import State
from tests.alerts.rules.counting import counting_plant

S = 1_000_000
DAY = 86_400 * S
ALWAYS = [(0, 400 * DAY)]
BEGIN = 100 * DAY
HOT = "{id: hot, kind: threshold, tag: temperature, above: 60, delay: 10s, deadband: 2, machines: [press-1]}"
STANDS = "{id: stands, kind: stopped, longer_than: 2min, machines: [press-1], notify: [chat]}"
CHANNELS = "channels: [{id: chat, kind: webhook, url_env: CHAT}]\n"


def readings(*values: float) -> list[Reading]:
    return [Reading("press-1", "temperature", BEGIN + i * S, value, True) for i, value in enumerate(values, 1)]


def test_it_would_have_been_active_from_its_delay_until_its_deadband() -> None:
    plant = counting_plant(f"[{HOT}]")
    past = Past(ALWAYS, readings(*[50.0] * 30, *[65.0] * 60, *[50.0] * 30))

    [one] = replay(plant, plant.rules[0], past, (BEGIN, BEGIN + 120 * S))

    assert abs(one.begin_us - (BEGIN + 41 * S)) <= STEP_US
    assert one.end_us is not None
    assert abs(one.end_us - (BEGIN + 91 * S)) <= STEP_US
    assert one.text.en == "Press 1: temperature 65 °C, above 60 °C for 10 s"


def test_what_came_later_is_not_looked_at_and_what_stands_at_the_end_is_said() -> None:
    plant = counting_plant(f"[{STANDS}]\n{CHANNELS}")
    tape = [(BEGIN, State.RUNNING), (BEGIN + 600 * S, State.DOWN), (BEGIN + 1200 * S, State.RUNNING)]
    past = Past(ALWAYS, production={"press-1": Production(tape)})

    [one] = replay(plant, plant.rules[0], past, (BEGIN, BEGIN + 1000 * S))
    [whole] = replay(plant, plant.rules[0], past, (BEGIN, BEGIN + 2000 * S))

    assert (one.end_us, whole.end_us) == (None, BEGIN + 1200 * S)
    assert 0 < one.begin_us - (BEGIN + 720 * S) <= STEP_US
    assert share_active([one], (BEGIN, BEGIN + 1000 * S)).total_seconds() == 275


def test_messages_are_counted_as_they_would_go_out() -> None:
    plant = counting_plant(f"[{STANDS}]\n{CHANNELS}")
    often = [(BEGIN + minute * 600 * S + second * S, state) for minute in range(10)
             for second, state in ((0, State.RUNNING), (200, State.DOWN))]  # fmt: skip
    past = Past(ALWAYS, production={"press-1": Production(often)})

    times = replay(plant, plant.rules[0], past, (BEGIN, BEGIN + 6000 * S))

    assert (len(times), messages(plant, plant.rules[0], times)) == (10, 19)


def test_a_week_of_a_machine_takes_seconds() -> None:
    plant = counting_plant("[{id: x, kind: scrap_rate, above: 0.05, over: 1h, machines: [press-1]}]")
    past = Past(ALWAYS, production={"press-1": Production([(BEGIN, State.RUNNING)])})
    begin = time.process_time()

    replay(plant, plant.rules[0], past, (BEGIN, BEGIN + DAY))

    assert time.process_time() - begin < 3
