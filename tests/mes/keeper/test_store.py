"""Facts on a real database: however samples come, the facts are those of all samples at once, bit for bit."""

import random
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from collector.writer import Message, Writer
from config.load import load_plant, parse_plant
from config.plant import Plant
from contract.frame import encode
from contract.sample import Quality, Sample, from_us, to_us
from contract.topics import frame_topic
from mes.facts.source_tags import inputs_hash
from mes.keeper.dirty import PIECE_US, cut, dirty_spans
from mes.keeper.store import Keeper
from mes.keeper.store_claim import AnotherMes, claim
from runtime.database import connect
from tests.support.frames import frame_of
from tests.times import at, later

PLANT = load_plant(Path("config/demo.yaml"))
START = to_us(at("2026-11-23 08:00"))
SECOND = 1_000_000
# All columns but known_from: when a fact became known is not what it says.
COLUMNS = {
    "state_change": "machine, at, state",
    "product_change": "machine, at, product",
    "count_step": "machine, counter, at, since, parts, most, bridged",
}


def an_hour_of_samples(dice: random.Random, machines: Sequence[str], count: int) -> list[Sample]:
    """States, products and counters with silences, BAD samples, resets, wraps, misread counts and equal times.

    One of the counters cannot be read for a while, or from some time on.
    """
    samples = []
    for machine in machines:
        now, total, rejects, state = START, 65_500, 7, 1
        dead, dies, recovers = dice.choice(["total", "rejects"]), dice.randrange(count), dice.randrange(2 * count)
        for n in range(count):
            now += dice.choice([0, 1, SECOND // 5, SECOND, 2 * SECOND, 5 * SECOND, 30 * SECOND])
            state = dice.choice([state, state, 1, 2, 5, 6])
            total = 0 if dice.random() < 0.02 else (total + dice.randint(0, 2)) % 65_536
            rejects += dice.random() < 0.1
            misread = dice.choice([65_535, 0, -1, max(0, total - 1), total + 40])
            for tag, value in (
                ("state", state),
                ("product", dice.choice([1, 2, 9])),
                ("total", misread if dice.random() < 0.04 else total),
                ("rejects", rejects),
            ):
                bad = dice.random() < 0.05 or (tag == dead and dies <= n < recovers)
                quality = Quality.BAD if bad else Quality.GOOD
                samples.append(Sample(machine, tag, now, now + 3, None if bad else float(value), quality))
    return samples


def facts(database: str) -> dict[str, list[Any]]:
    with psycopg.connect(database) as conn:
        return {
            table: conn.execute(f"SELECT {columns} FROM {table} ORDER BY 1, 2, 3".encode()).fetchall()
            for table, columns in COLUMNS.items()
        }


def store(writer: Writer, seq: int, samples: Sequence[Sample]) -> None:
    writer.write([Message(frame_topic(PLANT.site.id, "edge-1"), encode(frame_of("edge-1", 1, seq, samples)))])


def keeper_of(database: str, plant: Plant = PLANT) -> Keeper:
    return Keeper(connect(database, "mes"), plant)


def absorb(keeper: Keeper) -> None:
    while keeper.step():
        pass


def row_at(row: Any) -> datetime:
    """When a fact begins, or became known."""
    return next(value for value in row if isinstance(value, datetime))


def forget(database: str) -> None:
    """No facts, and no memory of having made them."""
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("TRUNCATE state_change, product_change, count_step, mes_position")


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
    writer, keeper = Writer(database, PLANT.site.id, now=later), keeper_of(database)

    for seq, frame in enumerate(order, start=1):
        store(writer, seq, frame)
        if dice.random() < 0.6:
            absorb(keeper)
    absorb(keeper)
    incremental = facts(database)
    forget(database)
    absorb(keeper_of(database))

    assert len(incremental["state_change"]) > 20
    assert len(incremental["count_step"]) > 20
    assert facts(database) == incremental


def test_what_a_counter_cannot_have_counted_is_told_in_the_log_once_a_day(
    database: str, capsys: pytest.CaptureFixture[str]
) -> None:
    writer = Writer(database, PLANT.site.id)
    machine = PLANT.machines[0].id
    shown = [(0, 100), (2, 101), (4, 65_535), (6, 103), (8, 0), (10, 104)]
    samples = [
        Sample(machine, "total", START + n * SECOND, START + n * SECOND, float(value), Quality.GOOD)
        for n, value in shown
    ]
    keeper = keeper_of(database)
    absorb(keeper)
    for seq, sample in enumerate(samples, start=1):
        store(writer, seq, [sample])
        absorb(keeper)

    told = [line for line in capsys.readouterr().out.splitlines() if "count_not_believed" in line]

    assert len(told) == 1
    assert all(word in told[0] for word in (machine, "total", "65535", "max_rate_factor", "invalid"))


def test_absorbing_again_changes_nothing(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id, now=later), keeper_of(database)
    store(writer, 1, an_hour_of_samples(random.Random(1), ["press-1"], 40))
    absorb(keeper)
    before = facts(database)

    assert not keeper.step()
    assert facts(database) == before


def test_a_changed_plant_file_makes_all_facts_anew(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id, now=later), keeper_of(database)
    store(writer, 1, an_hour_of_samples(random.Random(1), ["press-1"], 40))
    absorb(keeper)
    before = facts(database)
    text = (
        Path("config/demo.yaml")
        .read_text(encoding="utf-8")
        .replace("        ideal_cycle: 2s\n", "        ideal_cycle: 2s\n        no_data_after: 20s\n", 1)
    )

    absorb(keeper_of(database, parse_plant(text)))

    assert facts(database)["state_change"] != before["state_change"]


def test_a_frame_that_commits_late_is_not_missed(database: str) -> None:
    keeper = keeper_of(database)
    samples = an_hour_of_samples(random.Random(3), ["press-1"], 30)
    slow, fast = Writer(database, PLANT.site.id, now=later), Writer(database, PLANT.site.id, now=later)
    # A transaction that began first and ends last: a position by number or time would pass it by.
    with slow.conn.transaction():
        slow.conn.execute("SELECT pg_current_xact_id()")
        store(fast, 1, samples[:40])
        absorb(keeper)
        store(slow, 1_000, samples[40:])
        absorb(keeper)
    absorb(keeper)
    incremental = facts(database)
    forget(database)
    absorb(keeper_of(database))

    assert facts(database) == incremental


def test_the_ledger_alone_gives_the_same_facts_as_all_samples_at_once(database: str) -> None:
    writer = Writer(database, PLANT.site.id, now=later)
    samples = an_hour_of_samples(random.Random(5), ["press-1", "pack-1"], 120)
    for seq, start in enumerate(range(0, len(samples), 50), start=1):
        store(writer, seq, samples[start : start + 50])
    absorb(keeper_of(database))
    at_once = facts(database)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("TRUNCATE state_change, product_change, count_step")
        conn.execute("UPDATE mes_position SET transaction = '0'")

    absorb(keeper_of(database))

    assert len(at_once["count_step"]) > 50
    assert facts(database) == at_once


def test_facts_outlive_the_samples_that_they_came_from(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id, now=later), keeper_of(database)
    samples = an_hour_of_samples(random.Random(7), ["press-1"], 200)
    cut, rest = samples[400].source_us, [s for s in samples if s.source_us > samples[700].source_us]
    store(writer, 1, [s for s in samples if s not in rest])
    absorb(keeper)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("DELETE FROM sample WHERE at < %s", (from_us(cut),))
    before = [row for rows in facts(database).values() for row in rows if row_at(row) < from_us(cut)]

    store(writer, 2, rest)
    absorb(keeper)
    keeper.rebuild()
    absorb(keeper)

    assert len(before) > 50
    assert [row for rows in facts(database).values() for row in rows if row_at(row) < from_us(cut)] == before


def test_a_machine_that_comes_back_after_its_samples_were_dropped_keeps_its_past(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id, now=later), keeper_of(database)
    store(writer, 1, an_hour_of_samples(random.Random(8), ["press-1"], 50))
    absorb(keeper)
    past = facts(database)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute("DELETE FROM sample")
    back = START + 40 * 86_400 * SECOND

    store(writer, 2, [Sample("press-1", "state", back, back, 1.0, Quality.GOOD)])
    absorb(keeper)

    assert facts(database)["count_step"] == past["count_step"]
    assert facts(database)["state_change"][:-2] == past["state_change"]


def test_a_tag_that_is_no_counter_any_more_has_no_steps(database: str) -> None:
    writer = Writer(database, PLANT.site.id, now=later)
    store(writer, 1, an_hour_of_samples(random.Random(1), ["press-1", "weld-1"], 60))
    absorb(keeper_of(database))
    text = Path("config/demo.yaml").read_text(encoding="utf-8")
    line = "          - {name: rejects, role: scrap_count, register: 4, type: uint16, wraps_at: 65536}\n"
    assert line in text

    absorb(keeper_of(database, parse_plant(text.replace(line, ""))))

    left = {(row[0], row[1]) for row in facts(database)["count_step"]}
    assert left == {("press-1", "total"), ("weld-1", "total"), ("weld-1", "scrap")}


def test_only_the_machines_whose_meaning_changed_are_made_anew() -> None:
    text = Path("config/demo.yaml").read_text(encoding="utf-8")
    moved = parse_plant(text.replace("register: 6", "register: 106").replace("port: 15021", "port: 25021"))
    renamed = parse_plant(text.replace("products: {1: bracket-a, 2: bracket-b}", "products: {1: bracket-b}", 1))

    assert [m.id for m in moved.machines if inputs_hash(m, 1) != inputs_hash(PLANT.machine(m.id), 1)] == []
    assert [m.id for m in renamed.machines if inputs_hash(m, 1) != inputs_hash(PLANT.machine(m.id), 1)] == [
        "press-1",
        "press-2",
    ]


def test_live_frames_are_taken_in_while_old_facts_are_made_anew(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id, now=later), keeper_of(database)
    days = [Sample("press-1", "state", START + n * PIECE_US, START, 1.0 + n % 2, Quality.GOOD) for n in range(12)]
    store(writer, 1, days)
    absorb(keeper)
    keeper.rebuild()
    assert keeper.step()
    now = START + 12 * PIECE_US
    store(writer, 2, [Sample("press-1", "state", now, now, 5.0, Quality.GOOD)])

    assert keeper.step()

    assert keeper.rebuilding
    assert (from_us(now), 5) in [row[1:] for row in facts(database)["state_change"]]


def test_numbers_that_no_state_and_no_counter_has_stop_nothing(database: str) -> None:
    writer, keeper = Writer(database, PLANT.site.id, now=later), keeper_of(database)
    values = [1e300, -1e300, 77.0, 1.5, 2.0**60, 1.0]
    tags = ("state", "product", "total", "rejects")
    samples = [
        Sample("press-1", tag, START + n * SECOND, START, value, Quality.GOOD)
        for n, value in enumerate(values)
        for tag in tags
    ]
    for seq, sample in enumerate(samples, start=1):
        store(writer, seq, [sample])
        absorb(keeper)
    incremental = facts(database)

    keeper.rebuild()
    absorb(keeper)

    assert facts(database) == incremental
    assert {row[2] for row in incremental["state_change"]} <= {0, 1}


def test_a_long_dirty_span_is_taken_in_pieces_that_touch() -> None:
    span = (5, 5 + 2 * PIECE_US + 7)

    pieces = list(cut(span))

    assert pieces == [(5, 4 + PIECE_US), (5 + PIECE_US, 4 + 2 * PIECE_US), (5 + 2 * PIECE_US, span[1])]


def test_two_mes_on_one_database_are_refused(database: str) -> None:
    first, second = keeper_of(database), keeper_of(database)
    claim(first.conn)

    with pytest.raises(AnotherMes):
        claim(second.conn)


def test_dirty_spans_are_joined_only_when_they_lie_close() -> None:
    minute = 60_000_000

    spans = dirty_spans([(["a"], 0, 5), (["a", "b"], minute, minute + 9), (["a"], 10 * minute, 10 * minute)])

    assert spans == {"a": [(0, minute + 9), (10 * minute, 10 * minute)], "b": [(minute, minute + 9)]}
