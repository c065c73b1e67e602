"""Late time waits in a queue: live facts come first, then what is newest, machine by machine, and nothing is lost."""

import itertools
import random
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from collector.writer import Writer
from config.device import Role
from config.plant import Plant
from contract.sample import Quality, Sample, to_us
from mes.keeper.store_late import LATE_US, LateSpans, split
from tests.mes.erp.plants import client
from tests.mes.keeper.test_store import PLANT, absorb, an_hour_of_samples, facts, forget, keeper_of, store
from tests.times import later

SECOND = 1_000_000
HOUR = 3_600 * SECOND
DAY = 24 * HOUR


def now_us() -> int:
    return to_us(datetime.now(UTC))


def state(machine: str, at: int, value: float = 1.0) -> Sample:
    return Sample(machine, "state", at, now_us(), value, Quality.GOOD)


def rows(database: str, query: str, *values: object) -> list[Any]:
    with psycopg.connect(database) as conn:
        return conn.execute(query.encode(), values).fetchall()


def waiting(database: str) -> int:
    return int(rows(database, "SELECT count(*) FROM late_span WHERE done_at IS NULL")[0][0])


def live_states(database: str, machine: str) -> list[Any]:
    return rows(
        database, "SELECT state FROM state_change WHERE machine = %s AND at > now() - interval '1 minute'", machine
    )


def test_what_is_live_and_what_is_late_is_split_at_an_hour_ago() -> None:
    now = 100 * HOUR

    live, late = split([(0, 5), (now - 2 * HOUR, now), (now - 5, now)], now)

    assert live == [(now - LATE_US, now), (now - 5, now)]
    assert late == [(0, 5), (now - 2 * HOUR, now - LATE_US - 1)]


def test_a_gap_that_a_node_claims_from_1970_to_2199_is_as_long_as_there_can_be_samples() -> None:
    now = 1_000 * DAY

    live, late = split([(0, 90_000 * DAY)], now, (now - 400 * DAY, now + 2 * DAY))

    assert live == [(now - LATE_US, now + LATE_US)]
    assert late == [(now - 400 * DAY, now - LATE_US - 1), (now + LATE_US + 1, now + 2 * DAY)]


