"""Facts on a real database: however samples come, the facts are those of all samples at once, bit for bit."""

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from collector.writer import Message, Writer
from config.load import load_plant, parse_plant
from config.plant import Plant
from contract.database import connect
from contract.frame import encode, frame_of
from contract.sample import Quality, Sample, to_us
from contract.topics import frame_topic
from mes.recompute import AnotherMes, Recompute, dirty_spans
from tests.times import at

PLANT = load_plant(Path("config/demo.yaml"))
START = to_us(at("2026-11-23 08:00"))
SECOND = 1_000_000


def an_hour_of_samples(dice: random.Random, machines: Sequence[str], count: int) -> list[Sample]:
    """States, products and counters with silences, BAD samples, resets, wraps and equal times."""
    samples = []
    for machine in machines:
        now, total, rejects, state = START, 65_500, 7, 1
        for _ in range(count):
            now += dice.choice([0, 1, SECOND // 5, SECOND, 2 * SECOND, 5 * SECOND, 30 * SECOND])
            state = dice.choice([state, state, 1, 2, 5, 6])
            total = 0 if dice.random() < 0.02 else (total + dice.randint(0, 2)) % 65_536
            rejects += dice.random() < 0.1
            for tag, value in (
                ("state", state),
                ("product", dice.choice([1, 2, 9])),
                ("total", total),
                ("rejects", rejects),
            ):
                bad = dice.random() < 0.05
                quality = Quality.BAD if bad else Quality.GOOD
                samples.append(Sample(machine, tag, now, now + 3, None if bad else float(value), quality))
    return samples


def facts(database: str) -> dict[str, list[Any]]:
    with psycopg.connect(database) as conn:
        return {
            table: conn.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3".encode()).fetchall()
            for table in ("state_change", "product_change", "count_step")
        }


def store(writer: Writer, seq: int, samples: Sequence[Sample]) -> None:
    writer.write([Message(frame_topic(PLANT.site.id, "edge-1"), encode(frame_of("edge-1", 1, seq, samples)))])


def keeper(database: str, plant: Plant = PLANT) -> Recompute:
    return Recompute(connect(database, "mes"), plant)


def absorb(recompute: Recompute) -> None:
    while recompute.step():
        pass


@pytest.mark.parametrize("seed", range(6))
def test_incremental_equals_from_scratch_bit_for_bit(database: str, seed: int) -> None:
    dice = random.Random(seed)
    samples = an_hour_of_samples(dice, ["press-1", "press-2"], 60)
    frames: dict[int, list[Sample]] = {}
    for sample in samples:
        frames.setdefault((sample.source_us - START) // dice.choice([SECOND, 7 * SECOND, 90 * SECOND]), []).append(
            sample
        )
    order = list(frames.values())
    dice.shuffle(order)
    writer, recompute = Writer(database, PLANT.site.id), keeper(database)

    for seq, frame in enumerate(order, start=1):
        store(writer, seq, frame)
        if dice.random() < 0.6:
            absorb(recompute)
    absorb(recompute)
    incremental = facts(database)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("TRUNCATE state_change, product_change, count_step, mes_position")
    absorb(recompute)

    assert len(incremental["state_change"]) > 20
    assert len(incremental["count_step"]) > 20
    assert facts(database) == incremental


def test_absorbing_again_changes_nothing(database: str) -> None:
    writer, recompute = Writer(database, PLANT.site.id), keeper(database)
    store(writer, 1, an_hour_of_samples(random.Random(1), ["press-1"], 40))
    absorb(recompute)
    before = facts(database)

    assert not recompute.step()
    assert facts(database) == before


def test_a_changed_plant_file_makes_all_facts_anew(database: str) -> None:
    writer, recompute = Writer(database, PLANT.site.id), keeper(database)
    store(writer, 1, an_hour_of_samples(random.Random(1), ["press-1"], 40))
    absorb(recompute)
    before = facts(database)
    text = (
        Path("config/demo.yaml")
        .read_text(encoding="utf-8")
        .replace("        ideal_cycle: 2s\n", "        ideal_cycle: 2s\n        no_data_after: 20s\n", 1)
    )

    absorb(keeper(database, parse_plant(text)))

    assert facts(database)["state_change"] != before["state_change"]


def test_a_frame_that_commits_late_is_not_missed(database: str) -> None:
    recompute = keeper(database)
    samples = an_hour_of_samples(random.Random(3), ["press-1"], 30)
    slow, fast = Writer(database, PLANT.site.id), Writer(database, PLANT.site.id)
    # A transaction that began first and ends last: a position by number or time would pass it by.
    with slow.conn.transaction():
        slow.conn.execute("SELECT pg_current_xact_id()")
        store(fast, 1, samples[:40])
        absorb(recompute)
        store(slow, 1_000, samples[40:])
        absorb(recompute)
    absorb(recompute)
    incremental = facts(database)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("TRUNCATE state_change, product_change, count_step, mes_position")
    absorb(recompute)

    assert facts(database) == incremental


def test_two_mes_on_one_database_are_refused(database: str) -> None:
    first, second = keeper(database), keeper(database)
    first.claim()

    with pytest.raises(AnotherMes):
        second.claim()


def test_dirty_spans_are_joined_only_when_they_lie_close() -> None:
    minute = 60_000_000

    spans = dirty_spans([(["a"], 0, 5), (["a", "b"], minute, minute + 9), (["a"], 10 * minute, 10 * minute)])

    assert spans == {"a": [(0, minute + 9), (10 * minute, 10 * minute)], "b": [(minute, minute + 9)]}
