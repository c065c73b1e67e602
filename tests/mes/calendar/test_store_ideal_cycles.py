"""Ideal cycles: what the plant file says anew holds from today on, a dated list is the truth of its days."""

from datetime import date

import psycopg
import pytest

from config.load import BadPlantFile, parse_plant
from config.plant import Plant
from contract.sample import from_us, to_us
from mes.calendar.ideal_cycles import ALWAYS, ideal_of
from mes.calendar.store_ideal_cycles import news_of, read_ideal
from mes.keeper.store import Keeper
from runtime.database import connect
from tests.mes.erp.plants import client, keeping
from tests.mes.house import reading
from tests.mes.keeper.test_store import absorb
from tests.mes.screens.lines import PLANT, plant
from tests.times import at

DAY = 86_400_000_000
TODAY = 400 * DAY
TWO, THREE = 2_000_000, 3_000_000
PERSON = {"by": "Li Wei", "why": "stop watch"}
MACHINE = """
      - id: press-1
        name: {en: Press 1, zh: 压力机 1}
        device: plc
        ideal_cycle: CYCLE
        tags:
          - {name: state, role: state, register: 1, states: {1: running, 2: down}}
          - {name: total, role: total_count, register: 11}
"""


@pytest.mark.parametrize(
    ("wish", "said", "news"),
    [
        ([(ALWAYS, 2)], [], [(ALWAYS, 2)]),
        ([(ALWAYS, 2)], [(ALWAYS, 2)], []),
        ([(ALWAYS, 3)], [(ALWAYS, 2)], [(TODAY, 3)]),
        ([(ALWAYS, 2)], [(ALWAYS, 2), (DAY, 3)], [(TODAY, 2)]),
        ([(ALWAYS, 3)], [(ALWAYS, 2), (DAY, 3)], []),
        ([(DAY, 3)], [(ALWAYS, 2)], [(DAY, 3)]),
        ([(ALWAYS, 2), (DAY, 3)], [(ALWAYS, 2), (2 * DAY, 3)], [(DAY, 3), (2 * DAY, None)]),
        ([(ALWAYS, 9), (DAY, 3)], [(ALWAYS, 2), (DAY, 3)], [(ALWAYS, 9)]),
        ([(DAY, 3)], [(DAY, 3), (2 * DAY, 4), (2 * DAY, None)], []),
    ],
    ids=[
        "the first one holds always",
        "the same again is nothing",
        "a changed one holds from today on",
        "back again is a change too",
        "it was said already",
        "a dated one leaves what was before",
        "a date was put right",
        "a list may correct what held always",
        "what was taken away stays away",
    ],
)
def test_what_the_plant_file_says_anew(
    wish: list[tuple[int, int]], said: list[tuple[int, int | None]], news: list[tuple[int, int | None]]
) -> None:
    assert news_of(wish, said, TODAY) == news


def with_cycle(text: str) -> Plant:
    return parse_plant(PLANT.format(machines=MACHINE.replace("CYCLE", text), zone="UTC"))


def start(database: str, small: Plant) -> int:
    with connect(database, "mes") as conn:
        absorb(Keeper(conn, small))
        row = conn.execute("SELECT known_at FROM mes_position").fetchone()
        assert row is not None
        return to_us(row[0])


async def cycle_at(database: str, small: Plant, day: str, as_of_us: int | None = None) -> int:
    async with reading(database) as conn:
        return (await read_ideal(conn, small, as_of_us)).at("press-1", None, to_us(at(f"{day} 12:00")))


async def test_a_changed_cycle_leaves_the_past_and_a_dated_one_corrects_it(database: str) -> None:
    first = start(database, with_cycle("2s"))
    start(database, with_cycle("3s"))
    assert [await cycle_at(database, plant(1), day) for day in ("2025-01-01", "2036-01-01")] == [TWO, THREE]

    dated = with_cycle("[{cycle: 2s}, {from: 2025-01-01, cycle: 3s}]")
    start(database, dated)

    assert [await cycle_at(database, dated, day) for day in ("2024-12-31", "2025-01-01")] == [TWO, THREE]
    assert await cycle_at(database, dated, "2025-01-01", first) == TWO


def test_a_list_is_read_from_the_start_of_the_production_day() -> None:
    dated = with_cycle("[{from: 2025-01-01, cycle: 3s}, {cycle: 2s}]")

    assert ideal_of(dated).changes("press-1")[-1] == to_us(at("2025-01-01 00:00"))
    assert dated.machine("press-1").ideal_cycles[1].since == date(2025, 1, 1)
    with pytest.raises(BadPlantFile, match="occurs twice"):
        with_cycle("[{from: 2025-01-01, cycle: 3s}, {from: 2025-01-01, cycle: 2s}]")


async def test_a_rate_is_set_from_an_instant_on_with_a_reason(database: str) -> None:
    small = plant(1)
    body = PERSON | {"from": "2026-03-01T06:00:00Z", "cycle_s": 1.5, "product": "part"}
    with keeping(database, small):
        async with client(database, small) as http:
            path = "/api/v1/equipment/press-1/ideal-cycles"
            made = await http.post(path, json=body)
            again = await http.post(path, json=body)
            listed = (await http.get(path)).json()["items"]
            wrong = await http.post(path, json=body | {"product": "party"})
            nothing = await http.post(path, json=body | {"cycle_s": 0})

    assert (made.status_code, again.json()["id"]) == (201, made.json()["id"])
    assert [(row["product"], row["from"], row["cycle_s"], row["source"]) for row in listed] == [
        (None, None, 2.0, "plant file"),
        ("part", "2026-03-01T06:00:00Z", 1.5, "api"),
        ("slow-part", None, 4.0, "plant file"),
    ]
    assert [(w.status_code, w.json()["errors"][0]["place"]) for w in (wrong, nothing)] == [
        (422, "body.product"),
        (422, "body.cycle_s"),
    ]


def test_a_rate_of_the_api_survives_a_start_with_the_old_plant_file(database: str) -> None:
    small = plant(1)
    start(database, small)
    with psycopg.connect(database, autocommit=True) as conn:
        conn.execute(
            "INSERT INTO ideal_cycle (machine, from_at, cycle_us, source, by, why)"
            " VALUES ('press-1', %s, 1000, 'api', 'x', 'y')",
            (from_us(DAY),),
        )
    start(database, small)

    with psycopg.connect(database) as conn:
        rows = conn.execute("SELECT source, known_from IS NULL FROM ideal_cycle WHERE machine = 'press-1'").fetchall()
    assert sorted(rows) == [("api", False), ("plant file", False), ("plant file", False)]
