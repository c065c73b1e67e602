from fractions import Fraction

from config.cycles import DatedCycle
from contract.sample import State
from mes.calendar.ideal_cycles import ideal_of
from mes.calendar.targets import LineTarget
from mes.facts.model import MachineFacts, Span
from mes.kpi.elements import Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.policy import ISO
from mes.screens.wall.tiles import Pace, is_slow, pace_of, slow_window_us
from tests.mes.screens.lines import HOUR, MINUTE, SECOND, facts, plant


def test_slow_is_below_four_fifths_of_the_ideal_rate() -> None:
    assert is_slow(Elements(planned=120, running=120, ideal=95))
    assert not is_slow(Elements(planned=120, running=120, ideal=96))


def test_a_machine_that_has_just_started_is_not_called_slow() -> None:
    assert not is_slow(Elements(planned=120, running=59, ideal=0))
    assert not is_slow(Elements())


def test_a_long_cycle_gets_a_long_look_before_it_is_called_slow() -> None:
    press = plant().machine("press-1")

    assert slow_window_us(press) == 2 * MINUTE
    assert (
        slow_window_us(press.model_copy(update={"ideal_cycles": (DatedCycle(cycle=press.ideal_cycle * 30),)}))
        == 10 * MINUTE
    )


def planned(*spans: Span) -> Evaluation:
    return Evaluation(ISO, ideal_of(plant()), spans, spans)


def ideal(known: MachineFacts, evaluation: Evaluation) -> int | None:
    return pace_of(None, known, evaluation, LineTarget()).ideal


def test_the_ideal_number_is_planned_time_by_the_ideal_cycle() -> None:
    hour = facts(0, HOUR, [(0, State.DOWN)])

    assert ideal(hour, planned((0, HOUR))) == 1800
    assert ideal(hour, planned((0, HOUR // 2), (HOUR - 60 * SECOND, HOUR))) == 930


def test_the_ideal_number_follows_the_product_on_the_machine() -> None:
    hour = facts(0, HOUR, [(0, State.RUNNING)], products=[(0, "part"), (HOUR // 2, "slow-part")])

    assert ideal(hour, planned((0, HOUR))) == 900 + 450


def test_without_planned_time_there_is_no_ideal_number() -> None:
    assert ideal(facts(0, HOUR, [(0, State.RUNNING)]), planned()) is None


def test_without_a_target_nobody_is_behind_or_ahead() -> None:
    hour, all_day = facts(0, HOUR, [(0, State.RUNNING)]), planned((0, HOUR))
    free = pace_of(900, hour, all_day, LineTarget())
    asked = pace_of(1520, hour, all_day, LineTarget(((0, Fraction(4, 5)),)))

    assert (free.due, free.ahead, free.behind) == (None, None, False)
    assert (asked.due, asked.ahead, asked.behind) == (1440, 80, False)


def test_a_target_that_changes_within_a_window_is_due_from_then_on() -> None:
    hour, half = facts(0, HOUR, [(0, State.RUNNING)]), HOUR // 2
    changed = LineTarget(((0, Fraction(1, 2)), (half, Fraction(3, 4))))

    assert pace_of(0, hour, planned((0, HOUR)), changed).due == 450 + 675
    assert pace_of(0, hour, planned((0, half)), changed).due == 450
    assert pace_of(0, hour, planned((0, HOUR)), LineTarget(((half, Fraction(3, 4)),))).due is None
    assert pace_of(0, hour, planned((half, HOUR)), LineTarget(((half, Fraction(3, 4)),))).due == 675


def test_two_per_cent_less_than_is_due_is_on_pace() -> None:
    assert not Pace(804, 1000, 820).behind
    assert Pace(803, 1000, 820).behind
    assert not Pace(None, 1000, 820).behind
