"""Corrected tapes on a real database: whatever window is read, it is the window cut from the whole corrected tape."""

import random
from typing import Any

import psycopg
import pytest

from contract.sample import State, from_us
from mes.facts.edits import Edit, Kind, compile_edits, overlaid
from mes.facts.model import MachineFacts
from mes.facts.store import read_facts
from mes.facts.windowing import cut
from tests.mes.erp.plants import tape
from tests.mes.house import PLANT, reading
from tests.mes.web.test_store_snapshot import plain

SECOND = 1_000_000
START = 1_700_000_000 * SECOND
LENGTH = 1000


def a_tape(dice: random.Random) -> list[tuple[int, int]]:
    at, state, rows = START, 1, []
    for _ in range(40):
        rows.append((at, state))
        at += dice.randint(1, 40) * SECOND
        state = dice.choice([s for s in range(9) if s != state])
    return rows


def some_edits(dice: random.Random) -> list[Edit]:
    """In groups that touch and overlap, some of them undone, some at the very ends of the tape."""
    made: list[Edit] = []
    for number in range(1, 14):
        start = START + dice.randint(-20, LENGTH) * SECOND
        end = start + dice.randint(1, 120) * SECOND
        kind = dice.choice([Kind.RECLASSIFY, Kind.RECLASSIFY, Kind.SPLIT, Kind.REASON, Kind.UNDO])
        if kind is Kind.UNDO and made:
            of = dice.choice(made)
            made.append(Edit(number, kind, of.from_us, of.to_us, undoes=of.id))
        elif kind is Kind.SPLIT:
            made.append(Edit(number, kind, start, start))
        elif kind is Kind.REASON:
            made.append(Edit(number, kind, start, end, reason=dice.choice(["jam", ""])))
        else:
            made.append(Edit(number, Kind.RECLASSIFY, start, end, state=dice.randint(0, 3)))
    return made


def put(database: str, edits: list[Edit]) -> None:
    with psycopg.connect(database, autocommit=True) as conn:
        for edit in edits:
            conn.execute(
                "INSERT INTO edit (id, machine, kind, from_at, to_at, state, reason, asked, before, by, why, undoes,"
                " known_from) OVERRIDING SYSTEM VALUE"
                " VALUES (%s, 'press-1', %s, %s, %s, %s, %s, '{}', '[]', 'x', 'y', %s, now())",
                (edit.id, edit.kind, from_us(edit.from_us), from_us(edit.to_us), edit.state, edit.reason, edit.undoes),
            )


def all_of(facts: MachineFacts) -> dict[str, Any]:
    names = (
        "state_at",
        "state",
        "reason_at",
        "reason",
        "first_since_us",
        "state_before",
        "last_until_us",
        "state_after",
    )
    found = {name: plain(getattr(facts, name)) for name in names}
    # How far an open state is known to hold depends on how far one has read.
    return found | ({"last_until_us": None} if facts.state_after is None else {})


@pytest.mark.parametrize("seed", range(5))
async def test_any_window_is_cut_from_the_whole_corrected_tape(database: str, seed: int) -> None:
    dice = random.Random(seed)
    rows, edits = a_tape(dice), some_edits(dice)
    tape(database, "press-1", *((at, State(state)) for at, state in rows))
    put(database, edits)
    first, last = START - 100 * SECOND, START + 2 * LENGTH * SECOND
    async with reading(database) as conn:
        whole = (await read_facts(conn, PLANT, ["press-1"], first, last))["press-1"]
        raw = (await read_facts(conn, PLANT, ["press-1"], first, last, raw=True))["press-1"]

        expected = overlaid([(first, 0), *rows], compile_edits(edits))
        expected = [row for row in expected if row[0] > first or row == expected[0]]
        assert list(zip(whole.state_at.tolist(), whole.state.tolist(), strict=True)) == expected
        assert list(zip(raw.state_at.tolist(), raw.state.tolist(), strict=True)) == [(first, 0), *rows]
        for _ in range(60):
            start = START + dice.randint(-50, LENGTH) * SECOND
            end = start + dice.choice([1, SECOND, 7 * SECOND, 300 * SECOND])
            part = (await read_facts(conn, PLANT, ["press-1"], start, end))["press-1"]

            assert all_of(part) == all_of(cut(whole, start, end)), (start, end)
    assert whole.state_at.tolist() != raw.state_at.tolist()
