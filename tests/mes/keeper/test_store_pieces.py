"""While a piece of history is computed the next is read; what comes between the two is in the facts all the same."""

import random
from collections.abc import Callable

import psycopg
import pytest

from collector.writer import Writer
from contract.sample import Quality, Sample
from mes.keeper.dirty import PIECE_US
from mes.keeper.store import Keeper
from runtime.database import connect
from tests.mes.keeper.test_store import PLANT, SECOND, START, absorb, facts, forget, keeper_of, store
from tests.times import later

PIECES = 4


def history(dice: random.Random, machine: str) -> list[Sample]:
    """A day of a machine in which it is read every four minutes, more or less."""
    found, now, total = [], START, 0
    while now < START + PIECES * PIECE_US:
        now += dice.choice([30, 200, 400]) * SECOND
        total += dice.randint(0, 9)
        for tag, value in (("state", dice.choice([1, 2])), ("total", total), ("product", dice.choice([1, 2]))):
            found.append(Sample(machine, tag, now, now, float(value), Quality.GOOD))
    return found


def rebuilt(database: str, between: Callable[[Keeper, int], object]) -> Keeper:
    """Make all facts anew; something happens after each step."""
    keeper = keeper_of(database)
    keeper.rebuild()
    for number in range(4 * PIECES * len(PLANT.machines)):
        if not keeper.step():
            return keeper
        between(keeper, number)
    pytest.fail("facts are never complete")


def test_a_frame_that_comes_while_the_next_piece_is_read_is_in_its_facts(database: str) -> None:
    dice = random.Random(3)
    writer = Writer(database, PLANT.site.id, now=later)
    samples = [one for machine in ("press-1", "press-2") for one in history(dice, machine)]
    store(writer, 1, [one for n, one in enumerate(samples) if n % 7])
    late = [one for n, one in enumerate(samples) if n % 7 == 0]
    parts = [late[n::5] for n in range(5)]

    def come(keeper: Keeper, number: int) -> None:
        if number < len(parts):
            store(writer, 2 + number, parts[number])

    keeper = rebuilt(database, come)
    absorb(keeper)
    found = facts(database)
    forget(database)
    absorb(keeper_of(database))

    assert facts(database) == found
    assert len(found["count_step"]) > 300


def test_nothing_is_lost_when_the_second_connection_is(database: str) -> None:
    store(Writer(database, PLANT.site.id, now=later), 1, history(random.Random(4), "press-1"))
    absorb(keeper_of(database))
    wanted = facts(database)
    ended = []

    def end(keeper: Keeper, number: int) -> None:
        with psycopg.connect(database, autocommit=True) as conn:
            ended.extend(
                conn.execute(
                    "SELECT pg_terminate_backend(pid, 1000) FROM pg_stat_activity"
                    " WHERE application_name = 'shopfloor-mes-read-ahead' AND datname = current_database()"
                ).fetchall()
            )

    forget(database)
    rebuilt(database, end)

    assert facts(database) == wanted
    assert (True,) in ended


def test_the_second_connection_is_given_back_when_all_is_made(database: str) -> None:
    store(Writer(database, PLANT.site.id, now=later), 1, history(random.Random(5), "press-1"))
    absorb(keeper_of(database))

    with connect(database, "test") as conn:
        row = conn.execute(
            "SELECT count(*) FROM pg_stat_activity"
            " WHERE application_name = 'shopfloor-mes-read-ahead' AND datname = current_database()"
        ).fetchone()
    assert row == (0,)