@pytest.mark.parametrize("seed", range(4))
def test_with_a_new_keeper_after_every_step_the_facts_are_those_of_all_samples_at_once(
    database: str, seed: int
) -> None:
    dice = random.Random(seed)
    samples = an_hour_of_samples(dice, ["press-1", "press-2"], 40)
    dice.shuffle(samples)
    writer = Writer(database, PLANT.site.id, now=later)
    for seq in range(1, 9):
        store(writer, seq, samples[(seq - 1) * len(samples) // 8 : seq * len(samples) // 8])
        for _ in range(dice.randrange(3)):
            keeper = keeper_of(database)
            keeper.step()
            keeper.conn.close()
    keeper = keeper_of(database)
    absorb(keeper)
    made = facts(database)

    forget(database)
    absorb(keeper_of(database))

    assert made == facts(database)
    assert waiting(database) == 0


def test_one_old_sample_beside_a_live_one_leaves_the_live_facts_to_the_first_step(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id), keeper_of(database)
    keeper.step()
    now = now_us()
    old = Sample("press-1", "product", now - 390 * DAY, now, 1.0, Quality.GOOD)

    store(writer, 1, [old, state("press-1", now), *(state("press-2", now - n * DAY) for n in range(300))])
    keeper.step()

    assert live_states(database, "press-1") != []
    assert live_states(database, "press-2") != []
    assert waiting(database) > 100


def test_between_two_old_samples_there_is_nothing_to_make(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id), keeper_of(database)
    keeper.step()
    now = now_us()

    store(writer, 1, [state("press-1", now - 390 * DAY), state("press-1", now)])
    steps = 0
    while keeper.step():
        steps += 1

    assert steps < 20  # of 390 days made in pieces of hours there would be 1,560


def test_sparse_old_samples_of_one_time_wait_as_one_span(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id), keeper_of(database)
    start = now_us() - 90 * DAY
    dice = random.Random(7)
    keeper.step()

    for seq in range(1, 40):
        at = sorted(start + dice.randrange(6 * HOUR) for _ in range(20))
        store(writer, seq, [state("press-1", each, 1.0 + each % 2) for each in at])
    keeper._take_frames()

    assert waiting(database) <= 3
    absorb(keeper)
    assert len(facts(database)["state_change"]) > 300


def test_the_newest_waits_least_and_no_machine_waits_for_another(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id), keeper_of(database)
    now, names = now_us(), ("press-1", "press-2")
    keeper.step()
    store(writer, 1, [state(name, now - days * DAY) for days in range(1, 41) for name in names])
    keeper._take_frames()
    taken: list[tuple[str, list[int]]] = []

    while (piece := keeper.late.next_piece()) is not None:
        taken.append((piece[0], [(now - end + HOUR) // DAY for _, end in piece[1]]))
        keeper._make_late_piece()

    assert len(taken) >= 4
    assert all(one[0] != next_one[0] for one, next_one in itertools.pairwise(taken))
    days = [day for name, days in taken if name == "press-1" for day in reversed(days)]
    assert days == sorted(days) == list(range(1, 41))


def test_a_dense_span_is_made_in_pieces_that_grow_and_shrink_with_what_they_take() -> None:
    class Nobody:
        def execute(self, *_: object) -> "Nobody":
            return self

    queue = LateSpans(Nobody())  # type: ignore[arg-type]  # what is written is not looked at
    queue.waiting = {"press-1": [(0, 100 * HOUR)]}
    sizes = []
    for took in (0.01, 0.01, 0.01, 3.0, 3.0, 0.2):
        name, piece = queue.next_piece() or ("", [])
        sizes.append(sum(end - start + 1 for start, end in piece) / HOUR)
        queue.done(name, piece, 1, took)

    assert sizes == [0.25, 0.5, 1.0, 2.0, 1.0, 0.5]
    assert queue.waiting == {"press-1": [(0, 100 * HOUR - round(5.25 * HOUR))]}


def test_a_frame_of_which_every_sample_is_held_out_touches_nothing(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id), keeper_of(database)
    now = now_us()
    keeper.step()

    store(
        writer, 1, [Sample("press-1", tag, now + 100 * 365 * DAY, now, 1.0, Quality.GOOD) for tag in ("state", "total")]
    )
    absorb(keeper)

    assert rows(database, "SELECT count(*) FROM late_span") == [(0,)]
    assert keeper.newest.get("press-1", 0) < now + DAY
    assert facts(database)["state_change"] == []


async def test_a_final_window_is_provisional_again_while_late_samples_of_it_wait(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id), keeper_of(database)
    now = now_us()
    day = {"from": datetime.fromtimestamp(now / 1e6 - 11 * 86_400, UTC).isoformat()}
    day["to"] = datetime.fromtimestamp(now / 1e6 - 9 * 86_400, UTC).isoformat()
    store(writer, 1, [state("press-1", now - n * DAY) for n in (12, 10, 8)])
    absorb(keeper)
    answers = []
    async with client(database, PLANT) as http:
        for _ in range(2):
            answers.append((await http.get("/api/v1/equipment/press-1/kpis", params=day)).json()["provisional"])
            with psycopg.connect(database, autocommit=True) as conn:
                conn.execute(
                    "INSERT INTO late_span (machine, from_us, to_us) VALUES ('press-1', %s, %s)",
                    (now - 10 * DAY, now - 10 * DAY + HOUR),
                )

    assert answers == [False, True]


def test_a_machine_whose_facts_cannot_be_made_is_told_and_all_others_go_on(database: str) -> None:
    machine = PLANT.machine("press-1")
    broken = [
        tag.model_copy(update={"products": {1: None, 2: "a"}}) if tag.role is Role.PRODUCT else tag
        for tag in machine.tags
    ]
    lines = tuple(
        line.model_copy(
            update={
                "machines": tuple(
                    one.model_copy(update={"tags": tuple(broken)}) if one.id == "press-1" else one
                    for one in line.machines
                )
            }
        )
        for line in PLANT.lines
    )
    plant: Plant = PLANT.model_copy(update={"lines": lines})
    keeper = replace(keeper_of(database), plant=plant)
    now = now_us()

    samples = [state(name, now - 2 * SECOND) for name in ("press-1", "press-2")]
    samples += [replace(one, tag="product") for one in samples]
    store(Writer(database, PLANT.site.id), 1, samples)
    absorb(keeper)

    assert "press-1" in keeper.faulty
    assert live_states(database, "press-2") != []
    assert live_states(database, "press-1") != []
