"""A month of eight machines against the simulator's truth: 25,000 KPIs, and not one microsecond or part off.

A small run has four days of the month.

Nothing is destroyed where the servers tell every change with the time of the change (report by exception), frames
come whole, and a counter is read between the last part and a power cut: then every number must be the truth exactly,
not nearly. A polled machine would be known to the poll only, and has no place here (tests/journeys has it).
Where something is destroyed or misread, what was must lie in the interval that is told.
"""

from collections.abc import Sequence

import pytest

from contract.sample import from_us
from mes.keeper.store import Keeper
from runtime.database import connect
from tests.mes.erp.plants import client
from tests.mes.keeper.test_store import absorb, facts, forget
from tests.month.compare import (
    NOTICED_US,
    WINDOWS,
    Told,
    Truths,
    Unobserved,
    errors,
    not_told,
    outside,
    overlap,
    reckoners,
    untouched,
    widened,
)
from tests.month.harm import harmed as harmed_by
from tests.month.life import PLANT, Life, lived
from tests.month.misread import misread
from tests.month.reckon import POLICIES
from tests.month.scenes import harmed, whole
from tests.month.windows import DAYS, HOUR_US, Window
from verify.receipt import verify

MONTH = WINDOWS[-1]
NOTHING: dict[str, list[tuple[int, int]]] = {machine.id: [] for machine in PLANT.machines}


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    return lived(1, tmp_path_factory.mktemp("life"))


@pytest.fixture(scope="module")
def truths(life: Life) -> Truths:
    return reckoners(life)


@pytest.mark.xdist_group("whole month")
def test_the_month_has_everything_that_makes_numbers_wrong(life: Life, truths: Truths) -> None:
    lengths = {window.name: (window.span[1] - window.span[0]) / HOUR_US for window in WINDOWS}
    states = {word for truth in truths.values() for word in truth.in_state(MONTH.span)}

    assert len(WINDOWS) > 2 * DAYS
    # The night in which the clocks went back.
    assert (lengths["2025-10-25 night"], lengths["2025-10-25"]) == (9, 25)
    assert len(states) == 8
    for name, truth in truths.items():
        machine = PLANT.machine(name)
        oee = truth.kpis(MONTH.span, POLICIES[0])["oee"]
        assert oee is not None
        assert 0.3 < oee < 0.95, name
        assert len(truth.resets) > DAYS / 10, name
        assert len(list(life.truth.of(name, "product"))) > DAYS * 2 / 3, name
        assert truth.counts(MONTH.span)[2] > DAYS * 3, name
        assert {part.planned for part in truth.parts} == {True, False}, name
        limit = min(tag.wraps_at or 0 for tag in machine.tags if tag.is_counter)
        assert limit > 65_535 or truth.counts(MONTH.span)[0] > DAYS * 266, name


@pytest.mark.xdist_group("whole month")
async def test_where_nothing_is_destroyed_there_is_no_error_at_all(database: str, life: Life, truths: Truths) -> None:
    told = await whole(database, life)

    assert list(errors(truths, told, NOTHING))[:9] == []
    assert list(outside(truths, told))[:9] == []
    # The same comparison sees that one part of all is not there.
    other = reckoners(life)
    lost = len(other["saw-1"].parts) // 7
    other["saw-1"].parts.pop(lost)
    other["saw-1"].part_at.pop(lost)
    assert {line.split(" ")[0] for line in errors(other, told, NOTHING)} == {"saw-1"}


@pytest.mark.xdist_group("misread month")
async def test_where_counters_and_states_are_misread_what_was_lies_within_the_bounds_and_all_else_is_exact(
    database: str, life: Life, truths: Truths
) -> None:
    wrong = misread(life)

    told = await whole(database, life, wrong.readings)

    assert list(outside(truths, told))[:9] == []
    assert list(errors(truths, told, wrong.doubtful))[:9] == []
    assert list(not_told(truths, told, wrong.stale))[:9] == []
    assert 0.2 < len(list(untouched(truths, told, wrong.doubtful))) / len(told) < 0.7
    chosen = [(name, window) for name, window, _, _ in untouched(truths, told, wrong.stale)][:: 2 * DAYS]
    await assert_receipts_are_verified(database, told, chosen)


@pytest.mark.xdist_group("harmed month")
async def test_where_something_is_destroyed_what_was_lies_within_the_bounds_and_late_frames_only_narrow_them(
    database: str, life: Life, truths: Truths
) -> None:
    harm = harmed_by(life, truths)

    told = await harmed(database, harm)

    for then, unobserved in ((told.at_first, harm.unobserved), (told.at_last, harm.unobserved_at_last)):
        assert list(outside(truths, then))[:9] == []
        assert list(not_told(truths, then, unobserved))[:9] == []
        assert list(errors(truths, then, unobserved))[:9] == []
        assert_parts_are_all_there_but_those_of_a_reset_in_the_dark(truths, then, unobserved)
    assert list(widened(truths, told.at_first, told.at_last))[:9] == []
    moments = (told.at_first, harm.unobserved), (told.at_last, harm.unobserved_at_last)
    quiet = [len(list(untouched(truths, *moment))) for moment in moments]
    assert 0.4 * len(told.at_last) < quiet[0] < quiet[1] < len(told.at_last)
    assert told.kept[0] > told.kept[1] > 100
    for key, elements in told.summed.items():
        assert elements == told.at_last[key].elements[PLANT.policy], key
    still = {(name, window.name) for name, window, _, _ in untouched(truths, told.at_last, harm.unobserved_at_last)}
    touched = [(m.id, w) for m in PLANT.machines for w in WINDOWS[:-1] if (m.id, w.name) not in still]
    nights = [(m.id, w) for m in PLANT.machines for w in WINDOWS if w.name == "2025-10-25 night"]
    await assert_receipts_are_verified(database, told.at_last, [*touched[::15], *nights])
    incremental = facts(database)
    forget(database)
    with connect(database, "mes") as conn:
        absorb(Keeper(conn, PLANT))
    assert facts(database) == incremental


def assert_parts_are_all_there_but_those_of_a_reset_in_the_dark(
    truths: Truths, told: Told, unobserved: Unobserved
) -> None:
    """A counter bridges what nobody saw; only what it had counted before it was set back in unobserved time is gone."""
    gone = {}
    for name, truth in truths.items():
        near = [(start - NOTICED_US, end + NOTICED_US) for start, end in unobserved[name]]
        gone[name] = truth.counts(MONTH.span)[0] - told[name, MONTH.name].counts.total
        assert gone[name] >= 0, name
        assert gone[name] == 0 or any(overlap(near, [(at, at + 1)]) for at in truth.resets), name
    assert any(gone.values())


async def assert_receipts_are_verified(database: str, told: Told, chosen: Sequence[tuple[str, Window]]) -> None:
    """The API tells the same numbers, and its receipts can be computed again without the engine."""
    async with client(database, PLANT) as http:
        for number, (machine, window) in enumerate(chosen):
            start, end = (from_us(at).isoformat() for at in window.span)
            asked = {"from": start, "to": end, "policy": POLICIES[number % 2]}
            body = (await http.get(f"/api/v1/equipment/{machine}/kpis", params=asked)).json()
            receipt = (await http.get(f"/api/v1/kpis/{body['id']}/explain")).json()

            exact = told[machine, window.name].kpis[asked["policy"]]["oee"]
            oee = [None if one is None else float(one) for one in (exact.value, exact.low, exact.high)]
            assert [body["oee"][key] for key in ("value", "low", "high")] == oee
            assert len(receipt["kpis"]) == 20
            verify(receipt)
