"""A month of eight machines against the simulator's truth: 25,000 KPIs, and not one microsecond or part off.

Nothing is destroyed where the servers tell every change with the time of the change (report by exception), frames
come whole, and a counter is read between the last part and a power cut: then every number must be the truth exactly,
not nearly. A polled machine would be known to the poll only, and has no place here (tests/journeys has it).
Where something is destroyed, what was must lie in the interval that is told.
"""

import pytest

from tests.mes.house import reading
from tests.month.compare import WINDOWS, errors, reckoners
from tests.month.feed import Works, frames
from tests.month.life import PLANT, Life, lived
from tests.month.reckon import POLICIES, Reckoner
from tests.month.said import Said, said
from tests.month.windows import HOUR_US

pytestmark = pytest.mark.xdist_group("month")
MONTH = WINDOWS[-1].span


@pytest.fixture(scope="module")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    return lived(1, tmp_path_factory.mktemp("life"))


@pytest.fixture(scope="module")
def truths(life: Life) -> dict[str, Reckoner]:
    return reckoners(life)


async def told(database: str) -> dict[tuple[str, str], Said]:
    async with reading(database) as conn:
        return await said(conn, WINDOWS)


def test_the_month_has_everything_that_makes_numbers_wrong(life: Life, truths: dict[str, Reckoner]) -> None:
    lengths = {window.name: (window.span[1] - window.span[0]) / HOUR_US for window in WINDOWS}
    states = {word for truth in truths.values() for word in truth.in_state(MONTH)}

    assert len(WINDOWS) > 100
    # The night in which the clocks went back.
    assert (lengths["2026-10-24 night"], lengths["2026-10-24"]) == (9, 25)
    assert len(states) == 8
    for name, truth in truths.items():
        machine = PLANT.machine(name)
        oee = truth.kpis(MONTH, POLICIES[0])["oee"]
        assert oee is not None
        assert 0.3 < oee < 0.95, name
        assert len(truth.resets) > 3, name
        assert len(list(life.truth.of(name, "product"))) > 20, name
        assert truth.counts(MONTH)[2] > 100, name
        assert {part.planned for part in truth.parts} == {True, False}, name
        limit = min(tag.wraps_at or 0 for tag in machine.tags if tag.is_counter)
        assert limit > 65_535 or truth.counts(MONTH)[0] > 8_000, name


async def test_where_nothing_is_destroyed_there_is_no_error_at_all(
    database: str, life: Life, truths: dict[str, Reckoner]
) -> None:
    works = Works(database)
    works.take(frames(life.names, life.readings))
    works.close()

    assert list(errors(truths, await told(database)))[:9] == []
