"""Machines are computed together: what each is made of is the same as alone, whatever stands beside it."""

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.device import Machine, Role
from mes.calendar.ideal_cycles import IdealCycle, IdealCycles
from mes.facts.model import MachineFacts, Span
from mes.facts.windowing import cut
from mes.kpi.columns import columns_of
from mes.kpi.elements import Elements
from mes.kpi.evaluation import Evaluation
from mes.kpi.policy import Policy
from mes.kpi.rollup import together
from mes.kpi.times import elements_of, elements_of_all, elements_of_each
from tests.mes.floors import ALL, CHUNKS, END, POLICIES, SEEDS, SHORT, WINDOWS, evaluation, floor, plans
from tests.mes.pure import PRESS, SECOND
from tests.support.size import sized


def machine(dice: random.Random, number: int) -> Machine:
    """A press that tells some of its counts, and is taken for silent sooner or later."""
    told = [tag for tag in PRESS.tags if not tag.is_counter or dice.random() < 0.8]
    good = dice.random() < 0.3
    tags = [
        tag.model_copy(
            update={
                "role": Role.GOOD_COUNT if good and tag.role is Role.SCRAP_COUNT else tag.role,
                "max_rate": dice.choice([None, None, 0.5, 3.0]) if tag.is_counter else None,
            }
        )
        for tag in told
    ]
    silence = timedelta(seconds=dice.choice([2, 3, 6]))
    return PRESS.model_copy(update={"id": f"press-{number}", "tags": tuple(tags), "no_data_after": silence})


def facts(dice: random.Random, of: Machine, window: Sequence[int]) -> MachineFacts:
    """Some of the chunks of a floor have come; orders run from time to time."""
    some = [chunk for chunk in range(CHUNKS) if dice.random() < 0.75]
    found = floor(dice.randrange(2**32), resets=dice.random() < 0.3).facts(some)
    at = sorted({0, *(dice.randrange(END) * SECOND for _ in range(dice.randrange(4)))})
    orders = tuple(dice.choice([None, "WO-1", "WO-2"]) for _ in at)
    good = {"good": found.scrap, "scrap": found.good} if of.tag_of(Role.GOOD_COUNT) else {}
    whole = replace(found, machine=of.id, order_at=np.array(at, np.int64), order=orders, **good)
    return cut(whole, window[0] * SECOND, window[1] * SECOND)


def cycles(dice: random.Random, of: Machine) -> list[IdealCycle]:
    """Its own, some for products, one that changes."""
    later = IdealCycle(of.id, dice.choice([None, "small", "large"]), dice.randrange(1, END) * SECOND, 4 * SECOND)
    own = IdealCycle(of.id, None, 0, dice.choice([1, 2, 3]) * SECOND)
    products = [IdealCycle(of.id, name, 0, dice.randrange(1, 5 * SECOND)) for name in ("small", "large")]
    return [own, *(one for one in [*products, later] if dice.random() < 0.5)]


@settings(
    max_examples=sized(400), deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True
)
@given(seed=SEEDS, number=st.integers(1, 5), window=WINDOWS, policy=POLICIES, planned=plans())
def test_together_as_alone(seed: int, number: int, window: Sequence[int], policy: Policy, planned: list[Span]) -> None:
    dice = random.Random(seed)
    machines = [machine(dice, n) for n in range(number)]
    found = [facts(dice, of, window) for of in machines]
    ideal = IdealCycles(one for of in machines for one in cycles(dice, of))
    by = Evaluation(policy, ideal, planned, [(0, END * SECOND)], {"large": 100_000})
    alone = [elements_of(of, one, by) for of, one in zip(machines, found, strict=True)]
    assert elements_of_each(machines, found, by) == alone
    assert elements_of_all(machines, found, by) == together(alone)


def test_nothing_is_made_of_nothing() -> None:
    assert elements_of_each([], [], evaluation(SHORT)) == []
    assert elements_of_all([], [], evaluation(SHORT)) == Elements()


def test_a_counter_that_tells_nonsense_overflows_nothing_and_spoils_nobody() -> None:
    machines = [PRESS.model_copy(update={"id": name}) for name in ("broken", "sound")]
    broken, sound = (replace(floor(7, products=False).facts(ALL), machine=one.id) for one in machines)
    parts = broken.total.parts.copy()
    parts[-1] = 2**62
    broken = replace(broken, total=replace(broken.total, parts=parts, most=np.maximum(broken.total.most, parts)))
    own = IdealCycles(IdealCycle(one.id, None, 0, 2 * SECOND) for one in machines)
    by = replace(evaluation(SHORT), ideal=own)
    first, second = elements_of_each(machines, [broken, sound], by)
    assert first.ideal == sum(parts.tolist()) * 2 * SECOND > 2**63
    assert second == elements_of(machines[1], sound, by)


def test_each_machine_may_have_a_window_of_its_own_and_none_is_empty() -> None:
    every = [floor(1).facts([0, 1, 5, 9]), floor(2).facts(ALL, 30, 60), floor(3).facts([2, 8], 10, 110)]
    by = evaluation(SHORT)

    assert elements_of_each([PRESS] * 3, every, by) == [elements_of(PRESS, facts, by) for facts in every]
    with pytest.raises(ValueError, match="not empty"):
        columns_of([PRESS, PRESS], [every[0], cut(every[1], 40 * SECOND, 40 * SECOND)], by)
